from __future__ import annotations

from pathlib import Path

import pytest

from pulled import pull, write
from winloss.errors import UserError
from winloss.sources.files import FileSource
from winloss.sources.files.mapfile import map_of, read_map
from winloss.tables.custom import Use

DEALS = [
    {
        "Ref": f"D{n}",
        "Phase": ["Sieg", "Niederlage", "Warten"][n % 3],
        "Betrag": "1.200",
        "Wann": f"0{n % 9 + 1}/02/2024",
        "Kanal": ["google", "Google", "Messe"][n % 3],
    }
    for n in range(12)
]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[columns]\n"Stage" = "deal_stag"\n', "deal_stage"),
        ('[columns]\n"Stage" = {use = "atribute"}\n', "attribute"),
        ('[outcomes]\n"Gone" = "loost"\n', "lost"),
        ('[outcome]\n"Gone" = "lost"\n', "outcomes"),
        ('[dates]\norder = "dayfirst"\n', "dmy"),
        ('[money]\ndecimal = ";"\n', "decimal"),
        ('[money]\ncurrency = "EURO"\n', "EUR"),
        ('[files."a.csv"]\nkind = "account"\n', "accounts"),
        ('[files."a.csv"]\nkey = "x"\n', "kind"),
        ("[columns\n", "TOML"),
        ('columns = "x"\n', "section"),
        ("[outcomes]\nGone = 3\n", "outcomes"),
    ],
)
def test_a_wrong_map_is_answered_with_the_nearest_right_word(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "map.toml").write_text(text)
    with pytest.raises(UserError, match=r"map\.toml") as raised:
        read_map(tmp_path / "map.toml")
    assert said in str(raised.value)


def test_a_map_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"There is no map .*absent\.toml: `winloss inspect FILE --write-map"):
        read_map(tmp_path / "absent.toml")


def test_columns_are_given_targets_uses_or_nothing() -> None:
    mapped = map_of(
        {"columns": {"A": "amount_cents", "B": {"use": "attribute"}, "C": "ignore", "D": "free text", "E": "owner"}}
    )
    assert mapped.columns == {
        "A": "amount",
        "B": Use.ATTRIBUTE,
        "C": Use.IGNORED,
        "D": Use.FREE_TEXT,
        "E": "owner_name",
    }


def test_the_map_goes_before_every_rule(tmp_path: Path) -> None:
    (tmp_path / "map.toml").write_text(
        """
        [columns]
        "Ref" = "ignore"
        "phase" = "deal_stage"
        "Betrag" = "amount"
        "Wann" = "closed_on"
        "Kanal" = {use = "attribute"}
        [outcomes]
        "Sieg" = "won"
        "Niederlage" = "lost"
        "Warten" = "open"
        [dates]
        order = "dmy"
        [money]
        decimal = "."
        currency = "CHF"
        [values."Kanal"]
        "Messe" = "Events"
        """
    )
    found = pull(write(tmp_path / "d.csv", DEALS), mapping=tmp_path / "map.toml")
    assert found.kinds == {"won": 4, "lost": 4, "open": 4}
    assert found.column("deal_id")[0].startswith("r_")
    assert found.column("amount_cents")[0] == 120
    assert found.column("currency")[0] == "CHF"
    assert found.column("closed_on")[1].isoformat() == "2024-02-02"
    assert set(found.column("x_kanal")) == {"google", "Google", "Events"}


def test_a_column_of_the_map_that_is_not_there_is_said_with_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "map.toml").write_text('[columns]\n"Phasen" = "deal_stage"\n')
    found = pull(write(tmp_path / "d.csv", DEALS), mapping=tmp_path / "map.toml")
    problem = found.problem("map_column_absent")
    assert problem is not None
    assert "'Phase'" in problem.message


def test_a_target_of_a_column_that_no_file_has_is_refused_where_the_map_is_checked(tmp_path: Path) -> None:
    path = write(tmp_path / "d.csv", DEALS)
    more = write(tmp_path / "accounts.csv", [{"Kunde": f"K{n}", "Ort": "Ulm"} for n in range(3)])
    absent = map_of({"columns": {"Phasen": "deal_stage", "Nope": "amount", "Gone": "ignore"}})
    with pytest.raises(UserError) as refused:
        FileSource([path], mapping=absent).check_map()
    assert str(refused.value) == (
        "The map names the columns 'Phasen', 'Nope', which are not in d.csv. Did you mean 'Phase'? "
        "Correct the map, or take the line out."
    )
    fitting = map_of({"columns": {"Ort": "region", "Gone": "ignore"}})
    FileSource([path, more], mapping=fitting).check_map()


def test_values_nobody_knows_are_asked_for_with_the_line_to_add(tmp_path: Path) -> None:
    found = pull(write(tmp_path / "d.csv", DEALS))
    assert found.kinds == {"unclassified": 12}
    problem = found.problem("unclassified_outcome")
    assert problem is not None
    assert '"Sieg" = "?"' in problem.message


def test_a_file_that_tells_no_outcome_is_answered_with_what_to_write(tmp_path: Path) -> None:
    path = write(tmp_path / "d.csv", [{"Colour": "red", "Weight": "3"}, {"Colour": "blue", "Weight": "4"}])
    with pytest.raises(UserError, match="deal_stage"):
        pull(path)

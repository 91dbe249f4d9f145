from __future__ import annotations

import json
import re
from pathlib import Path

from program import winloss
from pulled import pull, write

DEALS = [
    {
        "Deal Ref": f"D{n}",
        "Phase": ["Gewonnen", "Verloren", "Sonderfall", "In Bearbeitung"][n % 4],
        "Kunde": f"Kunde {n % 11}",
        "Betrag": ["1.200,50 €", "800,00 €"][n % 2],
        "Angelegt am": f"{n % 9 + 1:02}.02.2024",
        "Abschlussdatum": f"{n % 9 + 11:02}.03.2024",
        "Quelle": ["google", "Google", "Messe"][n % 3],
        "Wahrscheinlichkeit": str(n % 4 * 25),
        'Say "hi"\t#1': ["a = 1", 'b"c'][n % 2],
    }
    for n in range(44)
]
ACCOUNTS = [{"Kunde": f"Kunde {n}", "Branche": ["Bau", "IT"][n % 2], "Gegründet": str(1990 + n)} for n in range(10)]


def files(place: Path) -> list[Path]:
    return [write(place / "chancen.csv", DEALS), write(place / "kunden.csv", ACCOUNTS)]


def test_inspect_shows_columns_outcomes_joins_problems_and_what_to_do_at_80_columns(tmp_path: Path) -> None:
    files(tmp_path)
    ended = winloss("inspect", "chancen.csv", "kunden.csv", cwd=tmp_path)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert max(len(line) for line in ended.stdout.splitlines()) <= 80
    flat = " ".join(ended.stdout.split())
    for said in (
        "Deals: 44 rows",
        "11 won, 11 lost, 11 open, 11 unclassified",
        "Columns of kunden.csv",
        "How deals ended",
        "Files joined to the deals",
        "Google ← google",
        '"Sonderfall" = "?"',
        "--write-map map.toml",
    ):
        assert said in flat


def test_inspect_lists_the_most_frequent_reasons_that_it_cannot_read(tmp_path: Path) -> None:
    reasons = ["Went Hubspot way", "Price too high", "Went Hubspot way", "Missing SSO", ""]
    rows = [
        {"Id": f"D{n}", "Stage": "Lost" if n % 5 < 4 else "Won", "Loss reason": reasons[n % 5], "Amount": str(n + 1)}
        for n in range(50)
    ]
    write(tmp_path / "deals.csv", rows)
    flat = " ".join(winloss("inspect", "deals.csv", cwd=tmp_path).stdout.split())
    assert "Reasons not understood Went Hubspot way: 20 deals Missing SSO: 10 deals" in flat
    assert "winloss reasons check deals.csv" in flat
    assert "Price too high:" not in flat


def test_a_written_map_used_again_gives_the_same(tmp_path: Path) -> None:
    paths = files(tmp_path)
    ended = winloss("inspect", "chancen.csv", "kunden.csv", "--write-map", "map.toml", cwd=tmp_path)
    assert ended.returncode == 0
    one, other = pull(*paths), pull(*paths, mapping=tmp_path / "map.toml")
    assert one.tables == other.tables
    assert one.told.mapping == other.told.mapping
    assert [(c.header, c.target, c.use) for c in one.told.columns] == [
        (c.header, c.target, c.use) for c in other.told.columns
    ]
    again = winloss(
        "inspect", "chancen.csv", "kunden.csv", "--map", "map.toml", "--write-map", "again.toml", cwd=tmp_path
    )
    assert again.returncode == 0
    without_comments = [re.sub(r"\s*#.*", "", (tmp_path / name).read_text()) for name in ("map.toml", "again.toml")]
    assert without_comments[0] == without_comments[1]


def test_a_line_added_to_the_map_is_what_was_missing(tmp_path: Path) -> None:
    paths = files(tmp_path)
    winloss("inspect", "chancen.csv", "kunden.csv", "--write-map", "map.toml", cwd=tmp_path)
    text = (tmp_path / "map.toml").read_text("utf-8")
    asked = re.search(r'"Sonderfall" = "?"', text)
    assert asked is not None
    (tmp_path / "map.toml").write_text(text.replace("[outcomes]", '[outcomes]\n"Sonderfall" = "no_decision"'), "utf-8")
    assert pull(*paths, mapping=tmp_path / "map.toml").kinds == {"won": 11, "lost": 11, "open": 11, "no_decision": 11}


def test_a_map_is_not_written_over_another(tmp_path: Path) -> None:
    files(tmp_path)
    (tmp_path / "map.toml").write_text("# mine\n")
    ended = winloss("inspect", "chancen.csv", "--write-map", "map.toml", cwd=tmp_path)
    assert ended.returncode == 2
    assert "--force" in ended.stderr
    assert (tmp_path / "map.toml").read_text() == "# mine\n"


def test_inspect_writes_json_and_no_rejects(tmp_path: Path) -> None:
    write(tmp_path / "d.csv", [*({**row} for row in DEALS), {**DEALS[0], "Betrag": "viel"}])
    ended = winloss("inspect", "d.csv", "--json", cwd=tmp_path)
    told = json.loads(ended.stdout)
    assert told["outcome_counts"]["won"] == 11
    assert told["tallies"]["deals"]["rejected"] == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["d.csv"]


def test_a_file_that_is_none_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_bytes(b"")
    ended = winloss("inspect", "d.csv", cwd=tmp_path)
    assert ended.returncode == 2
    assert "d.csv" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_where_no_column_tells_how_deals_ended_the_mapping_is_shown_and_its_line_can_be_filled_in(
    tmp_path: Path,
) -> None:
    rows = [
        {"No.": n + 1, "Customer": f"Cust {n}", "Where it stands": ["Champagne", "Silence"][n % 2], "Value": 10 * n + 5}
        for n in range(30)
    ]
    path = write(tmp_path / "home.csv", rows)
    ended = winloss("inspect", "home.csv", "--write-map", "map.toml", cwd=tmp_path)
    flat = " ".join(ended.stdout.split())
    assert ended.returncode == 2
    assert ended.stderr.startswith("winloss: No column of home.csv tells how deals ended (seen: 'No.', 'Customer', ")
    assert "Value amount_cents" in flat
    assert 'Give "deal_stage" to the column that tells how deals ended, in the map under [columns].' in flat
    assert "To read the report" not in flat
    text = (tmp_path / "map.toml").read_text("utf-8")
    line = next(line for line in text.splitlines() if line.startswith('"Where it stands"'))
    assert line.startswith(
        '"Where it stands" = {use = "attribute"} # does it tell how deals ended? then "deal_stage"; '
    )
    assert '# "Champagne" = "?" (won, lost, no_decision, disqualified or open); of "Where it stands"' in text
    filled = text.replace(line, '"Where it stands" = "deal_stage"').replace(
        '# "Champagne" = "?"', '"Champagne" = "won" #'
    )
    (tmp_path / "map.toml").write_text(filled.replace('# "Silence" = "?"', '"Silence" = "lost" #'), "utf-8")
    assert pull(path, mapping=tmp_path / "map.toml").kinds == {"won": 15, "lost": 15}

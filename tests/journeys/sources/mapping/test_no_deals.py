from __future__ import annotations

from pathlib import Path

import pytest

from program import winloss
from pulled import write

LEADS = [
    {"Lead ID": f"L{n}", "Lead Source": "Web", "Status": ["Open - Not Contacted", "Qualified"][n % 2]}
    for n in range(12)
]
CHANGES = [
    {"Deal ID": f"D{n % 3}", "From Stage": "Demo", "To Stage": "Offer", "Changed At": f"2024-01-{n + 1:02}"}
    for n in range(9)
]


@pytest.mark.parametrize(
    ("name", "rows", "held"),
    [("leads.csv", LEADS, "12 rows of leads"), ("moves.csv", CHANGES, "9 rows of stage changes")],
)
def test_a_report_on_a_file_without_deals_says_what_it_holds_and_what_is_needed(
    name: str, rows: list[dict[str, str]], held: str, tmp_path: Path
) -> None:
    write(tmp_path / name, rows)
    ended = winloss("report", name, cwd=tmp_path)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == (
        f"winloss: {name} holds {held} and no deals: `winloss report` needs an export with a row for each deal and a column that "
        "tells how each ended. If these are deals, name that column in a map and give it with --map.\n"
    )
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_report_on_a_header_alone_is_refused(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text("Deal ID,Stage\n", "utf-8")
    ended = winloss("report", "d.csv", cwd=tmp_path)
    assert ended.returncode == 2
    assert ended.stderr.startswith("winloss: d.csv holds a header and no rows: ")


def test_leads_alone_are_imported_as_leads(tmp_path: Path) -> None:
    write(tmp_path / "leads.csv", LEADS)
    ended = winloss("import", "leads.csv", "--book", "book", cwd=tmp_path)
    assert ended.returncode == 0
    assert "leads 12 12 0 0 0 0 Version 1" in " ".join(ended.stdout.split())


def test_a_report_says_that_a_file_was_named_twice_and_refuses_a_map_of_another_file(tmp_path: Path) -> None:
    write(tmp_path / "deals.csv", [{"Id": f"D{n}", "Stage": ["Won", "Lost"][n % 2]} for n in range(12)])
    twice = winloss("report", "deals.csv", "./deals.csv", "-f", "json", "--quiet", cwd=tmp_path)
    assert (twice.returncode, twice.stderr) == (0, "deals.csv was named twice and is read once.\n")
    (tmp_path / "map.toml").write_text('[columns]\n"Nope" = "deal_stage"\n', "utf-8")
    for command in (("report",), ("import", "--book", "book"), ("reasons", "check")):
        ended = winloss(*command, "deals.csv", "--map", "map.toml", cwd=tmp_path)
        assert (ended.returncode, ended.stdout) == (2, "")
        assert ended.stderr == (
            "winloss: The map names the column 'Nope', which is not in deals.csv. Correct the map, or take the line out.\n"
        )

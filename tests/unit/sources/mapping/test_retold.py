from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from pulled import pull, write

STAGES = ("Qualify", "Propose", "Negotiate")


def snapshots(renamed: Mapping[str, str] | None = None, *, deals: int = 20, rows: int = 4) -> list[dict[str, str]]:
    """Deals told once a month until they are won or lost; a header may be renamed, and an empty name leaves it out."""
    told = [
        {
            "Deal ID": f"D{deal}",
            "Account": f"Firm {deal}",
            "Stage": ("Won", "Lost")[deal % 2] if row == rows - 1 else STAGES[row],
            "Amount": str(1000 + 10 * deal),
            "Created": f"2024-01-{deal % 28 + 1:02}",
            "Closed Date": f"2024-0{row + 2}-15" if row == rows - 1 else "",
            "Last Modified": f"2024-0{row + 2}-{deal % 28 + 1:02}",
        }
        for row in range(rows)
        for deal in range(deals)
    ]
    renamed = renamed or {}
    return [{renamed.get(name, name): value for name, value in row.items() if renamed.get(name, name)} for row in told]


def folded(path: Path) -> tuple[int, int]:
    """Different deals, and rows with the id of another row as told."""
    found = pull(path)
    problem = found.problem("repeated_ids")
    return len(set(found.column("deal_id"))), problem.count if problem is not None else 0


def test_ids_that_stand_on_four_rows_each_are_those_of_the_deals(tmp_path: Path) -> None:
    assert folded(write(tmp_path / "d.csv", snapshots())) == (20, 60)


def test_a_short_table_with_amounts_and_dates_of_its_own_holds_deals_and_no_stage_changes(tmp_path: Path) -> None:
    rows = snapshots({"Account": ""}, rows=2)
    found = pull(write(tmp_path / "d.csv", rows))
    assert list(found.tables) == ["deals"]
    assert folded(tmp_path / "d.csv") == (20, 20)


def test_snapshots_of_deals_are_deals_whatever_the_file_is_called(tmp_path: Path) -> None:
    assert folded(write(tmp_path / "deal_history.csv", snapshots())) == (20, 60)


def test_an_id_and_no_more_is_that_of_the_deals_where_the_day_of_creation_bears_it_out(tmp_path: Path) -> None:
    assert folded(write(tmp_path / "d.csv", snapshots({"Deal ID": "ID"}))) == (20, 60)
    unborne = write(tmp_path / "e.csv", snapshots({"Deal ID": "ID", "Created": ""}))
    assert pull(unborne).target("ID") == "x_id"


@pytest.mark.parametrize("header", ["ID", "Deal ID"])
def test_ids_whose_rows_were_created_on_different_days_are_not_those_of_the_deals(header: str, tmp_path: Path) -> None:
    rows = [
        {**row, "Created": f"2024-{n % 12 + 1:02}-01"} for n, row in enumerate(snapshots({"Deal ID": header}, deals=7))
    ]
    found = pull(write(tmp_path / "d.csv", rows))
    assert found.target(header) != "deal_id"
    assert len(set(found.column("deal_id"))) == 28
    problem = found.problem("ids_differ")
    assert (problem is not None) is (header == "Deal ID")
    assert problem is None or problem.message == (
        "21 rows with a value of 'Deal ID' that other rows have; rows of one value differ in the day of creation, the name "
        "or the account, so each row counts as a deal."
    )


def test_an_id_that_numbers_the_rows_gives_way_to_the_deals_own(tmp_path: Path) -> None:
    rows = [{"ID": f"{n}", **row} for n, row in enumerate(snapshots())]
    assert folded(write(tmp_path / "d.csv", rows)) == (20, 60)


def test_stage_changes_with_amounts_stay_stage_changes(tmp_path: Path) -> None:
    rows = [
        {name: row[name] for name in ("Deal ID", "Stage", "Amount", "Closed Date")}
        | {"Created Date": row["Last Modified"]}
        for row in snapshots()
    ]
    found = pull(write(tmp_path / "d.csv", rows))
    assert list(found.tables) == ["deal_stage_changes"]


def test_snapshots_stand_behind_a_table_with_a_row_for_each_deal(tmp_path: Path) -> None:
    now = [{**row, "Segment": "a", "Region": "b"} for row in snapshots()[-20:]]
    before = write(tmp_path / "deal_history.csv", snapshots())
    found = pull(write(tmp_path / "deals.csv", now), before)
    assert {name: table.num_rows for name, table in found.tables.items()} == {"deals": 20, "deal_stage_changes": 80}

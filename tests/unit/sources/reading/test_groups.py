"""Reports grouped by a column, with subtotals and without."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from pulled import Pulled, pull

HEADER = "Stage,Owner,Deal,Amount,Closed,Type"


def block(stage: str, deals: int, *, subtotal: Sequence[str] = ()) -> list[str]:
    rows = [f"{stage if n == 0 else ''},Lee,{stage}{n},{100 + n},2024-03-01,New" for n in range(deals)]
    return [*rows, *subtotal]


def read(tmp_path: Path, rows: list[str], header: str = HEADER) -> Pulled:
    path = tmp_path / "deals.csv"
    path.write_text("\n".join([header, *rows, ""]), encoding="utf-8")
    return pull(path)


def test_a_group_is_filled_down_and_told(tmp_path: Path) -> None:
    found = read(tmp_path, [*block("Closed Won", 5), *block("Closed Lost", 7), *block("Negotiation", 3)])
    assert found.kinds == {"won": 5, "lost": 7, "open": 3}
    assert found.column("deal_stage") == ["Closed Won"] * 5 + ["Closed Lost"] * 7 + ["Negotiation"] * 3
    problem = found.problem("filled_down")
    assert problem is not None
    assert (problem.count, problem.column) == (12, "Stage")


@pytest.mark.parametrize(
    "subtotal",
    [["Subtotal,,Sum,500", ",,Count,5"], ["Zwischensumme,,,500,,"], ['Subtotal:,,,"1,500.00",,'], ["Total,Sum,,500"]],
)
def test_subtotals_between_groups_are_left_out_and_told(tmp_path: Path, subtotal: list[str]) -> None:
    rows = [*block("Closed Won", 5, subtotal=subtotal), *block("Closed Lost", 7, subtotal=subtotal)]
    found = read(tmp_path, [*rows, *block("Negotiation", 3)])
    assert found.kinds == {"won": 5, "lost": 7, "open": 3}
    assert sum(found.column("amount_cents")) == 100 * (510 + 721 + 303)
    problem = found.problem("summary_rows")
    assert problem is not None
    assert problem.count == 2 * len(subtotal)
    assert found.told.tallies["deals"].rows == 15


def test_lines_stay_those_of_the_file(tmp_path: Path) -> None:
    rows = [*block("Closed Won", 5, subtotal=["Subtotal,,Sum,500"]), *block("Closed Lost", 3)]
    found = read(tmp_path, [*rows, ",Lee,x,lots,2024-03-01,New"])
    rejects = found.told.tallies["deals"]
    assert (rejects.rows, rejects.rejected) == (9, 1)


def test_groups_within_groups_are_filled_down(tmp_path: Path) -> None:
    rows = [
        "Closed Won,Lee,a,1,2024-03-01,New",
        ",,b,2,2024-03-01,New",
        ",Kim,c,3,2024-03-01,New",
        ",,d,4,2024-03-01,New",
    ]
    more = ["Closed Lost,Kim,e,5,2024-03-01,New", ",,f,6,2024-03-01,New", ",,g,7,2024-03-01,New"]
    found = read(tmp_path, [*rows, *more])
    assert found.kinds == {"won": 4, "lost": 3}
    problems = {p.column: p.count for p in found.told.problems if p.code == "filled_down"}
    assert problems == {"Stage": 5, "Owner": 4}


@pytest.mark.parametrize(
    ("header", "first"),
    [
        ("Legacy ID", "L1|||L2||||||"),
        ("Stage", "Closed Won|||Closed Won||||||"),
        ("Stage", "|Closed Won|||Closed Lost|||||"),
    ],
    ids=["ids", "values that come again", "a blank first row"],
)
def test_a_column_with_blank_cells_that_is_no_group_is_left_blank(tmp_path: Path, header: str, first: str) -> None:
    cells = first.split("|")
    rows = [f"{cell},Lee,d{n},{n},2024-03-01,{['won', 'lost'][n % 2]}" for n, cell in enumerate(cells)]
    found = read(tmp_path, rows, f"{header},Owner,Deal,Amount,Closed,Status")
    assert found.problem("filled_down") is None
    assert len(found.rows()) == len(cells)


def test_a_deal_with_a_company_called_total_stays(tmp_path: Path) -> None:
    rows = [f"{['Total', 'Shell'][n % 2]},Lee,d{n},{n},2024-03-01,{['won', 'lost'][n % 2]}" for n in range(10)]
    found = read(
        tmp_path,
        [*rows, "Total,,d10,11,,won", "Shell,Lee,d11,1,2024-03-01,won"],
        "Account,Owner,Deal,Amount,Closed,Status",
    )
    assert len(found.rows()) == 12
    assert found.problem("summary_rows") is None


def test_blank_stages_are_named_where_the_outcome_cannot_be_told(tmp_path: Path) -> None:
    rows = [f"{['Closed Won', 'Closed Lost', ''][n % 3]},Lee,d{n},{n},2024-03-01,New" for n in range(12)]
    problem = read(tmp_path, rows).problem("unclassified_outcome")
    assert problem is not None
    assert problem.message.startswith("4 deals with an outcome that cannot be told. 'Stage' is blank on 4 rows.")

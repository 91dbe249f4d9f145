from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from report_study import deals_of, full
from winloss.errors import UserError
from winloss.report import behind, table
from winloss.report.behind import gather


def test_the_deals_behind_a_finding_are_closed_ones_largest_first() -> None:
    listed = gather(full(), deals_of)["segment-4fa2b91c07"]
    assert listed.total == 9
    assert {row["outcome"] for row in listed.deals.to_pylist()} == {"won", "lost", "no_decision"}
    amounts = [row["amount_cents"] for row in listed.deals.to_pylist()]
    assert amounts[:3] == [1_000_000, 900_000, 600_000]
    assert amounts[-1] is None
    assert len(listed.few) == behind.IN_PAGE


def test_a_finding_about_losses_lists_no_wins() -> None:
    listed = gather(full(), deals_of)["competitor-77aa66bb55"]
    assert {row["outcome"] for row in listed.deals.to_pylist()} == {"lost", "no_decision"}


def test_a_finding_over_the_whole_book_lists_none_and_says_why() -> None:
    listed = gather(full(), deals_of)["season-11b2c3d4e5"]
    assert listed.listed == 0
    assert listed.why == "Every closed deal stands behind this."


def test_what_is_not_supported_lists_no_deals() -> None:
    assert "segment-aa00bb11cc" not in gather(full(), deals_of)


def test_a_segment_is_asked_for_once() -> None:
    asked: list[str] = []

    def deals(segment: str) -> pa.Table:
        asked.append(segment)
        table: pa.Table = deals_of(segment)
        return table

    study = full()
    again = tuple(replace(f, id=f"{f.id}-again") for f in study.findings)
    gather(replace(study, findings=(*study.findings, *again)), deals)
    assert len(asked) == len(set(asked))
    assert "" not in asked


def test_a_segment_that_cannot_be_asked_for_says_why() -> None:
    def deals(segment: str) -> pa.Table:
        raise UserError("No field is called 'x'.")

    listed = gather(full(), deals)["segment-4fa2b91c07"]
    assert listed.why == "The deals cannot be listed: No field is called 'x'."


def test_a_million_deals_are_capped_and_counted() -> None:
    n = 30_000
    many = pa.table(
        {"deal_id": [f"D{i:06d}" for i in range(n)], "amount_cents": list(range(n)), "outcome": ["lost"] * n}
    )
    listed = gather(full(), lambda _: many)
    first = listed["segment-4fa2b91c07"]
    assert (first.total, first.listed, first.capped) == (n, behind.PER_FINDING, True)
    assert first.few[0]["deal_id"] == "D029999"
    assert sum(b.listed for b in listed.values()) <= behind.IN_ALL


def test_the_table_beside_the_report_names_the_findings_of_each_deal(tmp_path: Path) -> None:
    path = tmp_path / "report.deals.csv"
    written = table.write(gather(full(), deals_of), path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert written == len(rows) == 12
    by_id = {row["deal_id"]: row for row in rows}
    assert by_id["D-5"]["amount"] == "5000.00"
    assert by_id["D-5"]["findings"].split()[:2] == ["segment-4fa2b91c07", "segment-0c17d2aa31"]
    assert by_id["D-3"]["findings"] == "quality-1234567890"


def test_every_closed_deal_is_listed_with_the_figures_that_count_it(tmp_path: Path) -> None:
    closed = pa.table(
        {
            "deal_id": ["a", "b", "c"],
            "outcome": ["won", "lost", "lost"],
            "reason": [None, "price_value", None],
            "competitor": ["Acme", None, None],
            "amount_cents": [500, -100, None],
        }
    )
    study = full()
    few = replace(study, counts=replace(study.counts, won=1, lost=2, no_decision=0))
    listed = behind.whole(few, lambda _: closed)
    assert listed is not None
    table.write({"": listed}, tmp_path / "d.csv")
    with (tmp_path / "d.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["deal_id"], row["findings"], row["counts_in"]) for row in rows] == [
        ("a", "", "win rate; amounts; competitors"),
        ("b", "", "win rate; reasons"),
        ("c", "", "win rate"),
    ]


def test_the_whole_book_is_not_listed_where_none_is_closed_or_too_many_are() -> None:
    study = full()
    for won in (0, behind.IN_ALL + 1):
        counts = replace(study.counts, won=won, lost=0, no_decision=0)
        assert behind.whole(replace(study, counts=counts), deals_of) is None


def test_no_cell_of_the_table_is_run_as_a_formula(tmp_path: Path) -> None:
    path = tmp_path / "report.deals.csv"
    table.write(gather(full(), deals_of), path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        names = {row["deal_id"]: row["deal_name"] for row in csv.DictReader(file)}
    assert names["D-0"] == "'=1+1"


@pytest.mark.parametrize(("cents", "shown"), [(12345, "123.45"), (-5, "-0.05"), (0, "0.00"), (None, "")])
def test_amounts_are_exact_to_the_cent(cents: int | None, shown: str) -> None:
    assert table.amounts([cents]) == [shown]


def test_where_only_the_largest_are_given_all_are_counted() -> None:
    given = pa.table(
        {
            "deal_id": ["A", "B", "C"],
            "amount_cents": [3, 2, 1],
            "outcome": ["won", "lost", "lost"],
            behind.OF_OUTCOME: [40_000, 20_000, 20_000],
        }
    )
    listed = gather(full(), lambda _: given)
    assert listed["segment-4fa2b91c07"].total == 60_000
    assert listed["competitor-77aa66bb55"].total == 20_000
    assert behind.OF_OUTCOME not in listed["segment-4fa2b91c07"].few[0]

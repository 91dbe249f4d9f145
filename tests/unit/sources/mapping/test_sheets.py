from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from openpyxl import Workbook

from pulled import pull
from winloss.errors import UserError

DEALS = ("Opportunity", "Account", "Amount", "Closed")


def book(path: Path, **sheets: Sequence[tuple[object, ...]]) -> Path:
    made = Workbook()
    del made["Sheet"]
    for name, rows in sheets.items():
        sheet = made.create_sheet(name.replace("_", " "))
        for row in rows:
            sheet.append(row)
    made.save(path)
    return path


def rows(start: int, count: int, *more: object) -> list[tuple[object, ...]]:
    return [(f"Deal {n}", f"Firm {n}", 100 + n, f"2024-03-{n % 28 + 1:02}", *more) for n in range(start, start + count)]


def test_sheets_named_by_outcomes_are_one_table_and_their_names_the_outcome(tmp_path: Path) -> None:
    found = pull(
        book(tmp_path / "deals.xlsx", Closed_Won=[DEALS, *rows(0, 30)], Closed_Lost=[DEALS, *rows(30, 40)]),
    )
    assert found.kinds == {"won": 30, "lost": 40}
    told = next(c for c in found.told.columns if c.header == "Sheet")
    assert (told.target, told.why) == ("stage_kind", "by its values: they say won and lost")


def test_a_sheet_of_losses_may_have_a_column_more(tmp_path: Path) -> None:
    lost = [(*DEALS, "Loss Reason"), *rows(30, 40, "Price")]
    found = pull(book(tmp_path / "deals.xlsx", Won=[DEALS, *rows(0, 30)], Lost=lost))
    assert found.kinds == {"won": 30, "lost": 40}
    assert found.column("loss_reason_raw").count("Price") == 40


def test_a_list_to_choose_from_and_a_summary_are_no_deals_and_explain_none(tmp_path: Path) -> None:
    found = pull(
        book(
            tmp_path / "deals.xlsx",
            Summary=[("Firm kind", "Won", "Lost"), ("A", 14, 21), ("B", 16, 19)],
            Closed_Won=[(*DEALS, "Firm kind"), *rows(0, 30, "A")],
            Closed_Lost=[(*DEALS, "Firm kind"), *rows(30, 40, "B")],
            Lists=[("Stages", "Reasons"), ("Won", "Price"), ("Lost", "Timing")],
        )
    )
    assert found.kinds == {"won": 30, "lost": 40}
    uses = {c.header: c.use for c in found.told.columns}
    assert (uses["deals.xlsx [Summary]: Won"], uses["deals.xlsx [Summary]: Lost"]) == ("leak", "leak")


def test_a_list_of_stages_is_not_joined_by_how_deals_ended(tmp_path: Path) -> None:
    stages = [(*row, "Won" if n % 2 else "Lost") for n, row in enumerate(rows(0, 40))]
    lists = [("Stage", "Reason"), ("Won", "Price"), ("Lost", "Timing")]
    found = pull(book(tmp_path / "deals.xlsx", Deals=[(*DEALS, "Stage"), *stages], Lists=lists))
    assert (found.kinds, found.told.joins) == ({"won": 20, "lost": 20}, ())


def test_a_list_to_choose_from_beside_deals_without_outcome_leaves_the_question(tmp_path: Path) -> None:
    path = book(tmp_path / "deals.xlsx", Deals=[DEALS, *rows(0, 40)], Lists=[("Stages",), ("Won",), ("Lost",)])
    with pytest.raises(UserError, match="tells how deals ended"):
        pull(path)

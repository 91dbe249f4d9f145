from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from report_study import deals_of, full, nearly_empty
from winloss.report import write
from winloss.report.formats.xlsx import sheets
from winloss.synthesize.study import CurrencyRow

SHEETS = [
    *("Summary", "Trend", "Reasons", "Competitors", "Findings", "Attributes"),
    *("Deal stages", "Channels", "Quality", "Recovery", "Deals"),
]


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    path = tmp_path_factory.mktemp("book") / "report.xlsx"
    write(full(), path, format="xlsx", deals=deals_of)
    opened = openpyxl.load_workbook(path)
    yield opened
    opened.close()


def rows(sheet: Any) -> list[dict[str, Any]]:
    head, *lines = sheet.iter_rows(values_only=True)
    return [dict(zip(head, line, strict=True)) for line in lines]


def test_every_table_has_its_sheet(book: Any) -> None:
    assert book.sheetnames == SHEETS


@pytest.mark.parametrize("name", SHEETS)
def test_the_header_is_frozen_and_filters_are_on(book: Any, name: str) -> None:
    assert book[name].freeze_panes == "B2"
    assert book[name].auto_filter.ref.startswith("A1:")


def test_numbers_are_numbers_and_dates_are_dates(book: Any) -> None:
    first = rows(book["Trend"])[0]
    assert first["Closed"] == 31
    assert first["Win rate"] == pytest.approx(13 / 31)
    assert first["From"].date() == dt.date(2024, 6, 1)
    assert book["Trend"]["F2"].number_format == "0.0%"
    assert book["Reasons"]["J2"].number_format == '#,##0 "USD"'
    assert rows(book["Reasons"])[0]["Amount"] == 6_100_000


def test_every_value_of_every_attribute_is_there(book: Any) -> None:
    assert len(rows(book["Attributes"])) == sum(len(a.levels) for a in full().attributes)


def test_no_value_is_run_as_a_formula(book: Any) -> None:
    kinds = {cell.data_type for sheet in book for line in sheet.iter_rows() for cell in line}
    assert "f" not in kinds
    named = {row["Deal id"]: row["Deal name"] for row in rows(book["Deals"])}
    assert named["D-0"] == "=1+1"


def test_each_deal_is_marked_under_the_findings_it_stands_behind(book: Any) -> None:
    by_id = {row["Deal id"]: row for row in rows(book["Deals"])}
    assert len(by_id) == 12
    assert by_id["D-5"]["segment-4fa2b91c07"] == "x"
    assert by_id["D-4"]["competitor-77aa66bb55"] is None
    assert by_id["D-3"]["Findings"] == "quality-1234567890"


def test_the_findings_say_how_many_deals_are_listed(book: Any) -> None:
    first = rows(book["Findings"])[0]
    assert (first["Deals behind it"], first["Of them in sheet Deals"]) == (9, 9)
    assert first["p"] == 0.00003


def test_an_empty_study_gives_a_workbook_too(tmp_path: Path) -> None:
    paths = write(nearly_empty(), tmp_path / "r.xlsx", format="xlsx", deals=deals_of)
    assert openpyxl.load_workbook(paths[0]).sheetnames == SHEETS


def test_amounts_of_several_currencies_have_a_sheet_of_their_own(tmp_path: Path) -> None:
    euros = CurrencyRow(currency="EUR", won=3, won_amount_cents=120_000_050, lost=2, lost_amount_cents=70_000)
    unnamed = CurrencyRow(currency="", won=1, won_amount_cents=900, lost=0, lost_amount_cents=0)
    sheets(replace(full(), by_currency=(euros, unnamed)), {}, tmp_path / "r.xlsx")
    told = list(openpyxl.load_workbook(tmp_path / "r.xlsx")["Currencies"].iter_rows(values_only=True))
    assert told[1:] == [("EUR", 3, 1_200_000.5, 2, 700), ("none named", 1, 9, 0, 0)]

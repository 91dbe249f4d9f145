"""Dates that name a month only: read as such where a whole column does, and said."""

from __future__ import annotations

import calendar
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest

from pulled import pull, write
from winloss.sources.files.profile import ColumnProfile
from winloss.sources.files.values import dates


def read(*values: str, last: bool = False, order: str | None = None) -> list[date | None]:
    column = pa.array(values, pa.string())
    profile = ColumnProfile("x")
    profile.add(column)
    decision = dates.decide(profile, order=order)
    days: list[date | None] = dates.convert(column, dates.at_month_end(decision) if last else decision)[0].to_pylist()
    return days


@pytest.mark.parametrize(
    "written",
    ["2024-03", "2024/3", "03/2024", "3.2024", "Mar 2024", "March 2024", "Mar-24", "Mar '24", "März 2024", "2024 March", "mars 2024",
     "marzo de 2024", "março/2024", "2024年3月"],
)  # fmt: skip
def test_months_are_read_in_many_forms(written: str) -> None:
    assert read(written) == [date(2024, 3, 1)]
    assert read(written, last=True) == [date(2024, 3, 31)]


def test_every_month_ends_on_its_last_day() -> None:
    months = [(year, month) for year in (1999, 2000, 2023, 2024) for month in range(1, 13)]
    ends = [date(year, month, calendar.monthrange(year, month)[1]) for year, month in months]
    assert read(*(f"{year}-{month:02}" for year, month in months), last=True) == ends


@pytest.mark.parametrize("written", ["2024-13", "2024-00", "1850-01", "Mar 24", "Soon 2024", "2024-3-"])
def test_what_is_no_month_is_no_date(written: str) -> None:
    assert read(written) == [None]


def test_a_month_among_dates_is_no_date() -> None:
    assert read("2024-03-05", "2024-03") == [date(2024, 3, 5), None]
    assert read("05.03.2024", "17.03.2024", "03.2024") == [date(2024, 3, 5), date(2024, 3, 17), None]


def test_the_order_of_a_map_does_not_matter_to_months() -> None:
    assert read("03/2024", order="dmy") == [date(2024, 3, 1)]


def test_a_deal_is_created_on_the_first_and_closed_on_the_last_day_and_that_is_told(tmp_path: Path) -> None:
    rows = [
        {"Id": f"D{n}", "Stage": ["Won", "Lost"][n % 2], "Created": "02/2024", "Close Date": "Feb 2024", "Amount": "1"}
        for n in range(4)
    ]
    found = pull(write(tmp_path / "deals.csv", rows))
    assert found.column("created_on") == [date(2024, 2, 1)] * 4
    assert found.column("closed_on") == [date(2024, 2, 29)] * 4
    assert found.told.tallies["deals"].rejected == 0
    told = {p.column: p.message for p in found.told.problems if p.code == "months_only"}
    assert told == {
        "Created": "4 dates of 'Created' name a month only: read as its first day.",
        "Close Date": "4 dates of 'Close Date' name a month only: read as its last day.",
    }


def test_spend_by_month_stands_on_the_first_day(tmp_path: Path) -> None:
    rows = [{"Month": f"2024-{n:02}", "Source": "Ads", "Spend": "10"} for n in range(1, 5)]
    found = pull(write(tmp_path / "spend.csv", rows))
    assert found.column("spent_on", "spend") == [date(2024, n, 1) for n in range(1, 5)]

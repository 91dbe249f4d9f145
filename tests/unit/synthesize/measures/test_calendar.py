"""Weeks, months, quarters and fiscal years."""

from __future__ import annotations

import datetime as dt
import itertools

import pytest

from winloss.errors import UserError
from winloss.synthesize.calendar import Calendar, usual_unit


@pytest.mark.parametrize(
    ("unit", "first", "day", "start", "end", "label"),
    [
        ("week", 1, "2024-01-07", "2024-01-01", "2024-01-07", "2024-W01"),
        ("week", 1, "2023-01-01", "2022-12-26", "2023-01-01", "2022-W52"),
        ("month", 4, "2024-02-29", "2024-02-01", "2024-02-29", "Feb 2024"),
        ("quarter", 1, "2024-05-31", "2024-04-01", "2024-06-30", "2024 Q2"),
        ("quarter", 2, "2024-01-15", "2023-11-01", "2024-01-31", "FY2024 Q4"),
        ("quarter", 2, "2024-02-01", "2024-02-01", "2024-04-30", "FY2025 Q1"),
        ("quarter", 12, "2024-01-15", "2023-12-01", "2024-02-29", "FY2024 Q1"),
    ],
)
def test_a_day_lies_in_its_period(unit: str, first: int, day: str, start: str, end: str, label: str) -> None:
    calendar = Calendar(unit, first)
    begins = calendar.start(dt.date.fromisoformat(day))
    assert (begins.isoformat(), calendar.end(begins).isoformat(), calendar.label(begins)) == (start, end, label)


def test_a_year_before_is_the_same_period() -> None:
    assert Calendar("quarter").year_before(dt.date(2024, 4, 1)) == dt.date(2023, 4, 1)
    assert Calendar("month").year_before(dt.date(2024, 2, 1)) == dt.date(2023, 2, 1)
    assert Calendar("week").year_before(dt.date(2024, 1, 1)) == dt.date(2023, 1, 2)


def test_periods_follow_one_another_without_gaps() -> None:
    spans = list(Calendar("month").spans(dt.date(2023, 11, 15), dt.date(2024, 2, 1)))
    assert [start.isoformat() for start, _ in spans] == ["2023-11-01", "2023-12-01", "2024-01-01", "2024-02-01"]
    assert all(b[0] - a[1] == dt.timedelta(days=1) for a, b in itertools.pairwise(spans))


@pytest.mark.parametrize(("first", "position"), [(1, 0), (12, 1), (2, 2)])
def test_the_month_in_the_quarter_follows_the_fiscal_year(first: int, position: int) -> None:
    assert Calendar("quarter", first).month_in_quarter(dt.date(2024, 1, 31)) == position


@pytest.mark.parametrize(
    ("days", "unit"), [(30, "week"), (92, "week"), (93, "month"), (1100, "month"), (1101, "quarter")]
)
def test_the_unit_follows_the_span(days: int, unit: str) -> None:
    assert usual_unit(dt.date(2020, 1, 1), dt.date(2020, 1, 1) + dt.timedelta(days=days), 1000) == unit


def test_a_few_closings_are_not_spread_over_weeks() -> None:
    first, last = dt.date(2026, 2, 4), dt.date(2026, 4, 30)
    assert usual_unit(first, last, 11) == "month"
    assert usual_unit(first, last, 62) == "week"


@pytest.mark.parametrize(("unit", "first"), [("hour", 1), ("month", 0), ("month", 13)])
def test_what_no_calendar_knows_is_said(unit: str, first: int) -> None:
    with pytest.raises(UserError):
        Calendar(unit, first)

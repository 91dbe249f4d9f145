"""Weeks, months and quarters, calendar or fiscal."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from winloss.errors import UserError
from winloss.synthesize.phrases import MONTHS

UNITS = ("week", "month", "quarter")


@dataclass(frozen=True, slots=True)
class Calendar:
    """Periods of one length.

    Parameters
    ----------
    unit
        week (Monday to Sunday), month or quarter.
    fiscal_year_start_month
        1 to 12; quarters begin in this month and every third one after it.
    """

    unit: str
    fiscal_year_start_month: int = 1

    def __post_init__(self) -> None:
        if self.unit not in UNITS:
            raise UserError(f"No trend by {self.unit!r}: choose {', '.join(UNITS[:-1])} or {UNITS[-1]}.")
        if not 1 <= self.fiscal_year_start_month <= 12:
            raise UserError(f"A fiscal year starts in a month from 1 to 12, not in {self.fiscal_year_start_month}.")

    def start(self, day: dt.date) -> dt.date:
        """The first day of the period that `day` lies in."""
        if self.unit == "week":
            return day - dt.timedelta(days=day.weekday())
        into = (day.month - self.fiscal_year_start_month) % 3 if self.unit == "quarter" else 0
        return _month_after(day, -into)

    def next(self, start: dt.date) -> dt.date:
        """The first day of the period after the one that begins on `start`."""
        return self.shift(start, 1)

    def shift(self, start: dt.date, periods: int) -> dt.date:
        """The first day of the period so many periods later; earlier where negative."""
        if self.unit == "week":
            return start + dt.timedelta(weeks=periods)
        return _month_after(start, periods * (3 if self.unit == "quarter" else 1))

    def year_before(self, start: dt.date) -> dt.date:
        """The first day of the same period a year ago (52 weeks for weeks)."""
        return self.shift(start, {"week": -52, "month": -12, "quarter": -4}[self.unit])

    def end(self, start: dt.date) -> dt.date:
        """The last day of the period that begins on `start`."""
        return self.next(start) - dt.timedelta(days=1)

    def spans(self, first: dt.date, last: dt.date) -> Iterator[tuple[dt.date, dt.date]]:
        """First and last day of every period from the one of `first` to the one of `last`, without gaps."""
        start = self.start(first)
        while start <= last:
            yield start, self.end(start)
            start = self.next(start)

    def label(self, start: dt.date) -> str:
        """`2024-W23`, `Jun 2024`, `2024 Q2`; a fiscal year is named by the year in which it ends: `FY2025 Q1`."""
        if self.unit == "week":
            year, week, _ = start.isocalendar()
            return f"{year}-W{week:02d}"
        if self.unit == "month":
            return f"{MONTHS[start.month - 1]} {start.year}"
        first = self.fiscal_year_start_month
        quarter = (start.month - first) % 12 // 3 + 1
        if first == 1:
            return f"{start.year} Q{quarter}"
        return f"FY{start.year + (start.month >= first)} Q{quarter}"

    def month_in_quarter(self, day: dt.date) -> int:
        """0, 1 or 2: where the month of `day` stands in its quarter."""
        return (day.month - self.fiscal_year_start_month) % 3


def _month_after(day: dt.date, months: int) -> dt.date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return dt.date(year, month + 1, 1)


_LEAST_A_WEEK = 5


def usual_unit(first: dt.date, last: dt.date, closed: int) -> str:
    """Weeks up to a quarter's span, if five of the `closed` deals fall on each; months up to three years, then quarters."""
    days = (last - first).days
    if days <= 92 and closed >= _LEAST_A_WEEK * (days + 1) / 7:
        return "week"
    return "month" if days <= 1100 else "quarter"

"""Whether the deals created in a month have had their time.

Deals that close fast close first, and losses often close faster than wins; so a young month shows mostly those. A month
is ripe when its youngest deal is as old as the age by which nine of ten closings happen. That age is read from the
older half of the months; where those are themselves too young, nobody can tell.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from winloss.synthesize.as_of import AsOf
from winloss.synthesize.calendar import Calendar
from winloss.synthesize.study import CohortRow

RIPE_SHARE = 0.9
AGES_DAYS = (30, 60, 90, 180)
MONTH = Calendar("month")
_EXPECTED_EARLY = 3.0
"""With three deals expected before the first closing and none seen, chance is under 5 % (Poisson)."""


@dataclass(slots=True)
class _Month:
    created: int = 0
    closed: int = 0
    won: int = 0
    by_age: dict[int, tuple[int, int]] = field(default_factory=dict)
    """Days from creation to close to (closed, won)."""

    def by(self, age_days: int) -> tuple[int, int]:
        early = [counts for age, counts in self.by_age.items() if age <= age_days]
        return sum(n for n, _ in early), sum(won for _, won in early)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ripeness:
    """The cohorts, the age after which they are ripe, and why nobody can tell where it is None."""

    cohorts: tuple[CohortRow, ...] = ()
    after_days: int | None = None
    why_none: str = ""


def judge(cohorts: Iterable[Mapping[str, Any]], as_of: AsOf) -> Ripeness:
    """Divide the months of creation into ripe and unripe.

    Parameters
    ----------
    cohorts
        Rows of `aggregate.periods.cohorts`.
    as_of
        The day; months after it are left out.
    """
    months = _months(cohorts, as_of)
    if not months or as_of.day is None:
        return Ripeness(why_none="No deal says when it was created.")
    cut = _left_cut(months, as_of.first_closed)
    after = _ripe_age({start: m for start, m in months.items() if start not in cut}, as_of.day)
    rows = tuple(_row(start, months.get(start, _Month()), after, as_of.day, start in cut) for start in _every(months))
    why = "" if after is not None else "The book is too short to say how long deals take."
    return Ripeness(cohorts=rows, after_days=after, why_none=why)


def _months(cohorts: Iterable[Mapping[str, Any]], as_of: AsOf) -> dict[dt.date, _Month]:
    months: dict[dt.date, _Month] = defaultdict(_Month)
    if as_of.day is None or as_of.first_created is None:
        return {}
    for row in cohorts:
        if not MONTH.start(as_of.first_created) <= row["month"] <= as_of.day:
            continue
        month = months[row["month"]]
        month.created += row["n"]
        month.closed += row["closed"]
        month.won += row["won"]
        if row["cycle_days"] is not None and row["closed"]:
            month.by_age[row["cycle_days"]] = (row["closed"], row["won"])
    return dict(sorted(months.items()))


def _every(months: Mapping[dt.date, _Month]) -> list[dt.date]:
    return [start for start, _ in MONTH.spans(min(months), max(months))]


def _left_cut(months: Mapping[dt.date, _Month], first_closed: dt.date | None) -> set[dt.date]:
    """Months before the first closing, where later months say that some of their deals must have closed earlier."""
    if first_closed is None:
        return set()
    before = {start: m for start, m in months.items() if MONTH.end(start) < first_closed}
    later = [m for start, m in months.items() if start not in before]
    created = sum(m.created for m in later)
    if not before or not created:
        return set()
    expected = 0.0
    for start, month in before.items():
        reach = (first_closed - MONTH.end(start)).days
        expected += month.created * sum(m.by(reach)[0] for m in later) / created
    return set(before) if expected >= _EXPECTED_EARLY else set()


def _ripe_age(months: Mapping[dt.date, _Month], as_of: dt.date) -> int | None:
    for part in (0.5, 0.25):
        old = _oldest(months, part)
        if not old:
            return None
        age = _age_of_closing([months[start] for start in old])
        if age is not None and (as_of - MONTH.end(max(old))).days >= age:
            return age
    return None


def _oldest(months: Mapping[dt.date, _Month], part: float) -> list[dt.date]:
    wanted = part * sum(m.created for m in months.values())
    old: list[dt.date] = []
    passed = 0
    for start in sorted(months):
        if old and passed + months[start].created > wanted:
            break
        old.append(start)
        passed += months[start].created
    return old


def _age_of_closing(months: Iterable[_Month]) -> int | None:
    counts: dict[int, int] = defaultdict(int)
    for month in months:
        for age, (closed, _) in month.by_age.items():
            counts[age] += closed
    wanted, passed = RIPE_SHARE * sum(counts.values()), 0
    for age in sorted(counts):
        passed += counts[age]
        if passed >= wanted:
            return age
    return None


def _row(start: dt.date, month: _Month, after: int | None, as_of: dt.date, left_cut: bool) -> CohortRow:
    age = (as_of - MONTH.end(start)).days
    return CohortRow(
        start=start,
        created=month.created,
        closed=month.closed,
        won=month.won,
        share_closed=month.closed / month.created if month.created else 0.0,
        ripe=after is not None and age >= after,
        by_age=tuple(_by_age(month, days, age) for days in AGES_DAYS),
        left_cut=left_cut,
    )


def _by_age(month: _Month, days: int, age: int) -> tuple[int, float | None, float | None]:
    if age < days or not month.created:
        return days, None, None
    closed, won = month.by(days)
    return days, closed / month.created, won / month.created

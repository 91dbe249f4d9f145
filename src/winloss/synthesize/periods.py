"""How the win rate went over time: by period of closing, by month in the quarter, against earlier periods."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from winloss.stats.estimate import Estimate
from winloss.stats.shares import newcombe, wilson
from winloss.synthesize import phrases
from winloss.synthesize.as_of import AsOf
from winloss.synthesize.calendar import Calendar, usual_unit
from winloss.synthesize.ripeness import Ripeness
from winloss.synthesize.study import PeriodComparison, PeriodRow, Trend

_SHAPE = ("First month of a quarter", "Second month of a quarter", "Third month of a quarter")
_GRACE_DAYS = 3
"""A book that begins so shortly after a period did, as on the first working day, covers it."""


@dataclass(slots=True)
class _Sum:
    closed: int = 0
    won: int = 0
    n_amount: int = 0
    amount_cents: int = 0

    def add(self, row: Mapping[str, Any]) -> None:
        self.closed += row["n"]
        self.won += row["won"]
        self.n_amount += row["n_amount"]
        self.amount_cents += row["won_amount_cents"]

    def amount(self, *, told: bool) -> int | None:
        return self.amount_cents if told and (self.n_amount or not self.won) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Frame:
    first: dt.date
    as_of: dt.date
    settled_from: dt.date | None
    ripe_after: int | None
    amounts: bool


def trend(
    closings: Iterable[Mapping[str, Any]],
    as_of: AsOf,
    ripeness: Ripeness,
    *,
    unit: str | None = None,
    fiscal_year_start_month: int = 1,
    amounts: bool = True,
    note: str = "",
) -> Trend:
    """Lay the closings out over time.

    Parameters
    ----------
    closings
        Rows of `aggregate.periods.closings`.
    as_of
        The day; closings outside of the credible dates are in no period.
    ripeness
        The cohorts.
    unit
        week, month or quarter; chosen by the span where it is None.
    fiscal_year_start_month
        Where quarters begin, 1 to 12.
    amounts
        False where amounts cannot be added (several currencies).
    note
        What bends the whole trend.

    Returns
    -------
    Trend
        Periods without gaps; a period that is not over at `as_of`, or in which only fast deals can have closed, is
        unripe and says why. `why_none` where no closing is dated.
    """
    if as_of.day is None or as_of.first_closed is None or as_of.first_closed > as_of.day:
        Calendar(unit or "month", fiscal_year_start_month)
        return Trend(unit=unit or "month", cohorts=ripeness.cohorts, why_none="No closed deal says when it closed.")
    inside = [row for row in closings if as_of.first_closed <= row["closed_on"] <= as_of.day]
    usual = usual_unit(as_of.first_closed, as_of.day, sum(row["n"] for row in inside))
    calendar = Calendar(unit or usual, fiscal_year_start_month)
    frame = _Frame(
        first=as_of.first_closed,
        as_of=as_of.day,
        settled_from=_settled_from(as_of, ripeness),
        ripe_after=ripeness.after_days,
        amounts=amounts,
    )
    return Trend(
        unit=calendar.unit,
        periods=tuple(_periods(inside, calendar, frame)),
        comparisons=_comparisons(inside, _comparing(calendar, frame, chosen=unit is not None), frame),
        month_in_quarter=_shape(inside, calendar, frame),
        cohorts=ripeness.cohorts,
        ripe_after_days=ripeness.after_days,
        note=note,
    )


def _settled_from(as_of: AsOf, ripeness: Ripeness) -> dt.date | None:
    """From when on deals of every length can have closed; None where the book does not begin with its first deals."""
    if as_of.first_created is None or ripeness.after_days is None:
        return None
    return as_of.first_created + dt.timedelta(days=ripeness.after_days)


def _periods(closings: Iterable[Mapping[str, Any]], calendar: Calendar, frame: _Frame) -> list[PeriodRow]:
    sums = {start: _Sum() for start, _ in calendar.spans(frame.first, frame.as_of)}
    for row in closings:
        sums[calendar.start(row["closed_on"])].add(row)
    return [_period(start, total, calendar, frame) for start, total in sums.items()]


def _period(start: dt.date, total: _Sum, calendar: Calendar, frame: _Frame) -> PeriodRow:
    end = calendar.end(start)
    why = _unripe(start, end, frame)
    return PeriodRow(
        start=start,
        end=end,
        label=calendar.label(start),
        closed=total.closed,
        won=total.won,
        win_rate=_rate(total, "No deal closed in this period."),
        won_amount_cents=total.amount(told=frame.amounts),
        ripe=not why,
        why_unripe=why,
    )


def _rate(total: _Sum, why: str) -> Estimate:
    return wilson(total.won, total.closed) if total.closed else Estimate.refused(why)


def _unripe(start: dt.date, end: dt.date, frame: _Frame) -> str:
    if end > frame.as_of:
        return f"Not over: the data ends on {phrases.day(frame.as_of)}."
    if (frame.first - start).days > _GRACE_DAYS:
        return f"The first closing is of {phrases.day(frame.first)}."
    if frame.settled_from is not None and start < frame.settled_from:
        return f"The book begins here: one deal in ten takes more than {frame.ripe_after} days and is not in yet."
    return ""


def _comparing(calendar: Calendar, frame: _Frame, *, chosen: bool) -> Calendar:
    """Quarters where two are over, because months differ within a quarter; else the trend's own unit."""
    quarter = Calendar("quarter", calendar.fiscal_year_start_month)
    this = quarter.shift(quarter.start(frame.as_of + dt.timedelta(days=1)), -1)
    before = quarter.shift(this, -1)
    return quarter if not chosen and (frame.first - before).days <= _GRACE_DAYS else calendar


def _comparisons(closings: list[Mapping[str, Any]], calendar: Calendar, frame: _Frame) -> tuple[PeriodComparison, ...]:
    rows = {row.start: row for row in _periods(closings, calendar, frame)}
    this = rows.get(calendar.shift(calendar.start(frame.as_of + dt.timedelta(days=1)), -1))
    if this is None:
        return ()
    others = (
        (f"the {calendar.unit} before", rows.get(calendar.shift(this.start, -1))),
        ("a year ago", rows.get(calendar.year_before(this.start))),
    )
    return tuple(_compare(label, this, other) for label, other in others if other is not None)


def _compare(label: str, this: PeriodRow, other: PeriodRow) -> PeriodComparison:
    unripe = next((row for row in (this, other) if not row.ripe), None)
    if unripe is not None:
        difference = Estimate.refused(f"{unripe.label} is not ripe. {unripe.why_unripe}")
    else:
        difference = newcombe(this.won, this.closed, other.won, other.closed)
    return PeriodComparison(label=label, this=this, other=other, difference=difference)


def _shape(closings: list[Mapping[str, Any]], calendar: Calendar, frame: _Frame) -> tuple[PeriodRow, ...]:
    sums = [_Sum(), _Sum(), _Sum()]
    for row in closings:
        sums[calendar.month_in_quarter(row["closed_on"])].add(row)
    return tuple(
        PeriodRow(
            start=frame.first,
            end=frame.as_of,
            label=label,
            closed=total.closed,
            won=total.won,
            win_rate=_rate(total, "No deal closed in such a month."),
            won_amount_cents=total.amount(told=frame.amounts),
        )
        for label, total in zip(_SHAPE, sums, strict=True)
    )

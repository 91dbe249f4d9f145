"""From a number to its deals: the segment whose deals are exactly those that were counted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from winloss.aggregate.as_of import SETTLED
from winloss.synthesize.as_of import AsOf
from winloss.synthesize.glossary import OTHER, UNKNOWN, UNREAD
from winloss.synthesize.study import CompetitorRow, LevelRow, PeriodRow, ReasonRow
from winloss.tables.segment import Condition, Segment
from winloss.web.book.segmentbar import closed_between, plus

CLOSED = Condition("is_closed", "=", ("true",))
LOST = Condition("outcome", "in", ("lost", "no_decision"))
WON = Condition("outcome", "=", ("won",))
PRICED = Condition("amount_known", "=", ("true",))
_FITTING = Condition("loss_reason_on_won", "=", ("false",))
_GIVEN = Condition("reason_given", "=", ("true",))
_NOT_GIVEN = Condition("reason_given", "=", ("false",))
_UNREAD = Condition("reason", "blank")


def ended(segment: Segment, *outcomes: str) -> Segment:
    """The deals of a segment that ended so."""
    kind = "=" if len(outcomes) == 1 else "in"
    return plus(segment, Condition("outcome", kind, outcomes))


def of_reason(segment: Segment, row: ReasonRow, shown: Iterable[ReasonRow], known: Iterable[str]) -> Segment:
    """The deals behind one bar of reasons.

    Parameters
    ----------
    shown
        All bars: "other reasons" are those that have none.
    known
        Every reason that some deal of the book carries.
    """
    side = (WON, _FITTING) if row.outcome == "won" else (LOST,)
    if row.code is None:
        return plus(segment, *side, _UNREAD, _NOT_GIVEN)
    if row.code == UNREAD:
        return plus(segment, *side, _UNREAD, _GIVEN)
    if row.code == OTHER:
        named = {one.code for one in shown} - {OTHER}
        return plus(segment, *side, Condition("reason", "in", tuple(sorted(set(known) - named - {UNKNOWN}))))
    return plus(segment, *side, Condition("reason", "=", (row.code,)))


def of_competitor(segment: Segment, row: CompetitorRow, *sides: Condition) -> Segment:
    """The closed deals behind one competitor, or behind none, unknown and blank; with `sides` only the won or lost ones."""
    sides = sides or (CLOSED,)
    if row.kind == "competitor":
        return plus(segment, *sides, Condition("competitor", "=", (row.name,)))
    return plus(segment, *sides, Condition("competitor_kind", "=", (row.kind,)))


def of_level(segment: Segment, row: LevelRow, *sides: Condition) -> Segment | None:
    """The closed deals of one value of an attribute; None where no condition gives them."""
    if not row.segment:
        return None
    return plus(segment, *(sides or (CLOSED,)), *Segment.parse(row.segment).conditions)


def of_period(segment: Segment, row: PeriodRow, as_of: AsOf, *sides: Condition) -> Segment:
    """The deals that closed in one period of the trend, on a day that is credible."""
    first, last = max(row.start, as_of.first_closed or row.start), min(row.end, as_of.day or row.end)
    span = closed_between(first, last)
    return plus(segment, *(sides or (CLOSED,)), span)


_FIRST_DAY, _LAST_DAY = dt.date(1900, 1, 1), dt.date(2999, 12, 31)


def of_issue(code: str, as_of: AsOf) -> Segment | None:
    """The deals that trouble in the data was met in; None where no condition gives them. As many? That is to be counted."""
    if code == "closed_after_as_of" and as_of.day and as_of.day < _LAST_DAY:
        return Segment((CLOSED, closed_between(as_of.day + _DAY, _LAST_DAY)))
    if code == "closed_before_first" and as_of.first_closed and as_of.first_closed > _FIRST_DAY:
        return Segment((CLOSED, closed_between(_FIRST_DAY, as_of.first_closed - _DAY)))
    return _IN_TROUBLE.get(code)


_DAY = dt.timedelta(days=1)
_UNCLASSIFIED = Segment.of(outcome="unclassified")
_IN_TROUBLE = {
    "closed_before_created": Segment.of(closed_before_created="true"),
    "loss_reason_on_won": Segment.of(loss_reason_on_won="true"),
    "stage_against_outcome": Segment.of(stage_against_outcome="true"),
    "closed_without_date": Segment((Condition("outcome", "in", SETTLED), Condition("closed_on", "blank"))),
    "reason_on_open": Segment((Condition("outcome", "in", ("open", "unclassified")), _GIVEN)),
    "unclassified_deals": _UNCLASSIFIED,
    "unclassified_outcome": _UNCLASSIFIED,
    "unread_reasons": Segment((LOST, _UNREAD, _GIVEN)),
    "currency_not_named": Segment((CLOSED, PRICED, Condition("currency", "blank"))),
}
_ANSWERED = Condition("competitor_kind", "in", ("competitor", "none"))


def of_finding(finding: Mapping[str, Any]) -> tuple[Segment, Segment] | None:
    """The deals that a finding counts, and those that they are out of; None where its measure says of no such deals.

    Whether they are as many as the finding says is for the caller to count: values that were joined, and stages reached,
    no condition gives.

    Parameters
    ----------
    finding
        As in the report's JSON.
    """
    segment = Segment.parse(finding["segment"])
    measure, _, target = finding["measure"].partition(":")
    kind, _, name = target.partition(":")
    if measure == "win_rate" and not target:
        return plus(segment, WON), plus(segment, CLOSED)
    if measure != "share_of_losses" or not segment.conditions:
        return None
    if kind == "reason":
        return plus(segment, LOST, Condition("reason", "=", (name,))), plus(segment, LOST, _GIVEN)
    if kind == "competitor":
        return plus(segment, LOST, Condition("competitor", "=", (name,))), plus(segment, LOST, _ANSWERED)
    return None

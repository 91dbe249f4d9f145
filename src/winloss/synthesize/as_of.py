"""The last credible date of a book, and the first.

A CRM sets the dates of creation and change by itself; closing dates are typed. So the last creation decides, closings
after it count while they go on as usual, and what stands alone far from all other dates is taken for mistyped.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from winloss.synthesize import phrases

GAP_DAYS = 31
"""A date that stands alone is at least this far from its neighbour …"""
GAP_TIMES = 4
"""… and at least this many times farther than 19 of 20 neighbouring dates are from each other …"""
ALONE_SHARE = 0.01
"""… and, with all beyond it, is at most this share of the dates (one date always is)."""
BLOCK_DEALS = 10
"""Closings after the last creation are read in blocks of days in which this many would be usual (a week at least) …"""
MOST_SHARE = 0.8
"""… or as long as the fullest days, which hold so much of the closings, lie apart: in some books only on the last of months …"""
MONTH_END_SHARE = 0.5
"""Where so many closings are dated on the last day of a month, that date says the month and may lie after the last change."""
USUAL_SHARE = 0.05
"""… and a block with less than this share of the usual closings ends the credible dates."""
CHANGE_DAYS = 31
"""A last change so many days after all creations and closings says when the export was made, not what it covers."""

Counted = Sequence[tuple[dt.date, int]]
"""Days in order, with how many deals fall on each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AsOf:
    """The day a study speaks of.

    Parameters
    ----------
    day
        The as-of date; None where no deal has a date.
    why
        How it was decided, as a clause for a reader.
    credible_until
        The last credible date of the book, whatever was set.
    first_created, first_closed
        The first credible dates of creation and closing.
    """

    day: dt.date | None
    why: str
    credible_until: dt.date | None = None
    first_created: dt.date | None = None
    first_closed: dt.date | None = None


def decide(days: Iterable[Mapping[str, Any]], *, given: dt.date | None = None) -> AsOf:
    """Decide the as-of date.

    Parameters
    ----------
    days
        Rows of `aggregate.as_of.days`, up to today.
    given
        The date a person set; it is taken as it is.
    """
    by_what = _by_what(days)
    created, closed = trimmed(by_what["created"]), trimmed(by_what["closed"])
    credible, why = _last(created, closed, by_what["modified"])
    return AsOf(
        day=given or credible,
        why="set by hand" if given else why,
        credible_until=credible,
        first_created=created[0][0] if created else None,
        first_closed=closed[0][0] if closed else None,
    )


def _by_what(days: Iterable[Mapping[str, Any]]) -> dict[str, list[tuple[dt.date, int]]]:
    by_what: dict[str, list[tuple[dt.date, int]]] = {"created": [], "modified": [], "closed": []}
    for row in days:
        by_what[row["what"]].append((row["day"], row["n"]))
    return {what: sorted(counted) for what, counted in by_what.items()}


def _last(created: Counted, closed: Counted, modified: Counted) -> tuple[dt.date | None, str]:
    if not created and not closed:
        return (modified[-1][0], "the last change of a deal") if modified else (None, "no deal has a date")
    if not created or _closed_mostly_after(created[-1][0], closed):
        end, why = closed[-1][0], "the last closing date that does not stand alone"
    else:
        end, why = _carried_on(created[-1][0], closed)
    changed = modified[-1][0] if modified else None
    if changed is None or (changed - end).days > CHANGE_DAYS:
        return end, why
    if changed >= end:
        return changed, "the last change of a deal"
    month = _month_end(changed)
    if end >= month and _at_month_ends(closed) and any(day == month for day, _ in closed):
        return month, "the last closing date: closings are dated at the end of their month"
    return max(changed, created[-1][0] if created else changed), "the last change of a deal; no closing can be later"


def _month_end(day: dt.date) -> dt.date:
    return (day.replace(day=1) + dt.timedelta(days=31)).replace(day=1) - dt.timedelta(days=1)


def _at_month_ends(closed: Counted) -> bool:
    return sum(n for day, n in closed if day == _month_end(day)) >= MONTH_END_SHARE * sum(n for _, n in closed)


def _closed_mostly_after(day: dt.date, closed: Counted) -> bool:
    """Whether the creations end before most closings, as where all deals were created at a move of systems."""
    return 2 * sum(n for closing, n in closed if closing > day) > sum(n for _, n in closed)


def _carried_on(created: dt.date, closed: Counted) -> tuple[dt.date, str]:
    """The last creation, or the last closing after it in which closings went on as usual."""
    rate = _closings_a_day(closed)
    length = max(7, round(BLOCK_DEALS / rate), _apart(closed)) if rate else 7
    end, start = created, created
    while True:
        block = [(day, n) for day, n in closed if start < day <= start + dt.timedelta(days=length)]
        if sum(n for _, n in block) < max(1.0, USUAL_SHARE * rate * length):
            break
        end, start = block[-1][0], start + dt.timedelta(days=length)
    if end > created:
        return end, f"the last closing date; the last deal was created on {phrases.day(created)}"
    return end, "the day the last deal was created"


def _apart(closed: Counted) -> int:
    """Days that 19 of 20 of the fullest days of closings lie from the one before at most."""
    total, held, full = sum(n for _, n in closed), 0, []
    for day, n in sorted(closed, key=lambda one: (-one[1], one[0])):
        if held >= MOST_SHARE * total:
            break
        held += n
        full.append(day)
    gaps = sorted((b - a).days for a, b in pairwise(sorted(full)))
    return gaps[int(0.95 * (len(gaps) - 1))] if gaps else 0


def _closings_a_day(closed: Counted) -> float:
    """Closings a day between the 1st and the 99th percentile of their dates."""
    total = sum(n for _, n in closed)
    if total < 2:
        return 0.0
    low, high = _day_at(closed, 0.01 * total), _day_at(closed, 0.99 * total)
    return 0.98 * total / max(1, (high - low).days)


def _day_at(counted: Counted, position: float) -> dt.date:
    passed = 0
    for day, n in counted:
        passed += n
        if passed >= position:
            return day
    return counted[-1][0]


def trimmed(counted: Counted) -> list[tuple[dt.date, int]]:
    """The days without those that stand alone at either end."""
    kept = list(counted)
    if len(kept) < 3:
        return kept
    gaps = sorted((b[0] - a[0]).days for a, b in pairwise(kept))
    usual = gaps[int(0.95 * (len(gaps) - 1))]
    far = max(GAP_DAYS, GAP_TIMES * usual)
    allowed = max(1.0, ALONE_SHARE * sum(n for _, n in kept))
    first, last = _body(kept, far, allowed)
    return kept[first : last + 1]


def _body(kept: Counted, far: int, allowed: float) -> tuple[int, int]:
    first, last = 0, len(kept) - 1
    passed = 0
    for i in range(len(kept) - 1, 0, -1):
        passed += kept[i][1]
        if passed > allowed:
            break
        if (kept[i][0] - kept[i - 1][0]).days > far:
            last = i - 1
    passed = 0
    for i in range(last):
        passed += kept[i][1]
        if passed > allowed:
            break
        if (kept[i + 1][0] - kept[i][0]).days > far:
            first = i + 1
    return first, last

"""On which days things happened: what the as-of date is decided from, and how a book looks as of a day."""

from __future__ import annotations

import datetime as dt

import ibis
import ibis.expr.types as ir

SETTLED = ("won", "lost", "no_decision", "disqualified")
"""Outcomes that a closing date belongs to."""


def days(deals: ir.Table, today: dt.date) -> ir.Table:
    """Count what happened on each day up to today.

    Parameters
    ----------
    deals
        Resolved deals.
    today
        Later dates are left out.

    Returns
    -------
    ibis.expr.types.Table
        `what` (created, modified or closed), `day` (date), `n` (deals, at least 1). Days without deals and
        deals without the date have no row; of changes only the last one has.
    """
    created = _count_by_day(deals, "created", deals.created_on)
    # A reason moves a deal from one settled outcome to another at most: it need not be looked up here.
    settled = deals.filter(deals.stage_kind.isin(SETTLED))
    counted = ibis.union(created, _count_by_day(settled, "closed", settled.closed_on), _last_change(deals, today))
    return counted.filter(counted.day <= ibis.literal(today))


def _last_change(deals: ir.Table, today: dt.date) -> ir.Table:
    midnight = dt.datetime.combine(today + dt.timedelta(days=1), dt.time(), dt.UTC)
    changed = deals.filter(deals.modified_at < ibis.literal(midnight))
    # One instant is turned into a day, not all of them: that takes a second a million in some engines.
    last = changed.aggregate(last=changed.modified_at.max(), n=changed.count())
    return last.select(what=ibis.literal("modified"), day=last.last.date(), n=last.n)


def _count_by_day(deals: ir.Table, what: str, day: ir.DateValue) -> ir.Table:
    dated = deals.select(day=day)
    dated = dated.filter(dated.day.notnull())
    counted = dated.group_by("day").agg(n=dated.count())
    return counted.select(what=ibis.literal(what), day=counted.day, n=counted.n)


def known_on(deals: ir.Table, as_of: dt.date, credible_until: dt.date) -> ir.Table:
    """The deals as they stood on `as_of`: what was closed later is still open.

    A closing after `credible_until` is a mistyped date and stays closed: such a deal was closed, nobody knows when.

    Parameters
    ----------
    deals
        Resolved deals.
    as_of
        The day.
    credible_until
        The last credible date of the book.
    """
    later = deals.closed_on > ibis.literal(as_of)
    later = (later & (deals.closed_on <= ibis.literal(credible_until)) & deals.outcome.isin(SETTLED)).fill_null(False)
    return deals.mutate(
        outcome=ibis.ifelse(later, "open", deals.outcome),
        is_closed=deals.is_closed & ~later,
        is_won=deals.is_won & ~later,
        cycle_days=ibis.ifelse(later, ibis.null(deals.cycle_days.type()), deals.cycle_days),
    )

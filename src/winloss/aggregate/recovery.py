"""Lost deals whose reason's window is open."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import ibis
import ibis.expr.types as ir

Windows = Mapping[str, tuple[int, int]]
"""Reason code to first and last day after the close on which asking again makes sense; "" stands for no reason."""


def prospects(deals: ir.Table, windows: Windows, as_of: dt.date) -> ir.Table:
    """Lost and no-decision deals whose window is open on `as_of`, in accounts that neither bought nor negotiate since.

    Parameters
    ----------
    deals
        Resolved deals, open ones among them.
    windows
        By reason; a reason without an entry never comes back.
    as_of
        The day asked about.

    Returns
    -------
    ibis.expr.types.Table
        The columns of `deals` and `age_days` (from the close to `as_of`). In no order.
    """
    lost = deals.filter(deals.is_closed & ~deals.is_won & deals.closed_on.notnull())
    lost = lost.mutate(
        age_days=ibis.literal(as_of).delta(lost.closed_on, unit="day"), window_reason=lost.reason.fill_null("")
    )
    due = lost.filter(_is_open(lost, windows))
    back = _came_back(deals)
    joined = due.left_join(back, due.account_id == back.back_account_id)
    since = joined.last_won_on >= joined.closed_on
    return joined.filter(~(since | joined.has_open).fill_null(False)).drop(
        "window_reason", "back_account_id", "last_won_on", "has_open"
    )


def _is_open(lost: ir.Table, windows: Windows) -> ir.BooleanValue:
    by_window: dict[tuple[int, int], list[str]] = {}
    for code, window in windows.items():
        by_window.setdefault(window, []).append(code)
    is_open: ir.BooleanValue = ibis.literal(False)
    for (first, last), codes in by_window.items():
        is_open = is_open | (lost.window_reason.isin(codes) & lost.age_days.between(first, last))
    return is_open


def _came_back(deals: ir.Table) -> ir.Table:
    held = deals.filter(deals.account_id.notnull() & (deals.is_won | (deals.outcome == "open")))
    return held.group_by(back_account_id=held.account_id).agg(
        last_won_on=held.closed_on.max(where=held.is_won), has_open=(held.outcome == "open").any()
    )


def with_totals(prospects: ir.Table) -> ir.Table:
    """The prospects, each with how many there are and what they were worth: `n`, `n_amount`, `all_cents`."""
    known = prospects.amount_known
    everything = ibis.window()
    return prospects.mutate(
        n=prospects.count().over(everything),
        n_amount=known.sum().over(everything),
        all_cents=prospects.amount_cents.sum(where=known).over(everything),
    )


def by_value(prospects: ir.Table, *, limit: int | None = None) -> ir.Table:
    """The prospects, most valuable first; among equals the latest lost, then by id."""
    value = ibis.ifelse(prospects.amount_known, prospects.amount_cents, 0)
    ordered = prospects.order_by(value.desc(), prospects.closed_on.desc(), prospects.deal_id)
    return ordered if limit is None else ordered.limit(limit)


def by_date(prospects: ir.Table, *, limit: int | None = None) -> ir.Table:
    """The prospects, the latest lost first, then by id: where amounts of several currencies cannot be compared."""
    ordered = prospects.order_by(prospects.closed_on.desc(), prospects.deal_id)
    return ordered if limit is None else ordered.limit(limit)

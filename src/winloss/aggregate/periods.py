"""Deals by the day they closed and by the month they were created in."""

from __future__ import annotations

import ibis.expr.types as ir

from winloss.tables import OUTCOMES

_COHORT = tuple(outcome for outcome in OUTCOMES if outcome != "disqualified")


def closings(deals: ir.Table) -> ir.Table:
    """Count closed deals by day.

    Returns
    -------
    ibis.expr.types.Table
        `closed_on`, `n` (closed deals), `won`, `n_amount` (won deals of known amount), `won_amount_cents`.
        Deals without a closing date are in no row.
    """
    dated = deals.filter(deals.is_closed & deals.closed_on.notnull())
    won_known = dated.is_won & dated.amount_known
    return dated.group_by("closed_on").agg(
        n=dated.count(),
        won=dated.is_won.sum().fill_null(0),
        n_amount=won_known.sum().fill_null(0),
        won_amount_cents=dated.amount_cents.sum(where=won_known).fill_null(0),
    )


def cohorts(deals: ir.Table) -> ir.Table:
    """Count deals by the month they were created in and the days they took to close.

    Disqualified deals are in no row.

    Returns
    -------
    ibis.expr.types.Table
        `month` (its first day), `cycle_days` (null where open, undated, or closed before created), `n`, `closed`, `won`.
    """
    dated = deals.filter(deals.created_on.notnull() & deals.outcome.isin(_COHORT))
    dated = dated.mutate(month=dated.created_on.truncate("M").cast("date"))
    return dated.group_by("month", "cycle_days").agg(
        n=dated.count(),
        closed=dated.is_closed.sum().fill_null(0),
        won=dated.is_won.sum().fill_null(0),
    )

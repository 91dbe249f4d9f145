"""How many deals ended how, and what they were worth."""

from __future__ import annotations

import ibis.expr.types as ir


def outcomes(deals: ir.Table) -> ir.Table:
    """Count deals and their amounts by outcome.

    Parameters
    ----------
    deals
        Resolved deals.

    Returns
    -------
    ibis.expr.types.Table
        `outcome`, `n` (deals), `n_amount` (deals whose amount is known), `amount_cents` (their sum, 0 where none),
        `amount_squares` (sum of squared amounts in whole units of currency, for the ratio interval),
        `median_cents` (of known amounts, null where none).
    """
    known = deals.amount_known
    amount = deals.amount_cents
    units = amount.cast("float64") / 100
    return deals.group_by("outcome").agg(
        n=deals.count(),
        n_amount=known.sum().fill_null(0),
        amount_cents=amount.sum(where=known).fill_null(0),
        amount_squares=(units * units).sum(where=known).fill_null(0.0),
        median_cents=amount.median(where=known),
    )


def currencies(deals: ir.Table) -> ir.Table:
    """Count closed deals of known amount by currency; `currency` is null where the source names none."""
    priced = deals.filter(deals.is_closed & deals.amount_known)
    return priced.group_by("currency").agg(n=priced.count())


def by_currency(deals: ir.Table) -> ir.Table:
    """Amounts of closed deals of known amount, each currency by itself.

    Returns
    -------
    ibis.expr.types.Table
        `currency` (null where the source names none), `is_won`, `n` (deals) and `amount_cents`.
    """
    priced = deals.filter(deals.is_closed & deals.amount_known)
    return priced.group_by("currency", "is_won").agg(n=priced.count(), amount_cents=priced.amount_cents.sum())


def cycles(deals: ir.Table) -> ir.Table:
    """Count closed deals by outcome and days from creation to close.

    Deals without both dates, or closed before they were created, are in no row.

    Returns
    -------
    ibis.expr.types.Table
        `outcome`, `cycle_days` (0 or more), `n`.
    """
    timed = deals.filter(deals.is_closed & deals.cycle_days.notnull())
    return timed.group_by("outcome", "cycle_days").agg(n=timed.count())

"""Closed deals by the reason that was given for them. Disqualified deals are in no row."""

from __future__ import annotations

import ibis.expr.types as ir


def by_reason(deals: ir.Table) -> ir.Table:
    """Count closed deals by side and reason.

    Won deals that carry a reason of losses are in no row: nobody can say which of the two is wrong.

    Returns
    -------
    ibis.expr.types.Table
        `is_won`, `reason` (code or null), `reason_given`, `n`, `n_amount` (deals of known amount), `amount_cents`,
        `amount_squares` (in whole units of currency).
    """
    told = deals.filter(deals.is_closed & ~deals.loss_reason_on_won)
    units = told.amount_cents.cast("float64") / 100
    return told.group_by("is_won", "reason", "reason_given").agg(
        n=told.count(),
        n_amount=told.amount_known.sum().fill_null(0),
        amount_cents=told.amount_cents.sum(where=told.amount_known).fill_null(0),
        amount_squares=(units * units).sum(where=told.amount_known).fill_null(0.0),
    )


def raw_values(deals: ir.Table, *, limit: int = 5000) -> ir.Table:
    """The words that stood in the CRM, most frequent first, at most `limit` of them.

    Returns
    -------
    ibis.expr.types.Table
        `is_won`, `reason` (code, null where not understood), `reason_value`, `n`.
    """
    told = deals.filter(deals.is_closed & deals.reason_given & ~deals.loss_reason_on_won & deals.reason_value.notnull())
    counted = told.group_by("is_won", "reason", "reason_value").agg(n=told.count())
    return counted.order_by(counted.n.desc(), counted.reason_value).limit(limit)


def junk_values(deals: ir.Table, *, limit: int = 5000) -> ir.Table:
    """The words that made deals junk, most frequent first: `reason_value`, `n`.

    Of deals that their status or deal stage itself disqualifies (deleted ones, too) the reason is no such word.
    """
    by_reason = deals.stage_kind.fill_null("") != "disqualified"
    junk = deals.filter((deals.outcome == "disqualified") & by_reason & deals.reason_value.notnull())
    counted = junk.group_by("reason_value").agg(n=junk.count())
    return counted.order_by(counted.n.desc(), counted.reason_value).limit(limit)

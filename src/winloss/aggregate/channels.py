"""Closed deals by the channel that brought the buyer, what the channel cost, and deals of the last days by segment."""

from __future__ import annotations

import datetime as dt

import ibis
import ibis.expr.types as ir


def by_channel(deals: ir.Table) -> ir.Table:
    """Count deals by lead source.

    Returns
    -------
    ibis.expr.types.Table
        `lead_source` (null where blank), `closed`, `won`, `disqualified`, `n_amount` (won, of known amount),
        `won_amount_cents`.
    """
    won_known = deals.is_won & deals.amount_known
    return deals.group_by("lead_source").agg(
        closed=deals.is_closed.sum().fill_null(0),
        won=deals.is_won.sum().fill_null(0),
        disqualified=(deals.outcome == "disqualified").sum().fill_null(0),
        n_amount=won_known.sum().fill_null(0),
        won_amount_cents=deals.amount_cents.sum(where=won_known).fill_null(0),
    )


def by_deal_type(deals: ir.Table) -> ir.Table:
    """Count closed deals by deal type: `deal_type`, `closed`, `won`."""
    closed = deals.filter(deals.is_closed)
    return closed.group_by("deal_type").agg(closed=closed.count(), won=closed.is_won.sum().fill_null(0))


def spend_by(spend: ir.Table, field: str) -> ir.Table:
    """Sum spend by one field of `spend` and by currency.

    Returns
    -------
    ibis.expr.types.Table
        `value` (of `field`), `currency`, `spend_cents`, `first_on`, `last_on`.
    """
    keyed = spend.select(
        value=spend[field], currency=spend.currency, amount=spend.amount_cents, spent_on=spend.spent_on
    )
    return keyed.group_by("value", "currency").agg(
        spend_cents=keyed.amount.sum().fill_null(0), first_on=keyed.spent_on.min(), last_on=keyed.spent_on.max()
    )


def spend_since(spend: ir.Table, first: dt.date, last: dt.date) -> ir.Table:
    """The rows of `spend` of the days from `first` to `last`, both included."""
    return spend.filter(spend.spent_on.between(ibis.literal(first), ibis.literal(last)))


def campaigns_in_spend(deals: ir.Table, spend: ir.Table) -> ir.Table:
    """Count deals whose campaign stands in `spend`: one row with `deals` (campaign filled), `matched`, and `campaigns`
    and `campaigns_matched` (distinct).
    """
    known = spend.filter(spend.campaign.notnull()).select(spent_campaign=spend.campaign).distinct()
    named = deals.filter(deals.campaign.notnull())
    used = named.group_by("campaign").agg(n=named.count())
    joined = used.left_join(known, used.campaign == known.spent_campaign)
    found = joined.spent_campaign.notnull()
    return joined.aggregate(
        deals=joined.n.sum().fill_null(0),
        matched=joined.n.sum(where=found).fill_null(0),
        campaigns=joined.count(),
        campaigns_matched=found.sum().fill_null(0),
    )


def closed_between(deals: ir.Table, first: dt.date, last: dt.date) -> ir.Table:
    """Closed deals whose closing date lies from `first` to `last`, both included."""
    return deals.filter(deals.is_closed & deals.closed_on.between(ibis.literal(first), ibis.literal(last)))


def by_value(deals: ir.Table, field: str) -> ir.Table:
    """Count closed deals by the values of one field: `value` (null where blank), `closed`, `won`."""
    closed = deals.filter(deals.is_closed)
    keyed = closed.select(value=closed[field], is_won=closed.is_won)
    return keyed.group_by("value").agg(closed=keyed.count(), won=keyed.is_won.sum().fill_null(0))

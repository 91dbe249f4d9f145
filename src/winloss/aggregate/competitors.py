"""Closed deals by the competitor named in them; None, Unknown and blank apart."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

_BETWEEN_NAMES = "[;|,/&+\n\r]| (and|und|et|y|e|и) "


def by_competitor(deals: ir.Table) -> ir.Table:
    """Count closed deals by competitor.

    A competitor that was met and not named ("Yes", "lost to a rival") is of kind competitor without a name. `asked` tells
    deals apart by what their field or a debrief say by themselves, and a loss whose reason alone names a competitor from
    those (`resolve`: competitor, met, none, unknown or blank).

    Returns
    -------
    ibis.expr.types.Table
        `competitor_kind`, `competitor` (null unless the kind is competitor), `asked`, `closed`, `won`, `n_amount_lost`
        (not won, of known amount), `amount_lost_cents`.
    """
    closed = _met(deals.filter(deals.is_closed))
    lost_known = ~closed.is_won & closed.amount_known
    return closed.group_by("competitor_kind", "competitor", asked="competitor_asked").agg(
        closed=closed.count(),
        won=closed.is_won.sum().fill_null(0),
        n_amount_lost=lost_known.sum().fill_null(0),
        amount_lost_cents=closed.amount_cents.sum(where=lost_known).fill_null(0),
    )


def several(deals: ir.Table) -> ir.Table:
    """Raw values that may name several competitors, of closed deals with one: `value`, `n`."""
    named = deals.filter(deals.is_closed & deals.competitor.notnull() & deals.competitor_raw.notnull())
    listed = named.filter(named.competitor_raw.re_search(_BETWEEN_NAMES))
    return listed.group_by(value=listed.competitor_raw).agg(n=listed.count())


def told_by_reason(deals: ir.Table) -> ir.Table:
    """Closed deals of which the reason or closing stage of the loss alone tells that a competitor was met."""
    unsaid = deals.competitor_asked.isin(("unknown", "blank"))
    met = (deals.competitor_kind == "competitor") | deals.competitor_present.fill_null(False)
    return deals.filter(deals.is_closed & unsaid & met)


def _met(closed: ir.Table) -> ir.Table:
    met = (closed.competitor_kind == "unknown") & closed.competitor_present.fill_null(False)
    return closed.mutate(competitor_kind=ibis.ifelse(met, "competitor", closed.competitor_kind))

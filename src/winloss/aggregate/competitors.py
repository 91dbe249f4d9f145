"""Closed deals by the competitor named in them; None, Unknown and blank apart."""

from __future__ import annotations

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir

from winloss.tables.segment import Segment


def by_competitor(deals: ir.Table) -> ir.Table:
    """Count closed deals by competitor.

    A competitor that was met and not named ("Yes", "lost to a rival") is of kind competitor without a name.

    Returns
    -------
    ibis.expr.types.Table
        `competitor_kind`, `competitor` (null unless the kind is competitor), `closed`, `won`, `n_amount_lost` (not
        won, of known amount), `amount_lost_cents`.
    """
    closed = _met(deals.filter(deals.is_closed))
    lost_known = ~closed.is_won & closed.amount_known
    return closed.group_by("competitor_kind", "competitor").agg(
        closed=closed.count(),
        won=closed.is_won.sum().fill_null(0),
        n_amount_lost=lost_known.sum().fill_null(0),
        amount_lost_cents=closed.amount_cents.sum(where=lost_known).fill_null(0),
    )


def _met(closed: ir.Table) -> ir.Table:
    met = (closed.competitor_kind == "unknown") & closed.competitor_present.fill_null(False)
    return closed.mutate(competitor_kind=ibis.ifelse(met, "competitor", closed.competitor_kind))


def by_competitor_and_value(deals: ir.Table, field: str) -> ir.Table:
    """Count the closed deals of each competitor by the values of one field.

    Returns
    -------
    ibis.expr.types.Table
        `competitor_kind` (competitor or none), `competitor`, `value` (never null), `closed`, `won`.
    """
    known = _met(deals.filter(deals.is_closed & deals[field].notnull()))
    known = known.filter(known.competitor_kind.isin(("competitor", "none")))
    return known.group_by("competitor_kind", "competitor", value=known[field]).agg(
        closed=known.count(), won=known.is_won.sum().fill_null(0)
    )


def by_competitor_and_segment(deals: ir.Table, segments: Sequence[Segment]) -> ir.Table:
    """Count the closed deals of each competitor in each of several segments.

    Parameters
    ----------
    deals
        Resolved deals with every field that the segments name.
    segments
        At least one; they may overlap.

    Returns
    -------
    ibis.expr.types.Table
        `competitor_kind` (competitor or none), `competitor`, and for the i-th segment `closed_i` and `won_i`.
        Deals whose competitor is unknown or blank are in no row.
    """
    known = _met(deals.filter(deals.is_closed))
    known = known.filter(known.competitor_kind.isin(("competitor", "none")))
    sums: dict[str, ir.Value] = {}
    for i, segment in enumerate(segments):
        inside = segment.predicate(known)
        sums[f"closed_{i}"] = inside.sum().fill_null(0)
        sums[f"won_{i}"] = (inside & known.is_won).sum().fill_null(0)
    return known.group_by("competitor_kind", "competitor").agg(**sums)

"""What the comparison of segments needs of each closed deal. An expression; executes nothing."""

from __future__ import annotations

from collections.abc import Iterable

import ibis.expr.types as ir

ALWAYS = (
    "is_won",
    "reason",
    "reason_given",
    "competitor",
    "competitor_kind",
    "competitor_present",
    "competitor_asked",
    "competitor_raw",
    "stage_reached",
    "cycle_days",
    "created_on",
    "closed_on",
    "amount_cents",
    "amount_known",
    "currency",
    "owner_id",
    "account_id",
)
"""Columns of a resolved deal that the search reads beside the attributes."""


def closed_deals(deals: ir.Table, attributes: Iterable[str]) -> ir.Table:
    """The closed deals of `deals` (resolved) with the columns `ALWAYS` and `attributes`, as far as they are there."""
    there = set(deals.columns)
    wanted = [name for name in dict.fromkeys((*ALWAYS, *attributes)) if name in there]
    return deals.filter(deals.is_closed).select(*wanted)

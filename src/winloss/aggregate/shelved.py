"""What pages need of each deal, whatever segment they show. An expression; executes nothing."""

from __future__ import annotations

from collections.abc import Iterable

import ibis.expr.types as ir

from winloss.aggregate.attributes import ALWAYS

COLUMNS = (
    "deal_id",
    "deal_name",
    "account_name",
    "outcome",
    "is_closed",
    "reason_value",
    "reason_source",
    "loss_reason_on_won",
    "closed_before_created",
    "stage_against_outcome",
    "competitor_present",
    "deal_stage",
    "team",
    "notes",
)
"""Columns of a resolved deal beside those of the search and the attributes."""


def deals(resolved: ir.Table, attributes: Iterable[str]) -> ir.Table:
    """Every deal, open ones among them, with what pages show, count and filter by, as far as it is there."""
    there = set(resolved.columns)
    wanted = [name for name in dict.fromkeys((*COLUMNS, *ALWAYS, *attributes)) if name in there]
    return resolved.select(*wanted)

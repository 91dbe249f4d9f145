"""What the measurement of actions needs of each deal. Expressions; execute nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

import ibis
import ibis.expr.types as ir

from winloss.tables.segment import Segment

ALWAYS = ("is_won", "created_on", "closed_on")
"""Columns of a resolved deal that every measure reads beside the attributes; no amounts, which are settled while selling."""
INSIDE = "inside_"
"""`inside_0`, `inside_1`, …: whether the deal is of each segment asked for."""


def closed_deals(deals: ir.Table, columns: Iterable[str], segments: Sequence[Segment], *, since: dt.date) -> ir.Table:
    """The closed deals that were created or closed on or after `since`, with the columns `ALWAYS` and `columns`.

    Parameters
    ----------
    deals
        Resolved deals.
    columns
        Columns beside `ALWAYS`, as far as they are there.
    segments
        Marks `inside_0` … say which of them a deal is of.
    """
    there = set(deals.columns)
    wanted = [name for name in dict.fromkeys((*ALWAYS, *columns)) if name in there]
    late = (deals.closed_on >= since) | (deals.created_on >= since)
    return deals.filter(deals.is_closed & late).select(*wanted, **_marks(deals, segments))


def young_deals(deals: ir.Table, segments: Sequence[Segment], *, since: dt.date) -> ir.Table:
    """Deals created on or after `since` that are open or closed: `created_on` and the marks."""
    alive = deals.is_closed | (deals.outcome == "open")
    return deals.filter(alive & (deals.created_on >= since)).select("created_on", **_marks(deals, segments))


def entered(
    deals: ir.Table,
    changes: ir.Table,
    stages: tuple[str, str],
    columns: Iterable[str],
    segments: Sequence[Segment],
) -> ir.Table:
    """Deals that entered the first of two deal stages, with the days they first entered each (`entered_on`, `reached_on`)."""
    there = set(deals.columns)
    wanted = [name for name in dict.fromkeys((*ALWAYS, *columns)) if name in there]
    first, then = (
        changes.filter(changes.to_stage == stage).group_by(_of=changes.deal_id).aggregate(on=changes.changed_at.min())
        for stage in stages
    )
    alive = deals.filter(deals.is_closed | (deals.outcome == "open"))
    table = alive.select("deal_id", *wanted, **_marks(alive, segments))
    table = table.inner_join(first, table.deal_id == first._of).drop("_of")
    table = table.mutate(entered_on=table.on.date()).drop("on")
    table = table.left_join(then, table.deal_id == then._of).drop("_of")
    return table.mutate(reached_on=table.on.date()).drop("on", "deal_id")


def _marks(deals: ir.Table, segments: Sequence[Segment]) -> dict[str, ir.BooleanValue]:
    return {
        f"{INSIDE}{i}": segment.predicate(deals) if segment.conditions else ibis.literal(True)
        for i, segment in enumerate(segments)
    }

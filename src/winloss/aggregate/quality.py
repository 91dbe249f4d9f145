"""How well the deals are filled in, and where they contradict themselves."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import ibis
import ibis.expr.types as ir

CONTRADICTIONS = ("closed_before_created", "loss_reason_on_won", "stage_against_outcome", "closed_without_date")


def coverage(deals: ir.Table, fields: Sequence[str]) -> ir.Table:
    """Count filled values of each field among won and among other closed deals.

    Returns
    -------
    ibis.expr.types.Table
        At most two rows: `is_won`, `n` (closed deals), and a column for each field with its filled values.
    """
    closed = deals.filter(deals.is_closed)
    filled = {field: closed[field].count() for field in fields}
    return closed.group_by("is_won").agg(n=closed.count(), **filled)


def contradictions(deals: ir.Table) -> ir.Table:
    """Count each contradiction over all deals that are not disqualified: one row, one column for each, and
    `reason_on_open` (open or unclassified deals that carry a reason).
    """
    kept = deals.filter(deals.outcome != "disqualified")
    sums = {name: kept[name].sum().fill_null(0) for name in CONTRADICTIONS}
    sums["reason_on_open"] = (~kept.is_closed & kept.reason_given).sum().fill_null(0)
    return kept.aggregate(**sums)


def outside(deals: ir.Table, first: dt.date, last: dt.date) -> ir.Table:
    """Count closed deals dated before `first` or after `last`: one row, `before` and `after`."""
    closed = deals.filter(deals.is_closed)
    return closed.aggregate(
        before=(closed.closed_on < ibis.literal(first)).sum().fill_null(0),
        after=(closed.closed_on > ibis.literal(last)).sum().fill_null(0),
    )


def reasons_by_rep(deals: ir.Table) -> ir.Table:
    """For each rep, the losses with a reason and the most frequent reason's count.

    Returns
    -------
    ibis.expr.types.Table
        `losses` (of one rep, with a reason), `most` (those of its most frequent reason), `reason`. No rep is named.
    """
    lost = deals.filter(deals.is_closed & ~deals.is_won & deals.reason.notnull() & deals.owner_id.notnull())
    counted = lost.group_by("owner_id", "reason").agg(n=lost.count())
    return (
        counted.group_by("owner_id")
        .agg(losses=counted.n.sum(), most=counted.n.max(), reason=counted.reason.argmax(counted.n))
        .drop("owner_id")
    )


def same_instant(deals: ir.Table, field: str, *, at_least: int) -> ir.Table:
    """Instants (to the second, not midnight) that `at_least` closed deals share in `field`.

    Returns
    -------
    ibis.expr.types.Table
        One row: `instants`, `deals` (sharing one of them), `most` (sharing the most frequent).
    """
    closed = deals.filter(deals.is_closed & deals[field].notnull())
    closed = closed.mutate(instant=closed[field].truncate("s"))
    timed = closed.filter(closed.instant.hour() + closed.instant.minute() + closed.instant.second() > 0)
    counted = timed.group_by("instant").agg(n=timed.count())
    many = counted.filter(counted.n >= at_least)
    return many.aggregate(instants=many.count(), deals=many.n.sum().fill_null(0), most=many.n.max().fill_null(0))


def repeated(deals: ir.Table, fields: Sequence[str]) -> ir.Table:
    """Count rows that repeat an earlier one in all of `fields`: one row with `n` and `distinct`."""
    bare = deals.select(*fields)
    return bare.distinct().count().name("distinct_rows").as_table().cross_join(bare.count().name("n").as_table())


def unread_stages(deals: ir.Table, *, limit: int = 50) -> ir.Table:
    """Deal stages of deals that could not be classified, most frequent first: `deal_stage`, `n`."""
    unread = deals.filter(deals.outcome == "unclassified")
    counted = unread.group_by("deal_stage").agg(n=unread.count())
    return counted.order_by(counted.n.desc(), counted.deal_stage).limit(limit)

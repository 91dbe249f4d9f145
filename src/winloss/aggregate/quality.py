"""How well the deals are filled in, and where they contradict themselves."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import ibis
import ibis.expr.types as ir

from winloss.aggregate.as_of import SETTLED

CONTRADICTIONS = ("closed_before_created", "loss_reason_on_won", "stage_against_outcome", "closed_without_date")


def coverage(deals: ir.Table, fields: Sequence[str]) -> ir.Table:
    """Count filled values of each field among won and among other closed deals.

    An amount of 0 is not filled; a reason is filled whether it was understood or not, a competitor unless the
    field is blank, whatever the reason of the loss says.

    Returns
    -------
    ibis.expr.types.Table
        At most two rows: `is_won`, `n_closed`, and a column for each field with its filled values.
    """
    closed = deals.filter(deals.is_closed)
    special = {
        "amount_cents": closed.amount_known,
        "reason_raw": closed.reason_given,
        "competitor_raw": closed.competitor_asked != "blank",
    }
    filled = {
        field: special[field].sum().fill_null(0) if field in special else closed[field].count() for field in fields
    }
    return closed.group_by("is_won").agg(n_closed=closed.count(), **filled)


def contradictions(deals: ir.Table) -> ir.Table:
    """Count each contradiction over all deals, junk among them.

    Returns
    -------
    ibis.expr.types.Table
        One row: a column for each of `CONTRADICTIONS`, `reason_on_open` (open or unclassified deals that carry a reason)
        and `undated` (deals with an outcome and no closing date, junk among them).
    """
    sums = {name: deals[name].sum().fill_null(0) for name in CONTRADICTIONS}
    carries = deals.reason_raw.notnull() | deals.loss_reason_raw.notnull() | deals.win_reason_raw.notnull()
    sums["reason_on_open"] = (deals.outcome.isin(("open", "unclassified")) & carries).sum().fill_null(0)
    sums["undated"] = (deals.outcome.isin(SETTLED) & deals.closed_on.isnull()).sum().fill_null(0)
    return deals.aggregate(**sums)


def unknown_amounts(deals: ir.Table) -> ir.Table:
    """Count closed deals with an amount that is filled and not above zero, which is taken as not known.

    Returns
    -------
    ibis.expr.types.Table
        One row: `n` and `amount_cents` (their sum) of amounts below zero; `zero_won` and `zero_lost` (no-decisions among
        them) of amounts of 0.
    """
    unknown = deals.filter(deals.is_closed & (deals.amount_cents <= 0))
    below, zero = unknown.amount_cents < 0, unknown.amount_cents == 0
    return unknown.aggregate(
        n=below.sum().fill_null(0),
        amount_cents=unknown.amount_cents.sum(where=below).fill_null(0),
        zero_won=(zero & unknown.is_won).sum().fill_null(0),
        zero_lost=(zero & ~unknown.is_won).sum().fill_null(0),
    )


def outside(deals: ir.Table, first: dt.date, last: dt.date) -> ir.Table:
    """Count closed deals dated before `first` or after `last`: one row, `before` and `after`."""
    closed = deals.filter(deals.is_closed)
    return closed.aggregate(
        before=(closed.closed_on < ibis.literal(first)).sum().fill_null(0),
        after=(closed.closed_on > ibis.literal(last)).sum().fill_null(0),
    )


def reasons_by_rep(deals: ir.Table) -> ir.Table:
    """Count the losses of each rep that carry a reason, and those of its most frequent one.

    Returns
    -------
    ibis.expr.types.Table
        `losses`, `most`, `reason`; one row a rep, and no rep is named.
    """
    lost = deals.filter(deals.is_closed & ~deals.is_won & deals.reason.notnull() & deals.owner_id.notnull())
    counted = lost.group_by("owner_id", "reason").agg(n=lost.count())
    reps = counted.group_by("owner_id").agg(
        losses=counted.n.sum(), most=counted.n.max(), reason=counted.reason.argmax(counted.n)
    )
    return reps.drop("owner_id")


def same_instant(deals: ir.Table, *, at_least: int) -> ir.Table:
    """Seconds in which at least so many deals were closed.

    Full hours are left out: they stand for a day without a time.

    Returns
    -------
    ibis.expr.types.Table
        One row: `instants`, `deals` (closed in one of them), `most` (closed in the fullest).
    """
    closed = deals.filter(deals.is_closed & deals.closed_at.notnull())
    closed = closed.select(second=closed.closed_at.epoch_seconds())
    counted = closed.group_by("second").agg(n=closed.count())
    many = counted.filter((counted.n >= at_least) & (counted.second % 3600 != 0))
    return many.aggregate(instants=many.count(), deals=many.n.sum().fill_null(0), most=many.n.max().fill_null(0))


def repeated(deals: ir.Table, fields: Sequence[str], *, filled: Sequence[str] = ()) -> ir.Table:
    """Count rows that are equal in all of `fields`, among those where each of `filled` is filled.

    Returns
    -------
    ibis.expr.types.Table
        One row: `n` (rows looked at) and `n_distinct`; the difference repeats an earlier row.
    """
    kept = deals
    for field in filled:
        kept = kept.filter(kept[field].notnull())
    counted = kept.group_by(list(fields)).agg(times=kept.count())
    return counted.aggregate(n=counted.times.sum().fill_null(0), n_distinct=counted.count())


def unread_stages(deals: ir.Table, *, limit: int = 50) -> ir.Table:
    """Deal stages of deals that could not be classified, most frequent first: `deal_stage`, `n`."""
    unread = deals.filter(deals.outcome == "unclassified")
    counted = unread.group_by("deal_stage").agg(n=unread.count())
    return counted.order_by(counted.n.desc(), counted.deal_stage).limit(limit)

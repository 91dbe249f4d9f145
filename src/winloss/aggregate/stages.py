"""The deal stage that losses had reached."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir


def reached(deals: ir.Table, changes: ir.Table | None = None) -> ir.Table:
    """The deals with `stage_reached` filled from the history of deal stages where the export does not say it.

    Parameters
    ----------
    deals
        Resolved deals.
    changes
        `deal_stage_changes`; the last move into an open deal stage counts.
    """
    if changes is None:
        return deals
    opened = changes.filter((changes.to_kind == "open") & changes.to_stage.notnull())
    last = opened.group_by("deal_id").agg(last_open_stage=opened.to_stage.argmax(opened.changed_at))
    joined = deals.left_join(last, "deal_id")
    joined = joined.drop(*[name for name in joined.columns if name.endswith("_right")])
    filled = ibis.coalesce(joined.stage_reached, joined.last_open_stage)
    return joined.mutate(stage_reached=filled).drop("last_open_stage")


def at_loss(deals: ir.Table) -> ir.Table:
    """Count losses (lost and no decision) by the deal stage they had reached and by reason.

    Returns
    -------
    ibis.expr.types.Table
        `stage_reached` (null where unknown, or where the deal stage contradicts the outcome), `reason` (code or null), `n`.
    """
    lost = deals.filter(deals.is_closed & ~deals.is_won)
    credible = ibis.ifelse(lost.stage_against_outcome, ibis.null("string"), lost.stage_reached)
    lost = lost.mutate(stage_reached=credible)
    return lost.group_by("stage_reached", "reason").agg(n=lost.count())

"""Whether an action fits a book: its segment has deals, and its measure speaks of what is there."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

import ibis.expr.types as ir

from winloss.act.action import Action
from winloss.act.measures import MeasureKind
from winloss.aggregate.competitors import told_by_reason
from winloss.capture.resolve import RESOLVED
from winloss.errors import UserError
from winloss.refresh import resolved, taxonomy_of
from winloss.store import View
from winloss.synthesize.competitors import CHOSEN_BY
from winloss.tables.custom import Use
from winloss.tables.segment import Condition, Segment

_LISTED = 2_000
"""Values of a field among which the nearest is looked for."""


def check(view: View, actions: Iterable[Action]) -> None:
    """UserError at the first action whose segment or measure names what the book does not hold."""
    deals = resolved(view)
    if not _count(view, deals):
        raise UserError("The book holds no deals: `winloss import` them first.")
    for action in actions:
        _check_fields(view, action)
        for segment in filter(None, (action.segment, action.compared_with)):
            _check_segment(view, deals, segment, action.id)
        _check_comparison(view, deals, action)
        _check_fair(view, deals, action)
        _check_measure(view, deals, action)


SET_AT_CLOSE = frozenset(
    (
        *RESOLVED,
        *("deal_stage", "deal_stage_kind", "stage_kind", "stage_reached", "closed_on", "closed_at", "modified_at"),
        *("reason_raw", "loss_reason_raw", "win_reason_raw", "notes"),
    )
) - {"competitor", "competitor_kind", "competitor_present", "amount_known"}
"""Fields that say how a deal ended: a segment made of them would explain itself."""


def _check_fields(view: View, action: Action) -> None:
    leaks = {column.name for column in view.manifest.custom.get("deals", ()) if column.use is Use.LEAK}
    for segment in filter(None, (action.segment, action.compared_with)):
        for name in segment.fields:
            if name in SET_AT_CLOSE | leaks:
                raise UserError(
                    f"The action {action.id!r} is for {segment}, and {name} is settled by how a deal ends: "
                    "choose deals by what is known while they are open."
                )


def _check_fair(view: View, deals: ir.Table, action: Action) -> None:
    """Where the reasons of losses name competitors, deals that are chosen by their competitor have no fair win rate."""
    if action.measure.kind is not MeasureKind.WIN_RATE:
        return
    for segment in filter(None, (action.segment, action.compared_with)):
        if not CHOSEN_BY.isdisjoint(segment.fields) and _count(view, told_by_reason(deals)):
            raise UserError(
                f"The action {action.id!r} is for {segment}, and the reasons of some losses alone tell of the competitor, as no "
                "reason of a win does: its win rate would not be fair. Choose deals by other fields, or measure "
                "share_of_losses:competitor:NAME."
            )


def _check_segment(view: View, deals: ir.Table, segment: Segment, id_: str) -> None:
    if _count(view, segment.of_table(deals)):
        return
    for condition in segment.conditions:
        if condition.kind in {"=", "in"} and deals[condition.field].type().is_string():
            _check_values(view, deals, condition, id_)
    raise UserError(f"The action {id_!r} is for {segment}, and no deal of the book is in it: choose a wider segment.")


def _check_comparison(view: View, deals: ir.Table, action: Action) -> None:
    if action.compared_with is None:
        return
    others = action.compared_with.of_table(deals).filter(lambda t: ~action.segment.predicate(t))
    if not _count(view, others):
        raise UserError(
            f"The action {action.id!r} is compared with {action.compared_with}, and all of those deals are its own: "
            "name others, or none for the rest of the book."
        )


def _check_values(view: View, deals: ir.Table, condition: Condition, id_: str) -> None:
    column = deals[condition.field]
    for value in condition.values:
        if not _count(view, deals.filter(column == value)):
            raise UserError(
                f"The action {id_!r} is for {condition}, and no deal has the {condition.field} {value!r}: "
                f"{_nearest(value, _values(view, column))}"
            )


def _check_measure(view: View, deals: ir.Table, action: Action) -> None:
    measure = action.measure
    if measure.kind is MeasureKind.REASON:
        _known(action, "reason", measure.target, [reason.code for reason in taxonomy_of(view.manifest).reasons])
    elif measure.kind is MeasureKind.COMPETITOR:
        _known(action, "competitor", measure.target, _values(view, deals.competitor))
    elif measure.kind is MeasureKind.CONVERSION:
        there = _values(view, view.tables["deal_stage_changes"].to_stage)
        if not there:
            raise UserError(
                f"The action {action.id!r} is on {measure}, and the book holds no moves between deal stages: "
                "import them, or choose another measure."
            )
        for stage in measure.stages:
            _known(action, "deal stage", stage, there)


def _known(action: Action, what: str, value: str, there: list[str]) -> None:
    if value not in there:
        raise UserError(
            f"The action {action.id!r} is on {action.measure}, and no {what} is called {value!r}: {_nearest(value, there)}"
        )


def _nearest(value: str, there: list[str]) -> str:
    if not there:
        return "the book holds none."
    folded = {one.casefold(): one for one in there}
    near = get_close_matches(value.casefold(), list(folded), n=1, cutoff=0.5)
    return f"did you mean {folded[near[0]]!r}?" if near else f"there are {', '.join(there[:12])}."


def _values(view: View, column: ir.Column) -> list[str]:
    """The most frequent values of a column of text."""
    counted = column.name("value").as_table().group_by("value").aggregate(n=lambda t: t.count())
    told = counted.filter(counted.value.notnull()).order_by(counted.n.desc(), counted.value).limit(_LISTED)
    return [str(value) for value in view.ask(told)["value"].to_pylist()]


def _count(view: View, rows: ir.Table) -> int:
    return int(view.ask(rows.aggregate(n=rows.count()))["n"][0].as_py())

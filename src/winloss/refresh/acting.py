"""Measure the actions of a version of a book: what `winloss act` asks."""

from __future__ import annotations

from collections.abc import Sequence

from winloss.act.action import Action
from winloss.act.measurement import Measurement
from winloss.act.measuring import Asked, measure_all
from winloss.refresh import resolving
from winloss.store import View
from winloss.synthesize.assemble import StudyOptions, scope


def measured(
    view: View, *, actions: Sequence[Action], wanted: Sequence[str] | None = None, within: StudyOptions
) -> tuple[Measurement, ...]:
    """Measure actions on a version.

    Parameters
    ----------
    view
        The version, open.
    actions
        Every action of the book.
    wanted
        Ids of those to measure, in this order; all where None.
    within
        Which deals, as of which day, as in a report.
    """
    inside = scope(resolving(view), ask=view.recall, options=within)
    asked = Asked(
        deals=inside.deals,
        changes=view.tables.get("deal_stage_changes"),
        as_of=inside.as_of,
        custom=view.manifest.custom.get("deals", ()),
    )
    ids = [action.id for action in actions] if wanted is None else list(wanted)
    return measure_all(asked, actions, wanted=ids, ask=view.recall)

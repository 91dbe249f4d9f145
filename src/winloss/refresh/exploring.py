"""Search the segments of a version of a book: what `winloss segments` asks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from winloss.refresh import begin_search, resolved, resolving, taxonomy_of
from winloss.store import View
from winloss.synthesize.assemble import StudyOptions, scope
from winloss.synthesize.exploration import Exploration
from winloss.synthesize.explore import ExploreOptions, explore
from winloss.synthesize.glossary import Glossary
from winloss.synthesize.why import Why, why
from winloss.tables.segment import Segment


def explored(
    view: View, *, within: StudyOptions, wanted: ExploreOptions, told: Callable[[str], None] | None = None
) -> Exploration:
    """Search all segments of a version for one outcome.

    Parameters
    ----------
    view
        The version, open.
    within
        Which deals, as of which day, as in a report.
    wanted
        What is looked for; its `as_of` is the day that `within` decides.
    told
        Hears a sentence where something takes longer this once.
    """
    begin_search(told)
    inside = scope(resolving(view), ask=view.recall, options=within)
    return explore(
        inside.deals,
        ask=view.recall,
        custom=view.manifest.custom.get("deals", ()),
        taxonomy_labels=_labels(view),
        options=replace(wanted, as_of=inside.as_of.day),
    )


def explained(view: View, segment: Segment, *, within: StudyOptions, wanted: ExploreOptions) -> Why:
    """Everything that is known of one segment of a version, by one outcome."""
    inside = scope(resolved(view), ask=view.ask, options=within)
    return why(
        inside.deals,
        segment,
        ask=view.ask,
        custom=view.manifest.custom.get("deals", ()),
        taxonomy_labels=_labels(view),
        options=replace(wanted, as_of=inside.as_of.day),
    )


def _labels(view: View) -> dict[str, str]:
    return {code: reason.label for code, reason in Glossary.of(taxonomy_of(view.manifest)).reasons.items()}

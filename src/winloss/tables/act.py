"""`actions` and `verdicts`: what was decided, and what the measurement said of it."""

from __future__ import annotations

import pyarrow as pa

from winloss.tables.column import COUNT, DATE, Column, Personal, Role, TableSpec, date, instant, text

_NUMBER = pa.float64()

ACTIONS = TableSpec(
    name="actions",
    meaning="One row an action: what was decided, by whom, for which segment and measure, from when to when.",
    key=("action_id",),
    columns=(
        text("action_id", "Short and unique in the book.", role=Role.KEY),
        text("do", "What is done, in a sentence.", personal=Personal.FREE_TEXT),
        text(
            "kind",
            "content, campaign_pause, competitor_page, scoring_weight, enablement, pricing, process or product.",
        ),
        text("segment", "The deals it is for, in the text form of segments; empty is every deal."),
        text("measure", "What should move: win_rate, share_of_losses:reason:CODE and the like."),
        text("basis", "closed or created: which day puts a deal before or after."),
        date("begins_on", "First day of the window."),
        date("ends_on", "Last day of the window."),
        text("owner_id", "Who does it: an opaque id of `people`.", personal=Personal.ID),
        date("decided_on", "When it was decided."),
        date("found_from", "First day of the deals in which the segment was found; null where not told."),
        date("found_to", "Last day of the same."),
        Column(name="found_among", type=COUNT, unit="segments", meaning="How many were looked at to choose this one."),
        Column(name="goal", type=_NUMBER, unit="0-1", meaning="The effect hoped for: points of a share, or a ratio."),
        Column(name="looks", type=COUNT, unit="looks", meaning="Planned looks, the last one at the end among them."),
        text("compared_with", "The deals to compare with, as a segment; null is the rest of the book."),
        text("finding", "Id of the finding it answers to."),
        text("state", "planned, running, measured, kept, stopped or extended."),
    ),
)

VERDICTS = TableSpec(
    name="verdicts",
    meaning="One row a verdict: what the measurement said of an action as of a day. Never rewritten.",
    key=("action_id", "as_of"),
    columns=(
        text("action_id", "The action.", role=Role.KEY),
        Column(name="as_of", type=DATE, unit="date", meaning="The day it speaks of.", role=Role.KEY),
        text("verdict", "improved, worsened, no change seen, too few deals to tell; null where none could be given."),
        text("why", "Why none could be given."),
        text("method", "How the effect was estimated."),
        Column(name="effect", type=_NUMBER, unit="of the measure", meaning="Change here less change of the rest."),
        Column(name="effect_low", type=_NUMBER, unit="of the measure", meaning="Lower bound of its 95 % interval."),
        Column(name="effect_high", type=_NUMBER, unit="of the measure", meaning="Upper bound of its 95 % interval."),
        Column(name="p", type=_NUMBER, unit="0-1", meaning="Two-sided p of no effect."),
        Column(name="deals_before", type=COUNT, unit="deals", meaning="Deals here in the baseline."),
        Column(name="deals_after", type=COUNT, unit="deals", meaning="Deals here in the window."),
        Column(name="detectable", type=_NUMBER, unit="of the measure", meaning="Smallest effect seen 4 times in 5."),
        text("decision", "keep, stop or extend: what a person decided; null before."),
        instant("said_at", "When it was written.", role=Role.PROVENANCE),
        Column(
            name="book_version", type=COUNT, unit="version", meaning="The book it was read from.", role=Role.PROVENANCE
        ),
    ),
)

"""`deal_stage_changes` and `debriefs`: how a deal went, and what was said when it closed."""

from __future__ import annotations

from winloss.tables.column import Personal, Role, TableSpec, instant, text

DEAL_STAGE_CHANGES = TableSpec(
    name="deal_stage_changes",
    meaning="One row a move of a deal from one deal stage to another.",
    key=("change_id",),
    columns=(
        text("change_id", "The source's id, or made from deal, stage and time.", role=Role.KEY),
        text("deal_id", "The deal."),
        text("from_stage", "The deal stage before; null at creation."),
        text("to_stage", "The deal stage after."),
        text("to_kind", "What `to_stage` says: won, lost, no_decision, disqualified, open, unclassified."),
        instant("changed_at", "When."),
    ),
)

DEBRIEFS = TableSpec(
    name="debriefs",
    meaning="The answers given for one closed deal by one person.",
    key=("debrief_id",),
    latest_by="answered_at",
    columns=(
        text("debrief_id", "The id of the answers.", role=Role.KEY),
        text("deal_id", "The deal."),
        text("person_id", "Who answered: an opaque id.", personal=Personal.ID),
        text("role", "rep, manager or buyer."),
        instant("answered_at", "When."),
        text("reason", "The reason: a code of the taxonomy, or the words of who answered."),
        text("taxonomy_version", "The taxonomy the code is of."),
        text("competitor", "The competitor; None and Unknown are answers."),
        text("answer", "The free-text answer.", personal=Personal.FREE_TEXT),
        text("marketing_differently", "What marketing could have done differently.", personal=Personal.FREE_TEXT),
    ),
)

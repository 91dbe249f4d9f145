"""`deals`: one row a deal, values as the CRM gave them.

Outcome, reason and competitor are not stored: `capture.resolve` derives them when the table is read,
so that a new taxonomy re-reads history.
"""

from __future__ import annotations

from winloss.tables.column import (
    CENTS,
    COUNT,
    Column,
    Personal,
    Role,
    TableSpec,
    attribute,
    date,
    instant,
    text,
)

DEALS = TableSpec(
    name="deals",
    meaning="One row a deal, open or closed.",
    key=("deal_id",),
    latest_by="modified_at",
    open_ended=True,
    columns=(
        text("deal_id", "The CRM's id, as text; made from the row's content where the source has none.", role=Role.KEY),
        text("deal_name", "The deal's title.", personal=Personal.FREE_TEXT),
        text("account_id", "The buyer's id, or its name where the source has no id."),
        text("account_name", "The buyer's name."),
        text("owner_id", "The rep: an opaque id of `people`.", personal=Personal.ID, label="Rep"),
        date("created_on", "When the deal was created, in the source's calendar."),
        instant("created_at", "The same to the second, where the source has a time."),
        date("closed_on", "When the deal was closed; on open deals the expected date is not kept here."),
        instant("closed_at", "The same to the second, where the source has a time."),
        instant("modified_at", "The last change in the CRM; of two rows of one deal the later wins."),
        text("deal_stage", "Where the deal stands, or stood when it closed, in the source's words."),
        text(
            "deal_stage_kind",
            "What the deal stage alone says: won, lost, no_decision, disqualified, open, unclassified.",
        ),
        text(
            "stage_kind",
            "What status, flags and deal stage together say: won, lost, no_decision, disqualified, open, unclassified.",
        ),
        text("stage_reached", "The last open deal stage before closing."),
        Column(name="amount_cents", type=CENTS, unit="hundredths of `currency`", meaning="The deal's worth."),
        text("currency", "ISO 4217 code; null where the source names none."),
        text("reason_raw", "The reason as the CRM has it, where one field serves wins and losses."),
        text("loss_reason_raw", "The reason of a loss as the CRM has it."),
        text("win_reason_raw", "The reason of a win as the CRM has it."),
        text("competitor_raw", "The competitor as the CRM has it."),
        text("notes", "What people wrote about the close.", personal=Personal.FREE_TEXT),
        attribute("deal_type", "New business, expansion, renewal and the like."),
        attribute("lead_source", "Where the buyer came from (channel)."),
        attribute("campaign", "The campaign that brought the buyer."),
        attribute("content", "The content or advertisement that brought the buyer."),
        attribute("product", "What was offered."),
        attribute("industry", "The buyer's industry."),
        attribute("country", "The buyer's country."),
        attribute("region", "The sales region."),
        attribute("size_band", "The buyer's size, as a band of employees."),
        Column(name="employees", type=COUNT, unit="people", meaning="The buyer's employees.", role=Role.ATTRIBUTE),
        attribute("persona", "The role of the main contact."),
        attribute("team", "The sales team or office."),
        attribute("pipeline", "The CRM's pipeline."),
        text("source_file", "The file or connection the row came from.", role=Role.PROVENANCE),
        Column(
            name="source_line",
            type=COUNT,
            unit="line, first is 1",
            meaning="The line in that file.",
            role=Role.PROVENANCE,
        ),
    ),
)

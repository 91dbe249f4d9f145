"""`leads`, `touches` and `spend`: where buyers came from, what they saw, and what that cost."""

from __future__ import annotations

from winloss.tables.column import CENTS, COUNT, Column, Personal, Role, TableSpec, attribute, date, instant, text

LEADS = TableSpec(
    name="leads",
    meaning="One row a lead, whether it became a deal or not.",
    key=("lead_id",),
    columns=(
        text("lead_id", "The source's id.", role=Role.KEY),
        text("deal_id", "The deal it became; null where it became none."),
        date("created_on", "When the lead came in."),
        attribute("lead_source", "Where the buyer came from (channel)."),
        attribute("campaign", "The campaign that brought the buyer."),
        attribute("content", "The content, page or advertisement that brought the buyer."),
        text("status", "The lead's state in the source's words."),
    ),
)

TOUCHES = TableSpec(
    name="touches",
    meaning="One row a contact of a buyer with a piece of marketing or a person.",
    key=("touch_id",),
    columns=(
        text("touch_id", "The source's id, or made from the row's content.", role=Role.KEY),
        text("deal_id", "The deal touched."),
        text("account_id", "The buyer touched, where no deal is known."),
        text("person_id", "The contact: an opaque id.", personal=Personal.ID),
        instant("touched_at", "When."),
        text("kind", "Web visit, e-mail, event, call, asset and the like."),
        attribute("lead_source", "The channel of the touch."),
        attribute("campaign", "The campaign of the touch."),
        attribute("content", "The asset seen."),
    ),
)

SPEND = TableSpec(
    name="spend",
    meaning="What was spent, by day, channel, campaign and content.",
    key=("spend_id",),
    columns=(
        text("spend_id", "Made from the row's content and its repetition.", role=Role.KEY),
        date("spent_on", "The day, or the first day of the period."),
        attribute("lead_source", "The channel."),
        attribute("campaign", "The campaign."),
        attribute("content", "The content or advertisement."),
        Column(name="amount_cents", type=CENTS, unit="hundredths of `currency`", meaning="What was spent."),
        text("currency", "ISO 4217 code; null where the source names none."),
        Column(name="impressions", type=COUNT, unit="impressions", meaning="How often it was shown."),
        Column(name="clicks", type=COUNT, unit="clicks", meaning="How often it was clicked."),
    ),
)

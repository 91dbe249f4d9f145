"""The vocabulary: every table of the book, declared once."""

from __future__ import annotations

from winloss.tables.accounts import ACCOUNTS
from winloss.tables.act import ACTIONS, VERDICTS
from winloss.tables.column import Column, Personal, Role, TableSpec
from winloss.tables.course import DEAL_STAGE_CHANGES, DEBRIEFS
from winloss.tables.deals import DEALS
from winloss.tables.marketing import LEADS, SPEND, TOUCHES
from winloss.tables.people import PEOPLE

TABLES: dict[str, TableSpec] = {
    spec.name: spec
    for spec in (
        *(DEALS, DEAL_STAGE_CHANGES, ACCOUNTS, PEOPLE, TOUCHES, LEADS, SPEND, DEBRIEFS),
        *(ACTIONS, VERDICTS),
    )
}

OUTCOMES = ("won", "lost", "no_decision", "disqualified", "open", "unclassified")
"""What a deal can be; closed are the first three. `unclassified` waits for a line in the map."""

CLOSED = ("won", "lost", "no_decision")

__all__ = ["CLOSED", "OUTCOMES", "TABLES", "Column", "Personal", "Role", "TableSpec"]

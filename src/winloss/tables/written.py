"""Headers of the tables that winloss itself writes beside a report, so that they are never read as a CRM's."""

from __future__ import annotations

BEHIND = (
    "deal_id",
    "deal_name",
    "account_name",
    "outcome",
    "reason",
    "competitor",
    "amount",
    "currency",
    "created_on",
    "closed_on",
    "lead_source",
    "findings",
    "counts_in",
)
"""The deals behind findings, and behind the figures of the whole book."""
_BEHIND_BEFORE = BEHIND[:-1]
"""What earlier versions wrote."""

PROSPECTS = (
    "deal_id",
    "deal_name",
    "account_name",
    "reason",
    "amount",
    "currency",
    "closed_on",
    "window_from",
    "window_to",
)
"""Deals worth asking again."""

REJECTS = ("file", "line", "column", "value", "reason")
"""Rows that could not be read."""

OWN = frozenset((BEHIND, _BEHIND_BEFORE, PROSPECTS, REJECTS))

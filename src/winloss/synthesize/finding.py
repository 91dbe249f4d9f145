"""A finding: a frozen claim with its evidence. Nothing is claimed anywhere else."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from winloss.stats.estimate import Estimate


class Kind(StrEnum):
    """What a finding is about."""

    REASON = "reason"
    COMPETITOR = "competitor"
    SEGMENT = "segment"
    SEASON = "season"
    TREND = "trend"
    CYCLE = "cycle"
    DEAL_STAGE = "deal_stage"
    CHANNEL = "channel"
    CONTENT = "content"
    QUALITY = "quality"


class Status(StrEnum):
    """How firm a finding is.

    `established` needs 30 deals in the slice, q at or under 5 % over everything looked at, and survival of a
    clustered test; `early_signal` lacks one of these; `not_supported` was asked for and not found.
    """

    ESTABLISHED = "established"
    EARLY_SIGNAL = "early_signal"
    NOT_SUPPORTED = "not_supported"


class Survival(StrEnum):
    """What is left of a difference inside the strata of the attribute that threatens it most."""

    HOLDS = "holds"
    WEAKENS = "weakens"
    VANISHES = "vanishes"
    REVERSES = "reverses"


KEPT = 0.8
"""A difference of which at least this much is left has not become smaller."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Confounder:
    """The attribute that changes the difference most when held fixed.

    `difference` is the Mantel–Haenszel risk difference inside its strata (−1 to 1).
    """

    attribute: str
    label: str
    survival: Survival
    difference: float
    low: float
    high: float

    def shrinks(self, crude: float) -> bool:
        """Whether less is left of the difference `crude` (−1 to 1), rather than only being less sure."""
        return self.difference * crude < KEPT * crude * crude

    def to_json(self) -> dict[str, Any]:
        return {
            "attribute": self.attribute,
            "label": self.label,
            "survival": str(self.survival),
            "difference": self.difference,
            "low": self.low,
            "high": self.high,
        }


ABSORBED_TOLD = 10
"""Absorbed segments that a report names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One claim.

    Parameters
    ----------
    id
        Stable over runs on the same book: kind, measure and segment hashed to ten hex digits.
    segment
        Text form of `tables.segment.Segment`; "" is the whole book.
    claim
        One sentence for a reader, with its figures, blameless.
    measure
        What is measured: "win_rate", "share_of_losses:reason:CODE", "share_of_losses:competitor:NAME",
        "cycle_days", "coverage:FIELD", …
    here
        The value in the segment, with interval and n.
    comparison
        The value in the rest (label in `compared_with`).
    difference
        here minus comparison, with its (selection-adjusted where selected) interval.
    p, q
        Two-sided p of the deciding test, and its false-discovery-adjusted value over everything looked at.
    status
        None on quality findings, which are facts.
    stake_cents
        Closed amount in the segment; None where amounts are missing or of several currencies.
    covers
        How many closed deals stand in the segment.
    absorbed
        Segments that passed as well and say the same or nothing beyond it, as text, the strongest first.
    """

    id: str
    kind: Kind
    segment: str
    claim: str
    measure: str
    here: Estimate
    comparison: Estimate | None = None
    compared_with: str = "the rest"
    difference: Estimate | None = None
    method: str = ""
    p: float | None = None
    q: float | None = None
    status: Status | None = None
    confounder: Confounder | None = None
    caveats: tuple[str, ...] = ()
    what_would_firm_it: str = ""
    stake_cents: int | None = None
    covers: int = 0
    absorbed: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The form of the report's JSON: value, low, high, n at the top level, the rest beside."""
        return {
            "id": self.id,
            "kind": str(self.kind),
            "segment": self.segment,
            "claim": self.claim,
            "measure": self.measure,
            **self.here.to_json(),
            "comparison": None
            if self.comparison is None
            else {"with": self.compared_with, **self.comparison.to_json()},
            "difference": None if self.difference is None else self.difference.to_json(),
            "method": self.method,
            "p": self.p,
            "q": self.q,
            "status": None if self.status is None else str(self.status),
            "confounder": None if self.confounder is None else self.confounder.to_json(),
            "caveats": list(self.caveats),
            "what_would_firm_it": self.what_would_firm_it,
            "stake_cents": self.stake_cents,
            "absorbed": list(self.absorbed[:ABSORBED_TOLD]),
        }

"""What an action is meant to move: the measures, their denominators, and which way is better.

| text | the value of one deal | of which deals |
|---|---|---|
| `win_rate` | won | closed |
| `share_of_losses:reason:CODE` | lost for this reason | lost or no decision, with a reason given |
| `share_of_losses:competitor:NAME` | lost to this competitor | lost or no decision, with an answer about the competitor |
| `conversion:A>B` | entered deal stage B in time | entered deal stage A |
| `cycle_days` | days from creation to close | closed, with both dates in order |
| `reason_coverage` | a reason was given | lost or no decision |
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from winloss.errors import UserError


class MeasureKind(StrEnum):
    """What is measured; `Measure.parse` knows the text forms."""

    WIN_RATE = "win_rate"
    REASON = "share_of_losses:reason"
    COMPETITOR = "share_of_losses:competitor"
    CONVERSION = "conversion"
    CYCLE_DAYS = "cycle_days"
    REASON_COVERAGE = "reason_coverage"


_UP = frozenset({MeasureKind.WIN_RATE, MeasureKind.CONVERSION, MeasureKind.REASON_COVERAGE})
_EXPECTED = (
    "win_rate, share_of_losses:reason:CODE, share_of_losses:competitor:NAME, conversion:STAGE>STAGE, cycle_days "
    "or reason_coverage"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One measure.

    Parameters
    ----------
    kind
        What is measured.
    target
        Code of the reason, or name of the competitor; "" of other kinds.
    stages
        Deal stages (from, to) of a conversion, in the words of the CRM.
    """

    kind: MeasureKind
    target: str = ""
    stages: tuple[str, str] = ("", "")

    @classmethod
    def parse(cls, written: str) -> Measure:
        """Read the text form; UserError names those there are.

        Examples
        --------
        >>> Measure.parse("share_of_losses:reason:price_value").target
        'price_value'
        """
        text = written.strip()
        for kind in (MeasureKind.REASON, MeasureKind.COMPETITOR):
            if text.startswith(f"{kind}:") and (target := text[len(kind) + 1 :].strip()):
                return cls(kind=kind, target=target)
        if text.startswith("conversion:"):
            first, _, then = text.removeprefix("conversion:").partition(">")
            if first.strip() and then.strip():
                return cls(kind=MeasureKind.CONVERSION, stages=(first.strip(), then.strip()))
        if text in {MeasureKind.WIN_RATE, MeasureKind.CYCLE_DAYS, MeasureKind.REASON_COVERAGE}:
            return cls(kind=MeasureKind(text))
        raise UserError(f"No measure is called {written!r}: choose {_EXPECTED}.")

    def __str__(self) -> str:
        if self.kind is MeasureKind.CONVERSION:
            return f"{self.kind}:{self.stages[0]}>{self.stages[1]}"
        return f"{self.kind}:{self.target}" if self.target else str(self.kind)

    @property
    def better(self) -> int:
        """1 where more is better, -1 where less is."""
        return 1 if self.kind in _UP else -1

    @property
    def is_share(self) -> bool:
        """False of `cycle_days`, whose effects are ratios: −0.1 is a tenth shorter."""
        return self.kind is not MeasureKind.CYCLE_DAYS

    @property
    def of_losses(self) -> bool:
        """Whether only deals that were not won stand in the denominator."""
        return self.kind in {MeasureKind.REASON, MeasureKind.COMPETITOR, MeasureKind.REASON_COVERAGE}

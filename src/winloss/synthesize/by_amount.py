"""A segment's share by amount, beside its share by count: where most of the money goes the other way, it shows here."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from winloss.stats.amounts import weighted_share
from winloss.stats.estimate import Estimate
from winloss.synthesize import phrases
from winloss.synthesize.coded import Closed, Floats, Marks
from winloss.synthesize.totals import FILLED_GAP, FILLED_LEAST

_SIDES = ("the deals that count here", "the others")


@dataclass(frozen=True, slots=True)
class Money:
    """Amounts of the deals of a denominator, in whole units, NaN where none is known (credits count as none).

    `why` says why nothing is told by amount; "" where it is.
    """

    amounts: Floats
    success: Marks
    why: str

    @classmethod
    def of(cls, closed: Closed) -> Money:
        with np.errstate(invalid="ignore"):
            amounts = np.where(closed.amounts >= 0, closed.amounts / 100, np.nan)
        return cls(amounts, closed.won, _why_not(closed, ~np.isnan(amounts)))

    def shares(self, segment: Marks, beside: Marks, *, turned: bool = False) -> tuple[Estimate, Estimate]:
        """The share by amount in the segment and beside it, with the interval of a ratio of sums; or why there is none.

        Where `turned`, what the segment makes up of the amount of the successes, and of that of all other deals.
        """
        if turned:
            both = segment | beside
            return self._share(both & self.success, segment), self._share(both & ~self.success, segment)
        return self._share(segment, self.success), self._share(beside, self.success)

    def _share(self, among: Marks, counts: Marks) -> Estimate:
        known = among & ~np.isnan(self.amounts)
        if self.why:
            return Estimate.refused(self.why, n=int(known.sum()))
        if 2 * known.sum() < among.sum():
            return Estimate.refused("Fewer than half of these deals carry an amount.", n=int(known.sum()))
        return weighted_share(self.amounts[known], counts[known])


def _why_not(closed: Closed, known: Marks) -> str:
    if not known.any():
        return "The deals carry no amounts."
    if not closed.currency_single:
        return "Amounts are in several currencies; they are added only with a file of rates."
    sides = [float(known[of].mean()) for of in (closed.won, ~closed.won) if of.any()]
    if min(sides) >= FILLED_LEAST and max(sides) - min(sides) < FILLED_GAP:
        return ""
    end = "too uneven to compare" if max(sides) - min(sides) >= FILLED_GAP else "too few to tell"
    on = " and ".join(f"{phrases.percent(share)} of {of}" for share, of in zip(sides, _SIDES, strict=False))
    return f"Amounts are filled on {on}: {end}."

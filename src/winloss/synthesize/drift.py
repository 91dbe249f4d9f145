"""What changed in the mix of deals: the segments that make up more, or less, of what closed lately.

Whether a deal is recent is the same for all deals of a week, so weeks cannot be clusters of that share. They are clusters of
the other one: what the segment makes up of a week's deals, between the weeks of late and those before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from winloss.stats.clustered import survival_bounds, survival_p
from winloss.stats.power import detectable_difference
from winloss.synthesize import phrases
from winloss.synthesize.coded import Closed, Clusters
from winloss.synthesize.family import EARLY_RATE, Family, too_few, value_level
from winloss.synthesize.finding import Confounder
from winloss.synthesize.listing import Lister, few_told
from winloss.synthesize.survival import Reader, Sides, Survived

Floats = NDArray[np.float64]
Places = NDArray[np.intp]


class Weeks:
    """The comparisons of a family, week by week."""

    def __init__(self, closed: Closed, weeks: Clusters) -> None:
        self.reader = Reader(replace(closed, dimensions=(weeks,)), np.full(closed.n, -1, np.int32))

    def counts(self, asked: Sequence[Sides]) -> tuple[Floats, Floats, Floats, Floats, Floats]:
        """Deals of each segment and all deals of each week: of late, then before; and how often each entry occurs."""
        c = self.reader.by_cluster(asked, 0)
        return c.k1, c.k1 + c.k0, c.n1 - c.k1, c.n1 + c.n0 - c.k1 - c.k0, c.times

    def p(self, family: Family, at: Places) -> Floats:
        """The p of some comparisons with weeks as clusters."""
        if not len(at):
            return np.zeros(0)
        *counts, times = self.counts([self.reader.sides(family, i) for i in at.tolist()])
        return survival_p(*counts, times=times)

    def bounds(self, sides: Sides, level: float) -> tuple[float, float]:
        """Bounds of the difference of both shares of the segment at `level`."""
        *counts, times = (one[0] for one in self.counts([sides]))
        return survival_bounds(*counts, level=level, times=times)


def survive_weeks(survived: Survived, weeks: Weeks) -> Survived:
    """Ask weeks, too, of all that reps and accounts leave."""
    left = survived.asked[survived.family.q[survived.asked] <= EARLY_RATE]
    return replace(survived, family=survived.family.raise_p(left, weeks.p(survived.family, left)))


@dataclass(frozen=True, slots=True)
class DriftLister(Lister):
    """Writes findings about the mix: the interval is of the two shares told; nothing is held fixed, for it describes."""

    weeks: Weeks | None = None

    def _bounds(self, sides: Sides, level: float) -> tuple[float, float]:
        return (1.0, -1.0) if self.weeks is None else self.weeks.bounds(sides, level)

    def _confounder(self, i: int, sides: Sides | None) -> Confounder | None:  # noqa: ARG002  # as its base has it
        return None


def mix_power(closed: Closed, family: Family, per_month: float | None = None) -> str:
    """How much more or less of the deals a value must make up lately for that to be established."""
    n, share = closed.n, float(closed.won.mean()) if closed.n else 0.0
    level = value_level(family, per_month)
    if level is None or not 0 < share < 1:
        return "Too few deals have closed, lately or before: nothing could be compared."
    few = too_few(per_month)
    shown = []
    for n1 in (n // 50, n // 20, n // 10, n // 4):
        seen = detectable_difference(n1, n - n1, share, level=level, way=1) if n1 else None
        if seen is not None:
            here = share + seen * (n - n1) / n
            before, after = n1 * (1 - here) / (n * (1 - share)), n1 * here / (n * share)
            shown.append(f"from {phrases.percent(before)} to {phrases.percent(after)}")
    if not shown:
        reach = "show even an early signal of a change" if few else "establish any change"
        return phrases.sentences(
            few_told(per_month), f"Too few deals have closed to {reach} after so many comparisons."
        )
    would = "show as an early signal" if few else "be established"
    return phrases.sentences(
        few_told(per_month),
        f"Four times in five, a change would {would} of what a value makes up of the deals {phrases.listed(shown)} "
        "(it takes more where reps, accounts or weeks differ).",
    )

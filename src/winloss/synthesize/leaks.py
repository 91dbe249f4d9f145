"""Columns that know the outcome: they are named and kept out of every comparison.

A column is a leak where it is *filled* because of the outcome (a start date entered on wins), where its
*values* all but say the outcome, or where it is how long the deal took, which nobody knows before its end. Such a column would "explain" everything and mean nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from winloss.stats.exact import fisher_p

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]

FILLED_APART = 0.20
"""Filled on 20 points more of the wins than of the losses, or the other way round: a leak."""
FILLED_RATIO = 4.0
FILLED_APART_BY_RATIO = 0.05
"""So is a column filled four times as often on one side where that makes five points or more."""
CERTAIN = 0.001
"""Each only where chance would do it in less than one of a thousand books."""
ONE_SIDED = 0.02
"""Boxes that are ticked on no more than this share of the deals of one outcome are ticked at the close of the other."""
TELLS_ALL = 0.90
"""A column whose values order won before lost deals as well as this (area under the curve, 0.5–1) is a leak."""
FEWEST_ON_A_SIDE = 20
AS_CYCLE = 0.95
"""A number that orders deals as the days from creation to close do (rank correlation) is known at the close only."""
FEWEST_TIMED = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Filling:
    """How often a column is filled on won deals and on the other closed ones."""

    filled_won: int
    won: int
    filled_lost: int
    lost: int

    @property
    def depends_on_outcome(self) -> bool:
        if min(self.won, self.lost) < FEWEST_ON_A_SIDE:
            return False
        on_won, on_lost = self.filled_won / self.won, self.filled_lost / self.lost
        low, high = sorted((on_won, on_lost))
        apart = high - low
        if apart < FILLED_APART and not (apart >= FILLED_APART_BY_RATIO and high >= FILLED_RATIO * low):
            return False
        return bool(fisher_p(self.filled_won, self.won, self.filled_lost, self.lost) < CERTAIN)

    @property
    def one_sided(self) -> bool:
        """Filled on (nearly) none of the deals on one side."""
        return self.filled_won <= ONE_SIDED * self.won or self.filled_lost <= ONE_SIDED * self.lost

    def __str__(self) -> str:
        lost = f"{self.filled_lost:,} of {self.lost:,} lost or no-decision deals"
        return f"filled on {self.filled_won:,} of {self.won:,} won and {lost}"


def follows_cycle(values: Floats, cycle_days: Floats) -> bool:
    """Whether a number is how long the deal took, in whatever unit and from whatever day on; NaN is blank."""
    both = ~np.isnan(values) & ~np.isnan(cycle_days)
    if both.sum() < FEWEST_TIMED:
        return False
    ranks = [np.unique(of[both], return_inverse=True)[1].astype(float) for of in (values, cycle_days)]
    if not all(of.std() for of in ranks):
        return False
    return bool(np.corrcoef(ranks[0], ranks[1])[0, 1] >= AS_CYCLE)


def separation(won: Counts, n: Counts) -> float:
    """How well the win rate of its value sorts a won deal before a lost one, 0.5–1; 0.5 where there are none.

    Values of fewer than ten deals are taken together: a handful of deals always seems to know.
    """
    small = n < 10
    k = np.append(won[~small], won[small].sum()).astype(float)
    trials = np.append(n[~small], n[small].sum()).astype(float)
    k, trials = k[trials > 0], trials[trials > 0]
    lost = trials - k
    if k.sum() == 0 or lost.sum() == 0:
        return 0.5
    order = np.argsort(k / trials)
    k, lost = k[order], lost[order]
    below = np.cumsum(lost) - lost
    return float((k * (below + lost / 2)).sum() / (k.sum() * lost.sum()))

"""From the scale in which a measure is computed to the one in which it is told, and which way is better."""

from __future__ import annotations

import math
from dataclasses import dataclass

from winloss.act.measures import Measure
from winloss.stats.estimate import Estimate


@dataclass(frozen=True, slots=True)
class Scale:
    """Shares are computed as they are told; cycles as logs, and told as ratios less 1."""

    measure: Measure

    def told(self, computed: float) -> float:
        """An effect as a reader gets it."""
        return computed if self.measure.is_share else math.expm1(computed)

    def size(self, goal: float) -> float:
        """The size of a goal as computed: a tenth shorter is 0.105 in logs."""
        if self.measure.is_share:
            return goal
        return -math.log1p(-min(goal, 0.99)) if self.measure.better < 0 else math.log1p(goal)

    def told_size(self, computed: float) -> float:
        """A size as a reader gets it, in the better direction."""
        return abs(self.told(self.measure.better * computed))

    def effect(self, value: float, low: float, high: float, *, n: int, method: str) -> Estimate:
        """An effect with its interval, told; of shares cut to −1 … 1."""
        floor, roof = (-1.0, 1.0) if self.measure.is_share else (-1.0, math.inf)
        bounds = [min(max(self.told(bound), floor), roof) for bound in (low, high)]
        return Estimate(value=self.told(value), low=bounds[0], high=bounds[1], n=n, method=method)

    def better(self, value: float) -> float:
        """The same, above nought where it is better."""
        return value * self.measure.better

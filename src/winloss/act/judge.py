"""From an effect and its variances to an interval, a p, and what a given number of deals could show."""

from __future__ import annotations

import math
from dataclasses import dataclass

from winloss.act.placebos import Spread

LEVEL = 0.05
POWER = 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class Error:
    """The standard error of an effect, with the freedom of Student's t."""

    error: float
    freedom: float

    def reach(self, level: float = LEVEL) -> float:
        """Half the width of the interval that is missed with probability `level`."""
        from scipy.special import stdtrit

        return float(stdtrit(self.freedom, 1 - level / 2)) * self.error

    def p(self, effect: float) -> float:
        """Two-sided p of no effect."""
        from scipy.special import stdtr

        return 2 * float(stdtr(self.freedom, -abs(effect) / self.error)) if self.error > 0 else 1.0

    def power(self, effect: float, level: float = LEVEL) -> float:
        """How often an effect of this size is seen on its own side, 0–1 (noncentral t)."""
        from scipy.special import nctdtr, stdtrit

        bound = float(stdtrit(self.freedom, 1 - level / 2))
        return 1 - float(nctdtr(self.freedom, effect / self.error, bound))

    def detectable(self, level: float = LEVEL, power: float = POWER) -> float:
        """The smallest effect seen with `power`."""
        low, high = 0.0, 20 * self.error
        for _ in range(40):
            middle = (low + high) / 2
            low, high = (low, middle) if self.power(middle, level) >= power else (middle, high)
        return high


def joined(variance: float, freedom: float, by_themselves: Spread | None) -> Error:
    """Chance in the deals and what segments do by themselves, added up; freedom by Satterthwaite."""
    extra = by_themselves.variance if by_themselves else 0.0
    doubt = by_themselves.uncertainty if by_themselves else 0.0
    whole = variance + extra
    unsure = 2 * variance**2 / max(freedom, 1.0) + doubt
    return Error(error=math.sqrt(whole), freedom=max(2 * whole**2 / unsure, 1.0) if unsure > 0 else 1e6)


def luck(among: int | None, error: float, distance: float) -> float:
    """How much of a baseline's distance from the rest luck alone may have made, where it chose the segment.

    Parameters
    ----------
    among
        How many segments were looked at; 100 where nobody told.
    error
        Standard error of the distance.
    distance
        The distance itself; luck is never more than that.

    Returns
    -------
    float
        The expected largest of `among` normal deviations (Blom 1958), times the error: 0 of one segment.
    """
    from statistics import NormalDist

    looked = LOOKED_AT if among is None else among
    return min(max(NormalDist().inv_cdf((looked - 0.375) / (looked + 0.25)), 0.0) * error, abs(distance))


LOOKED_AT = 100

"""How large a difference could have been seen: the other half of "nothing was found"."""

from __future__ import annotations

import math
from statistics import NormalDist

from winloss.stats.shares import normal_quantile


def detectable_difference(
    n1: int, n0: int, share: float, *, level: float = 0.05, power: float = 0.8, way: int | None = None
) -> float | None:
    """The smallest difference (0–1) that a two-sided test would find with the given power.

    Parameters
    ----------
    n1, n0
        Deals in the segment and in the rest.
    share
        The share in the rest, 0–1.
    level
        The p at or under which a difference counts.
    power
        Chance of finding it, 0–1.
    way
        1 for a share above `share`, -1 for one below. Without it the answer is for either: the larger of the two,
        of those that are possible at all (nothing lies far below a share of 5 %).

    Returns
    -------
    float or None
        None where not even the largest possible difference would do.

    Notes
    -----
    Normal approximation, pooled variance under no difference and separate variances under one: Fleiss, Levin
    & Paik, Statistical Methods for Rates and Proportions, 3rd ed. 2003, eq. 4.14 (without continuity).
    Deals are taken as independent: where reps or accounts differ, it takes more.
    """
    if n1 < 1 or n0 < 1 or not 0 <= share <= 1:
        return None
    found = [
        edge
        for sign in ((1.0, -1.0) if way is None else (float(way),))
        if (edge := _smallest(n1, n0, share, sign, normal_quantile(1 - level), NormalDist().inv_cdf(power)))
    ]
    return max(found, default=None)


def _smallest(n1: int, n0: int, share: float, sign: float, z_level: float, z_power: float) -> float | None:
    low, high = 0.0, (1 - share) if sign > 0 else share
    if not _enough(high, n1, n0, share, sign, z_level, z_power):
        return None
    for _ in range(50):
        middle = (low + high) / 2
        if _enough(middle, n1, n0, share, sign, z_level, z_power):
            high = middle
        else:
            low = middle
    return high


def _enough(d: float, n1: int, n0: int, share: float, sign: float, z_level: float, z_power: float) -> bool:
    there = share + sign * d
    pooled = (n1 * there + n0 * share) / (n1 + n0)
    under_none = math.sqrt(max(pooled * (1 - pooled), 0.0) * (1 / n1 + 1 / n0))
    under_one = math.sqrt(max(there * (1 - there), 0.0) / n1 + share * (1 - share) / n0)
    return d > 0 and d >= z_level * under_none + z_power * under_one


def deals_needed(share: float, difference: float, *, level: float = 0.05, power: float = 0.8) -> int | None:
    """How many deals on each side it takes to see `difference` (−1 to 1) from `share` (0–1); None where none would do.

    Examples
    --------
    >>> deals_needed(0.4, 0.1)
    388
    """
    there = share + difference
    if difference == 0 or not 0 <= there <= 1:
        return None
    pooled = (share + there) / 2
    z_level, z_power = normal_quantile(1 - level), NormalDist().inv_cdf(power)
    spread = z_level * math.sqrt(2 * pooled * (1 - pooled))
    spread += z_power * math.sqrt(share * (1 - share) + there * (1 - there))
    return math.ceil((spread / difference) ** 2)

"""Medians with distribution-free intervals.

The bounds are order statistics: the chance that the median lies between the r-th smallest and the r-th largest
value is that of a fair coin. Nothing is assumed of the distribution; the level is at least the one asked for.
"""

from __future__ import annotations

from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from winloss.stats.estimate import Estimate

_EXACT_UP_TO = 5000


def median_ranks(n: int, *, level: float = 0.95) -> tuple[int, int] | None:
    """Ranks (1 is the smallest) of the two bounds of the median of `n` values, or None where `n` is too small.

    Exact by the binomial distribution up to 5,000 values, by its normal approximation with continuity above.
    Five values or fewer cannot reach 95 %.

    Source: Conover, Practical Nonparametric Statistics, 3rd ed. 1999, § 3.2.

    Examples
    --------
    >>> median_ranks(10)  # Conover, table A3: ranks 2 and 9, level 97.9 %
    (2, 9)
    """
    tail = (1 - level) / 2
    rank = _exact_rank(n, tail) if n <= _EXACT_UP_TO else _normal_rank(n, tail)
    return (rank, n + 1 - rank) if rank >= 1 else None


def _exact_rank(n: int, tail: float) -> int:
    """The largest r with P(fewer than r heads of n) at most `tail`."""
    from scipy.special import bdtr

    if n < 1:
        return 0
    below = bdtr(np.arange(n // 2 + 1, dtype=float), n, 0.5)
    return int(np.searchsorted(below, tail, side="right"))


def _normal_rank(n: int, tail: float) -> int:
    return int(np.floor((n + 1) / 2 + NormalDist().inv_cdf(tail) * np.sqrt(n) / 2))


def median(values: NDArray[Any], *, level: float = 0.95) -> Estimate:
    """The median of `values` (their unit) with an order-statistic interval; NaNs are left out.

    Refused where there is no value; without bounds where there are too few for an interval.
    """
    known = np.sort(np.asarray(values, float))
    known = known[~np.isnan(known)]
    if len(known) == 0:
        return Estimate.refused("No value is known.")
    return of_sorted(lambda rank: float(known[rank - 1]), len(known), level=level)


def of_sorted(at: Any, n: int, *, level: float = 0.95) -> Estimate:
    """The median where the value of rank `r` (1 is the smallest) is `at(r)`: for engines that hold the values.

    `n` must be at least 1.
    """
    middle = (at((n + 1) // 2) + at(n // 2 + 1)) / 2
    ranks = median_ranks(n, level=level)
    if ranks is None:
        return Estimate(value=middle, n=n, method="median, too few values for an interval")
    return Estimate(value=middle, low=at(ranks[0]), high=at(ranks[1]), n=n, method="median, order statistics")

"""Intervals of shares and of differences of two shares.

Shares are 0–1. Wilson (1927) for one share, Newcombe's hybrid score (1998, method 10) for a difference of two
independent shares; both stay inside their range and keep near their level for small n. An empty denominator
gives no value, and says so.
"""

from __future__ import annotations

import math
from functools import lru_cache
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from winloss.stats.estimate import Estimate

Floats = NDArray[np.float64]


@lru_cache(maxsize=64)
def normal_quantile(level: float) -> float:
    """How many standard errors a two-sided interval of `level` reaches: 1.96 for 0.95."""
    if not 0 < level < 1:
        raise ValueError(f"a level lies between 0 and 1, not {level}")
    return -NormalDist().inv_cdf((1 - level) / 2)


def _named(method: str, level: float) -> str:
    """Levels other than 95 % are said in the method."""
    return method if level == 0.95 else f"{method}, {percent_of_level(level)}"


def percent_of_level(level: float) -> str:
    """`99.98 %`: as many nines as it takes to tell the level from 100 %."""
    shown = f"{level * 100:.10f}"
    whole, fraction = shown.split(".")
    kept = len(fraction) - len(fraction.lstrip("9")) + 2
    return f"{float(f'{whole}.{fraction[:kept]}'):g} %"


def _score(p: Any, trials: Any, level: float) -> tuple[Any, Any, Any]:
    """Of one share or of many: middle of the score interval, and what half its length is the root of over what."""
    z2 = normal_quantile(level) ** 2
    shrunk = 1 + z2 / trials
    return (p + z2 / (2 * trials)) / shrunk, z2 * (p * (1 - p) / trials + z2 / (4 * trials * trials)), shrunk


def wilson_bounds(successes: ArrayLike, n: ArrayLike, *, level: float = 0.95) -> tuple[Floats, Floats]:
    """Wilson score bounds of many shares at once; NaN where `n` is 0.

    Source: Wilson, J. Am. Stat. Assoc. 22 (1927), doi 10.1080/01621459.1927.10502953.
    """
    k, trials = np.asarray(successes, float), np.asarray(n, float)
    with np.errstate(divide="ignore", invalid="ignore"):
        p = k / trials
        middle, square, over = _score(p, trials, level)
        half = np.sqrt(square) / over
    # At 0 and n the bound is exactly 0 and 1; rounding must not say otherwise.
    low = np.where(k == 0, np.where(trials > 0, 0.0, np.nan), np.minimum(middle - half, p))
    high = np.where((k == trials) & (trials > 0), 1.0, np.maximum(middle + half, p))
    return np.clip(low, 0, 1), np.clip(high, 0, 1)


def wilson(successes: int, n: int, level: float = 0.95) -> Estimate:
    """A share with its Wilson interval.

    Parameters
    ----------
    successes
        How many count, 0 to `n`.
    n
        The denominator; 0 gives a refused estimate.
    level
        Coverage of the interval, between 0 and 1.

    Raises
    ------
    ValueError
        Where `successes` is negative or above `n`.

    Examples
    --------
    >>> share = wilson(31, 120)
    >>> round(share.value, 4), round(share.low, 4), round(share.high, 4)
    (0.2583, 0.1884, 0.3433)
    """
    _check(successes, n)
    if n == 0:
        return Estimate.refused("No deals to divide by.")
    low, high = _wilson_bounds_of_one(successes, n, level)
    return Estimate(
        value=successes / n,
        low=low,
        high=high,
        n=int(n),
        successes=int(successes),
        method=_named("Wilson", level),
    )


def _wilson_bounds_of_one(k: int, n: int, level: float) -> tuple[float, float]:
    """The same as `wilson_bounds`, without arrays: a page holds a hundred of them."""
    p = k / n
    middle, square, over = _score(p, float(n), level)
    half = math.sqrt(square) / over
    low = 0.0 if k == 0 else min(max(min(middle - half, p), 0.0), 1.0)
    high = 1.0 if k == n else min(max(middle + half, p, 0.0), 1.0)
    return low, high


def _check(successes: int, n: int) -> None:
    if not 0 <= successes <= n:
        raise ValueError(f"{successes} of {n} is no share")


def newcombe_bounds(
    k1: ArrayLike, n1: ArrayLike, k0: ArrayLike, n0: ArrayLike, *, level: float = 0.95
) -> tuple[Floats, Floats]:
    """Bounds of `k1/n1 - k0/n0`, many at once; NaN where a denominator is 0.

    Source: Newcombe, Stat. Med. 17 (1998) 873–890, method 10.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        p1 = np.asarray(k1, float) / np.asarray(n1, float)
        p0 = np.asarray(k0, float) / np.asarray(n0, float)
    low1, high1 = wilson_bounds(k1, n1, level=level)
    low0, high0 = wilson_bounds(k0, n0, level=level)
    difference = p1 - p0
    low = difference - np.hypot(p1 - low1, high0 - p0)
    high = difference + np.hypot(high1 - p1, p0 - low0)
    return low, high


def newcombe(k1: int, n1: int, k0: int, n0: int, level: float = 0.95) -> Estimate:
    """The difference `k1/n1 - k0/n0` (−1 to 1) of two independent shares with Newcombe's interval.

    `n` of the estimate is `n1`. Refused where a denominator is 0.

    Examples
    --------
    >>> d = newcombe(56, 70, 48, 80)  # Newcombe 1998, table II, (a)
    >>> round(d.value, 4), round(d.low, 4), round(d.high, 4)
    (0.2, 0.0524, 0.3339)
    """
    _check(k1, n1)
    _check(k0, n0)
    if n1 == 0 or n0 == 0:
        return Estimate.refused("No deals to compare.", n=n1)
    p1, p0 = k1 / n1, k0 / n0
    (low1, high1), (low0, high0) = _wilson_bounds_of_one(k1, n1, level), _wilson_bounds_of_one(k0, n0, level)
    return Estimate(
        value=p1 - p0,
        low=p1 - p0 - math.hypot(p1 - low1, high0 - p0),
        high=p1 - p0 + math.hypot(high1 - p1, p0 - low0),
        n=int(n1),
        method=_named("Newcombe", level),
    )

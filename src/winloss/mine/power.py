"""What the search could have seen: effects by the size of the segment, and deals by the size of the effect.

At the smallest p that false discovery control leaves, which is far under 5 %: with a quarter of a million segments a
difference has to stand out a hundred thousand times more than one that was asked about alone.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

POWER = 0.8
RATE = 0.05
_STEPS = 60


def level_left(m: int, *, found: int = 1, weight: float = 1.0, rate: float = RATE) -> float:
    """The p at or under which one more of `m` tests would be among `found` that false discovery control finds.

    Benjamini–Hochberg's `rate · weight · found / m`, at most `rate`. With `found` 1: what a book with nothing else in it
    asks of its only effect. `weight` is the stake on the test (mean 1 over the family). 0 where nothing is tested.

    Examples
    --------
    >>> level_left(240_000)
    2.0833333333333333e-07
    """
    return min(rate, rate * weight * found / m) if m > 0 else 0.0


def chance_to_find(n1: ArrayLike, n0: ArrayLike, share: ArrayLike, difference: ArrayLike, level: ArrayLike) -> Floats:
    """How likely (0–1) the exact test finds a difference; broadcast over arrays.

    Parameters
    ----------
    n1, n0
        Deals of the segment and of the rest.
    share
        The share of the rest, 0–1.
    difference
        Share of the segment minus that of the rest; `share + difference` lies in 0–1.
    level
        The p at or under which it counts.

    Notes
    -----
    Normal approximation with Yates's continuity correction, which stands for the exact test: Fleiss, Levin & Paik,
    Statistical Methods for Rates and Proportions, 3rd ed. 2003, § 4.3; within five points of simulated books at levels
    down to 2e-7. Deals are taken as independent. 0 where a side is empty or there is no difference.
    """
    from scipy.special import ndtr, ndtri

    one, zero, p0, d = (np.asarray(x, float) for x in (n1, n0, share, difference))
    p1 = p0 + d
    with np.errstate(divide="ignore", invalid="ignore"):
        either = 1 / one + 1 / zero
        pooled = (one * p1 + zero * p0) / (one + zero)
        under_none = np.sqrt(pooled * (1 - pooled) * either)
        under_one = np.sqrt(p1 * (1 - p1) / one + p0 * (1 - p0) / zero)
        reach = np.abs(d) - either / 2 + ndtri(np.asarray(level, float) / 2) * under_none
        chance = ndtr(reach / under_one)
    return np.where((one > 0) & (zero > 0) & (d != 0) & np.isfinite(reach), np.nan_to_num(chance), 0.0)


def detectable(n1: ArrayLike, deals: int, share: float, *, level: float, way: int, power: float = POWER) -> Floats:
    """The smallest difference (0–1) of segments of `n1` out of `deals` deals that is found with the given power.

    Parameters
    ----------
    n1
        Deals of each segment.
    deals
        Deals of the book.
    share
        The share of the rest, 0–1.
    level
        The p at or under which a difference counts (`level_left`).
    way
        1 for shares above the rest's, −1 for shares below.
    power
        Chance of finding it, 0–1.

    Returns
    -------
    NDArray
        The size of the difference, without sign. NaN where not even the largest possible one would do.
    """
    one = np.asarray(n1, float)
    most = 1 - share if way > 0 else share
    low, high = np.zeros(one.shape), np.full(one.shape, most)
    possible = chance_to_find(one, deals - one, share, way * most, level) >= power
    for _ in range(_STEPS):
        middle = (low + high) / 2
        enough = chance_to_find(one, deals - one, share, way * middle, level) >= power
        low, high = np.where(enough, low, middle), np.where(enough, middle, high)
    return np.where(possible, high, np.nan)


def segment_needed(deals: int, share: float, difference: float, *, level: float, power: float = POWER) -> int | None:
    """The fewest deals of a segment, in a book of `deals`, that show a `difference` (−1 to 1) with the given power.

    None where no segment up to half of the book would do.
    """
    return _fewest(
        lambda n: float(chance_to_find(n, deals - n, share, difference, level)),
        1,
        deals // 2,
        power,
        share + difference,
    )


def book_needed(part: float, share: float, difference: float, *, level: float, power: float = POWER) -> int | None:
    """The fewest deals of a book in which a segment that is `part` (0–1) of it shows a `difference` with the given power.

    None where ten thousand million deals would not do, or the difference is none.
    """
    return _fewest(
        lambda n: float(chance_to_find(part * n, (1 - part) * n, share, difference, level)),
        2,
        10**10,
        power,
        share + difference,
    )


def _fewest(chance: Callable[[int], float], first: int, last: int, power: float, there: float) -> int | None:
    """The fewest deals with enough of a chance, which grows with them."""
    if not 0 <= there <= 1:
        return None
    enough = first
    while chance(enough) < power:
        if enough >= last:
            return None
        enough = min(2 * enough, last)
    few = enough // 2
    while enough - few > 1:
        middle = (few + enough) // 2
        few, enough = (few, middle) if chance(middle) >= power else (middle, enough)
    return enough

"""The deals of one set in every cluster, from packed bits: clusters of up to eight deals a byte each, larger ones whole words.

With numba in machine code in one pass over the words, without it in NumPy: the same numbers.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from winloss.mine.exact import has_numba

Bits = NDArray[np.uint64]
Counts = NDArray[np.int64]

RADIX = 9
"""Clusters of up to eight deals hold 0 to 8 of any kind."""
PAIRS = RADIX**2


class Places(NamedTuple):
    """Which words hold which clusters.

    `small` clusters of up to eight deals, a byte each from the first word; from word `large` the others, each from one of
    `starts` (counted from there) to the next; from word `alone` the deals that stand alone.
    """

    small: int
    large: int
    starts: NDArray[np.intp]
    alone: int


class Tally(NamedTuple):
    """Deals (n) and successes (k) of a set.

    `mixed` (RADIX⁴,) counts small clusters that the set touches by n, k and their own number in `pairs`; `touched` (RADIX²,)
    counts them by that number. `k_large` and `n_large` are by larger cluster, the others of deals that stand alone.
    """

    mixed: Counts
    touched: Counts
    k_large: Counts
    n_large: Counts
    k_alone: int
    n_alone: int


def tally(
    one: tuple[Bits, Bits], success: Bits, places: Places, pairs: NDArray[np.uint8], *, engine: str | None = None
) -> Tally:
    """Count the deals that are in both sets of `one`, and which of them are in `success`.

    Parameters
    ----------
    one, success
        Packed sets, (words,).
    places
        The clusters.
    pairs
        A number under RADIX² for each small cluster.
    engine
        "numba", "numpy", or None for the quickest there is.
    """
    if engine == "numpy" or (engine is None and not has_numba()):
        return _in_numpy(one[0] & one[1], success, places, pairs)
    from winloss.mine.bits_kernel import count_large, count_small

    mixed, touched = np.zeros(RADIX**4, np.int64), np.zeros(PAIRS, np.int64)
    k, n = np.zeros((2, len(places.starts) + 1), np.int64)
    starts = np.append(places.starts, places.alone - places.large) + places.large
    base, segment = one
    count_small(base[: places.large], segment, success, pairs, mixed, touched)
    count_large(base, segment, success, starts, k, n)
    return Tally(mixed, touched, k[:-1], n[:-1], int(k[-1]), int(n[-1]))


def _in_numpy(one: Bits, success: Bits, places: Places, pairs: NDArray[np.uint8]) -> Tally:
    n_small, n_large, n_alone = in_clusters(one, places)
    k_small, k_large, k_alone = in_clusters(one & success, places)
    at = np.flatnonzero(n_small)
    own = pairs[at]
    mixed = (n_small[at] * np.uint8(RADIX) + k_small[at]) * np.uint16(PAIRS) + own
    touched = np.bincount(own, minlength=PAIRS)
    return Tally(np.bincount(mixed, minlength=RADIX**4), touched, k_large, n_large, k_alone, n_alone)


def in_clusters(bits: Bits, places: Places) -> tuple[NDArray[np.uint8], Counts, int]:
    """How many deals of a set are in each small cluster, in each larger one, and among those that stand alone."""
    words = np.bitwise_count(bits[places.large :])
    large = words[: places.alone - places.large]
    return (
        np.bitwise_count(bits[: places.large].view(np.uint8)[: places.small]),
        np.add.reduceat(large, places.starts, dtype=np.int64) if len(places.starts) else np.zeros(0, np.int64),
        int(words[places.alone - places.large :].sum(dtype=np.int64)),
    )

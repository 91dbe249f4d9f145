"""The deals of many sets in every cluster, from packed bits: clusters of up to eight deals a byte each, larger ones whole words.

With numba in machine code in one pass over the words of each set, without it in NumPy: the same numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from winloss.mine.exact import has_numba

Bits = NDArray[np.uint64]
Counts = NDArray[np.int64]
Floats = NDArray[np.float64]
Names = NDArray[np.int32]

RADIX = 9
"""Clusters of up to eight deals hold 0 to 8 of any kind."""
PAIRS = RADIX**2
CONDITIONS = 4
"""Sets that make up one side of a comparison, at most."""


class Places(NamedTuple):
    """Which words hold which clusters.

    `small` clusters of up to eight deals, a byte each from the first word; from word `large` the others, each from one of
    `starts` (counted from there) to the next; from word `alone` the deals that stand alone.
    """

    small: int
    large: int
    starts: NDArray[np.intp]
    alone: int


class Totals(NamedTuple):
    """Deals (n) and successes (k) of a set in every cluster.

    `pairs` (small,) are n·RADIX + k of the small clusters; `n` and `k` (larger + 1,) those of the larger ones, and last of
    the deals that stand alone.
    """

    pairs: NDArray[np.uint8]
    n: Counts
    k: Counts


class Asked(NamedTuple):
    """Comparisons, by rows of a table of packed sets.

    A deal of side 1 is in all sets of `inside` (comparisons, CONDITIONS), a success also in `success` (comparisons,); what
    both sides have together is at the place `both` (comparisons,).
    """

    inside: Names
    success: Names
    both: Names


def totals(deals: Bits, success: Bits, places: Places) -> Totals:
    """What a set holds in each cluster, and how much of that is in `success`."""
    n, k = _in_clusters(deals, places), _in_clusters(deals & success, places)
    return Totals(n[0] * np.uint8(RADIX) + k[0], n[1], k[1])


def entries(bits: Bits, asked: Asked, both: Sequence[Totals], places: Places, *, engine: str | None = None) -> Floats:
    """The clusters of each comparison: successes and deals of side 1, those of side 0, and how often such a cluster occurs.

    Parameters
    ----------
    bits
        Packed sets, (sets, words).
    asked
        The comparisons.
    both
        Deals of both sides together; side 1 is part of them.
    places
        The clusters.
    engine
        "numba", "numpy", or None for the quickest there is.

    Returns
    -------
    NDArray
        (5, comparisons, entries). Small clusters of equal counts are one entry, and so are deals that stand alone; entries
        that occur 0 times fill the shorter comparisons up.
    """
    count = _in_numpy if engine == "numpy" or (engine is None and not has_numba()) else _in_machine_code
    mixed, n, k = count(bits, asked, both, places)
    all_n, all_k = (np.stack(own)[asked.both] for own in ([one.n for one in both], [one.k for one in both]))
    large = np.stack([k, n, all_k - k, all_n - n, all_n > 0])
    return np.concatenate([_small(mixed, asked.both, both), large[..., :-1], _alone(large[:4, :, -1])], axis=-1)


_Counted = tuple[Names, Counts, Counts]
"""Small clusters by n and k of side 1 and their place in `Totals.pairs`, (comparisons, RADIX⁴); n and k of the others."""


def _in_machine_code(bits: Bits, asked: Asked, both: Sequence[Totals], places: Places) -> _Counted:
    from winloss.mine.bits_kernel import count_large, count_small

    mixed, n, k = _nothing(asked, places)
    starts = np.append(places.starts, (places.alone - places.large, bits.shape[1] - places.large)) + places.large
    if places.small:
        count_small(bits, *asked, np.stack([one.pairs for one in both]), places.large, mixed)
    count_large(bits, asked.inside, asked.success, starts, k, n)
    return mixed, n, k


def _in_numpy(bits: Bits, asked: Asked, both: Sequence[Totals], places: Places) -> _Counted:
    mixed, n, k = _nothing(asked, places)
    for i, (inside, success, own) in enumerate(zip(*asked, strict=True)):
        one = np.bitwise_and.reduce(bits[inside])
        n_small, n[i] = _in_clusters(one, places)
        k_small, k[i] = _in_clusters(one & bits[success], places)
        at = np.flatnonzero(n_small)
        if len(at):
            kinds = (n_small[at] * np.uint8(RADIX) + k_small[at]) * np.uint16(PAIRS) + both[own].pairs[at]
            mixed[i] = np.bincount(kinds, minlength=RADIX**4)
    return mixed, n, k


def _nothing(asked: Asked, places: Places) -> _Counted:
    comparisons, larger = len(asked.both), len(places.starts) + 1
    n, k = np.zeros((2, comparisons, larger), np.int64)
    return np.zeros((comparisons, RADIX**4 if places.small else 0), np.int32), n, k


def _small(mixed: Names, which: Names, both: Sequence[Totals]) -> Floats:
    """Entries of small clusters: of those that side 1 touches, and of all others by their totals."""
    if not mixed.shape[1]:
        return np.zeros((5, len(mixed), 0))
    often = np.stack([np.bincount(one.pairs, minlength=PAIRS) for one in both])
    mixed[:, :PAIRS] = often[which] - mixed.reshape(-1, PAIRS, PAIRS).sum(axis=1)
    mixed[:, 0] = 0
    of, what = np.nonzero(mixed)
    (n1, k1), (n, k) = (np.divmod(pair, RADIX) for pair in np.divmod(what, PAIRS))
    filled = np.bincount(of, minlength=len(mixed))
    place = np.arange(len(of)) - np.repeat(np.cumsum(filled) - filled, filled)
    found = np.zeros((5, len(mixed), filled.max()))
    found[:, of, place] = k1, n1, k - k1, n - n1, mixed[of, what]
    return found


def _alone(counts: Counts) -> Floats:
    """Four entries: failures and successes of side 0, failures and successes of side 1, each as often as it occurs."""
    k1, n1, k0, n0 = counts
    entry = np.array([(0, 0, 0, 1), (0, 0, 1, 1), (0, 1, 0, 0), (1, 1, 0, 0)], float).T
    times = np.stack([n0 - k0, k0, n1 - k1, k1], axis=-1)
    return np.concatenate([np.broadcast_to(entry[:, None], (4, *times.shape)), times[None]])


def _in_clusters(bits: Bits, places: Places) -> tuple[NDArray[np.uint8], Counts]:
    """How many deals of a set are in each small cluster; in each larger one and, last, among those that stand alone."""
    words = np.bitwise_count(bits[places.large :])
    large, alone = np.split(words, [places.alone - places.large])
    sums: Counts = np.zeros(0, np.int64)
    if len(places.starts):
        sums = np.add.reduceat(large, places.starts, dtype=np.int64)
    return (
        np.bitwise_count(bits[: places.large].view(np.uint8)[: places.small]),
        np.append(sums, alone.sum(dtype=np.int64)),
    )

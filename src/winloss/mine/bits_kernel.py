"""Intersections of packed sets in machine code. Needs numba; importing this compiles nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

Bits = NDArray[np.uint64]
Counts = NDArray[np.int64]

_F = TypeVar("_F", bound=Callable[..., object])
_compiled = cast("Callable[[_F], _F]", numba.njit(nogil=True, cache=True))

_TILE = 2048
"""Words of every set that are intersected before the next ones."""
_1 = np.uint64(0x5555555555555555)
_2 = np.uint64(0x3333333333333333)
_4 = np.uint64(0x0F0F0F0F0F0F0F0F)
_SUM = np.uint64(0x0101010101010101)
_ONE, _TWO, _FOUR, _TOP = np.uint64(1), np.uint64(2), np.uint64(4), np.uint64(56)


@_compiled
def ones(word: np.uint64) -> np.uint64:
    """Bits set in a word (the form that compilers turn into their fastest)."""
    word = word - ((word >> _ONE) & _1)
    word = (word & _2) + ((word >> _TWO) & _2)
    word = (word + (word >> _FOUR)) & _4
    return (word * _SUM) >> _TOP


@_compiled
def count_together(bits: Bits, rows: NDArray[np.int32], success: Bits, starts: Counts, k: Counts, n: Counts) -> None:
    """Into `n` how many bits the rows of each query share in each part, into `k` how many of these are in `success`.

    `bits` is (sets, words); `rows` (queries, 3) names three sets a query; a part is the words from one of `starts`
    (parts + 1) to the next; `k` and `n` are (queries, parts).
    """
    for i in range(len(rows)):
        a, b, c = bits[rows[i, 0]], bits[rows[i, 1]], bits[rows[i, 2]]
        for part in range(len(starts) - 1):
            deals, wins = np.uint64(0), np.uint64(0)
            for w in range(starts[part], starts[part + 1]):
                both = a[w] & b[w] & c[w]
                deals += ones(both)
                wins += ones(both & success[w])
            n[i, part] = deals
            k[i, part] = wins


@_compiled
def count_among(bits: Bits, rows: NDArray[np.int32], inside: Bits, begin: int, end: int, n: Counts) -> None:
    """Add to `n` (queries,) how many bits the three rows of each query share with `inside` in some words.

    A few words of every set are intersected for all queries before the next: they stay in the cache. What the second and
    third rows of neighbouring queries share is intersected once.
    """
    both = np.empty(_TILE, np.uint64)
    for first in range(begin, end, _TILE):
        last = min(first + _TILE, end)
        for i in range(len(rows)):
            if i == 0 or rows[i, 1] != rows[i - 1, 1] or rows[i, 2] != rows[i - 1, 2]:
                b, c, marked = bits[rows[i, 1], first:last], bits[rows[i, 2], first:last], inside[first:last]
                for w in range(len(marked)):
                    both[w] = b[w] & c[w] & marked[w]
            a = bits[rows[i, 0], first:last]
            deals = np.uint64(0)
            for w in range(len(a)):
                deals += ones(a[w] & both[w])
            n[i] += np.int64(deals)


@_compiled
def split_cells(
    inside: Bits, success: Bits, cell: NDArray[np.int32], first: int, parts: NDArray[np.int32], k: Counts, n: Counts
) -> int:
    """Give the deals that are `inside` new cells from `first` on, one for each of the old ones they are in; how many.

    Into `parts` (old cells, −1 before) the new cell of each less `first`, into `k` and `n` the successes and deals there.
    """
    found = 0
    for w in range(len(inside)):
        left, wins = inside[w], success[w]
        while left:
            below = ones((left & (~left + _ONE)) - _ONE)
            deal = 64 * w + np.int64(below)
            part = parts[cell[deal]]
            if part < 0:
                part = np.int32(found)
                parts[cell[deal]] = part
                found += 1
            n[part] += 1
            k[part] += np.int64((wins >> below) & _ONE)
            cell[deal] = np.int32(first) + part
            left &= left - _ONE
    return found


@_compiled
def count_small(
    bits: Bits,
    inside: NDArray[np.int32],
    success: NDArray[np.int32],
    both: NDArray[np.int32],
    pairs: NDArray[np.uint8],
    words: int,
    mixed: NDArray[np.int32],
) -> None:
    """Into `mixed` (comparisons, 9⁴) the clusters, a byte each of the first `words`, that hold deals of all sets `inside`.

    See `clusters.Asked`; `pairs` is (places of `both`, clusters).
    """
    byte, last = np.uint64(8), np.uint64(255)
    for i in range(len(inside)):
        a, b, c, d = bits[inside[i, 0]], bits[inside[i, 1]], bits[inside[i, 2]], bits[inside[i, 3]]
        won, whole, counts = bits[success[i]], pairs[both[i]], mixed[i]
        for w in range(words):
            one = a[w] & b[w] & c[w] & d[w]
            wins, at = one & won[w], 8 * w
            while one:
                deals = one & last
                if deals:
                    counts[(np.int64(ones(deals)) * 9 + np.int64(ones(wins & last))) * 81 + whole[at]] += 1
                one >>= byte
                wins >>= byte
                at += 1


@_compiled
def count_large(
    bits: Bits, inside: NDArray[np.int32], success: NDArray[np.int32], starts: Counts, k: Counts, n: Counts
) -> None:
    """Into `n` (comparisons, parts) the deals in all sets `inside` in the words of each part, into `k` the successes.

    A part is from one of `starts` (parts + 1) to the next.
    """
    for i in range(len(inside)):
        a, b, c, d = bits[inside[i, 0]], bits[inside[i, 1]], bits[inside[i, 2]], bits[inside[i, 3]]
        won = bits[success[i]]
        for part in range(len(starts) - 1):
            deals, wins = np.uint64(0), np.uint64(0)
            for w in range(starts[part], starts[part + 1]):
                one = a[w] & b[w] & c[w] & d[w]
                deals += ones(one)
                wins += ones(one & won[w])
            n[i, part] = deals
            k[i, part] = wins


@_compiled
def tally(codes: NDArray[np.uint8], deals: NDArray[np.intp], counts: Counts) -> None:
    """Into `counts` (attributes, 256) some deals by their codes, (attributes, deals).

    Four running tables, because neighbouring deals often share a code.
    """
    fours = len(deals) // 4 * 4
    for a in range(len(codes)):
        row, parts = codes[a], np.zeros((4, 256), np.uint32)
        for i in range(0, fours, 4):
            for part in range(4):
                parts[part, row[deals[i + part]]] += np.uint32(1)
        for i in range(fours, len(deals)):
            parts[0, row[deals[i]]] += np.uint32(1)
        for part in range(4):
            for code in range(256):
                counts[a, code] += parts[part, code]

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

_1 = np.uint64(0x5555555555555555)
_2 = np.uint64(0x3333333333333333)
_4 = np.uint64(0x0F0F0F0F0F0F0F0F)
_SUM = np.uint64(0x0101010101010101)
_ONE, _TWO, _FOUR, _TOP = np.uint64(1), np.uint64(2), np.uint64(4), np.uint64(56)


@_compiled
def _ones(word: np.uint64) -> np.uint64:
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
                deals += _ones(both)
                wins += _ones(both & success[w])
            n[i, part] = deals
            k[i, part] = wins


@_compiled
def count_among(bits: Bits, rows: NDArray[np.int32], inside: Bits, n: Counts) -> None:
    """Into `n` (queries,) how many bits the three rows of each query share with `inside`."""
    for i in range(len(rows)):
        a, b, c = bits[rows[i, 0]], bits[rows[i, 1]], bits[rows[i, 2]]
        deals = np.uint64(0)
        for w in range(len(inside)):
            deals += _ones(a[w] & b[w] & c[w] & inside[w])
        n[i] = deals


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
                    counts[(np.int64(_ones(deals)) * 9 + np.int64(_ones(wins & last))) * 81 + whole[at]] += 1
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
                deals += _ones(one)
                wins += _ones(one & won[w])
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

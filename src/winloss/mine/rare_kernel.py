# ruff: noqa: C901, PLR0913, PLR0917
"""Triples with a rare value, in machine code: the deals of the value, the conditions beside it as bits, pairs of these met.

Conditions are numbered by rank, the one of most deals first. `bits` (conditions, words) says of each which of those
before it share enough deals with it; a triple is counted among the deals of its last condition. Nothing here holds the
interpreter's lock.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from winloss.mine.bits_kernel import ones
from winloss.mine.cover import histogram
from winloss.mine.cubes import Codes, Flags, Ints, compiled, inside

Bits = NDArray[np.uint64]
Counts = NDArray[np.int32]
Rows = tuple[Codes, Codes, Counts]  # first levels, last levels, deals by class

WORD = 64
PIECE = 512
"""Deals whose conditions are marked at a time: they stay in the cache."""
TILE, MOST_TILE, LEAST_TILE = 1 << 15, 256, 8
"""Words of the sets beside a value that are made before they are met: all of them, and of each at most and at least."""
ROOM = 1 << 17
NEAR = 1 << 15
"""Deals whose marks are brought in order at a time: those of one word stay in the cache."""
SIDE_BY_SIDE = 32
"""Words of 64 deals that are turned into sets at a time."""
_LEVELS = (1 << 24) - 1
_HALF = np.uint64(0x00000000FFFFFFFF)
_NONE, _ONE = np.uint64(0), np.uint64(1)


@inside
def _lowest(word: np.uint64) -> int:
    """Place of the lowest bit of a word that has one."""
    return int(np.int64(ones((word & (~word + _ONE)) - _ONE)))


@compiled
def count_candidates(bits: Bits, pairs: Ints, words: Ints) -> None:
    """Of each condition the triples it is the last of, as far as pairs tell, and the words its companions are in."""
    for v in range(len(bits)):
        own = bits[v]
        for w in range(v // WORD + 1):
            left = own[w]
            words[v] += left != _NONE
            while left:
                x = w * WORD + _lowest(left)
                left &= left - _ONE
                for u in range(w + 1):
                    pairs[v] += np.int64(ones(bits[x, u] & own[u]))


@compiled
def mark(codes: Codes, begin: int, end: int, words: Ints, masks: Bits, marks: Bits, at: int) -> None:
    """Mark the conditions that some deals fulfil in the columns from `at` on of `marks` (words, deals).

    `words` and `masks` (attributes, 256) say where the condition of a code stands.
    """
    for first in range(begin, end, PIECE):
        last = min(first + PIECE, end)
        part = marks[:, at + first - begin : at + last - begin]
        part[:] = _NONE
        for a in range(len(codes)):
            column, word, mask = codes[a, first:last], words[a], masks[a]
            for i in range(len(column)):
                part[word[column[i]], i] |= mask[column[i]]


@compiled
def swap(above: Bits, below: Bits, shift: np.uint64, mask: np.uint64) -> None:
    """Exchange the bits of `mask` below with those that stand `shift` higher above."""
    for i in range(len(above)):
        one, other = above[i], below[i]
        moved = ((one >> shift) ^ other) & mask
        above[i] = one ^ (moved << shift)
        below[i] = other ^ moved


@inside
def _transpose(rows: Bits, side_by_side: int) -> None:
    """Swap rows and bits of squares of 64 by 64, lowest bits first; `rows` has the first row of all, then the second.

    Warren, Hacker's Delight, 7–3.
    """
    step, mask = 32, _HALF
    while step:
        size = step * side_by_side
        for first in range(0, WORD * side_by_side, 2 * size):
            half = first + size
            swap(rows[first:half], rows[half : half + size], np.uint64(step), mask)
        step >>= 1
        mask ^= mask << np.uint64(step)


@compiled
def bring(
    codes: Codes,
    ends: Ints,
    first: int,
    last: int,
    ranks: Ints,
    bits: Bits,
    marks: Bits,
    places: Ints,
    sorted_: Bits,
) -> None:
    """Bring the marks of the deals of rare values to their `places` (256, classes) in `sorted_`, word by word."""
    order = np.empty(NEAR + 1, np.uint32)
    free, steps, done = np.empty(256, np.int64), np.empty(256, np.int64), places.copy()
    for v in range(256):
        steps[v] = places[v, 0] > 0
    for k in range(len(ends) - 1):
        for begin in range(max(ends[k], first), min(ends[k + 1], last), NEAR):
            own = codes[begin : min(begin + NEAR, ends[k + 1], last)]
            histogram(own, free)
            at = 1
            for v in range(256):
                size = free[v] * steps[v]
                free[v] = at * steps[v]
                at += size
            for i in range(len(own)):
                v = own[i]
                order[free[v]] = i
                free[v] += steps[v]
            for u in range(len(marks)):
                column = marks[u, begin - first : begin - first + len(own)]
                at = 1
                for v in range(256):
                    if steps[v]:
                        those = order[at : free[v]]
                        at = free[v]
                        if bits[ranks[v], u] != _NONE:
                            into = sorted_[u, done[v, k] : done[v, k] + len(those)]
                            for i in range(len(those)):
                                into[i] = column[those[i]]
            at = 1
            for v in range(256):
                if steps[v]:
                    done[v, k] += free[v] - at
                    at = free[v]


@compiled
def companions(own: Bits, place: Ints, bit_of: Ints, begins: Ints) -> int:
    """Number the conditions that stand beside a value: their place, their bit, the first of each word; how many."""
    size = 0
    for w in range(len(own)):
        begins[w] = size
        left = own[w]
        while left:
            bit = _lowest(left)
            left &= left - _ONE
            place[w * WORD + bit] = size
            bit_of[size] = bit
            size += 1
    begins[len(own)] = size
    return size


@compiled
def pairs_of(bits: Bits, rank: int, one: Ints, other: Ints) -> None:
    """The conditions, two by two, that stand beside a condition and each other; in the order of the rows of `tally`."""
    own = bits[rank]
    q = 0
    for w in range(len(own)):
        left = own[w]
        while left:
            x = w * WORD + _lowest(left)
            left &= left - _ONE
            for u in range(w + 1):
                beside = bits[x, u] & own[u]
                while beside:
                    one[q] = x
                    other[q] = u * WORD + _lowest(beside)
                    beside &= beside - _ONE
                    q += 1


@compiled
def pack(sorted_: Bits, first: int, last: int, begins: Ints, bit_of: Ints, stride: int, rows: Bits, tile: Bits) -> int:
    """Into `tile` the sets of some deals, one for each condition that stands beside their value; the words of each."""
    words = (last - first + WORD - 1) // WORD
    for w in range(0, words, SIDE_BY_SIDE):
        squares = min(SIDE_BY_SIDE, words - w)
        for u in range(len(sorted_)):
            if begins[u] == begins[u + 1]:
                continue
            for square in range(squares):
                begin = first + (w + square) * WORD
                part = sorted_[u, begin : min(begin + WORD, last)]
                for i in range(len(part)):
                    rows[i * squares + square] = part[i]
                for i in range(len(part), WORD):
                    rows[i * squares + square] = _NONE
            _transpose(rows, squares)
            for i in range(begins[u], begins[u + 1]):
                into = tile[i * stride + w : i * stride + w + squares]
                made = rows[bit_of[i] * squares : (bit_of[i] + 1) * squares]
                for square in range(squares):
                    into[square] = made[square]
    return words


@compiled
def count_rare(
    codes: Codes,
    ends: Ints,
    first: int,
    last: int,
    ranks: Ints,
    bits: Bits,
    starts: Ints,
    marks: Bits,
    sorted_: Bits,
    tile: Bits,
    tally: Counts,
) -> None:
    """Add the deals of the triples whose last condition is a rare value of one attribute, among those from `first` on.

    `ranks` (256,) are the conditions of its codes, −1 where not rare; `marks` (words, deals) those of the deals from `first`
    to `last`, brought by value and class into `sorted_` (words, deals + 1).
    The triples of condition v are rows `starts[v]` to `starts[v + 1]` of `tally` (triples, classes): by the one before it,
    then the one before that.
    """
    classes = len(ends) - 1
    counts = np.zeros((classes, 256), np.int64)
    for k in range(classes):
        histogram(codes[max(ends[k], first) : max(min(ends[k + 1], last), first)], counts[k])
    places = np.zeros((256, classes), np.int64)
    at = 1
    for v in range(256):
        if ranks[v] >= 0 and starts[ranks[v]] < starts[ranks[v] + 1]:
            for k in range(classes):
                places[v, k] = at
                at += counts[k, v]
    bring(codes, ends, first, last, ranks, bits, marks, places, sorted_)
    rows = np.empty(WORD * SIDE_BY_SIDE, np.uint64)
    place, bit_of = np.empty((2, len(bits)), np.int64)
    begins = np.empty(bits.shape[1] + 1, np.int64)
    for v in range(256):
        if not places[v, 0]:
            continue
        rank = ranks[v]
        size = companions(bits[rank], place, bit_of, begins)
        width = max(LEAST_TILE, min(MOST_TILE, TILE // size))
        stride = (width // 8 | 1) * 8
        one, other = np.empty((2, starts[rank + 1] - starts[rank]), np.int64)
        pairs_of(bits, rank, one, other)
        for q in range(len(one)):
            one[q] = place[one[q]] * stride
            other[q] = place[other[q]] * stride
        for k in range(classes):
            into = tally[starts[rank] : starts[rank + 1], k]
            stop = places[v, k] + counts[k, v]
            for begin in range(places[v, k], stop, WORD * width):
                words = pack(sorted_, begin, min(begin + WORD * width, stop), begins, bit_of, stride, rows, tile)
                for q in range(len(one)):
                    a, b = tile[one[q] : one[q] + words], tile[other[q] : other[q] + words]
                    met = _NONE
                    for w in range(words):
                        met += ones(a[w] & b[w])
                    into[q] += np.int32(met)


@compiled
def keys_of(
    bits: Bits, starts: Ints, first: int, attribute: Ints, level: Ints, rows: Ints, enough: Flags, keys: Ints
) -> None:
    """Into `keys` the triples that are `enough` (triples,): row of the combination and three levels, a byte each.

    `attribute` and `level` are those of the conditions; `rows[a, b] + c` is the row of the attributes a, b and c.
    """
    size, most = 0, 0
    for v in range(first, len(bits)):
        most = max(most, starts[v + 1] - starts[v])
    one, other = np.empty((2, most), np.int64)
    triple = np.empty(3, np.int64)
    for v in range(first, len(bits)):
        begin, end = starts[v], starts[v + 1]
        if begin < end:
            pairs_of(bits, v, one, other)
        for q in range(begin, end):
            if enough[q]:
                triple[0], triple[1], triple[2] = v, one[q - begin], other[q - begin]
                for i in range(1, 3):
                    j = i
                    while j and attribute[triple[j - 1]] > attribute[triple[j]]:
                        triple[j - 1], triple[j] = triple[j], triple[j - 1]
                        j -= 1
                key = rows[attribute[triple[0]], attribute[triple[1]]] + attribute[triple[2]]
                for i in range(3):
                    key = key * 256 + level[triple[i]]
                keys[size] = key
                size += 1


@compiled
def merge(keys: Ints, counts: Counts, added: Ints, ends: Ints, sizes: Ints, into: Rows) -> None:
    """Bring triples, by their keys, among the rows of their combination that stand at its end.

    Of each combination `added` come; it has `sizes` rows then, and ends at `ends`.
    """
    low, high, count = into
    i = 0
    for c in range(len(ends)):
        kept = ends[c] - sizes[c] + added[c]
        until = i + added[c]
        row = ends[c] - sizes[c]
        while i < until:
            key = keys[i] & _LEVELS
            if kept < ends[c] and (np.int64(low[kept, 0]) * 256 + low[kept, 1]) * 256 + low[kept, 2] < key:
                for j in range(3):
                    low[row, j] = high[row, j] = low[kept, j]
                for j in range(count.shape[1]):
                    count[row, j] = count[kept, j]
                kept += 1
            else:
                for j in range(3):
                    low[row, j] = high[row, j] = key >> 8 * (2 - j) & 255
                for j in range(count.shape[1]):
                    count[row, j] = counts[i, j]
                i += 1
            row += 1

# ruff: noqa: C901
"""Compiled planning for triples: levels that no frequent pair needs are counted together, dead combinations not at all.

A condition on three attributes has no more deals than any of its pairs. So the levels of an attribute are ranked by
their deals, and next to another attribute only the first `reach` of them can be part of a segment; the others are
counted as one. A combination with a pair that never reaches the floor holds no segment.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from winloss.mine.cubes import Codes, Flags, Ints, Words, compiled, inside

Floats = NDArray[np.float64]


@compiled
def histogram(codes: Codes, counts: Ints) -> None:
    """Deals of each code; four running tables, because neighbouring deals often share a code."""
    parts = np.zeros((4, 256), np.uint32)
    fours = len(codes) // 4 * 4
    for i in range(0, fours, 4):
        parts[0, codes[i]] += np.uint32(1)
        parts[1, codes[i + 1]] += np.uint32(1)
        parts[2, codes[i + 2]] += np.uint32(1)
        parts[3, codes[i + 3]] += np.uint32(1)
    for i in range(fours, len(codes)):
        parts[0, codes[i]] += np.uint32(1)
    for code in range(256):
        counts[code] = 0
        for part in range(4):
            counts[code] += parts[part, code]


@compiled
def by_class(classes: Codes, ends: Ints, order: Words) -> None:
    """Into `order` the deals by class, those of one class in their order; `ends` is where each class begins."""
    free = ends.copy()
    for i in range(len(classes)):
        order[free[classes[i]]] = i
        free[classes[i]] += 1


@compiled
def recode(codes: Codes, order: Words, ranks: Codes, into: Codes) -> None:
    """Into `into` the ranks of codes, in the given order of deals."""
    for i in range(len(order)):
        into[i] = ranks[codes[order[i]]]


@compiled
def _width(reach: int, levels: int, first: int) -> int:
    return min(reach + 1, levels) + 1 - first


@compiled
def open_triples(
    reach: Ints, levels: Ints, firsts: Ints, runs: Flags, with_runs: bool, open_: Flags
) -> tuple[Ints, Floats]:
    """Triples, with runs or without, that may hold a segment (attributes and row; marked in `open_`), and their cells."""
    attributes = len(levels)
    most = attributes * (attributes - 1) * (attributes - 2) // 6
    found = np.empty((most, 4), np.int64)
    cells = np.empty(most, np.float64)
    size = 0
    row = 0
    for a in range(attributes):
        for b in range(a + 1, attributes):
            for c in range(b + 1, attributes):
                if (runs[a] or runs[b] or runs[c]) != with_runs:
                    row += 1
                    continue
                ra = min(reach[a, b], reach[a, c])
                rb = min(reach[b, a], reach[b, c])
                rc = min(reach[c, a], reach[c, b])
                if ra and rb and rc:
                    found[size, 0], found[size, 1], found[size, 2], found[size, 3] = a, b, c, row
                    cells[size] = (
                        1.0
                        * _width(ra, levels[a], firsts[a])
                        * _width(rb, levels[b], firsts[b])
                        * _width(rc, levels[c], firsts[c])
                    )
                    size += 1
                    open_[a, b, c] = open_[a, c, b] = open_[b, a, c] = True
                    open_[b, c, a] = open_[c, a, b] = open_[c, b, a] = True
                row += 1
    return found[:size], cells[:size]


@inside
def _grow(
    chosen: Ints, size: int, kept: Ints, reach: Ints, levels: Ints, firsts: Ints, open_: Flags, most_cells: int
) -> int:
    """Add the attribute that closes most triples while the table fits; ties to the smaller table. The new size."""
    attributes = len(levels)
    while size < len(chosen):
        best, most, least = -1, 0, 0.0
        for x in range(attributes):
            gain = 0
            inside = False
            for i in range(size):
                inside |= chosen[i] == x
            if inside:
                continue
            for i in range(size):
                for j in range(i + 1, size):
                    gain += open_[chosen[i], chosen[j], x]
            if gain == 0 or gain < most:
                continue
            cells = 1.0
            own = 0
            for i in range(size):
                a = chosen[i]
                own = max(own, reach[x, a])
                cells *= _width(max(kept[i], reach[a, x]), levels[a], firsts[a])
            cells *= _width(own, levels[x], firsts[x])
            if cells <= most_cells and (gain > most or cells < least):
                best, most, least = x, gain, cells
        if best < 0:
            break
        own = 0
        for i in range(size):
            own = max(own, reach[best, chosen[i]])
            kept[i] = max(kept[i], reach[chosen[i], best])
        chosen[size], kept[size] = best, own
        size += 1
    return size


@inside
def _sort(chosen: Ints, kept: Ints, size: int) -> None:
    """Attributes ascending, with their reaches."""
    for i in range(1, size):
        j = i
        while j and chosen[j - 1] > chosen[j]:
            chosen[j - 1], chosen[j] = chosen[j], chosen[j - 1]
            kept[j - 1], kept[j] = kept[j], kept[j - 1]
            j -= 1


def cover_triples(
    reach: Ints, levels: Ints, firsts: Ints, runs: Flags, with_runs: bool, most_cells: int, most_attributes: int
) -> tuple[Ints, Ints, Ints, Ints, Ints]:
    """Blocks that cover all triples, with runs or without, that may hold a segment.

    Those with the smallest tables begin, and find most company.

    `reach` is (attributes, attributes): how many levels of the one, by rank, may matter beside the other.
    Returns blocks (attributes, filled with −1), reaches, cells, and each triple's attributes and row, and its block.
    """
    open_ = np.zeros((len(levels),) * 3, bool)
    triples, cells = open_triples(reach, levels, firsts, runs, with_runs, open_)
    triples = triples[np.argsort(cells, kind="stable")]
    return grown(triples, reach, levels, firsts, open_, most_cells, most_attributes)


@compiled
def grown(
    triples: Ints, reach: Ints, levels: Ints, firsts: Ints, open_: Flags, most_cells: int, most_attributes: int
) -> tuple[Ints, Ints, Ints, Ints, Ints]:
    """Blocks from the first triple that is open, then from the next."""
    attributes = len(levels)
    blocks = np.empty((len(triples), most_attributes), np.int64)
    blocks[:] = -1
    alive = np.zeros((len(triples), most_attributes), np.int64)
    cells = np.ones(len(triples), np.int64)
    owner = np.empty(attributes * attributes * attributes, np.int64)
    owner[:] = -1
    used = 0
    for t in range(len(triples)):
        a, b, c = triples[t, 0], triples[t, 1], triples[t, 2]
        if not open_[a, b, c]:
            continue
        chosen, kept = blocks[used], alive[used]
        chosen[0], chosen[1], chosen[2] = a, b, c
        kept[0] = min(reach[a, b], reach[a, c])
        kept[1] = min(reach[b, a], reach[b, c])
        kept[2] = min(reach[c, a], reach[c, b])
        size = _grow(chosen, 3, kept, reach, levels, firsts, open_, most_cells)
        _sort(chosen, kept, size)
        for i in range(size):
            cells[used] *= _width(kept[i], levels[chosen[i]], firsts[chosen[i]])
            for j in range(i + 1, size):
                for k in range(j + 1, size):
                    a, b, c = chosen[i], chosen[j], chosen[k]
                    if open_[a, b, c]:
                        owner[(a * attributes + b) * attributes + c] = used
                    open_[a, b, c] = open_[a, c, b] = open_[b, a, c] = False
                    open_[b, c, a] = open_[c, a, b] = open_[c, b, a] = False
        used += 1
    return blocks[:used], alive[:used], cells[:used], triples, owner


@compiled
def owned_by(blocks: Ints, triples: Ints, owner: Ints, attributes: int) -> tuple[Ints, Ints, Ints]:
    """Masks and rows of the triples of each block, by block, then by row; and where each block's begin."""
    counts = np.zeros(len(blocks) + 1, np.int64)
    for t in range(len(triples)):
        counts[owner[(triples[t, 0] * attributes + triples[t, 1]) * attributes + triples[t, 2]] + 1] += 1
    starts = counts
    for block in range(len(blocks)):
        starts[block + 1] += starts[block]
    free = starts.copy()
    masks = np.zeros(len(triples), np.int64)
    rows = np.zeros(len(triples), np.int64)
    for t in range(len(triples)):
        block = owner[(triples[t, 0] * attributes + triples[t, 1]) * attributes + triples[t, 2]]
        place = free[block]
        free[block] += 1
        rows[place] = triples[t, 3]
        for axis in range(blocks.shape[1]):
            a = blocks[block, axis]
            if a >= 0 and (a == triples[t, 0] or a == triples[t, 1] or a == triples[t, 2]):
                masks[place] |= 1 << axis
    return masks, rows, starts

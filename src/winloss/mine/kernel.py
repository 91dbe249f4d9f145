# ruff: noqa: C901, PLR0912, PLR0913, PLR0915, PLR0917
"""The compiled kernel: a block counted, its frequent cells written out. Which thread takes which block is not its matter."""

from __future__ import annotations

import numpy as np

from winloss.mine.cubes import Codes, Flags, Ints, Places, Words, compiled, inside, joint, lattice, marginals, to_runs

Deals = tuple[Codes, Ints, Ints]  # codes of deals by class, where each class begins and ends, deals by class
About = tuple[
    Ints, Flags, Ints, Codes, Ints
]  # of each attribute: levels, runs or not, first code, codes in order of levels, first condition (−1: none)
BlockOf = tuple[Ints, Ints, Ints, Ints]  # attributes, levels of each that matter, masks and rows of combinations
Blocks = tuple[
    Ints, Ints, Ints, Ints, Ints, Ints
]  # order, and of each block: attributes, levels, masks, rows, where these start
Scratch = tuple[
    Words, Places, Places, Ints, Ints
]  # table, short and long index of a chunk, parents and offsets of subsets
Rows = tuple[Codes, Codes, Ints]  # first levels, last levels, counts
Found = tuple[Ints, Ints, Ints, Flags]  # bases; chunk, first row and rows of each combination; reach; together


SHORT = 1 << 16
"""Cells of a plane that a short index tells apart."""


@inside
def base_of(table: Words, at: int, shape: Ints, skips: Ints, classes: int, base: Ints) -> None:
    """Deals by class whose values are known on every axis."""
    axes = len(shape)
    base[:] = 0
    rows = 1
    for j in range(axes - 1):
        rows *= shape[j]
    last = shape[axes - 1]
    skip = skips[axes - 1]
    for row in range(rows):
        rest = row
        known = True
        for j in range(axes - 2, -1, -1):
            if rest % shape[j] < skips[j]:
                known = False
            rest //= shape[j]
        if known:
            for c in range(classes):
                start = at + (c * rows + row) * last
                for i in range(skip, last):
                    base[c] += table[start + i]


@inside
def emit(
    table: Words,
    at: int,
    plane: int,
    classes: int,
    floor: int,
    total: int,
    places: Ints,
    sizes: Ints,
    low: Codes,
    high: Codes,
    lows: Codes,
    highs: Codes,
    counts: Ints,
    row: int,
) -> int:
    """Write out the cells with `floor` to `total` − 1 deals, in the order of their conditions; the next free row."""
    axes = len(sizes)
    last = axes - 1
    for j in range(axes):
        if sizes[j] == 0:
            return row
    turn = np.zeros(axes, np.int64)
    while True:
        start = at
        for j in range(last):
            start += places[j, turn[j]]
        for i in range(sizes[last]):
            cell = start + places[last, i]
            n = np.int64(table[cell])
            for c in range(1, classes):
                n += table[cell + c * plane]
            if floor <= n < total:
                for c in range(classes):
                    counts[row, c] = table[cell + c * plane]
                for j in range(last):
                    lows[row, j] = low[j, turn[j]]
                    highs[row, j] = high[j, turn[j]]
                lows[row, last] = low[last, i]
                highs[row, last] = high[last, i]
                row += 1
        j = last - 1
        while j >= 0:
            turn[j] += 1
            if turn[j] < sizes[j]:
                break
            turn[j] = 0
            j -= 1
        if j < 0:
            return row


@compiled
def axis_conditions(
    attribute: int,
    levels: int,
    runs: bool,
    first: int,
    alive: int,
    natural: Codes,
    stride: int,
    places: Ints,
    low: Codes,
    high: Codes,
) -> int:
    """Places of an axis's conditions in a table (times `stride`), with their first and last levels; how many."""
    if runs:
        found = 0
        for first_level in range(levels):
            for last_level in range(first_level, levels):
                if last_level - first_level + 1 < levels:
                    places[found] = found * stride
                    low[found] = first_level
                    high[found] = last_level
                    found += 1
        return found
    found = 0
    for level in range(levels):
        code = natural[attribute, level]
        if code <= alive:
            places[found] = (code - first) * stride
            low[found] = level
            high[found] = level
            found += 1
    return found


@compiled
def run_count(levels: int) -> int:
    return levels * (levels + 1) // 2 - 1


@inside
def emit_combo(
    ended: Ints,
    table: Words,
    free: int,
    at: int,
    shape: Ints,
    classes: int,
    floor: int,
    attributes: Ints,
    alive: Ints,
    levels: Ints,
    runs: Flags,
    firsts: Ints,
    natural: Codes,
    base: Ints,
    out: Rows,
    row: int,
) -> int:
    """The segments of one combination; its runs are laid out from `free`."""
    low_out, high_out, count_out = out
    axes = len(shape)
    skips = np.empty(axes, np.int64)
    for j in range(axes):
        skips[j] = 1 - firsts[attributes[j]]
    blank = False
    for j in range(axes):
        blank |= skips[j] > 0
    if blank:
        base_of(table, at, shape, skips, classes, base)
    total = 0
    for c in range(classes):
        if not blank:
            base[c] = ended[c]
        total += base[c]
    if total <= floor:
        return row
    for j in range(axes):
        a = attributes[j]
        if runs[a]:
            outer, inner = classes, int(np.int64(1))
            for o in range(j):
                outer *= shape[o]
            for i in range(j + 1, axes):
                inner *= shape[i]
            to_runs(table, at, free, outer, shape[j], inner, skips[j], levels[a])
            shape[j] = run_count(levels[a])
            at = free
            free += outer * shape[j] * inner
    places = np.empty((axes, 254), np.int64)
    low = np.empty((axes, 254), np.uint8)
    high = np.empty((axes, 254), np.uint8)
    sizes = np.empty(axes, np.int64)
    stride = int(np.int64(1))  # a literal would have another type, and `emit` would be compiled twice
    for j in range(axes - 1, -1, -1):
        a = attributes[j]
        sizes[j] = axis_conditions(
            a, levels[a], runs[a], firsts[a], alive[j], natural, stride, places[j], low[j], high[j]
        )
        stride *= shape[j]
    return emit(table, at, stride, classes, floor, total, places, sizes, low, high, low_out, high_out, count_out, row)


@inside
def room(shape: Ints, attributes: Ints, runs: Flags, levels: Ints, classes: int) -> tuple[int, int]:
    """Entries that a combination's runs take, and segments it has at most."""
    entries, product = 0, 1
    for j in range(len(shape)):
        product *= shape[j]
    most = 1
    for j in range(len(shape)):
        a = attributes[j]
        if runs[a]:
            product = product // shape[j] * run_count(levels[a])
            entries += product * classes
            most *= run_count(levels[a])
        else:
            most *= levels[a]
    return entries, most


@inside
def reach_of(
    table: Words, at: int, shape: Ints, skips: Ints, alive: Ints, runs: Flags, classes: int, floor: int,
    conditions: Ints, together: Flags,
) -> Ints:  # fmt: skip
    """How many levels of each side of a pair, by rank, may be part of a segment; runs keep all their levels.

    Which conditions share enough deals is marked in `together`, from the first ones of both sides on.
    """
    by_row = np.zeros(alive[0], np.int64)
    by_column = np.zeros(shape[1], np.int64)
    reach = np.zeros(2, np.int64)
    for i in range(alive[0]):
        for j in range(shape[1] - skips[1]):
            cell = at + (i + skips[0]) * shape[1] + j + skips[1]
            n = np.int64(0)
            for c in range(classes):
                n += table[cell + c * shape[0] * shape[1]]
            by_row[i] += n
            by_column[j] += n
            if n >= floor and j < alive[1]:
                reach[0] = max(reach[0], i + 1)
                reach[1] = max(reach[1], j + 1)
                if conditions[0] >= 0 and conditions[1] >= 0:
                    together[conditions[0] + i, conditions[1] + j] = True
                    together[conditions[1] + j, conditions[0] + i] = True
    if runs[0]:
        for j in range(alive[1]):
            if by_column[j] >= floor:
                reach[1] = j + 1
    if runs[1]:
        for i in range(alive[0]):
            if by_row[i] >= floor:
                reach[0] = i + 1
    if runs[0] and runs[1]:
        known = 0
        for i in range(alive[0]):
            known += by_row[i]
        for side in range(2):
            reach[side] = alive[side] if known >= floor else 0
    elif runs[0]:
        reach[0] = alive[0] if reach[1] else 0
    elif runs[1]:
        reach[1] = alive[1] if reach[0] else 0
    return reach


@inside
def run_block(
    deals: Deals,
    about: About,
    block: BlockOf,
    scratch: Scratch,
    out: Rows,
    found: Found,
    floor: int,
    chunk: int,
    at: int,
    row: int,
) -> tuple[int, int, int]:
    """Count a block and write out its combinations from the `at`-th on.

    Returns where it stopped (all its combinations: done), the next free row, and what it lacks if it stopped early:
    entries of scratch (> 0) or rows of room (< 0).
    """
    codes, ends, ended = deals
    class_count = len(ended)
    levels, runs, firsts, natural, conditions = about
    attributes, alive, masks, combos = block
    table, short, long, parents, offsets = scratch
    bases, places, reach, together = found
    axes = len(attributes)
    widths = np.empty(axes, np.int64)
    caps = np.empty(axes, np.uint8)
    skips = np.empty(axes, np.int64)
    cells = 1
    for j in range(axes):
        a = attributes[j]
        cap = min(alive[j] + 1, levels[a])
        caps[j] = cap
        skips[j] = firsts[a]
        widths[j] = cap + 1 - firsts[a]
        cells *= widths[j]
    free = lattice(widths, class_count, masks, parents, offsets)
    if free > len(table):
        return at, row, free
    if at == 0:
        if cells <= SHORT:
            joint(codes, ends, attributes, caps, skips, widths, table, short)
        else:
            joint(codes, ends, attributes, caps, skips, widths, table, long)
        marginals(table, widths, class_count, parents, offsets)
    for q in range(at, len(masks)):
        m = masks[q]
        depth = 0
        for j in range(axes):
            depth += m >> j & 1
        chosen = np.empty(depth, np.int64)
        kept = np.empty(depth, np.int64)
        shape = np.empty(depth, np.int64)
        d = 0
        for j in range(axes):
            if m >> j & 1:
                chosen[d] = attributes[j]
                kept[d] = alive[j]
                shape[d] = widths[j]
                d += 1
        if depth == 2 and len(reach):
            sides = np.empty(2, np.int64)
            ordered = np.empty(2, np.bool_)
            begin = np.empty(2, np.int64)
            for side in range(2):
                sides[side] = 1 - firsts[chosen[side]]
                ordered[side] = runs[chosen[side]]
                begin[side] = conditions[chosen[side]]
            beside = reach_of(table, offsets[m], shape, sides, kept, ordered, class_count, floor, begin, together)
            reach[chosen[0], chosen[1]], reach[chosen[1], chosen[0]] = beside[0], beside[1]
        entries, most = room(shape, chosen, runs, levels, class_count)
        if not entries:
            most = min(most, codes.shape[1] // floor)
        if free + entries > len(table):
            return q, row, free + entries
        if row + most > len(out[0]):
            return q, row, -most
        after = emit_combo(
            ended, table, free, offsets[m], shape, class_count, floor, chosen, kept, levels, runs, firsts, natural,
            bases[combos[q]], out, row,
        )  # fmt: skip
        places[combos[q], 0] = chunk
        places[combos[q], 1] = row
        places[combos[q], 2] = after - row
        row = after
    return len(masks), row, 0


@compiled
def run_blocks(
    deals: Deals,
    about: About,
    blocks: Blocks,
    turn: int,
    last: int,
    scratch: Scratch,
    out: Rows,
    found: Found,
    floor: int,
    chunk: int,
    at: int,
    row: int,
) -> tuple[int, int, int, int]:
    """Run the blocks of the turns from `turn` to `last` − 1, the first from its `at`-th combination on.

    Returns the turn where it stopped, and what `run_block` returned.
    """
    order, sets, alive, masks, rows, starts = blocks
    while turn < last:
        b = order[turn]
        size = 0
        while size < sets.shape[1] and sets[b, size] >= 0:
            size += 1
        own = (sets[b, :size], alive[b, :size], masks[starts[b] : starts[b + 1]], rows[starts[b] : starts[b + 1]])
        at, row, lacks = run_block(deals, about, own, scratch, out, found, floor, chunk, at, row)
        if lacks:
            return turn, at, row, lacks
        turn += 1
        at = 0
    return turn, 0, row, 0


@compiled
def copy_rows(name: int, places: Ints, ends: Ints, chunk: Rows, into: Rows) -> None:
    """Bring the rows of a chunk to where they belong."""
    lows, highs, counts = chunk
    low, high, count = into
    for k in range(len(places)):
        if places[k, 0] != name:
            continue
        start = places[k, 1]
        target = ends[k] - places[k, 2]
        for i in range(places[k, 2]):
            for j in range(lows.shape[1]):
                low[target + i, j] = lows[start + i, j]
                high[target + i, j] = highs[start + i, j]
            for c in range(counts.shape[1]):
                count[target + i, c] = counts[start + i, c]

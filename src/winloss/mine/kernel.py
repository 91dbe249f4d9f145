# mypy: allow-untyped-defs, allow-untyped-calls, disable-error-code="no-untyped-def,no-untyped-call,untyped-decorator"
# ruff: noqa: ANN001, ANN201, C901, PLR0912, PLR0913, PLR0915, PLR0917
"""The compiled kernel: one increment per deal and block, axes summed out, frequent cells written out.

All functions run without the interpreter's lock on arrays given to them; which thread takes which block is decided outside.
A joint table lies flat, classes last. On the axis of an attribute stand its codes from `first` (0 where blanks occur,
else 1) to `cap`; higher codes are counted at `cap`.
"""

from __future__ import annotations

import numpy as np
from numba import njit

CHUNK = 4096


def compiled(function):
    """Compiled without the lock at its first call and kept on disk, where there is a place that can be written to."""
    try:
        return njit(function, nogil=True, cache=True, error_model="numpy")
    except RuntimeError:  # neither beside the package nor in the user's cache
        return njit(function, nogil=True, error_model="numpy")


@compiled
def begin_index(index, ended, codes, caps, strides):
    """Places of deals in the joint table by their classes and first three codes; shorter blocks have strides of 0."""
    a, b, c = codes
    for i in range(len(ended)):
        index[i] = (
            np.uint32(ended[i])
            + np.uint32(min(a[i], caps[0])) * strides[0]
            + np.uint32(min(b[i], caps[1])) * strides[1]
            + np.uint32(min(c[i], caps[2])) * strides[2]
        )


@compiled
def go_on_index(index, codes, cap, stride):
    for i in range(len(codes)):
        index[i] += np.uint32(min(codes[i], cap)) * stride


@compiled
def go_on_index_twice(index, codes, others, caps, strides):
    for i in range(len(codes)):
        index[i] += np.uint32(min(codes[i], caps[0])) * strides[0] + np.uint32(min(others[i], caps[1])) * strides[1]


@compiled
def joint(codes, classes, attributes, caps, firsts, strides, table, index):
    """Count the joint table: indices of a chunk of deals side by side, then one increment per deal."""
    axes = len(attributes)
    shift = np.uint32(0)
    for j in range(axes):
        shift += np.uint32(firsts[j]) * strides[j]
    three = np.zeros(3, np.int64)
    three_caps = np.zeros(3, np.uint8)
    three_strides = np.zeros(3, np.uint32)
    for j in range(min(3, axes)):
        three[j], three_caps[j], three_strides[j] = attributes[j], caps[j], strides[j]
    for start in range(0, len(classes), CHUNK):
        end = min(start + CHUNK, len(classes))
        first = (codes[three[0], start:end], codes[three[1], start:end], codes[three[2], start:end])
        begin_index(index, classes[start:end], first, three_caps, three_strides)
        j = 3
        while j < axes - 1:
            go_on_index_twice(
                index, codes[attributes[j], start:end], codes[attributes[j + 1], start:end], caps[j:], strides[j:]
            )
            j += 2
        if j < axes:
            go_on_index(index, codes[attributes[j], start:end], caps[j], strides[j])
        for i in range(end - start):
            table[index[i] - shift] += np.uint32(1)


@compiled
def sum_out(table, source, target, outer, width, inner):
    """Sum an axis out: (outer, width, inner) at `source` to (outer, inner) at `target`."""
    for o in range(outer):
        into = table[target + o * inner : target + (o + 1) * inner]
        start = source + o * width * inner
        row = table[start : start + inner]
        for i in range(inner):
            into[i] = row[i]
        for w in range(1, width):
            row = table[start + w * inner : start + (w + 1) * inner]
            for i in range(inner):
                into[i] += row[i]


@compiled
def to_runs(table, source, target, outer, width, inner, skip, levels):
    """Replace an axis by its runs, by first level, then last, without the whole range; `skip` blanks in front."""
    runs = levels * (levels + 1) // 2 - 1
    for o in range(outer):
        run = 0
        for low in range(levels):
            for high in range(low, levels):
                if high - low + 1 == levels:
                    continue
                into = target + (o * runs + run) * inner
                last = source + (o * width + skip + high) * inner
                for i in range(inner):
                    table[into + i] = table[last + i]
                if high > low:
                    for i in range(inner):
                        table[into + i] += table[into - inner + i]
                run += 1
    return runs


@compiled
def lattice(widths, classes, masks, parents, offsets):
    """Which tables of subsets (bit masks of axes) are made from which, and where they lie; entries in all.

    A needed subset is summed from the smallest table with one axis more that is needed anyway, else from the smallest.
    """
    axes = len(widths)
    full = (1 << axes) - 1
    parents[: full + 1] = -1
    entries = np.ones(full + 1, np.int64)
    size = np.zeros(full + 1, np.int64)
    for m in range(full + 1):
        entries[m] = classes
        for j in range(axes):
            if m >> j & 1:
                entries[m] *= widths[j]
                size[m] += 1
    needed = np.zeros(full + 1, np.bool_)
    for m in masks:
        needed[m] = True
    needed[full] = True
    for count in range(1, axes):
        for m in range(full):
            if needed[m] and size[m] == count:
                best = -1
                for j in range(axes):
                    p = m | 1 << j
                    if p != m and (
                        best < 0
                        or (needed[p] and not needed[best])
                        or (needed[p] == needed[best] and entries[p] < entries[best])
                    ):
                        best = p
                needed[best] = True
                parents[m] = best
    total = 0
    for count in range(axes, 0, -1):
        for m in range(full + 1):
            if needed[m] and size[m] == count:
                offsets[m] = total
                total += entries[m]
    return total


@compiled
def marginals(table, widths, classes, parents, offsets):
    """All needed tables below the joint one, larger ones first."""
    axes = len(widths)
    full = (1 << axes) - 1
    size = np.zeros(full + 1, np.int64)
    for m in range(full + 1):
        for j in range(axes):
            size[m] += m >> j & 1
    for count in range(axes - 1, 0, -1):
        for m in range(full):
            p = parents[m]
            if size[m] != count or p < 0:
                continue
            outer, width, inner, gone = 1, 1, classes, -1
            for j in range(axes):
                if (p ^ m) >> j & 1:
                    gone = j
            for j in range(axes):
                if m >> j & 1:
                    if j < gone:
                        outer *= widths[j]
                    else:
                        inner *= widths[j]
            width = widths[gone]
            sum_out(table, offsets[p], offsets[m], outer, width, inner)


@compiled
def base_of(table, at, shape, skips, classes, base):
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
            start = at + row * last * classes
            for i in range(skip, last):
                for c in range(classes):
                    base[c] += table[start + i * classes + c]


@compiled
def emit(table, at, classes, floor, total, places, sizes, low, high, lows, highs, counts, row):
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
                n += table[cell + c]
            if floor <= n < total:
                for c in range(classes):
                    counts[row, c] = table[cell + c]
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
def axis_conditions(attribute, levels, runs, first, alive, natural, stride, places, low, high):
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
def run_count(levels):
    return levels * (levels + 1) // 2 - 1


@compiled
def emit_combo(
    ended, table, free, at, shape, classes, floor, attributes, alive, levels, runs, firsts, natural, base, out, row
):
    """The segments of one combination; its runs are laid out from `free`."""
    low_out, high_out, count_out = out
    axes = len(shape)
    skips = np.empty(axes, np.int64)
    for j in range(axes):
        skips[j] = 1 - firsts[attributes[j]]
    if skips.any():
        base_of(table, at, shape, skips, classes, base)
    else:
        base[:] = ended
    total = base.sum()
    if total <= floor:
        return row
    for j in range(axes):
        a = attributes[j]
        if runs[a]:
            outer, inner = 1, classes
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
    stride = classes
    for j in range(axes - 1, -1, -1):
        a = attributes[j]
        sizes[j] = axis_conditions(
            a, levels[a], runs[a], firsts[a], alive[j], natural, stride, places[j], low[j], high[j]
        )
        stride *= shape[j]
    return emit(table, at, classes, floor, total, places, sizes, low, high, low_out, high_out, count_out, row)


@compiled
def room(shape, attributes, runs, levels, classes):
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


@compiled
def reach_of(table, at, shape, skips, alive, runs, classes, floor):
    """How many levels of each side of a pair, by rank, may be part of a segment; runs keep all their levels."""
    by_row = np.zeros(alive[0], np.int64)
    by_column = np.zeros(shape[1], np.int64)
    reach = np.zeros(2, np.int64)
    for i in range(alive[0]):
        for j in range(shape[1] - skips[1]):
            start = at + ((i + skips[0]) * shape[1] + j + skips[1]) * classes
            n = np.int64(0)
            for c in range(classes):
                n += table[start + c]
            by_row[i] += n
            by_column[j] += n
            if n >= floor and j < alive[1]:
                reach[0] = max(reach[0], i + 1)
                reach[1] = max(reach[1], j + 1)
    if runs[0]:
        for j in range(alive[1]):
            if by_column[j] >= floor:
                reach[1] = j + 1
    if runs[1]:
        for i in range(alive[0]):
            if by_row[i] >= floor:
                reach[0] = i + 1
    if runs[0] and runs[1]:
        for side in range(2):
            reach[side] = alive[side] if by_row.sum() >= floor else 0
    elif runs[0]:
        reach[0] = alive[0] if reach[1] else 0
    elif runs[1]:
        reach[1] = alive[1] if reach[0] else 0
    return reach


@compiled
def run_block(deals, about, block, scratch, out, found, floor, chunk, at, row):
    """Count a block and write out its combinations from the `at`-th on.

    Returns where it stopped (all its combinations: done), the next free row, and what it lacks if it stopped early:
    entries of scratch (> 0) or rows of room (< 0).
    """
    codes, classes, class_count, ended = deals
    levels, runs, firsts, natural = about
    attributes, alive, masks, combos = block
    table, index, parents, offsets = scratch
    bases, places, reach = found
    axes = len(attributes)
    widths = np.empty(axes, np.int64)
    caps = np.empty(axes, np.uint8)
    skips = np.empty(axes, np.int64)
    for j in range(axes):
        a = attributes[j]
        cap = min(alive[j] + 1, levels[a])
        caps[j] = cap
        skips[j] = firsts[a]
        widths[j] = cap + 1 - firsts[a]
    free = lattice(widths, class_count, masks, parents, offsets)
    if free > len(table):
        return at, row, free
    if at == 0:
        strides = np.empty(axes, np.uint32)
        stride = class_count
        for j in range(axes - 1, -1, -1):
            strides[j] = stride
            stride *= widths[j]
        table[:stride] = 0
        joint(codes, classes, attributes, caps, skips, strides, table, index)
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
            sides = np.array([1 - firsts[chosen[0]], 1 - firsts[chosen[1]]])
            ordered = np.array([runs[chosen[0]], runs[chosen[1]]])
            beside = reach_of(table, offsets[m], shape, sides, kept, ordered, class_count, floor)
            reach[chosen[0], chosen[1]], reach[chosen[1], chosen[0]] = beside[0], beside[1]
        entries, most = room(shape, chosen, runs, levels, class_count)
        if not entries:
            most = min(most, len(classes) // floor)
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
def copy_rows(name, places, ends, chunk, into):
    """Bring the rows of a chunk to where they belong."""
    lows, highs, counts = chunk
    low, high, count = into
    for k in range(len(places)):
        if places[k, 0] == name:
            size = places[k, 2]
            start = places[k, 1]
            target = ends[k] - size
            low[target : target + size] = lows[start : start + size]
            high[target : target + size] = highs[start : start + size]
            count[target : target + size] = counts[start : start + size]

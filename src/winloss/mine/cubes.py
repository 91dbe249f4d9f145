# ruff: noqa: C901
"""Compiled block cubes: one increment per deal and block, axes summed out, runs laid out.

A joint table lies flat, one plane a class. On the axis of an attribute stand its codes from `first` (0 where blanks
occur, else 1) to `cap`; higher codes are counted at `cap`. Deals come by class, so that one plane is counted at a time and
stays in the cache. Nothing here holds the interpreter's lock.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

import numpy as np
from numba import njit
from numpy.typing import NDArray

CHUNK = 4096
Codes = NDArray[np.uint8]
Words = NDArray[np.uint32]
Places = NDArray[Any]  # uint16 or uint32
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
P = ParamSpec("P")
R = TypeVar("R")


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Compiled without the lock at its first call and kept on disk, where there is a place that can be written to."""
    try:
        quick: Any = njit(nogil=True, cache=True, error_model="numpy")(function)
    except RuntimeError:  # neither beside the package nor in the user's cache
        quick = njit(nogil=True, error_model="numpy")(function)
    typed: Callable[P, R] = quick
    return typed


def inside(function: Callable[P, R]) -> Callable[P, R]:
    """Compiled as a part of what calls it, never alone: half the time."""
    part: Any = njit(nogil=True, error_model="numpy", inline="always")(function)
    typed: Callable[P, R] = part
    return typed


@compiled
def begin_index(
    index: Places, shift: np.integer[Any], codes: tuple[Codes, Codes, Codes], caps: Codes, strides: Places
) -> None:
    """Places of deals in a plane by their first three codes, less `shift`; shorter blocks have strides of 0."""
    a, b, c = codes
    for i in range(len(a)):
        index[i] = (
            min(a[i], caps[0]) * strides[0] + min(b[i], caps[1]) * strides[1] + min(c[i], caps[2]) * strides[2] - shift
        )


@compiled
def go_on_index(index: Places, codes: Codes, cap: np.uint8, stride: np.integer[Any]) -> None:
    for i in range(len(codes)):
        index[i] += min(codes[i], cap) * stride


@compiled
def go_on_index_twice(index: Places, codes: Codes, others: Codes, caps: Codes, strides: Places) -> None:
    for i in range(len(codes)):
        index[i] += min(codes[i], caps[0]) * strides[0] + min(others[i], caps[1]) * strides[1]


@compiled
def joint(
    codes: Codes,
    ends: Ints,
    attributes: Ints,
    caps: Codes,
    firsts: Ints,
    widths: Ints,
    table: Words,
    index: Places,
) -> None:
    """Count the joint table: indices of a chunk of deals side by side, then one increment per deal.

    The deals of class k are those from `ends[k]` to `ends[k + 1]`. The smaller the numbers of `index`, the more fit into a
    register; those of a plane must fit into them.
    """
    axes = len(attributes)
    strides = np.zeros(max(axes, 3), index.dtype)
    three = np.zeros(3, np.int64)
    three_caps = np.zeros(3, np.uint8)
    cells = 1
    shift = 0
    for j in range(axes - 1, -1, -1):
        strides[j] = cells
        shift += firsts[j] * cells
        cells *= widths[j]
    for j in range(min(3, axes)):
        three[j], three_caps[j] = attributes[j], caps[j]
    less = np.zeros(1, index.dtype)
    less[0] = shift
    for k in range(len(ends) - 1):
        plane = table[k * cells : (k + 1) * cells]
        plane[:] = 0
        for start in range(ends[k], ends[k + 1], CHUNK):
            end = min(start + CHUNK, ends[k + 1])
            first = (codes[three[0], start:end], codes[three[1], start:end], codes[three[2], start:end])
            begin_index(index, less[0], first, three_caps, strides)
            j = 3
            while j < axes - 1:
                go_on_index_twice(
                    index, codes[attributes[j], start:end], codes[attributes[j + 1], start:end], caps[j:], strides[j:]
                )
                j += 2
            if j < axes:
                go_on_index(index, codes[attributes[j], start:end], caps[j], strides[j])
            for i in range(end - start):
                plane[index[i]] += np.uint32(1)


@compiled
def sum_out(table: Words, source: int, target: int, outer: int, width: int, inner: int) -> None:
    """Sum an axis out: (outer, width, inner) at `source` to (outer, inner) at `target`."""
    if inner == 1:
        for o in range(outer):
            total = np.uint32(0)
            for w in range(width):
                total += table[source + o * width + w]
            table[target + o] = total
        return
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
def to_runs(table: Words, source: int, target: int, outer: int, width: int, inner: int, skip: int, levels: int) -> int:
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
def lattice(widths: Ints, classes: int, masks: Ints, parents: Ints, offsets: Ints) -> int:
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
def marginals(table: Words, widths: Ints, classes: int, parents: Ints, offsets: Ints) -> None:
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
            one = int(np.int64(1))  # a literal would have other types, and callees would be compiled twice
            outer, width, inner, gone = classes, one, one, -1
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

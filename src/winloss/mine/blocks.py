"""Block cubes with NumPy: the reference of the compiled kernel, and its stand-in where numba is missing.

A block is a set of attributes whose joint table is counted once; the counts of every combination inside it
are that table with the other axes summed out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from winloss.mine.plan import Block, Plan
from winloss.mine.table import Segments, Table, conditions, has_runs

Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Emitted:
    """The segments of one combination, m rows: places of conditions (m, attributes), counts (m, classes) and the base."""

    combo: int
    places: NDArray[np.intp]
    counts: Counts
    base: Counts


def joint(table: Table, attributes: tuple[int, ...]) -> Counts:
    """The joint table of some attributes, blanks first on each axis, classes on the last axis."""
    shape = (*(table.levels[a] + 1 for a in attributes), table.class_count)
    index = np.zeros(table.deals, np.int32)
    for attribute, width in zip(attributes, shape, strict=False):
        index *= width
        index += table.codes[attribute]
    index *= table.class_count
    index += table.classes
    return np.bincount(index, minlength=int(np.prod(shape))).reshape(shape)


def _with_runs(known: Counts, axis: int) -> Counts:
    """Levels on an axis replaced by its runs: differences of running totals."""
    levels = known.shape[axis]
    low, high = conditions(levels, ordered=True)
    total = np.concatenate([np.zeros_like(known.take([0], axis)), known.cumsum(axis)], axis)
    runs: Counts = total.take(high.astype(np.intp) + 1, axis) - total.take(low.astype(np.intp), axis)
    return runs


def emit(cube: Counts, *, combo: int, runs: tuple[bool, ...], floor: int) -> Emitted:
    """The conditions on a combination's cube that hold for at least `floor` deals, but not for the whole base."""
    known = cube[(slice(1, None),) * len(runs)]
    base = known.sum(axis=tuple(range(len(runs))))
    for axis, run in enumerate(runs):
        known = _with_runs(known, axis) if run else known
    n = sum((known[..., ended] for ended in range(1, known.shape[-1])), start=known[..., 0])
    places = np.argwhere((n >= floor) & (n < base.sum()))
    return Emitted(combo=combo, places=places, counts=known[tuple(places.T)], base=base)


def emit_block(cube: Counts, block: Block, plan: Plan, *, runs: tuple[bool, ...], floor: int) -> Iterator[Emitted]:
    """All combinations that a block stands for."""
    for combo in block.combos:
        chosen = plan.chosen(combo)
        out = tuple(axis for axis, attribute in enumerate(block.attributes) if attribute not in chosen)
        yield emit(cube.sum(axis=out), combo=combo, runs=tuple(runs[a] for a in chosen), floor=floor)


def runs_of(levels: tuple[int, ...], ordered: tuple[bool, ...]) -> tuple[bool, ...]:
    return tuple(has_runs(count, ordered=order) for count, order in zip(levels, ordered, strict=True))


def count_blocks(table: Table, plan: Plan, *, floor: int) -> Segments:
    """Count a table block by block."""
    runs = runs_of(table.levels, table.ordered)
    found = (
        emitted
        for block in plan.blocks
        for emitted in emit_block(joint(table, block.attributes), block, plan, runs=runs, floor=floor)
    )
    return gather(found, plan, levels=table.levels, ordered=table.ordered, class_count=table.class_count)


def gather(
    found: Iterable[Emitted], plan: Plan, *, levels: tuple[int, ...], ordered: tuple[bool, ...], class_count: int
) -> Segments:
    """What combinations emitted, put in order."""
    kept = sorted((e for e in found if len(e.places)), key=lambda e: e.combo)
    sizes = [len(e.places) for e in kept]
    rows = sum(sizes)
    low, high = np.zeros((2, rows, plan.depth), np.uint8)
    each = [conditions(count, ordered=order) for count, order in zip(levels, ordered, strict=True)]
    start = 0
    for e in kept:
        for column, attribute in enumerate(plan.chosen(e.combo)):
            place = e.places[:, column]
            low[start : start + len(place), column] = each[attribute][0][place]
            high[start : start + len(place), column] = each[attribute][1][place]
        start += len(e.places)
    combos = plan.combos[[e.combo for e in kept]].reshape(-1, plan.depth)
    base = np.repeat(np.arange(len(kept), dtype=np.int32), sizes)
    bases = np.array([e.base for e in kept], np.int64).reshape(-1, class_count)
    counts = np.concatenate([np.zeros((0, class_count), np.int64), *(e.counts for e in kept)])
    return Segments(
        attribute=combos[base],
        low=low,
        high=high,
        counts=counts if bases.sum(axis=1).max(initial=0) >= 2**31 else counts.astype(np.int32),
        base=base,
        bases=bases,
        combos=combos,
    )

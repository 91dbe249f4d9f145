"""The compiled engine: blocks handed to threads one after the other, what they find put in order."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count as counter
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from winloss.mine import cover, cubes, kernel
from winloss.mine.blocks import runs_of
from winloss.mine.plan import MOST_ATTRIBUTES, Plan, cells_for, combos_of, plan_for
from winloss.mine.table import MOST_LEVELS, Segments, Table

ROWS = 1 << 15
TRIPLES = 3
Codes = NDArray[np.uint8]
Ints = NDArray[np.int64]
Chunk = tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[Any]]


class Worker:
    """One thread's scratch and the chunks of segments it wrote."""

    def __init__(self, *, depth: int, classes: int, wide: bool, entries: int) -> None:
        self.depth, self.classes = depth, classes
        self.counts = np.int64 if wide else np.int32
        self.table = np.empty(entries, np.uint32)
        self.rest = (
            np.empty(cubes.CHUNK, np.uint32),
            np.empty(1 << MOST_ATTRIBUTES, np.int64),
            np.empty(1 << MOST_ATTRIBUTES, np.int64),
        )
        self.row = 0
        self.chunk = -1
        self.chunks: dict[int, Chunk] = {}

    def grow(self, entries: int) -> None:
        table = np.empty(entries + entries // 4, np.uint32)
        table[: len(self.table)] = self.table
        self.table = table

    def open_chunk(self, name: int, rows: int) -> None:
        rows = max(rows, ROWS)
        levels = np.zeros((2, rows, self.depth), np.uint8)
        self.chunk, self.row = name, 0
        self.chunks[name] = (levels[0], levels[1], np.empty((rows, self.classes), self.counts))

    def run(self, deals: Any, about: Any, block: Any, found: Any, floor: int, names: Any) -> None:
        """Count one block; more scratch or another chunk where it asks for it."""
        at = 0
        if self.chunk < 0:
            self.open_chunk(next(names), 0)
        while True:
            scratch = (self.table, *self.rest)
            at, self.row, lacks = kernel.run_block(
                deals, about, block, scratch, self.chunks[self.chunk], found, floor, self.chunk, at, self.row
            )
            if not lacks:
                return
            if lacks > 0:
                self.grow(lacks)
            else:
                self.open_chunk(next(names), -lacks)


def is_compiled() -> bool:
    """Whether the kernel was compiled before, in this process or, as far as the files tell, in another."""
    function: Any = kernel.run_block
    if function.signatures:
        return True
    kept = function.stats.cache_path
    return bool(kept) and any(Path(kept).glob("kernel.run_block-*.nbi"))


def count_compiled(table: Table, *, depth: int, floor: int, threads: int) -> Segments:
    """Count a table block by block, in threads; the same rows in the same order, whatever their number."""
    combos = combos_of(table.attributes, depth)
    with ThreadPoolExecutor(threads) as pool:
        coded = Coded.of(table, floor=floor, pool=pool)
        counting = Counting(coded, combos, floor=floor, threads=threads, pool=pool)
        if depth == TRIPLES and table.attributes >= TRIPLES:
            counting.run(planned_blocks(coded, depth=2))
            counting.run(triple_blocks(coded, counting.reach))
        else:
            counting.run(planned_blocks(coded, depth=depth))
        return counting.segments()


@dataclass(frozen=True, slots=True, kw_only=True)
class Coded:
    """A table with the levels of plain attributes ranked by their deals; only the first `alive` reach the floor."""

    codes: Codes
    classes: Codes
    class_count: int
    ended: Ints
    levels: Ints
    runs: NDArray[np.bool_]
    firsts: Ints
    natural: Codes
    alive: Ints

    @classmethod
    def of(cls, table: Table, *, floor: int, pool: ThreadPoolExecutor) -> Self:
        histogram = np.zeros((table.attributes + 1, 256), np.int64)
        classes = _plain(table.classes)
        list(pool.map(lambda row, into: cover.histogram(_plain(row), into), [*table.codes, classes], histogram))
        ended, histogram = histogram[-1, : table.class_count], histogram[:-1]
        levels = np.array(table.levels, np.int64)
        runs = np.array(runs_of(table.levels, table.ordered), bool)
        natural = np.zeros((table.attributes, MOST_LEVELS), np.uint8)
        ranks = np.tile(np.arange(256, dtype=np.uint8), (table.attributes, 1))
        for a, count in enumerate(table.levels):
            if not runs[a]:
                order = np.argsort(-histogram[a, 1 : count + 1], kind="stable")
                ranks[a, order + 1] = np.arange(1, count + 1)
            natural[a, :count] = ranks[a, 1 : count + 1]
        codes = np.empty(table.codes.shape, np.uint8)
        list(pool.map(lambda row, rank, into: cover.recode(_plain(row), rank, into), table.codes, ranks, codes))
        enough = histogram[:, 1:] >= floor
        return cls(
            codes=codes,
            classes=classes,
            class_count=table.class_count,
            ended=ended,
            levels=levels,
            runs=runs,
            firsts=(histogram[:, 0] == 0).astype(np.int64),
            natural=natural,
            alive=np.where(runs, levels, enough.sum(axis=1)),
        )

    @property
    def most_cells(self) -> int:
        return cells_for(len(self.classes), classes=self.class_count)


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocks:
    """Blocks in the order they are counted; flat arrays, so that thousands of them are no work for the collector.

    `sets` and `alive` are (blocks, attributes), filled with −1; block b emits `rows[starts[b] : starts[b + 1]]`
    of the combinations, as subsets of its attributes in `masks`.
    """

    order: Ints
    sets: Ints
    alive: Ints
    masks: Ints
    rows: Ints
    starts: Ints

    def __len__(self) -> int:
        return len(self.order)

    def __getitem__(self, turn: int) -> tuple[Ints, Ints, Ints, Ints]:
        b = self.order[turn]
        size = np.count_nonzero(self.sets[b] >= 0)
        own = slice(self.starts[b], self.starts[b + 1])
        return self.sets[b, :size], self.alive[b, :size], self.masks[own], self.rows[own]


def planned_blocks(coded: Coded, *, depth: int) -> Blocks:
    """The blocks of the plan for a table of these levels."""
    folded = tuple(np.minimum(coded.alive + 1, coded.levels).tolist())
    plan = plan_for(folded, depth=depth, classes=coded.class_count, deals=len(coded.classes))
    sets = np.full((len(plan.blocks), max(MOST_ATTRIBUTES, depth)), -1, np.int64)
    for b, block in enumerate(plan.blocks):
        sets[b, : len(block.attributes)] = block.attributes
    return Blocks(
        order=np.arange(len(plan.blocks)),
        sets=sets,
        alive=coded.alive[sets],
        masks=np.array([_mask(block.attributes, plan.chosen(row)) for block in plan.blocks for row in block.combos]),
        rows=np.array([row for block in plan.blocks for row in block.combos], np.int64),
        starts=np.cumsum([0, *(len(block.combos) for block in plan.blocks)]),
    )


def triple_blocks(coded: Coded, reach: Ints) -> Blocks:
    """Blocks for the triples that may hold a segment, largest first."""
    attributes = len(coded.levels)
    sets, alive, cells, triples, owner = cover.cover_triples(
        reach, coded.levels, coded.firsts, coded.most_cells, MOST_ATTRIBUTES
    )
    masks, rows, starts = cover.owned_by(sets, triples, owner, attributes)
    return Blocks(
        order=np.argsort(-cells, kind="stable"),
        sets=sets,
        alive=alive,
        masks=masks,
        rows=rows + attributes * (attributes + 1) // 2,
        starts=starts,
    )


class Counting:
    """Blocks counted so far, in threads: each takes the next block when it is done with one."""

    def __init__(
        self, coded: Coded, combos: NDArray[np.int16], *, floor: int, threads: int, pool: ThreadPoolExecutor
    ) -> None:
        self.combos, self.floor, self.pool = combos, floor, pool
        self.deals = (coded.codes, coded.classes, coded.class_count, coded.ended)
        self.about = (coded.levels, coded.runs, coded.firsts, coded.natural)
        self.bases = np.zeros((len(combos), coded.class_count), np.int64)
        self.places = np.zeros((len(combos), 3), np.int64)
        self.reach = np.zeros((len(coded.levels),) * 2, np.int64)
        self.names = counter()
        self.wide = len(coded.classes) >= 2**31
        self.workers = [
            Worker(depth=combos.shape[1], classes=coded.class_count, wide=self.wide, entries=1 << 16)
            for _ in range(threads)
        ]

    def run(self, blocks: Blocks) -> None:
        turns = counter()
        found = (self.bases, self.places, self.reach)

        def work(worker: Worker) -> None:
            for turn in turns:
                if turn >= len(blocks):
                    return
                worker.run(self.deals, self.about, blocks[turn], found, self.floor, self.names)

        list(self.pool.map(work, self.workers))

    def segments(self) -> Segments:
        """What was found, by combination."""
        kept = np.flatnonzero(self.places[:, 2])
        sizes = self.places[kept, 2]
        ends = np.cumsum(sizes)
        rows = int(sizes.sum())
        low, high = np.empty((2, rows, self.combos.shape[1]), np.uint8)
        counts = np.empty((rows, self.bases.shape[1]), np.int64 if self.wide else np.int32)
        places = self.places[kept]
        for worker in self.workers:
            for name, chunk in worker.chunks.items():
                kernel.copy_rows(name, places, ends, chunk, (low, high, counts))
        combos = self.combos[kept]
        base = np.repeat(np.arange(len(kept), dtype=np.int32), sizes)
        return Segments(
            attribute=np.repeat(combos, sizes, axis=0),
            low=low,
            high=high,
            counts=counts,
            base=base,
            bases=self.bases[kept],
            combos=combos,
        )


def _plain(array: Codes) -> Codes:
    """An array of the kind the kernel was compiled for: a copy where it is read-only or not in order."""
    return np.require(array, requirements=("C", "W"))


def add_joints(table: Table, plan: Plan, counts: Ints) -> None:
    """Add the joint tables of a plan's blocks, blanks included, to `counts`, one behind the other."""
    index = np.empty(cubes.CHUNK, np.uint32)
    levels = np.array(table.levels, np.int64)
    codes, classes = _plain(table.codes), _plain(table.classes)
    start = 0
    for block in plan.blocks:
        attributes = np.array(block.attributes, np.int64)
        widths = levels[attributes] + 1
        sizes = np.cumprod(np.array([*widths, table.class_count])[::-1])[::-1]
        joint = np.zeros(sizes[0], np.uint32)
        cubes.joint(
            codes,
            classes,
            attributes,
            levels[attributes].astype(np.uint8),
            np.zeros_like(attributes),
            sizes[1:].astype(np.uint32),
            joint,
            index,
        )
        counts[start : start + sizes[0]] += joint
        start += sizes[0]


def _mask(attributes: tuple[int, ...], chosen: Sequence[int]) -> int:
    return sum(1 << axis for axis, attribute in enumerate(attributes) if attribute in chosen)

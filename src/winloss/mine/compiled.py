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
TURNS, TOGETHER = 32, 200_000
"""How often a thread asks for blocks, and for how many deals: so that all end together, and seldom need the lock."""
TRIPLES = 3
TAKEN = 1 << 16
"""Deals that are brought in order at a time."""
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
            np.empty(cubes.CHUNK, np.uint16),
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

    def run(self, deals: Any, about: Any, blocks: Any, turns: range, found: Any, floor: int, names: Any) -> None:
        """Count the blocks of some turns; more scratch or another chunk where one asks for it."""
        turn, at = turns.start, 0
        if self.chunk < 0:
            self.open_chunk(next(names), 0)
        while True:
            scratch = (self.table, *self.rest)
            turn, at, self.row, lacks = kernel.run_blocks(
                deals, about, blocks, turn, turns.stop, scratch, self.chunks[self.chunk], found, floor, self.chunk,
                at, self.row,
            )  # fmt: skip
            if not lacks:
                return
            if lacks > 0:
                self.grow(lacks)
            else:
                self.open_chunk(next(names), -lacks)


def is_compiled() -> bool:
    """Whether the kernel was compiled before, in this process or, as far as the files tell, in another."""
    function: Any = kernel.run_blocks
    if function.signatures:
        return True
    kept = function.stats.cache_path
    return bool(kept) and any(Path(kept).glob("kernel.run_blocks-*.nbi"))


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
    """A table with the levels of plain attributes ranked by their deals; only the first `alive` reach the floor.

    The deals come by class: `ended` (classes,) are those of each, `ends` (classes + 1,) where each begins.
    """

    codes: Codes
    ends: Ints
    ended: Ints
    levels: Ints
    runs: NDArray[np.bool_]
    firsts: Ints
    natural: Codes
    alive: Ints

    @classmethod
    def of(cls, table: Table, *, floor: int, pool: ThreadPoolExecutor) -> Self:
        histogram = np.zeros((table.attributes, 256), np.int64)
        rows = [_plain(row) for row in table.codes]
        counting = pool.map(cover.histogram, rows, histogram)
        order, ends = by_class(table)
        list(counting)
        levels = np.array(table.levels, np.int64)
        runs = np.array(runs_of(table.levels, table.ordered), bool)
        natural = np.zeros((table.attributes, MOST_LEVELS), np.uint8)
        ranks = np.tile(np.arange(256, dtype=np.uint8), (table.attributes, 1))
        for a, count in enumerate(table.levels):
            if not runs[a]:
                common = np.argsort(-histogram[a, 1 : count + 1], kind="stable")
                ranks[a, common + 1] = np.arange(1, count + 1)
            natural[a, :count] = ranks[a, 1 : count + 1]
        codes = recoded(rows, order, ranks, pool)
        enough = histogram[:, 1:] >= floor
        return cls(
            codes=codes,
            ends=ends,
            ended=np.diff(ends),
            levels=levels,
            runs=runs,
            firsts=(histogram[:, 0] == 0).astype(np.int64),
            natural=natural,
            alive=np.where(runs, levels, enough.sum(axis=1)),
        )

    @property
    def most_cells(self) -> int:
        return cells_for(self.codes.shape[1], classes=len(self.ended))


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

    @property
    def arrays(self) -> tuple[Ints, Ints, Ints, Ints, Ints, Ints]:
        return self.order, self.sets, self.alive, self.masks, self.rows, self.starts


def planned_blocks(coded: Coded, *, depth: int) -> Blocks:
    """The blocks of the plan for a table of these levels."""
    folded = tuple(np.minimum(coded.alive + 1, coded.levels).tolist())
    plan = plan_for(folded, depth=depth, classes=len(coded.ended), deals=coded.codes.shape[1])
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
        self.deals = (coded.codes, coded.ends, coded.ended)
        self.about = (coded.levels, coded.runs, coded.firsts, coded.natural)
        self.bases = np.zeros((len(combos), len(coded.ended)), np.int64)
        self.places = np.zeros((len(combos), 3), np.int64)
        self.reach = np.zeros((len(coded.levels),) * 2, np.int64)
        self.names = counter()
        self.wide = coded.codes.shape[1] >= 2**31
        self.workers = [
            Worker(depth=combos.shape[1], classes=len(coded.ended), wide=self.wide, entries=1 << 16)
            for _ in range(threads)
        ]

    def run(self, blocks: Blocks) -> None:
        together = min(len(blocks) // (TURNS * len(self.workers)), TOGETHER // max(self.deals[0].shape[1], 1))
        together = max(together, 1)
        begins = counter(0, together)
        found = (self.bases, self.places, self.reach)

        def work(worker: Worker) -> None:
            for begin in begins:
                if begin >= len(blocks):
                    return
                turns = range(begin, min(begin + together, len(blocks)))
                worker.run(self.deals, self.about, blocks.arrays, turns, found, self.floor, self.names)

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


def by_class(table: Table) -> tuple[NDArray[np.uint32], Ints]:
    """The order of deals by class, and where each class begins and the last one ends."""
    classes, ended = _plain(table.classes), np.zeros(256, np.int64)
    cover.histogram(classes, ended)
    ends = np.zeros(table.class_count + 1, np.int64)
    np.cumsum(ended[: table.class_count], out=ends[1:])
    order = np.empty(table.deals, np.uint32)
    cover.by_class(classes, ends, order)
    return order, ends


def recoded(rows: list[Codes], order: NDArray[np.uint32], ranks: Codes, pool: ThreadPoolExecutor) -> Codes:
    """The ranks of codes in the given order of deals: of some deals all attributes, while their order is in the cache."""
    codes = np.empty((len(rows), len(order)), np.uint8)

    def fill(start: int) -> None:
        part = order[start : start + TAKEN]
        for row, rank, into in zip(rows, ranks, codes, strict=True):
            cover.recode(row, part, rank, into[start : start + TAKEN])

    list(pool.map(fill, range(0, len(order), TAKEN)))
    return codes


def add_joints(table: Table, plan: Plan, counts: Ints) -> None:
    """Add the joint tables of a plan's blocks, blanks included and classes last, to `counts`, one behind the other."""
    index = np.empty(cubes.CHUNK, np.uint32)
    levels = np.array(table.levels, np.int64)
    order, ends = by_class(table)
    same = np.tile(np.arange(256, dtype=np.uint8), (table.attributes, 1))
    with ThreadPoolExecutor(1) as pool:
        codes = recoded([_plain(row) for row in table.codes], order, same, pool)
    start = 0
    for block in plan.blocks:
        attributes = np.array(block.attributes, np.int64)
        own = levels[attributes]
        joint = np.empty(table.class_count * int((own + 1).prod()), np.uint32)
        cubes.joint(codes, ends, attributes, own.astype(np.uint8), np.zeros_like(own), own + 1, joint, index)
        counts[start : start + len(joint)] += joint.reshape(table.class_count, -1).T.ravel()
        start += len(joint)


def _mask(attributes: tuple[int, ...], chosen: Sequence[int]) -> int:
    return sum(1 << axis for axis, attribute in enumerate(attributes) if attribute in chosen)

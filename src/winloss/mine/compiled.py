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

from winloss.mine import cover, cubes, kernel, rare_kernel
from winloss.mine.beside import Beside
from winloss.mine.coded import Coded, by_class, plain, recoded
from winloss.mine.plan import MOST_ATTRIBUTES, Plan, combos_of, plan_for
from winloss.mine.rare import MOST_CONDITIONS, Found, Rare, rare_of
from winloss.mine.table import Segments, Table

ROWS = 1 << 15
TURNS, TOGETHER = 32, 200_000
"""How often a thread asks for blocks, and for how many deals: so that all end together, and seldom need the lock."""
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


def is_kept() -> bool:
    """Whether there is a place on disk for machine code."""
    function: Any = kernel.run_blocks
    return hasattr(function, "stats") and bool(function.stats.cache_path)


def is_compiled() -> bool:
    """Whether the kernel was compiled before, in this process or, as far as the files tell, in another; or never is."""
    function: Any = kernel.run_blocks
    if not hasattr(function, "signatures") or function.signatures:
        return True
    kept = function.stats.cache_path
    return bool(kept) and any(Path(kept).glob("kernel.run_blocks-*.nbi"))


def count_compiled(table: Table, *, depth: int, floor: int, threads: int, rest: Beside) -> Segments:
    """Count a table block by block, in threads; the same rows in the same order, whatever their number.

    What `rest` compiles is waited for once the blocks are compiled.
    """
    combos = combos_of(table.attributes, depth)
    with ThreadPoolExecutor(threads) as pool:
        coded = Coded.of(table, floor=floor, pool=pool)
        counting = Counting(coded, combos, floor=floor, threads=threads, pool=pool)
        if depth == TRIPLES and table.attributes >= TRIPLES:
            counting.run(planned_blocks(coded, depth=2))
            rest.wait()
            rare = counting.rare()
            if rare is not None:
                rare.count(pool)
            counting.run(triple_blocks(coded, counting.reach, rare))
            return counting.segments(rare)
        counting.run(planned_blocks(coded, depth=depth))
        rest.wait()
        return counting.segments()


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

    def __add__(self, other: Self) -> Self:
        return type(self)(
            order=np.append(self.order, other.order + len(self)),
            sets=np.append(self.sets, other.sets, axis=0),
            alive=np.append(self.alive, other.alive, axis=0),
            masks=np.append(self.masks, other.masks),
            rows=np.append(self.rows, other.rows),
            starts=np.append(self.starts, self.starts[-1] + other.starts[1:]),
        )

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


def triple_blocks(coded: Coded, reach: Ints, rare: Rare | None) -> Blocks:
    """Blocks for the triples that may hold a segment, largest first; of plain attributes without the rare values."""
    plain = reach
    if rare is not None:
        plain = rare.within(reach)
    if not coded.runs.any():
        return _covering(coded, plain, with_runs=False)
    return _covering(coded, reach, with_runs=True) + _covering(coded, plain, with_runs=False)


def _covering(coded: Coded, reach: Ints, *, with_runs: bool) -> Blocks:
    attributes = len(coded.levels)
    sets, alive, cells, triples, owner = cover.cover_triples(
        reach, coded.levels, coded.firsts, coded.runs, with_runs, coded.most_cells, MOST_ATTRIBUTES
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
        self.coded, self.combos, self.floor, self.pool = coded, combos, floor, pool
        self.wide = coded.codes.shape[1] >= 2**31
        attributes = len(coded.levels)
        self.firsts, conditions = self._firsts()
        self.deals = (coded.codes, coded.ends, coded.ended)
        self.about = (coded.levels, coded.runs, coded.firsts, coded.natural, self.firsts)
        self.bases = np.zeros((len(combos), len(coded.ended)), np.int64)
        self.places = np.zeros((len(combos), 3), np.int64)
        self.reach = np.zeros((attributes, attributes), np.int64)
        self.together = np.zeros((conditions, conditions), bool)
        self.names = counter()
        self.workers = [
            Worker(depth=combos.shape[1], classes=len(coded.ended), wide=self.wide, entries=1 << 16)
            for _ in range(threads)
        ]

    def _firsts(self) -> tuple[Ints, int]:
        """Of each plain attribute the place of its first condition among all of them, −1 for others; how many."""
        each = np.where(self.coded.runs, 0, self.coded.alive)
        if self.combos.shape[1] != TRIPLES or each.sum() > MOST_CONDITIONS or self.wide:
            return np.full(len(each), -1, np.int64), 0
        return np.where(self.coded.runs, -1, each.cumsum() - each), int(each.sum())

    def run(self, blocks: Blocks) -> None:
        together = min(len(blocks) // (TURNS * len(self.workers)), TOGETHER // max(self.deals[0].shape[1], 1))
        together = max(together, 1)
        begins = counter(0, together)
        found = (self.bases, self.places, self.reach, self.together)

        def work(worker: Worker) -> None:
            for begin in begins:
                if begin >= len(blocks):
                    return
                turns = range(begin, min(begin + together, len(blocks)))
                worker.run(self.deals, self.about, blocks.arrays, turns, found, self.floor, self.names)

        list(self.pool.map(work, self.workers))

    def rare(self) -> Rare | None:
        """The rare values, where it is cheaper to count their triples apart; the pairs have been counted."""
        return rare_of(self.coded, self.firsts, self.reach, self.together) if len(self.together) else None

    def segments(self, rare: Rare | None = None) -> Segments:
        """What was found, by combination."""
        found = Found.none(len(self.coded.ended)) if rare is None else rare.found(self.floor, self.combos, self.bases)
        added = np.bincount(found.rows, minlength=len(self.combos))
        kept = np.flatnonzero(self.places[:, 2] + added)
        sizes = self.places[kept, 2] + added[kept]
        ends = np.cumsum(sizes)
        rows = int(sizes.sum())
        low, high = np.zeros((2, rows, self.combos.shape[1]), np.uint8)
        counts = np.empty((rows, self.bases.shape[1]), np.int64 if self.wide else np.int32)
        places = self.places[kept]
        chunks = {name: chunk for worker in self.workers for name, chunk in worker.chunks.items()}
        list(
            self.pool.map(lambda name: kernel.copy_rows(name, places, ends, chunks[name], (low, high, counts)), chunks)
        )
        if len(found.keys):
            rare_kernel.merge(found.keys, found.counts, added[kept], ends, sizes, (low, high, counts))
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


def add_joints(table: Table, plan: Plan, counts: Ints) -> None:
    """Add the joint tables of a plan's blocks, blanks included and classes last, to `counts`, one behind the other."""
    index = np.empty(cubes.CHUNK, np.uint32)
    levels = np.array(table.levels, np.int64)
    order, ends = by_class(table)
    same = np.tile(np.arange(256, dtype=np.uint8), (table.attributes, 1))
    with ThreadPoolExecutor(1) as pool:
        codes = recoded([plain(row) for row in table.codes], order, same, pool)
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

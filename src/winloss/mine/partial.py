"""Histograms add up: count deals batch by batch, on one machine or many, and search the sum.

Every batch adds its joint tables to one array. Which blocks are counted depends on the shape alone, never on the
deals, so that arrays from anywhere can be added. The floor is applied at the end, to the sum.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from itertools import accumulate
from math import prod
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from winloss.mine.blocks import emit_block, gather, joint, runs_of
from winloss.mine.plan import MOST_ENTRIES, Plan, plan_for
from winloss.mine.table import Segments, Table

if TYPE_CHECKING:
    import pyarrow as pa

DEALS_OF_PLAN = 10_000


@dataclass(frozen=True, kw_only=True)
class Shape:
    """What must be the same wherever deals are counted; `depth` conditions at most."""

    levels: tuple[int, ...]
    ordered: tuple[bool, ...]
    class_count: int
    depth: int = 3

    @cached_property
    def plan(self) -> Plan:
        """Blocks of small tables: the array travels, and each batch is summed into it."""
        return plan_for(self.levels, depth=self.depth, classes=self.class_count, deals=DEALS_OF_PLAN)

    @cached_property
    def shapes(self) -> list[tuple[int, ...]]:
        """The shape of each block's joint table, blanks first on each axis, classes last."""
        return [(*(self.levels[a] + 1 for a in block.attributes), self.class_count) for block in self.plan.blocks]

    @cached_property
    def starts(self) -> list[int]:
        """Where each block's table starts in the array; the last one is its length."""
        return [0, *accumulate(prod(shape) for shape in self.shapes)]


class Partial:
    """Counts of the deals seen so far.

    `counts` is one array of int64 of `shape.starts[-1]` entries, all blocks' joint tables one behind the other.
    Raises ValueError where they would take more than two gigabytes.
    """

    def __init__(self, shape: Shape, counts: NDArray[np.int64] | None = None) -> None:
        if shape.starts[-1] > MOST_ENTRIES:
            raise ValueError(
                f"{shape.starts[-1]:,} counts are too many to add up: fold rare levels or search less deep"
            )
        self.shape = shape
        self.counts = np.zeros(shape.starts[-1], np.int64) if counts is None else counts
        if self.counts.shape != (shape.starts[-1],):
            raise ValueError(f"{shape.starts[-1]} counts belong to this shape, not {self.counts.shape}")

    def add(self, codes: NDArray[np.uint8], classes: NDArray[np.uint8]) -> None:
        """Count deals: codes (attributes, deals) and classes (deals,) as in `Table`."""
        shape = self.shape
        table = Table(
            codes=np.ascontiguousarray(codes),
            levels=shape.levels,
            ordered=shape.ordered,
            classes=np.ascontiguousarray(classes),
            class_count=shape.class_count,
        )
        table.check()
        if find_spec("numba") is not None:
            from winloss.mine.compiled import add_joints

            add_joints(table, shape.plan, self.counts)
            return
        for block, start, end in zip(shape.plan.blocks, shape.starts[:-1], shape.starts[1:], strict=True):
            self.counts[start:end] += joint(table, block.attributes).ravel()

    def add_batches(
        self, batches: Iterable[pa.RecordBatch], *, attributes: tuple[str, ...], ended: str, deals: int = 1 << 20
    ) -> Self:
        """Count a stream of Arrow record batches with uint8 columns, about `deals` at a time, whatever their sizes."""
        waiting: list[NDArray[np.uint8]] = []
        for batch in batches:
            waiting.append(_columns(batch, (*attributes, ended)))
            if sum(columns.shape[1] for columns in waiting) >= deals:
                self._add_columns(waiting)
                waiting = []
        if waiting:
            self._add_columns(waiting)
        return self

    def _add_columns(self, waiting: list[NDArray[np.uint8]]) -> None:
        columns = np.concatenate(waiting, axis=1)
        self.add(columns[:-1], columns[-1])

    def __add__(self, other: Partial) -> Partial:
        if self.shape != other.shape:
            raise ValueError("counts of tables of different shapes do not add up")
        return Partial(self.shape, self.counts + other.counts)

    def to_bytes(self) -> bytes:
        """The shape as JSON in one line, then the counts as little-endian int64."""
        shape = self.shape
        told = {"levels": shape.levels, "ordered": shape.ordered, "classes": shape.class_count, "depth": shape.depth}
        return json.dumps(told).encode() + b"\n" + self.counts.astype("<i8").tobytes()

    @classmethod
    def from_bytes(cls, written: bytes) -> Self:
        head, _, counts = written.partition(b"\n")
        told = json.loads(head)
        shape = Shape(
            levels=tuple(told["levels"]),
            ordered=tuple(told["ordered"]),
            class_count=told["classes"],
            depth=told["depth"],
        )
        return cls(shape, np.frombuffer(counts, "<i8").astype(np.int64))

    def segments(self, *, floor: int = 30) -> Segments:
        """All segments with at least `floor` deals (and fewer than their base), as `count` finds them in one pass."""
        shape = self.shape
        runs = runs_of(shape.levels, shape.ordered)
        found = (
            emitted
            for block, dims, start, end in zip(
                shape.plan.blocks, shape.shapes, shape.starts[:-1], shape.starts[1:], strict=True
            )
            for emitted in emit_block(
                self.counts[start:end].reshape(dims), block, shape.plan, runs=runs, floor=max(floor, 1)
            )
        )
        return gather(found, shape.plan, levels=shape.levels, ordered=shape.ordered, class_count=shape.class_count)


def _columns(batch: pa.RecordBatch, names: tuple[str, ...]) -> NDArray[np.uint8]:
    """Columns of a batch, (names, rows)."""
    columns = [batch.column(name).to_numpy(zero_copy_only=False) for name in names]
    for name, column in zip(names, columns, strict=True):
        if column.dtype != np.uint8:
            raise ValueError(f"column {name!r} is {column.dtype}, not uint8 without blanks")
    return np.array(columns, np.uint8).reshape(len(names), batch.num_rows)

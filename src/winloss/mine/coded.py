"""A table as the compiled kernels read it: deals by class, the levels of plain attributes by their deals."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from winloss.mine import cover
from winloss.mine.blocks import runs_of
from winloss.mine.plan import cells_for
from winloss.mine.table import MOST_LEVELS, Table

TAKEN = 1 << 16
"""Deals that are brought in order at a time."""
Codes = NDArray[np.uint8]
Ints = NDArray[np.int64]


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
    histogram: Ints

    @classmethod
    def of(cls, table: Table, *, floor: int, pool: ThreadPoolExecutor) -> Self:
        histogram = np.zeros((table.attributes, 256), np.int64)
        rows = [plain(row) for row in table.codes]
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
            histogram[a, natural[a, :count]] = histogram[a, 1 : count + 1].copy()
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
            histogram=histogram,
        )

    @property
    def most_cells(self) -> int:
        return cells_for(self.codes.shape[1], classes=len(self.ended))


def plain(array: Codes) -> Codes:
    """An array of the kind the kernel was compiled for: a copy where it is read-only or not in order."""
    return np.require(array, requirements=("C", "W"))


def by_class(table: Table) -> tuple[NDArray[np.uint32], Ints]:
    """The order of deals by class, and where each class begins and the last one ends."""
    classes, ended = plain(table.classes), np.zeros(256, np.int64)
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

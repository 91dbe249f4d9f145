"""Sets of deals as packed bits: counts of any conjunction of conditions, on any part of the book.

For what the counting kernel does not emit: a segment on the deals that others left, or where another attribute is known.
A condition that spans all levels of its attribute holds the deals whose value is known.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from winloss.mine.exact import has_numba
from winloss.mine.outcome import Outcome
from winloss.mine.table import Segments, Table

Bits = NDArray[np.uint64]
Counts = NDArray[np.int64]
Marks = NDArray[np.bool_]
Places = NDArray[np.intp]

_WORD = 64
_PART = 64
_KERNEL_SETS = 3
"""Sets that the machine code intersects at once."""


@dataclass(frozen=True, slots=True)
class Conjunctions:
    """Conditions joined by "and", one row each: like `Segments` without counts; arrays (m, depth)."""

    attribute: NDArray[np.int16]
    low: NDArray[np.uint8]
    high: NDArray[np.uint8]

    @classmethod
    def of(cls, segments: Segments, places: Places) -> Conjunctions:
        return cls(segments.attribute[places], segments.low[places], segments.high[places])

    def __len__(self) -> int:
        return len(self.attribute)

    def at(self, places: Places | Marks) -> Conjunctions:
        return Conjunctions(self.attribute[places], self.low[places], self.high[places])

    def known(self, levels: tuple[int, ...], *, where: Marks | None = None) -> Conjunctions:
        """The deals whose values are known instead, in all conditions or in those marked by `where` (m, depth)."""
        last = (np.array(levels)[np.maximum(self.attribute, 0)] - 1).astype(np.uint8)
        wide = (self.attribute >= 0) if where is None else where
        return Conjunctions(
            self.attribute,
            np.where(wide, 0, self.low).astype(np.uint8),
            np.where(wide, last, self.high).astype(np.uint8),
        )


def pack(marks: Marks) -> Bits:
    """Bits of marks, filled up with zeros to whole words."""
    packed = np.zeros(-(-len(marks) // _WORD) * 8, np.uint8)
    packed[: -(-len(marks) // 8)] = np.packbits(marks, bitorder="little")
    return packed.view(np.uint64)


class Book:
    """Deals in the denominator of an outcome, among which conjunctions are counted.

    `codes` is (attributes, deals) as in `Table`, `won` (deals,) marks successes, `blank` the attributes that have blanks.
    `there` marks places that are deals (all where None), `starts` the words at which parts of the book begin, and its end.
    """

    def __init__(
        self,
        codes: NDArray[np.uint8],
        won: Marks,
        levels: tuple[int, ...],
        blank: Marks,
        there: Marks | None = None,
        starts: Counts | None = None,
    ) -> None:
        self.codes, self.won, self.levels, self.blank = codes, won, levels, blank
        self.there = np.ones(len(won), bool) if there is None else there
        self.starts = np.array([0, -(-len(won) // _WORD)]) if starts is None else starts

    @classmethod
    def of(cls, table: Table, outcome: Outcome) -> Book:
        success, among = outcome.marks(table.class_count)
        blank = table.codes.min(axis=1, initial=1) == 0
        won, inside = success[table.classes], among[table.classes]
        if inside.all():
            return cls(table.codes, won, table.levels, blank)
        return cls(table.codes[:, inside], won[inside], table.levels, blank)

    def __len__(self) -> int:
        return len(self.won)

    def in_parts(self, deals: Places, parts: NDArray[np.intp], count: int) -> Book:
        """Some deals as a book of `count` parts, each in words of its own; `parts` names the part of each deal."""
        sizes = np.bincount(parts, minlength=count)
        starts = np.concatenate([[0], np.cumsum(-(-sizes // _WORD))])
        order = np.argsort(parts.astype(np.uint16) if count < 1 << 16 else parts, kind="stable")
        place = np.arange(len(deals)) + np.repeat(starts[:-1] * _WORD - (np.cumsum(sizes) - sizes), sizes)
        there = np.zeros(int(starts[-1]) * _WORD, bool)
        there[place] = True
        codes = np.zeros((len(self.codes), len(there)), np.uint8)
        won = np.zeros(len(there), bool)
        codes[:, place] = self.codes[:, deals[order]]
        won[place] = self.won[deals[order]]
        return Book(codes, won, self.levels, self.blank, there, starts)

    def marks(self, attribute: int, low: int, high: int) -> Marks:
        """Which deals meet a condition."""
        return np.asarray(self.codes[attribute] - np.uint8(low + 1) <= np.uint8(high - low))

    def marks_of(self, conjunctions: Conjunctions, i: int) -> Marks:
        """Which deals meet all conditions of one conjunction."""
        inside = self.there.copy()
        rows = (conjunctions.attribute[i], conjunctions.low[i], conjunctions.high[i])
        for attribute, low, high in zip(*(row.tolist() for row in rows), strict=True):
            if attribute >= 0:
                inside &= self.marks(attribute, low, high)
        return inside

    def count(self, conjunctions: Conjunctions) -> tuple[Counts, Counts]:
        """Successes and deals of each conjunction in each part, (m, parts)."""
        sets, rows = self._sets(conjunctions)
        bits = np.empty((len(sets) + 1, -(-len(self) // _WORD)), np.uint64)
        bits[0] = pack(self.there)
        for i, (attribute, low, high) in enumerate(sets.tolist(), 1):
            bits[i] = pack(self.marks(attribute, low, high))
        return _count(bits, rows, pack(self.won), self.starts)

    def _sets(self, conjunctions: Conjunctions) -> tuple[Counts, NDArray[np.int32]]:
        """The conditions that say something, (c, 3), and for each conjunction their rows from 1; 0 says nothing."""
        attribute, low, high = (
            x.astype(np.int64) for x in (conjunctions.attribute, conjunctions.low, conjunctions.high)
        )
        levels = np.array(self.levels)
        safe = np.maximum(attribute, 0)
        says = (attribute >= 0) & (self.blank[safe] | (low > 0) | (high < levels[safe] - 1))
        keys = np.where(says, (attribute << 16) + (low << 8) + high, -1)
        found, rows = np.unique(keys, return_inverse=True)
        first = int(len(found) > 0 and found[0] < 0)
        found = found[first:]
        sets = np.stack([found >> 16, (found >> 8) & 255, found & 255], axis=1)
        return sets, (rows.reshape(keys.shape) + (1 - first)).astype(np.int32)


def _count(bits: Bits, rows: NDArray[np.int32], success: Bits, starts: Counts) -> tuple[Counts, Counts]:
    k, n = np.zeros((len(rows), len(starts) - 1), np.int64), np.zeros((len(rows), len(starts) - 1), np.int64)
    quick = has_numba() and rows.shape[1] <= _KERNEL_SETS
    if quick:
        from winloss.mine.bits_kernel import count_together

        rows = np.pad(rows, ((0, 0), (0, _KERNEL_SETS - rows.shape[1])))

    def fill(part: slice) -> None:
        if quick:
            count_together(bits, rows[part], success, starts, k[part], n[part])
        else:
            both = np.bitwise_and.reduce(bits[rows[part]], axis=1)
            n[part], k[part] = _by_part(both, starts), _by_part(both & success, starts)

    parts = [slice(start, start + _PART) for start in range(0, len(rows), _PART)]
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        list(pool.map(fill, parts))
    return k, n


def _by_part(bits: Bits, starts: Counts) -> Counts:
    """Bits set in each part, (rows, parts); a part has a word at least."""
    if starts[-1] == 0:
        return np.zeros((len(bits), len(starts) - 1), np.int64)
    return np.add.reduceat(np.bitwise_count(bits).astype(np.int64), starts[:-1], axis=1)

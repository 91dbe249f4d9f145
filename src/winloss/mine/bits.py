"""Sets of deals as packed bits: counts of any conjunction of conditions, on any part of the book.

For what the counting kernel does not emit: a segment on the deals that others left, or where another attribute is known.
A condition that spans all levels of its attribute holds the deals whose value is known.
"""

from __future__ import annotations

import os
from collections.abc import Callable
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

WORD = 64
_PART, _TURNS = 16, 4
"""Places that a thread takes at a time, at least; how often it takes some."""
_KERNEL_SETS = 3
"""Sets that the machine code intersects at once."""
_LITTLE = 1 << 23
"""Words that one thread has intersected before others have begun."""
_PACKED, _SHARED = 5, 1 << 18
"""Deals that are packed in the time of a word's intersection; how many make it worth to pack sets side by side."""


@dataclass(frozen=True, slots=True)
class Conjunctions:
    """Conditions joined by "and", one row each: like `Segments` without counts; arrays (m, depth)."""

    attribute: NDArray[np.int16]
    low: NDArray[np.uint8]
    high: NDArray[np.uint8]

    @classmethod
    def of(cls, segments: Segments, places: Places | None = None) -> Conjunctions:
        """Those of the segments at some places, of all where None."""
        if places is None:
            return cls(segments.attribute, segments.low, segments.high)
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
    packed = np.zeros(-(-len(marks) // WORD), np.uint64)
    _pack_into(marks, packed)
    return packed


def _pack_into(marks: Marks, words: Bits) -> None:
    """Into words of zeros."""
    words.view(np.uint8)[: -(-len(marks) // 8)] = np.packbits(marks, bitorder="little")


@dataclass(frozen=True, slots=True)
class Packed:
    """Conjunctions (m) as rows of packed sets: `bits` (sets, words), the first of all deals; `rows` (m, depth)."""

    bits: Bits
    rows: NDArray[np.int32]

    def of(self, i: int) -> Bits:
        """The deals of one conjunction."""
        return np.asarray(np.bitwise_and.reduce(self.bits[self.rows[i]], axis=0))

    def among(self, inside: Bits, which: Places) -> Counts:
        """How many of the deals that are `inside` each of some conjunctions holds."""
        rows = self.rows[which]
        if not _quick(rows):
            both = (np.bitwise_and.reduce(self.bits[part], axis=0) & inside for part in rows)
            return np.array([np.bitwise_count(bits).sum(dtype=np.int64) for bits in both], np.int64)
        filled = _filled(rows)
        order = np.lexsort((filled[:, 1], filled[:, 2]))
        beside = filled[order]
        found: list[Counts] = []

        def fill(words: slice) -> None:
            from winloss.mine.bits_kernel import count_among

            n = np.zeros(len(rows), np.int64)
            count_among(self.bits, beside, inside, *words.indices(len(inside))[:2], n)
            found.append(n)

        _in_threads(fill, len(inside), work=len(rows) * len(inside))
        counts = np.empty(len(rows), np.int64)
        counts[order] = np.sum(found, axis=0)
        return counts


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
        self.starts = np.array([0, -(-len(won) // WORD)]) if starts is None else starts

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

    def in_parts(
        self, deals: Places, parts: NDArray[np.intp], count: int, *, attributes: NDArray[np.integer] | None = None
    ) -> Book:
        """Some deals as a book of `count` parts, each in words of its own; `parts` names the part of each deal.

        Where `attributes` are named, no others can be asked for.
        """
        sizes = np.bincount(parts, minlength=count)
        starts = np.concatenate([[0], np.cumsum(-(-sizes // WORD))])
        order = np.argsort(parts.astype(np.uint16) if count < 1 << 16 else parts, kind="stable")
        place = np.arange(len(deals)) + np.repeat(starts[:-1] * WORD - (np.cumsum(sizes) - sizes), sizes)
        there = np.zeros(int(starts[-1]) * WORD, bool)
        there[place] = True
        source = np.zeros(len(there), np.intp)
        source[place] = deals[order]
        codes = np.zeros((len(self.codes), len(there)), np.uint8)
        for a in range(len(codes)) if attributes is None else attributes.tolist():
            np.multiply(self.codes[a].take(source), there, out=codes[a])
        return Book(codes, self.won.take(source) & there, self.levels, self.blank, there, starts)

    def marks(self, attribute: int, low: int, high: int, *, out: Marks | None = None) -> Marks:
        """Which deals meet a condition."""
        codes = self.codes[attribute]
        if low == high:
            return np.asarray(np.equal(codes, np.uint8(low + 1), out=out))
        return np.asarray(np.less_equal(codes - np.uint8(low + 1), np.uint8(high - low), out=out))

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
        packed = self.packed(conjunctions)
        return _count(packed.bits, packed.rows, pack(self.won), self.starts)

    def packed_bytes(self, conjunctions: Conjunctions) -> int:
        """What `packed` would take."""
        return (len(self._sets(conjunctions)[0]) + 1) * -(-len(self) // WORD) * 8

    def packed(self, conjunctions: Conjunctions) -> Packed:
        """The conditions of conjunctions as bits, each once."""
        sets, rows = self._sets(conjunctions)
        bits = np.zeros((len(sets) + 1, -(-len(self) // WORD)), np.uint64)
        _pack_into(self.there, bits[0])

        def fill(part: slice) -> None:
            marks = np.empty(len(self), bool)
            for (attribute, low, high), into in zip(sets[part].tolist(), bits[1:][part], strict=True):
                _pack_into(self.marks(attribute, low, high, out=marks), into)

        _in_threads(fill, len(sets), work=len(sets) * len(self) // _PACKED if len(self) >= _SHARED else 0)
        return Packed(bits, rows)

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


def _quick(rows: NDArray[np.int32]) -> bool:
    """Whether there is machine code for so many conditions."""
    return has_numba() and rows.shape[1] <= _KERNEL_SETS


def _filled(rows: NDArray[np.int32]) -> NDArray[np.int32]:
    """Rows of as many sets as the machine code intersects: that of all deals changes nothing."""
    return np.pad(rows, ((0, 0), (0, _KERNEL_SETS - rows.shape[1])))


def _in_threads(fill: Callable[[slice], None], count: int, *, work: int) -> None:
    """Fill `count` places part by part, in threads where there is enough to do (`work` in words)."""
    workers = os.cpu_count() or 1
    together = max(_PART, -(-count // (workers * _TURNS)))
    parts = [slice(start, start + together) for start in range(0, count, together)]
    if work < _LITTLE or len(parts) <= 1:
        fill(slice(None))
        return
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(fill, parts))


def _count(bits: Bits, rows: NDArray[np.int32], success: Bits, starts: Counts) -> tuple[Counts, Counts]:
    k, n = np.zeros((len(rows), len(starts) - 1), np.int64), np.zeros((len(rows), len(starts) - 1), np.int64)
    quick = _quick(rows)

    def fill(part: slice) -> None:
        if quick:
            from winloss.mine.bits_kernel import count_together

            count_together(bits, _filled(rows[part]), success, starts, k[part], n[part])
        else:
            both = np.bitwise_and.reduce(bits[rows[part]], axis=1)
            n[part], k[part] = _by_part(both, starts), _by_part(both & success, starts)

    _in_threads(fill, len(rows), work=len(rows) * bits.shape[1])
    return k, n


def _by_part(bits: Bits, starts: Counts) -> Counts:
    """Bits set in each part, (rows, parts)."""
    before = np.pad(np.bitwise_count(bits).cumsum(axis=1, dtype=np.int64), ((0, 0), (1, 0)))
    return np.asarray(before[:, starts[1:]] - before[:, starts[:-1]])

"""Triples with a rare value, counted among its deals alone.

Beside a rare value few others reach the floor: they are packed as bits of its deals, and pairs of them met (sets of
deals by condition, narrowed by one after the other, as in Eclat: Zaki, Scalable algorithms for association mining, IEEE
TKDE 12(3), 2000; from the rarest condition on). Each deal is read once for each of its rare values, and joint tables,
which grow with every level, have to hold the common ones only. What is rare is decided by the cost of both ways.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import Self

import numpy as np
from numpy.typing import NDArray

from winloss.mine import cover, rare_kernel
from winloss.mine.bits import pack
from winloss.mine.bits_kernel import count_together
from winloss.mine.coded import Coded
from winloss.mine.plan import MOST_ATTRIBUTES
from winloss.mine.table import added

Codes = NDArray[np.uint8]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Bits = NDArray[np.uint64]

WORD = rare_kernel.WORD
MOST_CONDITIONS = 1 << 12
MOST_CANDIDATES = 1 << 24
MARKED = 1 << 24
"""Bytes of marks at a time."""
PIECE = 1 << 14
CUTS = 24
PASS, MARK, READ, MADE, MET, BEGUN = 0.2, 1.7, 5.0, 3.7, 0.27, 3.0
"""Nanoseconds, measured: a deal in a pass for each attribute, its mark for one, a deal of a rare value, each word of 64
conditions that it is turned in, a word of a pair, a pair begun."""
COVER = 1.7
"""Passes of a cover for each that a perfect one would take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """Values of plain attributes that reach the floor, from the one of most deals on.

    `attribute`, `code`, `level` and `deals` are (conditions,); `bits` (conditions, words) tells of each the conditions
    before it with which it shares enough deals; `pairs` the triples it may be the last of, `words` where the others stand.
    """

    attribute: Ints
    code: Ints
    level: Ints
    deals: Ints
    bits: Bits
    pairs: Ints
    words: Ints

    @classmethod
    def of(cls, coded: Coded, firsts: Ints, together: Flags) -> Self:
        """`firsts` (attributes,) are the first rows of their values in `together`, −1 for those with runs."""
        plain = np.flatnonzero(firsts >= 0)
        attribute = np.repeat(plain, coded.alive[plain])
        code = np.arange(len(attribute)) - firsts[attribute] + 1
        order = np.argsort(-coded.histogram[attribute, code], kind="stable")
        attribute, code = attribute[order], code[order]
        bits = np.zeros((len(order), -(-len(order) // WORD)), np.uint64)
        beside = np.packbits(np.tril(together[np.ix_(order, order)], -1), axis=1, bitorder="little")
        bits.view(np.uint8)[:, : beside.shape[1]] = beside
        pairs, words = np.zeros((2, len(order)), np.int64)
        rare_kernel.count_candidates(bits, pairs, words)
        levels = np.zeros((len(coded.levels), 256), np.int64)
        np.put_along_axis(levels, coded.natural.astype(np.intp), np.arange(coded.natural.shape[1])[None], axis=1)
        return cls(
            attribute=attribute,
            code=code,
            level=levels[attribute, code],
            deals=coded.histogram[attribute, code],
            bits=bits,
            pairs=pairs,
            words=words,
        )

    def within(self, reach: Ints, first: int) -> Ints:
        """The reach among the values before `first`."""
        return np.minimum(reach, np.bincount(self.attribute[:first], minlength=len(reach))[:, None])

    def cost_from(self, deals: int, classes: int) -> NDArray[np.float64]:
        """Nanoseconds to count the triples whose last condition is the first one or later, (conditions + 1,)."""
        each = self.deals * (READ + MADE * self.words) + self.pairs * (MET / WORD * self.deals + BEGUN * classes)
        cost = np.append(np.where(self.pairs > 0, each, 0)[::-1].cumsum()[::-1], 0.0)
        cost[:-1] += MARK * deals * len(np.unique(self.attribute))
        cost[:-1][self.pairs[::-1].cumsum()[::-1] > MOST_CANDIDATES] = np.inf
        return cost

    def cuts(self) -> list[int]:
        """Where the rare ones may begin: nowhere, and by size."""
        if not self.pairs.any():
            return []
        sizes = np.geomspace(self.deals[0] + 1, self.deals[-1], CUTS)
        return sorted({len(self.deals), *np.searchsorted(-self.deals, -sizes).tolist()})


def rare_of(coded: Coded, firsts: Ints, reach: Ints, together: Flags) -> Rare | None:
    """The rare values of a table whose pairs are counted; None where joint tables are cheaper for all."""
    of = Conditions.of(coded, firsts, together)
    deals = coded.codes.shape[1]
    apart = of.cost_from(deals, len(coded.ended))

    def cost(first: int) -> float:
        return float(deals * per_deal(coded, of.within(reach, first)) + apart[first])

    first = min(of.cuts(), key=cost, default=0)
    return Rare(coded, of, first) if of.pairs[first:].any() else None


def per_deal(coded: Coded, reach: Ints) -> float:
    """About how many nanoseconds a deal takes in blocks that cover the triples of plain attributes."""
    open_ = np.zeros((len(reach),) * 3, bool)
    cells = cover.open_triples(reach, coded.levels, coded.firsts, coded.runs, False, open_)[1]
    size = np.clip(3 * np.log(coded.most_cells) / np.log(np.maximum(cells, 2)), 3, MOST_ATTRIBUTES)
    return float(PASS * COVER * np.sum(6 / ((size - 1) * (size - 2))))


@dataclass(frozen=True, slots=True)
class Found:
    """Triples that reach the floor, by combination, then by levels: (triples,) and, deals by class, (triples, classes)."""

    keys: Ints
    counts: NDArray[np.int32]

    @classmethod
    def none(cls, classes: int) -> Self:
        return cls(np.zeros(0, np.int64), np.zeros((0, classes), np.int32))

    @property
    def rows(self) -> Ints:
        """The combination of each."""
        return self.keys >> 24


class Rare:
    """The rare values of a table, those from the condition `first` on, and the triples that they are the last of."""

    def __init__(self, coded: Coded, conditions: Conditions, first: int) -> None:
        self.coded, self.conditions, self.first = coded, conditions, first
        pairs = conditions.pairs.copy()
        pairs[:first] = 0
        self.starts = np.append(0, pairs.cumsum())
        self.tally = np.zeros((self.starts[-1], len(coded.ended)), np.int32)
        self.columns = self._columns()

    def within(self, reach: Ints) -> Ints:
        """The reach among common values."""
        return self.conditions.within(reach, self.first)

    def _columns(self) -> int:
        """Words of marks up to the last condition that stands beside a rare one."""
        beside = np.bitwise_or.reduce(self.conditions.bits[self.first :], axis=0)
        return int(np.flatnonzero(beside).max(initial=-1)) + 1

    def count(self, pool: ThreadPoolExecutor) -> None:
        """Count them, the deals that fit at a time."""
        words, masks = self._marked()
        deals = self.coded.codes.shape[1]
        at_once = max(MARKED // (8 * self.columns), PIECE)
        marks = np.empty((self.columns, min(at_once, deals)), np.uint64)
        tasks = self._tasks()
        for first in range(0, deals, at_once):
            last = min(first + at_once, deals)

            def marked(begin: int, first: int = first, last: int = last) -> None:
                end = min(begin + PIECE, last)
                rare_kernel.mark(self.coded.codes, begin, end, words, masks, marks, begin - first)

            list(pool.map(marked, range(first, last, PIECE)))
            list(pool.map(self._counting(first, last, marks), tasks))

    def _tasks(self) -> list[int]:
        """The attributes that have rare values, those of most work first."""
        of = self.conditions
        work = np.zeros(len(self.coded.codes))
        np.add.at(work, of.attribute, np.diff(self.starts) * of.deals.astype(np.float64))
        return [int(a) for a in np.argsort(-work, kind="stable") if work[a]]

    def _marked(self) -> tuple[Ints, Bits]:
        """The word and the bit of each code, no bit for those that never stand beside a rare one."""
        of = self.conditions
        words = np.zeros((len(self.coded.codes), 256), np.int64)
        masks = np.zeros((len(self.coded.codes), 256), np.uint64)
        places = np.arange(min(self.columns * WORD, len(of.deals)))
        words[of.attribute[places], of.code[places]] = places // WORD
        masks[of.attribute[places], of.code[places]] = np.uint64(1) << (places % WORD).astype(np.uint64)
        return words, masks

    def _counting(self, first: int, last: int, marks: Bits) -> Callable[[int], None]:
        bits = np.ascontiguousarray(self.conditions.bits[:, : self.columns])

        def work(attribute: int) -> None:
            of = self.conditions
            ranks = np.full(256, -1, np.int64)
            own = np.flatnonzero(of.attribute[self.first :] == attribute) + self.first
            ranks[of.code[own]] = own
            rare_kernel.count_rare(
                self.coded.codes[attribute],
                self.coded.ends,
                first,
                last,
                ranks,
                bits,
                self.starts,
                marks,
                np.empty((self.columns, last - first + 1), np.uint64),
                np.empty(rare_kernel.ROOM, np.uint64),
                self.tally,
            )

        return work

    def found(self, floor: int, combos: NDArray[np.int16], bases: Ints) -> Found:
        """Those with `floor` deals or more, but fewer than their base, by combination, then by levels.

        `bases` (combinations, classes) has the deals of singles and pairs; those of the triples found are filled in.
        """
        of, classes = self.conditions, range(self.tally.shape[1])
        enough = added(self.tally, classes) >= floor
        keys = np.empty(np.count_nonzero(enough), np.int64)
        triples = np.flatnonzero(combos[:, 2] >= 0)
        rows = self._by_pair(combos, triples, triples - combos[triples, 2])
        rare_kernel.keys_of(of.bits, self.starts, self.first, of.attribute, of.level, rows, enough, keys)
        order = np.argsort(keys)
        found = Found(keys[order], self.tally[enough][order])
        self._fill(np.unique(found.rows), combos, bases)
        part = added(found.counts, classes) < added(bases, classes)[found.rows]
        return found if part.all() else Found(found.keys[part], found.counts[part])

    def _fill(self, rows: Ints, combos: NDArray[np.int16], bases: Ints) -> None:
        """The deals of combinations: of two of their attributes where the third is never blank, else counted."""
        blank = self.coded.firsts == 0
        lacking = rows[~bases[rows].any(axis=1)]
        chosen = combos[lacking].astype(np.intp)
        blanks_first = np.take_along_axis(chosen, np.argsort(~blank[chosen], axis=1, kind="stable"), axis=1)
        two = np.sort(blanks_first[:, :2], axis=1)
        pairs = np.flatnonzero((combos[:, 1] >= 0) & (combos[:, 2] < 0))
        places = self._by_pair(combos, pairs, pairs)
        bases[lacking] = bases[places[two[:, 0], two[:, 1]]]
        all_three = blank[chosen].all(axis=1)
        if all_three.any():
            bases[lacking[all_three]] = self._known(chosen[all_three])

    def _by_pair(self, combos: NDArray[np.int16], at: NDArray[np.intp], values: Ints) -> Ints:
        """Values of the combinations at some places, by their first two attributes."""
        table = np.zeros((len(self.coded.levels),) * 2, np.int64)
        table[combos[at, 0], combos[at, 1]] = values
        return table

    def _known(self, chosen: NDArray[np.intp]) -> Ints:
        """The deals of which all three attributes are known, (combinations, classes)."""
        parts = [
            np.array([pack(row) for row in self.coded.codes[:, begin:end] > 0])
            for begin, end in pairwise(self.coded.ends)
        ]
        starts = np.cumsum([0, *(part.shape[1] for part in parts)])
        bits = np.concatenate(parts, axis=1)
        k, n = np.zeros((2, len(chosen), len(parts)), np.int64)
        count_together(bits, chosen.astype(np.int32), bits[0], starts, k, n)
        return n

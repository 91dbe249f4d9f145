"""The segment search over a book's attributes: every conjunction of up to three conditions, exactly counted.

Attributes become the small codes that `mine` counts. Values with fewer deals than the floor can make no segment: they are
one code, which counts in what a segment is compared with and is no condition itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from winloss.mine.bits import Book, Conjunctions
from winloss.mine.count import count
from winloss.mine.outcome import Outcome, Sides
from winloss.mine.parents import NONE, Lineage
from winloss.mine.productive import productive
from winloss.mine.residual import own_lines
from winloss.mine.table import MOST_LEVELS, Segments, Table
from winloss.synthesize.coded import Closed, Coded
from winloss.synthesize.family import DEPTH, FLOOR, RATE, SEGMENTS, Block, Family, block_of

Places = NDArray[np.intp]

SMALLEST_SHARE = 0.001
"""Segments of two conditions and more hold at least this share of the closed deals."""
WON, NOT_WON = 0, 1
OF_WON = Outcome(success=(WON,))


@dataclass(frozen=True, slots=True)
class Segmented:
    """The counted segments of a book; `levels` gives for each attribute the level behind each of its codes."""

    table: Table
    segments: Segments
    levels: tuple[NDArray[np.int64], ...]
    kept: Places
    """The segments that are compared, in the order of `block`."""

    lineage: Lineage
    book: Book

    @property
    def block(self) -> Block:
        """Won of closed, each segment against the rest of the deals whose values are known."""
        at, sides = self.kept, Sides.of(self.segments, OF_WON, self.kept)
        attribute = self.segments.attribute[at].astype(np.int64)
        return block_of(
            search=np.array(SEGMENTS)[self.segments.depth_of[at] - 1],
            attribute=attribute,
            low=self._level(attribute, self.segments.low[at]),
            high=self._level(attribute, self.segments.high[at]),
            k1=sides.k1,
            n1=sides.n1,
            k0=sides.k0,
            n0=sides.n0,
        )

    def _level(self, attribute: NDArray[np.int64], code: NDArray[np.uint8]) -> NDArray[np.int64]:
        wide = np.full((len(self.levels) + 1, MOST_LEVELS + 1), -1, np.int64)
        for i, levels in enumerate(self.levels):
            wide[i, : len(levels)] = levels
        return np.asarray(np.where(attribute >= 0, wide[attribute, code], -1))

    def coded(self, family: Family, at: Places) -> Conjunctions:
        """The conditions of comparisons of won and lost deals, as the kernel counts them."""
        attribute = family.attribute[at]
        code = np.zeros((len(self.levels) + 1, MOST_LEVELS + 2), np.uint8)
        for i, levels in enumerate(self.levels):
            code[i, levels[levels >= 0]] = np.flatnonzero(levels >= 0)
        has = attribute >= 0
        low, high = (
            np.where(has, code[attribute, np.maximum(levels[at], 0)], 0) for levels in (family.low, family.high)
        )
        return Conjunctions(attribute.astype(np.int16), low, high)

    def own(self, family: Family, at: Places) -> list[tuple[int, tuple[int, ...]]]:
        """Of the comparisons `at` those that say something of their own, in order, each with its echoes."""
        if not len(at):
            return []
        sides = Sides(family.k1[at], family.n1[at], family.k0[at], family.n0[at])
        of_deals = np.isin(family.search, SEGMENTS)
        looked = np.bincount((family.attribute[of_deals] >= 0).sum(axis=1), minlength=DEPTH + 1)
        found = own_lines(self.book, self.coded(family, at), sides, looked)
        return [(int(at[one.place]), tuple(at[list(one.absorbed)].tolist())) for one in found]

    def productive(self, at: Places) -> NDArray[np.bool_]:
        """Which of the segments at these places of `block` differ from the rest of each of their parents, too."""
        return productive(self.segments, self.table, OF_WON, self.kept[at], lineage=lambda: self.lineage)

    def parent_levels(self, at: Places) -> NDArray[np.float64]:
        """The p that each must reach beside the parent without its condition 1, 2, 3: 5 % over that parent's children."""
        keys = self.lineage.parent_keys(self.kept[at])
        levels = RATE / np.maximum(self.lineage.children(keys), 1)
        return np.pad(levels, ((0, 0), (0, DEPTH - keys.shape[1])), constant_values=RATE)


def warm(told: Callable[[str], None] | None = None) -> None:
    """Load the counting kernels, which takes a second, on a book of two deals; `told` hears it where it takes longer."""
    codes = np.ones((2, 2), np.uint8)
    table = Table(codes=codes, levels=(1, 1), ordered=(False, True), classes=codes[0], class_count=2)
    segments = count(table, depth=DEPTH, floor=1, told=told)
    Sides.of(segments, OF_WON).p()


def floor_of(n: int) -> int:
    """The fewest deals of a segment in a book of `n` closed deals."""
    return max(FLOOR, round(n * SMALLEST_SHARE))


def segmented(closed: Closed, *, depth: int = DEPTH, floor: int | None = None) -> Segmented:
    """Count every segment of up to `depth` conditions (1 to 3) and at least `floor` deals (`floor_of` where None)."""
    coded = [_coded(attribute, FLOOR) for attribute in closed.attributes]
    table = Table(
        codes=np.stack([codes for codes, _ in coded]) if coded else np.zeros((0, closed.n), np.uint8),
        levels=tuple(len(levels) for _, levels in coded),
        ordered=tuple(attribute.ordered for attribute in closed.attributes),
        classes=np.where(closed.won, WON, NOT_WON).astype(np.uint8),
        class_count=2,
    )
    counted = count(table, depth=depth, floor=floor_of(closed.n) if floor is None else floor)
    levels = tuple(levels for _, levels in coded)
    lineage = Lineage(Conjunctions.of(counted))
    return Segmented(table, counted, levels, _compared(counted, levels, lineage), lineage, Book.of(table, OF_WON))


def _compared(segments: Segments, levels: Sequence[NDArray[np.int64]], lineage: Lineage) -> Places:
    """Segments with enough deals beside them that are no parent's deals over again, nor made of rare values.

    Single values are compared elsewhere, down to the smallest that can be tested.
    """
    rare = np.array([*(np.flatnonzero(of < 0)[0] if (of < 0).any() else MOST_LEVELS for of in levels), -1])
    common = ((segments.attribute < 0) | (segments.high < rare[segments.attribute])).all(axis=1)
    single = (segments.depth_of == 1) & (segments.low[:, 0] == segments.high[:, 0])
    at = np.flatnonzero(common & ~single & (segments.rest.sum(axis=1) >= FLOOR))
    n, parents = segments.n, lineage.parents(at)
    return np.asarray(at[~((parents != NONE) & (n[parents] == n[at][:, None])).any(axis=1)])


def _coded(attribute: Coded, floor: int) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Codes for the kernel (0 is blank), and for each from 1 the level it stands for; −1 for that of rare values."""
    n = attribute.counts()
    real = np.array([level.kind == "value" for level in attribute.levels], bool)
    common = np.flatnonzero(real & ((n >= floor) | attribute.ordered))[: MOST_LEVELS - 1]
    rare = len(common) < len(n)
    code = np.full(len(n) + 2, len(common) + 1, np.uint8)
    code[common] = np.arange(1, len(common) + 1)
    code[-2:] = 0  # BLANK and UNKNOWN are −1 and −2
    return code[attribute.codes], np.concatenate([common, [-1] if rare else []]).astype(np.int64)

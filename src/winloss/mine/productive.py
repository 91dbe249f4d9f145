"""Which segments differ from each of the segments they are part of.

A parent is the segment with one condition less. What is true of "industry = retail" is true of most of "industry = retail
and region = north": the pair is news only where it differs from the rest of retail, and from the rest of north.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from winloss.mine.bits import Book, Conjunctions
from winloss.mine.outcome import Outcome, Sides
from winloss.mine.parents import NONE, Lineage
from winloss.mine.table import Segments, Table, added

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]
Marks = NDArray[np.bool_]
Places = NDArray[np.intp]

LEVEL = 0.05


def productive(
    segments: Segments,
    table: Table,
    outcome: Outcome,
    at: NDArray[np.intp],
    *,
    level: float = LEVEL,
    lineage: Callable[[], Lineage] | None = None,
) -> Marks:
    """Which segments at the places `at` differ from the rest of each of their parents, too.

    Parameters
    ----------
    segments
        Everything that was counted.
    table
        The deals they were counted on: asked where a parent holds deals whose value of the dropped attribute is blank.
    outcome
        Successes and denominator.
    at
        Places in `segments`, (c,).
    level
        A parent asks its children at this level, divided by the number of its children that were counted.
    lineage
        Gives that of the segments, where it is known or being made.

    Returns
    -------
    NDArray
        (c,) True where the exact p against each parent's rest is at or under its level and the difference has the
        direction it has against everything else. Segments of one condition have no parents: True. A segment with the deals of
        a parent: False.

    Notes
    -----
    Parents are taken inside the child's base. A parent that is its whole base is compared as that base.
    Source: Webb, Machine Learning 68 (2007) 1–33, doi 10.1007/s10994-007-5006-x ("productive" rules).
    """
    deep = segments.depth_of[at] > 1
    news = np.ones(len(at), bool)
    if not deep.any():
        return news
    places = at[deep]
    pairs = _Pairs.of(segments, outcome, places, level, lineage() if lineage else Lineage(Conjunctions.of(segments)))
    # A parent that holds no blanks of the dropped attribute is known; the others are counted. The likeliest to say no first.
    known = np.flatnonzero(~pairs.wider)
    failed = np.zeros(len(places), bool)
    for which in (pairs.nearest(known), known):
        failed |= pairs.failed(which[~failed[pairs.child[which]]])
    left = np.flatnonzero(pairs.wider & ~failed[pairs.child])
    if len(left):
        book = Book.of(table, outcome)
        for which in (left[pairs.worst(left)], left):
            still = which[~failed[pairs.child[which]]]
            pairs.count(segments, book, places, still)
            failed |= pairs.failed(still)
    news[deep] = ~failed
    return news


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Each child (its number) with each of its parents, the one without condition `dropped`; arrays (pairs,).

    `k` and `n` are successes and deals of the parent among the deals of the child's base; where `wider`, of the whole parent,
    until they are counted.
    """

    child: Places
    dropped: Places
    mine: Sides
    k: Counts
    n: Counts
    wider: Marks
    level: Floats

    @classmethod
    def of(cls, segments: Segments, outcome: Outcome, places: Places, level: float, lineage: Lineage) -> _Pairs:
        child, dropped = np.nonzero(segments.attribute[places] >= 0)
        keys = lineage.parent_keys(places)[child, dropped]
        parents = lineage.placed(keys)
        counted = parents != NONE
        base, n_bases = segments.base[places[child]], added(segments.bases, range(segments.bases.shape[1]))
        k_parent, n_parent = outcome.of(segments.counts[parents])
        k_base, n_base = (count[base] for count in outcome.of(segments.bases))
        k, n = np.where(counted, k_parent, k_base), np.where(counted, n_parent, n_base)
        wider = counted & (n_bases[segments.base[parents]] > n_bases[base])
        children = lineage.children(keys)
        mine = Sides.of(segments, outcome, places).at(child)
        return cls(child, dropped, mine, k, n, wider, level / np.maximum(children, 1))

    @property
    def children(self) -> int:
        return int(self.child.max(initial=-1)) + 1

    def sides(self, which: Places) -> Sides:
        """The child against the rest of its parent."""
        mine = self.mine.at(which)
        return Sides(mine.k1, mine.n1, self.k[which] - mine.k1, self.n[which] - mine.n1)

    def failed(self, which: Places) -> Marks:
        """Which children do not differ from the rest of one of these parents."""
        sides = self.sides(which)
        with np.errstate(invalid="ignore"):
            same_way = np.sign(sides.difference) == np.sign(self.mine.at(which).difference)
        passed = (sides.n0 > 0) & same_way
        passed[passed] = sides.at(np.flatnonzero(passed)).p() <= self.level[which][passed]
        failed = np.zeros(self.children, bool)
        failed[self.child[which[~passed]]] = True
        return failed

    def nearest(self, which: Places) -> Places:
        """The pairs in `which` with the fewest standard deviations between child and parent, of each child."""
        if not len(which):
            return which
        z, begins = np.abs(self.sides(which).z), np.diff(self.child[which], prepend=-1) > 0
        least = np.minimum.reduceat(z, np.flatnonzero(begins))
        return np.asarray(which[z == least[np.cumsum(begins) - 1]])

    def worst(self, which: Places) -> Places:
        """Places in `which` of one pair for each child: the one whose whole parent it differs from least."""
        order = np.argsort(-self.sides(which).p() / self.level[which], kind="stable")
        _, first = np.unique(self.child[which[order]], return_index=True)
        return order[first]

    def count(self, segments: Segments, book: Book, places: Places, which: Places) -> None:
        """Put in the parents' counts among the deals of the child's base."""
        mine = Conjunctions.of(segments, places[self.child[which]])
        where = np.arange(mine.attribute.shape[1]) == self.dropped[which, None]
        self.k[which], self.n[which] = _count_once(book, mine.known(book.levels, where=where))


def _count_once(book: Book, conjunctions: Conjunctions) -> tuple[Counts, Counts]:
    columns = np.concatenate([conjunctions.attribute, conjunctions.low, conjunctions.high], axis=1)
    _, first, of = np.unique(columns, axis=0, return_index=True, return_inverse=True)
    k, n = book.count(conjunctions.at(first))
    return k[of.ravel(), 0], n[of.ravel(), 0]

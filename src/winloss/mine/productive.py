"""Which segments differ from each of the segments they are part of.

A parent is the segment with one condition less. What is true of "industry = retail" is true of most of "industry = retail
and region = north": the pair is news only where it differs from the rest of retail, and from the rest of north.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from winloss.mine.bits import Book, Conjunctions
from winloss.mine.outcome import Outcome, Sides
from winloss.mine.parents import NONE, Lineage
from winloss.mine.table import Segments, Table

Counts = NDArray[np.int64]
Marks = NDArray[np.bool_]
Places = NDArray[np.intp]

LEVEL = 0.05


def productive(
    segments: Segments, table: Table, outcome: Outcome, at: NDArray[np.intp], *, level: float = LEVEL
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
    lineage = Lineage(Conjunctions(segments.attribute, segments.low, segments.high))
    child = Sides.of(segments, outcome).at(places)
    keys = lineage.parent_keys(places)
    row, dropped = np.nonzero(segments.attribute[places] >= 0)
    k, n = _parents(segments, table, outcome, places[row], dropped, lineage.parents(places)[row, dropped])
    mine = child.at(row)
    sides = Sides(mine.k1, mine.n1, k - mine.k1, n - mine.n1)
    levels = level / np.maximum(lineage.children(keys[row, dropped]), 1)
    with np.errstate(invalid="ignore"):
        same_way = np.sign(sides.difference) == np.sign(mine.difference)
    passed = (sides.n0 > 0) & same_way
    passed[passed] = sides.at(np.flatnonzero(passed)).p() <= levels[passed]
    news[deep] = np.bincount(row[~passed], minlength=len(places)) == 0
    return news


def _parents(
    segments: Segments, table: Table, outcome: Outcome, children: Places, dropped: Places, parents: Places
) -> tuple[Counts, Counts]:
    """Successes and deals of each child's parent, among the deals of the child's base."""
    counted = parents != NONE
    base = segments.bases[segments.base[children]]
    k, n = outcome.of(np.where(counted[:, None], segments.counts[np.where(counted, parents, 0)], base))
    wider = counted & (segments.bases[segments.base[parents]].sum(axis=1) > base.sum(axis=1))
    if wider.any():
        i = np.flatnonzero(wider)
        mine = Conjunctions.of(segments, children[i])
        where = np.arange(mine.attribute.shape[1]) == dropped[i, None]
        k[i], n[i] = _count_once(Book.of(table, outcome), mine.known(table.levels, where=where))
    return k, n


def _count_once(book: Book, conjunctions: Conjunctions) -> tuple[Counts, Counts]:
    columns = np.concatenate([conjunctions.attribute, conjunctions.low, conjunctions.high], axis=1)
    _, first, of = np.unique(columns, axis=0, return_index=True, return_inverse=True)
    k, n = book.count(conjunctions.at(first))
    return k[of.ravel(), 0], n[of.ravel(), 0]

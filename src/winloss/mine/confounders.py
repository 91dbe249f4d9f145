"""Does a segment's difference survive when another attribute is held fixed?

Inside each value of every other attribute (blank is a value of its own) the segment is compared with the rest again; the
Mantel–Haenszel difference puts these comparisons together. The attribute that changes the difference most is named.
"""

from __future__ import annotations

import os
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from winloss.mine.bits import Book, Conjunctions
from winloss.mine.exact import has_numba
from winloss.mine.outcome import Outcome
from winloss.mine.table import Segments, Table
from winloss.stats.strata import mantel_haenszel

Counts = NDArray[np.int64]
Marks = NDArray[np.bool_]
Places = NDArray[np.intp]

HOLDS = 0.8
"""At least this much of the difference is left, and its interval excludes zero."""
GONE = 0.5
"""Less than this is left and the interval includes zero: it vanishes. Between the two it weakens."""
NOTHING = 0.1
"""Less than this is left: it vanishes, whatever its interval."""
COMPARED = 0.5
"""At least this share of the segment's deals must have someone to be compared with inside the strata."""
_CODES = 256


class Left(StrEnum):
    """What is left of a difference inside strata."""

    HOLDS = "holds"
    WEAKENS = "weakens"
    VANISHES = "vanishes"
    REVERSES = "reverses"


@dataclass(frozen=True, slots=True, kw_only=True)
class Threat:
    """The attribute (its place in the table) that changes a segment's difference most when held fixed.

    `crude` is the difference of shares without strata, `difference` that inside them (−1 to 1), with its 95 %
    interval from `low` to `high` (Sato's variance).
    """

    attribute: int
    left: Left
    crude: float
    difference: float
    low: float
    high: float


def threats(
    segments: Segments, table: Table, outcome: Outcome, at: Places, *, skip: Collection[int] = ()
) -> tuple[Threat | None, ...]:
    """The strongest threat to each segment at the places `at`; None where no attribute can be held fixed.

    Parameters
    ----------
    segments, table, outcome
        What was counted, on which deals, and by which share.
    at
        Places in `segments`, (c,).
    skip
        Attributes that are never held fixed. A segment's own never are.

    Notes
    -----
    An attribute is not asked where under half of the segment's deals have anyone to be compared with in its strata.
    """
    book = Book.of(table, outcome)
    own, conjunctions = segments.attribute[at], Conjunctions.of(segments, at)
    known = conjunctions.known(table.levels)
    widest = max(table.levels, default=0) + 1

    def threat(i: int) -> Threat | None:
        held = [a for a in range(table.attributes) if a not in skip and a not in own[i]]
        one = _tallied_where(book, book.marks_of(conjunctions, i), whole)
        blank = any(book.blank[a] for a in own[i] if a >= 0)
        base = whole - _tallied_where(book, ~book.marks_of(known, i), whole) if blank else whole
        return _strongest(one[:, :widest], (base - one)[:, :widest], held)

    workers = os.cpu_count() or 1
    with ThreadPoolExecutor(workers) as pool:
        parts, every = np.array_split(book.codes, workers), np.arange(len(book))
        whole = np.concatenate(list(pool.map(lambda codes: _tallied(codes, book.won, every), parts)))
        return tuple(pool.map(threat, range(len(at))))


def _tallied(codes: NDArray[np.uint8], won: Marks, deals: Places) -> Counts:
    """Failures and successes of each code among some deals, (attributes, 256, 2)."""
    counts = np.zeros((len(codes), 2, _CODES), np.int64)
    for side, those in enumerate((deals[~won[deals]], deals[won[deals]])):
        if has_numba():
            from winloss.mine.bits_kernel import tally

            tally(codes, those, counts[:, side])
            continue
        for row, into in zip(codes, counts[:, side], strict=True):
            into[:] = np.bincount(row[those], minlength=_CODES)
    return np.moveaxis(counts, 1, 2)


def _tallied_where(book: Book, inside: Marks, whole: Counts) -> Counts:
    """The same among the deals that are `inside`; of `whole`, what the others leave, where these are fewer."""
    if inside.sum() > len(inside) / 2:
        return whole - _tallied(book.codes, book.won, np.flatnonzero(~inside))
    return _tallied(book.codes, book.won, np.flatnonzero(inside))


def _strongest(one: Counts, zero: Counts, held: list[int]) -> Threat | None:
    n1, n0 = one.sum(axis=2), zero.sum(axis=2)
    k1, k0 = one[:, :, 1], zero[:, :, 1]
    if not held or not n1[0].sum() or not n0[0].sum():
        return None
    crude = float(k1[0].sum() / n1[0].sum() - k0[0].sum() / n0[0].sum())
    inside = mantel_haenszel(k1[held], n1[held], k0[held], n0[held])
    low, high = inside.bounds()
    with np.errstate(invalid="ignore"):
        told = inside.compared >= COMPARED
    if not told.any():
        return None
    i = int(np.argmax(np.where(told, np.abs(inside.difference - crude), -1.0)))
    difference, bounds = float(inside.difference[i]), (float(low[i]), float(high[i]))
    return Threat(
        attribute=held[i],
        left=judged(crude, difference, *bounds),
        crude=crude,
        difference=difference,
        low=bounds[0],
        high=bounds[1],
    )


def judged(crude: float, difference: float, low: float, high: float) -> Left:
    """What is left of `crude` inside strata, where it is `difference` with the 95 % interval `low` to `high`."""
    left = difference / crude if crude else 0.0
    open_question = low <= 0 <= high
    if left < 0 and not open_question:
        return Left.REVERSES
    if left < NOTHING or (left < GONE and open_question):
        return Left.VANISHES
    return Left.HOLDS if left >= HOLDS and not open_question else Left.WEAKENS

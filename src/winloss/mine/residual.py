"""Which segments say something of their own, and which repeat what others say.

The strongest come first: by p, times the number of segments of as many conditions that were looked at. Each is asked
what it adds to those already listed: the share of every deal is fitted as a sum over the lines that hold it, and a
segment that is not unlike that fit is an echo. So a substitute of a listed segment is an echo, and so is what is only
the sum of two; a part of one that is unlike the rest of it is not, nor are two conditions that do more together than
both do. In the end each line is asked what it adds to all others: one that owes its difference to another gives way.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from winloss.mine.bits import Bits, Book, Conjunctions, pack
from winloss.mine.exact import has_numba
from winloss.mine.outcome import Outcome, Sides
from winloss.mine.table import Segments, Table

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]
Marks = NDArray[np.bool_]
Places = NDArray[np.intp]

RATE = 0.05
"""The false discovery rate of lines that is allowed."""
STILL = 0.05
"""What a segment adds must be unlike nothing at this level, divided by the number of segments of as many conditions."""
NEARLY = 0.8
"""A segment with this share of the deals of one with fewer conditions is that one, said at greater length."""
MOST = 100
"""Lines at most; what remains is neither a line nor an echo."""
_ALIKE = 6
"""Decimals of a logarithm of p that are compared: both sides of a split have one p, but for rounding."""
_HOPE = np.log(0.5)
"""Candidates over this p (its logarithm) beside the lines are echoes and are not asked again."""
_SINGULAR = 1e-8
"""A line of whose deals the lines before it leave less than this share to explain is said by them."""
_HELD = 1 << 28
"""Bytes of packed conditions that are held at most."""
_FETCH, _PACK = 4, 1 << 15
"""Fetching a code of a line's deal takes as long as intersecting so many words, packing a condition so many."""
_FEWEST = 10.0
"""Deals' worth of comparison that must be left beside the lines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A segment that says something of its own.

    `place` is its row in the segments. `covers` are its deals that no line before it holds. `p` (0–1) is that of what it adds to
    the lines before it. `q` is the smallest false discovery rate of lines at which it is one of them. `absorbed` are
    the rows that say no more than it.
    """

    place: int
    covers: int
    p: float
    q: float = 1.0
    absorbed: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Residual:
    """The segments that are `firm` lines, and those that say something of their own but not enough to be one."""

    firm: tuple[Listed, ...] = ()
    unsure: tuple[Listed, ...] = ()


def residual(
    segments: Segments,
    table: Table,
    outcome: Outcome,
    at: Places,
    *,
    weights: Floats | None = None,
    rate: float = RATE,
    level: float = STILL,
) -> Residual:
    """The segments at the places `at` that are not echoes of others.

    Parameters
    ----------
    segments, table, outcome
        Everything that was counted, on which deals, and by which share.
    at
        Places of the candidates, (c,), each once: those that passed false discovery control and are productive.
    weights
        The stake on each segment, (m,), mean 1, by which they passed it; equal where None.
    rate
        The false discovery rate of lines.
    level
        See `own_lines`.

    Notes
    -----
    Where one strong effect is found ten thousand times, 5 % of false discoveries are five hundred segments, each a line of its
    own. So the rate is controlled over lines: a line is firm where its exact p, times all that was counted, over the
    number of lines as strong, is at or under `rate`. Source: Katsevich, Sabatti & Bogomolov, Filtering the rejection
    set while preserving false discovery rate control, J. Am. Stat. Assoc. 118 (2023) 165–176,
    doi 10.1080/01621459.2021.1920958 ("focused BH"); the filter here is greedy, and no proof of theirs covers it.
    """
    stake = (np.ones(len(segments)) if weights is None else weights)[at]
    candidates, sides = Conjunctions.of(segments, at), Sides.of(segments, outcome, at)
    looked = np.bincount(segments.depth_of, minlength=segments.attribute.shape[1] + 1)
    found = own_lines(Book.of(table, outcome), candidates, sides, looked, level=level)
    places = np.array([one.place for one in found], np.intp)
    p, staked = sides.at(places).p(), stake[places]
    q = line_q(np.where(staked > 0, p / np.where(staked > 0, staked, 1.0), np.inf) * len(segments))
    lines = [
        replace(one, place=int(at[one.place]), q=float(of), absorbed=tuple(at[list(one.absorbed)].tolist()))
        for one, of in zip(found, q, strict=True)
    ]
    return Residual(tuple(x for x in lines if x.q <= rate), tuple(x for x in lines if x.q > rate))


def line_q(expected: Floats) -> Floats:
    """Benjamini–Hochberg over lines; `expected` are their p times the family (over their stakes)."""
    order = np.argsort(expected, kind="stable")
    steps = expected[order] / np.arange(1, len(expected) + 1)
    q = np.empty(len(expected))
    q[order] = np.minimum.accumulate(steps[::-1])[::-1]
    return np.minimum(q, 1.0)


def own_lines(
    book: Book, candidates: Conjunctions, sides: Sides, looked: NDArray[np.int64], *, level: float = STILL
) -> list[Listed]:
    """The candidates that are not echoes, in the order of listing; `place` and `absorbed` are their numbers.

    Parameters
    ----------
    book
        The deals.
    candidates, sides
        Conjunctions (c), each once, and their counts on the whole book.
    looked
        How many segments were looked at, by number of conditions (from 0).
    level
        What a candidate adds to the lines must be there at this p, over the segments looked at of as many conditions.
    """
    state = _Additive(book, candidates, sides, looked)
    needed = np.log(level) - np.log(np.maximum(looked, 1))[state.depth]
    lines: list[Listed] = []
    lost: list[Floats] = []
    for i in state.order[~_nearly(candidates, sides.n1)[state.order]].tolist():
        if len(lines) < MOST and (not lines or state.log_p[i] <= needed[i]):
            before, p = state.z**2, float(np.exp(state.log_p[i]))
            lines.append(Listed(place=i, covers=state.add(i), p=p))
            lost.append(before - state.z**2)
    stay = _stay(state, [line.place for line in lines], level)
    kept = [(line, drop) for line, drop, stays in zip(lines, lost, stay, strict=True) if stays]
    drops = np.array([drop for _, drop in kept])
    others = np.setdiff1d(state.order, [line.place for line, _ in kept])
    named = drops[:, others].argmax(axis=0) if kept else others
    return [replace(line, absorbed=tuple(others[named == i].tolist())) for i, (line, _) in enumerate(kept)]


def _nearly(candidates: Conjunctions, n: Counts) -> Marks:
    """Candidates that hold nearly all deals of a candidate with one or two conditions less."""
    conditions = (
        (candidates.attribute.astype(np.int64) << 16) | (candidates.low.astype(np.int64) << 8) | candidates.high
    )
    named = [
        frozenset(c for c in row if c >= 0) for row in np.where(candidates.attribute >= 0, conditions, -1).tolist()
    ]
    size = dict(zip(named, n.tolist(), strict=True))

    def shallower(of: frozenset[int]) -> Iterator[frozenset[int]]:
        return (frozenset(part) for count in range(1, len(of)) for part in combinations(of, count))

    return np.array([any(size[of] >= NEARLY * size.get(part, np.inf) for part in shallower(of)) for of in named], bool)


def _stay(state: _Additive, lines: list[int], level: float) -> list[bool]:
    """Which lines still add something beside all others; the weakest goes first, then the others are asked again."""
    stay = np.ones(len(lines), bool)
    while stay.sum() > 1:
        log_p = state.beside(lines, stay)
        weakest = int(np.argmax(np.where(stay, log_p, -np.inf)))
        if log_p[weakest] <= np.log(level):
            break
        stay[weakest] = False
    return stay.tolist()


class _Additive:
    """What each candidate adds to a sum over lines: a score test in a linear model of the share.

    Of a candidate that is `open` only its deals in each line are needed (`within`, (open, lines), the whole book as the
    first line); of the deals whose values it asks for, the deals in each two lines (`both`, (bases, lines, lines)) and the successes in each
    (`won`, (bases, lines)). `cell` (deals,) numbers the sets of lines that hold a deal, `held` (cells, lines) says which.

    Source: the Rao score test of one more column in least squares (Frisch–Waugh–Lovell), with the residual variance of
    the fit without it.
    """

    def __init__(self, book: Book, candidates: Conjunctions, sides: Sides, looked: Counts) -> None:
        self.book, self.candidates = book, candidates
        self.k, self.n = sides.k1.astype(float), sides.n1.astype(float)
        self.direction = np.sign(sides.difference)
        safe = np.maximum(candidates.attribute, 0)
        asked = np.where((candidates.attribute >= 0) & book.blank[safe], candidates.attribute, np.int16(-1))
        combos, of = np.unique(-np.sort(-asked, axis=1), axis=0, return_inverse=True)
        none = np.zeros(combos.shape, np.uint8)
        self.bases, self.base = Conjunctions(combos, none, none).known(book.levels), of.ravel()
        self.asked = np.unique(combos[combos >= 0])
        self.packed = book.packed(candidates) if book.packed_bytes(candidates) <= _HELD else None
        n, won = np.zeros(len(combos)), np.zeros(len(combos))
        n[self.base], won[self.base] = sides.n1 + sides.n0, sides.k1 + sides.k0
        self.within, self.both, self.won = self.n[:, None], n[:, None, None], won[:, None]
        self.success = pack(book.won)
        self.cell, self.held = np.zeros(len(book), np.int32), np.ones((1, 1), bool)
        exact = _log_p(sides.z, sides.p())
        self.z, self.log_p = sides.z, exact
        self.open: Places = np.arange(len(candidates))
        self.depth = (candidates.attribute >= 0).sum(axis=1)
        length = (candidates.high.astype(np.int64) - candidates.low).sum(axis=1)
        strength = np.round(exact + np.log(np.maximum(looked, 1))[self.depth], _ALIKE)
        self.order: Places = np.lexsort((-sides.n1, length, self.depth, strength))

    def add(self, i: int) -> int:
        """Make a candidate a line; how many of its deals no line held before."""
        inside = self._bits(i)
        origin, part_won, part_n = self._split(inside)
        held = self.held[origin]
        won, n = self._by_part(inside, part_won, part_n)
        beside = n @ held.astype(float)
        lines = held.shape[1]
        grown = np.zeros((len(beside), lines + 1, lines + 1))
        grown[:, :lines, :lines] = self.both
        grown[:, lines, :lines] = grown[:, :lines, lines] = beside
        grown[:, lines, lines] = n.sum(axis=1)
        self.both = grown
        self.won = np.concatenate([self.won, won.sum(axis=1, keepdims=True)], axis=1)
        self.within = np.concatenate([self.within, self._beside(inside, int(part_n.sum()))[:, None]], axis=1)
        cells = np.concatenate([self.held, held])
        by_this = np.arange(len(cells)) >= len(self.held)
        self.held = np.concatenate([cells, by_this[:, None]], axis=1)
        self._measure()
        return int(part_n[~held[:, 1:].any(axis=1)].sum())

    def _bits(self, i: int) -> Bits:
        return pack(self.book.marks_of(self.candidates, i)) if self.packed is None else self.packed.of(i)

    def _deals(self, inside: Bits) -> Places:
        return np.flatnonzero(np.unpackbits(inside.view(np.uint8), count=len(self.book), bitorder="little"))

    def _split(self, inside: Bits) -> tuple[Places, Counts, Counts]:
        """New cells for the deals that are `inside`: the old cell of each, and successes and deals there."""
        first = len(self.held)
        parts = np.full(first, -1, np.int32)
        k, n = np.zeros((2, first), np.int64)
        if has_numba():
            from winloss.mine.bits_kernel import split_cells

            count = split_cells(inside, self.success, self.cell, first, parts, k, n)
        else:
            deals = self._deals(inside)
            old = self.cell[deals]
            touched, part = np.unique(old, return_inverse=True)
            count = len(touched)
            parts[touched] = np.arange(count)
            k[:count] = np.bincount(part[self.book.won[deals]], minlength=count)
            n[:count] = np.bincount(part, minlength=count)
            self.cell[deals] = first + part
        origin = np.empty(count, np.intp)
        there = np.flatnonzero(parts >= 0)
        origin[parts[there]] = there
        return origin, k[:count], n[:count]

    def _by_part(self, inside: Bits, won: Counts, n: Counts) -> tuple[Floats, Floats]:
        """Successes and deals of each base in each of the new cells, (bases, cells)."""
        if not len(self.asked):
            return won[None].astype(float), n[None].astype(float)
        deals = self._deals(inside)
        part = self.cell[deals].astype(np.intp) - len(self.held)
        k, n = self.book.in_parts(deals, part, len(n), attributes=self.asked).count(self.bases)
        return k.astype(float), n.astype(float)

    def _beside(self, inside: Bits, n: int) -> Floats:
        """Deals of each open candidate in a line of `n`: of its bits in all deals, or of its values in the line's."""
        if self.packed is not None:
            fetch = _FETCH * len(self.book.codes) * n + _PACK * len(self.packed.bits)
            if len(self.open) * len(inside) <= fetch:
                return self.packed.among(inside, self.open).astype(float)
        deals = self._deals(inside)
        taken = self.book.in_parts(deals, np.zeros(len(deals), np.intp), 1)
        return taken.count(self.candidates.at(self.open))[1][:, 0].astype(float)

    def beside(self, lines: list[int], stay: Marks) -> Floats:
        """Logarithm of the p of each line beside the other lines that `stay`, on the deals of its own base."""
        log_p = np.zeros(len(lines))
        staying, base = np.flatnonzero(stay), self.base[lines]
        columns = np.concatenate([[0], 1 + staying])
        for one in np.unique(base[staying]).tolist():
            both, won = self.both[one][np.ix_(columns, columns)], self.won[one][columns]
            solved = _inverse(both)
            fit = solved @ won
            spread = (won[0] - won @ fit) / max(both[0, 0] - len(columns), 1.0)
            asked = np.flatnonzero(base[staying] == one)
            z = fit[1 + asked] / np.sqrt(np.maximum(spread * solved.diagonal()[1 + asked], 1e-300))
            same_way = np.sign(z) == self.direction[lines][staying[asked]]
            log_p[staying[asked]] = np.where(same_way, _log_p(z), 0.0)
        return log_p

    def _measure(self) -> None:
        solved = _inverse(self.both)
        fit = (solved @ self.won[..., None])[..., 0]
        whole = self.won[:, 0]
        spread = (whole - (self.won * fit).sum(axis=1)) / np.maximum(self.both[:, 0, 0] - fit.shape[1], 1.0)
        base = self.base[self.open]
        information, score = self.n[self.open], self.k[self.open]
        for one in np.unique(base).tolist():
            of = np.flatnonzero(base == one)
            within = self.within[of]
            information[of] -= ((within @ solved[one]) * within).sum(axis=1)
            score[of] -= within @ fit[one]
        told = information >= _FEWEST
        z = np.where(told, score / np.sqrt(np.where(told, information * spread[base], 1.0)), 0.0)
        self.z[self.open] = z
        self.log_p[self.open] = np.where(np.sign(z) == self.direction[self.open], _log_p(z), 0.0)
        still = self.log_p[self.open] <= _HOPE
        self.open, self.within = self.open[still], self.within[still]


def _inverse(both: Floats) -> Floats:
    """Of a symmetric matrix or of a stack: the pseudo-inverse, by the quickest way that each matrix allows.

    A line without deals of a base has a row of zeros, and keeps it. Where lines together say what others say, the matrix
    is singular, and its eigenvalues are asked.
    """
    empty = np.diagonal(both, axis1=-2, axis2=-1) == 0
    none = np.where(np.eye(both.shape[-1], dtype=bool), empty[..., None], False).astype(float)
    filled = both + none
    if _regular(filled):
        return np.asarray(np.linalg.inv(filled) - none)
    if both.ndim > 2:
        return np.stack([_inverse(one) for one in both])
    return np.asarray(np.linalg.pinv(both, hermitian=True))


def _regular(both: Floats) -> bool:
    try:
        factors = np.linalg.cholesky(both)
    except np.linalg.LinAlgError:
        return False
    pivots, whole = (np.diagonal(one, axis1=-2, axis2=-1) for one in (factors, both))
    return bool((pivots**2 >= _SINGULAR * whole).all())


def _log_p(z: Floats, p: Floats | None = None) -> Floats:
    """Logarithm of `p`, or of the normal two-sided p where that is 0 or not given."""
    from scipy.special import log_ndtr

    normal = np.minimum(np.log(2) + log_ndtr(-np.abs(z)), 0.0)
    if p is None:
        return np.asarray(normal)
    return np.where(p > 0, np.log(np.where(p > 0, p, 1.0)), normal)

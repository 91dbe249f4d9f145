"""Which segments say something of their own, and which repeat them.

The strongest segment is listed, and its deals are taken out of the book: from then on they are compared with each other only.
What no longer differs, neither among the deals that are left nor among those that were taken, was an echo. So on to the
end. A part of a listed segment that is unlike the rest of it differs among those taken, and is listed, too; what is
only the sum of two listed ones is not.

Deals that are in the same listed segments are a cell; a candidate is compared with the rest of its base inside cells.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from winloss.mine.bits import Book, Conjunctions
from winloss.mine.outcome import Outcome, Sides
from winloss.mine.table import Segments, Table

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]
Marks = NDArray[np.bool_]
Places = NDArray[np.intp]

RATE = 0.05
"""The false discovery rate of lines that is allowed."""
EARLY = 0.20
"""Up to this rate a line may be an early signal."""
STILL = 0.05
"""What is left must differ at this p to be news."""
FLOOR = 30
"""Deals that must be left on either side."""
_ALIKE = 6
"""Decimals of a logarithm of p that are compared: both sides of a split have one p, but for rounding."""
_OUT = -1
"""The column of cells that are out of the book: they were smaller than the floor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A segment that says something of its own.

    `place` is its row in the segments; `covers` are its deals that no line before it holds. `p` (0–1) is its p inside
    the cells of the lines before it, never under its exact p against the rest; `q` the smallest false discovery rate of
    lines at which it is one of them. `absorbed` are the rows that say no more than it.
    """

    place: int
    covers: int
    p: float
    q: float = 1.0
    absorbed: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Residual:
    """The segments that are `firm` lines, and those that are `unsure` (early signals).

    `weak` are the places of those that still differ inside cells, but too little to be a line.
    """

    firm: tuple[Listed, ...] = ()
    unsure: tuple[Listed, ...] = ()
    weak: tuple[int, ...] = ()


def residual(  # noqa: PLR0913  # what was searched, and five limits that have a default
    segments: Segments,
    table: Table,
    outcome: Outcome,
    at: Places,
    *,
    weights: Floats | None = None,
    rate: float = RATE,
    early: float = EARLY,
    level: float = STILL,
    floor: int = FLOOR,
) -> Residual:
    """The segments at the places `at` that are not echoes of stronger ones.

    Parameters
    ----------
    segments, table, outcome
        Everything that was counted, on which deals, and by which share.
    at
        Places of the candidates, (c,), each once: those that passed false discovery control and are productive.
    weights
        The stake on each segment, (m,), mean 1, by which they passed it; equal where None.
    rate, early
        The false discovery rate of lines, and of early signals. Where nothing left is at or under `early` it ends.
    level
        A candidate must differ at this p inside cells, in its direction, or it is an echo.
    floor
        Deals it needs there on either side. Cells with fewer leave the book.

    Returns
    -------
    Residual
        In the order of listing: by p inside cells; where p is one to six decimals of its logarithm (both sides of a
        split) fewer conditions, then shorter runs, then more deals first. Every candidate that differs at `level` is a
        line, absorbed by exactly one (the one that took most of its squared distance in standard deviations), or weak.

    Notes
    -----
    Inside cells the test is Cochran–Mantel–Haenszel's, without continuity; before the first line it is exact.

    Where one strong effect is found ten thousand times, 5 % of false discoveries are five hundred segments, each a line of its
    own. So the rate is controlled over lines: a line is firm where its p, times all that was counted, over the number
    of lines as strong, is at or under `rate`. Source: Katsevich, Sabatti & Bogomolov, Filtering the rejection set while
    preserving false discovery rate control, J. Am. Stat. Assoc. 118 (2023) 165–176, doi 10.1080/01621459.2021.1920958
    ("focused BH"); the filter here is greedy, and no proof of theirs covers it.
    """
    if not len(at):
        return Residual()
    stake = (np.ones(len(segments)) if weights is None else weights)[at]
    state = _Cells(Book.of(table, outcome), Conjunctions.of(segments, at), Sides.of(segments, outcome).at(at), floor)
    with np.errstate(divide="ignore"):
        log_needed = np.log(stake * early / len(segments))
        found, echoes = _list(state, level, log_needed)
        q = _line_q(np.array([one.p for one in found]) * len(segments) / stake[[one.place for one in found]])
    lines = [
        replace(one, place=int(at[one.place]), q=float(of), absorbed=tuple(at[said].tolist()))
        for one, said, of in zip(found, echoes, q, strict=True)
    ]
    return Residual(
        tuple(one for one in lines if one.q <= rate),
        tuple(one for one in lines if one.q > rate),
        tuple(at[state.names].tolist()),
    )


def _line_q(expected: Floats) -> Floats:
    """Benjamini–Hochberg over lines; `expected` are their p times the family (over their stakes)."""
    order = np.argsort(expected, kind="stable")
    steps = expected[order] / np.arange(1, len(expected) + 1)
    q = np.empty(len(expected))
    q[order] = np.minimum.accumulate(steps[::-1])[::-1]
    return np.minimum(q, 1.0)


def _list(state: _Cells, level: float, log_needed: Floats) -> tuple[list[Listed], list[list[int]]]:
    """Lines, and the candidates that each absorbed, both by their number among the candidates.

    Until no candidate's p is under what its stake needs, times the number of lines it would make.
    """
    lines: list[Listed] = []
    lost: list[Floats] = []
    state.ask(level)
    absorber: dict[int, int] = {}
    while (state.log_p <= log_needed[state.names] + np.log(len(lines) + 1)).any():
        i = state.strongest()
        before, names = state.z**2, state.names
        lines.append(Listed(place=int(names[i]), covers=0, p=float(np.exp(state.log_p[i]))))
        covers = state.take(i)
        lines[-1] = replace(lines[-1], covers=covers)
        drop = np.full(state.candidates, -np.inf)
        kept = names != lines[-1].place
        drop[names[kept]] = before[kept] - state.z**2
        lost.append(drop)
        for echo in state.ask(level).tolist():
            absorber[echo] = max(range(len(lost)), key=lambda j: (lost[j][echo], j))
    echoes: list[list[int]] = [[] for _ in lines]
    for echo, by in absorber.items():
        echoes[by].append(echo)
    return lines, echoes


class _Cells:
    """The candidates that still differ, counted in every cell.

    `names` (alive,) are the candidates' numbers; `k` and `n` (alive, columns) their successes and deals in each cell, `k_base`
    and `n_base` those of the `bases`, one for each combination of attributes that has a candidate. `cell` (deals,) is
    the cell of each deal; by cell, `sizes` are its deals and `column` its place in the counts.
    """

    def __init__(self, book: Book, conjunctions: Conjunctions, sides: Sides, floor: int) -> None:
        self.book, self.conjunctions, self.floor = book, conjunctions, floor
        self.candidates = len(conjunctions)
        self.names = np.arange(len(conjunctions))
        self.cell = np.zeros(len(book), np.int32)
        self.sizes, self.column = np.array([len(book)]), np.array([0])
        self.direction = np.sign(sides.difference)
        combos, of = np.unique(conjunctions.attribute, axis=0, return_inverse=True)
        none = np.zeros(combos.shape, np.uint8)
        self.bases, self.base = Conjunctions(combos, none, none).known(book.levels), of.ravel()
        k, n = np.zeros(len(combos), np.int64), np.zeros(len(combos), np.int64)
        k[self.base], n[self.base] = sides.k1 + sides.k0, sides.n1 + sides.n0
        self.k, self.n, self.k_base, self.n_base = sides.k1[:, None], sides.n1[:, None], k[:, None], n[:, None]
        self.exact = _log_p(sides.z, sides.p())
        self.z, self.log_p = sides.z, self.exact.copy()
        self.enough = (sides.n1 >= floor) & (sides.n0 >= floor)
        self.depth = (conjunctions.attribute >= 0).sum(axis=1)
        self.length = (conjunctions.high.astype(np.int64) - conjunctions.low).sum(axis=1)

    def ask(self, level: float) -> Places:
        """Drop the candidates that no longer differ; their numbers."""
        same_way = np.sign(self.z) == self.direction[self.names]
        still = self.enough & same_way & (self.log_p <= np.log(level))
        over: Places = self.names[~still]
        self._keep(still)
        return over

    def _keep(self, still: Marks) -> None:
        self.names, self.k, self.n = self.names[still], self.k[still], self.n[still]
        self.z, self.log_p, self.enough = self.z[still], self.log_p[still], self.enough[still]

    def strongest(self) -> int:
        names, n = self.names, self.n.sum(axis=1)
        ties = (-n, self.length[names], self.depth[names])
        return int(np.lexsort((*ties, np.round(self.log_p, _ALIKE)))[0])

    def take(self, i: int) -> int:
        """Split every cell by the candidate at `i`, which leaves; how many of its deals no line held before."""
        inside = self.book.marks_of(self.conjunctions, int(self.names[i]))
        self._keep(np.arange(len(self.names)) != i)
        deals = np.flatnonzero(inside)
        deals = deals[self.column[self.cell[deals]] != _OUT]
        taken_of = np.bincount(self.cell[deals], minlength=len(self.column))
        touched = np.flatnonzero(taken_of)
        part = (np.cumsum(taken_of > 0) - 1)[self.cell[deals]]
        taken = self.book.in_parts(deals, part, len(touched))
        at = self.column[touched]
        self.k, self.n = _split(self.k, self.n, at, taken.count(self.conjunctions.at(self.names)))
        self.k_base, self.n_base = _split(self.k_base, self.n_base, at, taken.count(self.bases))
        self.cell[deals] = (len(self.column) + part).astype(np.int32)
        self.sizes[touched] -= taken_of[touched]
        self.sizes = np.append(self.sizes, taken_of[touched])
        self.column = np.append(self.column, self.n.shape[1] - len(touched) + np.arange(len(touched)))
        self._drop_small()
        self._measure()
        return int(taken_of[0])

    def _drop_small(self) -> None:
        """Cells of too few deals leave the book."""
        kept = (self.column != _OUT) & (self.sizes >= self.floor)
        columns = self.column[kept]
        self.column = np.where(kept, np.cumsum(kept) - 1, _OUT)
        self.k, self.n = self.k[:, columns], self.n[:, columns]
        self.k_base, self.n_base = self.k_base[:, columns], self.n_base[:, columns]

    def _measure(self) -> None:
        base = self.base[self.names]
        k1, n1 = self.k, self.n
        k0, n0 = self.k_base[base] - k1, self.n_base[base] - n1
        self.z = _within_z(k1, n1, k0, n0)
        both = (n1 > 0) & (n0 > 0)
        self.enough = np.minimum((n1 * both).sum(axis=1), (n0 * both).sum(axis=1)) >= self.floor
        self.log_p = np.maximum(_log_p(self.z), self.exact[self.names])


def _split(k: Counts, n: Counts, touched: Places, taken: tuple[Counts, Counts]) -> tuple[Counts, Counts]:
    """Counts by cell once the deals `taken` (successes, deals) from the cells `touched` are cells of their own."""
    k, n = k.copy(), n.copy()
    k[:, touched] -= taken[0]
    n[:, touched] -= taken[1]
    return np.concatenate([k, taken[0]], axis=1), np.concatenate([n, taken[1]], axis=1)


def _within_z(k1: Counts, n1: Counts, k0: Counts, n0: Counts) -> Floats:
    """Cochran–Mantel–Haenszel's z over cells (last axis); 0 where no cell can say anything."""
    n, won = (n1 + n0).astype(float), (k1 + k0).astype(float)
    told = (n1 > 0) & (n0 > 0) & (won > 0) & (won < n)
    safe = np.where(told, n, 2.0)
    apart = np.where(told, k1 - n1 * (won / safe), 0.0).sum(axis=-1)
    variance = np.where(told, n1 * (n0 / safe) * (won / safe) * ((n - won) / (safe - 1)), 0.0).sum(axis=-1)
    return np.asarray(apart / np.sqrt(np.where(variance > 0, variance, 1.0)))


def _log_p(z: Floats, p: Floats | None = None) -> Floats:
    """Logarithm of `p`, or of the normal two-sided p where that is 0 or not given."""
    from scipy.special import log_ndtr

    normal = np.minimum(np.log(2) + log_ndtr(-np.abs(z)), 0.0)
    if p is None:
        return np.asarray(normal)
    return np.where(p > 0, np.log(np.where(p > 0, p, 1.0)), normal)

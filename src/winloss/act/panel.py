"""Counts of deals day by day and level by level, from which any comparison over time is made without reading deals again.

For each day up to a last one: how many deals there are of each level, of each two levels at once, and the sums of their
values and squared values. Sums over days are differences of these, so a hundred actions cost one pass over the deals.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from winloss.act.sample import Days, Fixed, Floats, Sample
from winloss.act.steps import Steps

LONGEST_DAYS = 3 * 366
"""History that is read at most."""
FEW_DEALS = 50_000
"""So many deals are counted anew for each action."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """Sums over the deals of each of T steps and K levels.

    `pairs` (T, K, K) are deals of two levels at once (its diagonal the deals of one), `sums` (T, K) and `squares` (T, K) sums of
    values and of their squares, `deals`, `total` and `total_squares` (T,) the same of all deals of a step.
    """

    pairs: Floats
    sums: Floats
    squares: Floats
    deals: Floats
    total: Floats
    total_squares: Floats

    def __add__(self, other: Cells) -> Cells:
        return Cells(**{name: getattr(self, name) + getattr(other, name) for name in _PARTS})

    def __sub__(self, other: Cells) -> Cells:
        return Cells(**{name: getattr(self, name) - getattr(other, name) for name in _PARTS})

    def of(self, chosen: NDArray[np.int64]) -> Cells:
        """The same of some of the steps."""
        return Cells(**{name: getattr(self, name)[chosen] for name in _PARTS})


_PARTS = ("pairs", "sums", "squares", "deals", "total", "total_squares")


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """Deals ready to be summed over any steps.

    `offsets` are where the levels of each attribute begin among all, and their number. `running` are sums by day: row d
    holds all days before `first` + d; None of few deals, which are counted anew each time.
    """

    sample: Sample
    first: int
    offsets: tuple[int, ...]
    running: Cells | None = None

    def steps(self, steps: Steps, chosen: Sequence[int], *, last: int | None = None) -> Cells:
        """The sums of some steps; of those after day `last`, nothing."""
        if self.running is None:
            return cells_of(self.sample, np.arange(self.sample.n), steps, chosen, last=last)
        edges = np.array([[steps.edge(step), steps.edge(step + 1)] for step in chosen], np.int64).reshape(-1, 2)
        days = len(self.running.deals) - 1
        end = days if last is None else min(days, last + 1 - self.first)
        low, high = np.clip(edges - self.first, 0, max(end, 0)).T
        return self.running.of(high) - self.running.of(low)


def panel(sample: Sample) -> Panel:
    """Count the deals of a sample, at most the last three years of it."""
    last = int(sample.day.max(initial=0))
    first = max(int(sample.day.min(initial=last)), last - LONGEST_DAYS)
    if sample.n <= FEW_DEALS:
        return Panel(sample=sample, first=first, offsets=_offsets(sample.fixed))
    late = sample.day >= first
    inside = slice(None) if late.all() else np.flatnonzero(late)
    fixed = [(one.codes[inside], one.count) for one in sample.fixed]
    counted = _count(sample.day[inside] - first, sample.value[inside], fixed, last - first + 1)
    return Panel(sample=sample, first=first, offsets=_offsets(sample.fixed), running=_running(counted))


def cells_of(
    sample: Sample, rows: NDArray[np.int64], steps: Steps, chosen: Sequence[int], *, last: int | None = None
) -> Cells:
    """The sums of the deals at `rows`, counted anew: for the few of a segment."""
    kept, at = placed(sample, rows, steps, chosen, last=last)
    fixed = [(one.codes[kept], one.count) for one in sample.fixed]
    return _count(at, sample.value[kept], fixed, len(chosen))


def placed(
    sample: Sample, rows: NDArray[np.int64], steps: Steps, chosen: Sequence[int], *, last: int | None = None
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Those of `rows` that lie in the steps `chosen`, and the place of each in that list."""
    if last is not None:
        rows = rows[sample.day[rows] <= last]
    step = steps.of(sample.day[rows])
    low, high = min(chosen), max(chosen)
    place = np.full(high - low + 1, -1, np.int64)
    place[np.asarray(chosen) - low] = np.arange(len(chosen))
    at = np.where((step >= low) & (step <= high), place[np.clip(step - low, 0, high - low)], -1)
    return rows[at >= 0], at[at >= 0]


def _offsets(fixed: Sequence[Fixed]) -> tuple[int, ...]:
    return tuple(int(x) for x in np.cumsum([0, *(one.count for one in fixed)]))


def _count(place: Days, value: Floats, fixed: Sequence[tuple[NDArray[np.int32], int]], t: int) -> Cells:
    width = sum(count for _, count in fixed)
    starts = np.cumsum([0, *(count for _, count in fixed)])
    pairs = np.zeros((t, width, width), np.float32 if len(value) < 2**24 else np.float64)
    sums, squares = np.zeros((t, width)), np.zeros((t, width))
    squared = None if _is_share(value) else value * value
    for a, (codes, count) in enumerate(fixed):
        here = slice(starts[a], starts[a] + count)
        key = place * count + codes
        pairs[:, here, here] = _diagonal(_bins(key, t, count))
        sums[:, here] = _bins(key, t, count, weights=value)
        squares[:, here] = sums[:, here] if squared is None else _bins(key, t, count, weights=squared)
        for b, (others, more) in enumerate(fixed[:a]):
            there = slice(starts[b], starts[b] + more)
            joint = _bins(key * more + others, t, count * more).reshape(t, count, more)
            pairs[:, here, there] = joint
            pairs[:, there, here] = joint.transpose(0, 2, 1)
    return Cells(
        pairs=pairs,
        sums=sums,
        squares=squares,
        deals=_bins(place, t, 1)[:, 0],
        total=_bins(place, t, 1, weights=value)[:, 0],
        total_squares=_bins(place, t, 1, weights=value if squared is None else squared)[:, 0],
    )


def _is_share(value: Floats) -> bool:
    """Whether every value is 0 or 1, its own square."""
    return bool(((value == 0) | (value == 1)).all())


def _bins(key: Days, t: int, width: int, *, weights: Floats | None = None) -> Floats:
    return np.asarray(np.bincount(key, weights, minlength=t * width).reshape(t, width), float)


def _diagonal(counts: Floats) -> Floats:
    out = np.zeros((*counts.shape, counts.shape[1]))
    out[:, np.arange(counts.shape[1]), np.arange(counts.shape[1])] = counts
    return out


def _running(cells: Cells) -> Cells:
    def add(part: Floats) -> Floats:
        out = np.zeros((len(part) + 1, *part.shape[1:]), part.dtype)
        np.cumsum(part, axis=0, out=out[1:])
        return out

    return Cells(**{name: add(getattr(cells, name)) for name in _PARTS})

"""Which classes of deals count as success, and among which."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from winloss.mine.exact import exact_p
from winloss.mine.table import Segments, added

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Outcome:
    """Successes of a share by class: won of closed, or one reason of the losses.

    `success` are classes of the table; `among` those of the denominator, which holds `success` (all where None).
    """

    success: tuple[int, ...]
    among: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        if self.among is not None and not set(self.success) <= set(self.among):
            raise ValueError(f"successes {self.success} are not all among {self.among}")

    def marks(self, class_count: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """By class: whether its deals are successes, and whether they are in the denominator."""
        classes = np.arange(class_count)
        among = np.ones(class_count, bool) if self.among is None else np.isin(classes, self.among)
        return np.isin(classes, self.success), among

    def of(self, counts: NDArray[Any]) -> tuple[Counts, Counts]:
        """Successes and deals of counts by class (last axis)."""
        success, among = self.marks(counts.shape[-1])
        return added(counts, np.flatnonzero(success)), added(counts, np.flatnonzero(among))


@dataclass(frozen=True, slots=True)
class Sides:
    """Successes and deals of segments (side 1) and of what they are compared with (side 0); arrays (m,)."""

    k1: Counts
    n1: Counts
    k0: Counts
    n0: Counts

    @classmethod
    def of(cls, segments: Segments, outcome: Outcome, at: NDArray[np.intp] | None = None) -> Sides:
        """Each segment, or each of those at some places, against the rest of its base."""
        counts, base = (segments.counts, segments.base) if at is None else (segments.counts[at], segments.base[at])
        k1, n1 = outcome.of(counts)
        k, n = outcome.of(segments.bases)
        return cls(k1, n1, k[base] - k1, n[base] - n1)

    def __len__(self) -> int:
        return len(self.n1)

    def at(self, places: NDArray[np.intp]) -> Sides:
        return Sides(self.k1[places], self.n1[places], self.k0[places], self.n0[places])

    @property
    def difference(self) -> Floats:
        """k1/n1 − k0/n0 (−1 to 1); NaN where a side is empty."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(self.k1 / self.n1 - self.k0 / self.n0)

    @property
    def z(self) -> Floats:
        """How many standard deviations the successes of side 1 lie above their expectation; 0 where none can."""
        n, won = (self.n1 + self.n0).astype(float), (self.k1 + self.k0).astype(float)
        with np.errstate(divide="ignore", invalid="ignore"):
            variance = self.n1 * (self.n0 / n) * (won / n) * ((n - won) / (n - 1))
            return np.asarray(np.nan_to_num((self.k1 - self.n1 * (won / n)) / np.sqrt(variance), posinf=0, neginf=0))

    def p(self, *, limit: ArrayLike = 1.0, threads: int | None = None) -> Floats:
        """Exact two-sided p of each, 0–1; for `limit` see `exact_p`."""
        return exact_p(self.k1, self.n1, self.k0, self.n0, limit=limit, threads=threads)

"""What the segment search reads and what it returns: arrays of small whole numbers.

A *condition* is one value of an attribute or, where the attribute is ordered, a run of neighbouring values.
A *segment* is a conjunction of conditions on different attributes; its *base* are the deals whose value is known
(not blank) in each of these attributes. What a segment is compared with, the rest, is its base without itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

MOST_LEVELS = 254
MOST_LEVELS_OF_RUNS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Attributes of the same deals as small whole numbers.

    `codes` is (attributes, deals), C order: 0 is blank, v + 1 is level v. `levels` counts the levels of each attribute
    without the blank, 1 to 254. `ordered` attributes have runs of neighbouring levels as conditions, too.
    `classes` is (deals,): how each deal ended, 0 to `class_count` − 1.
    """

    codes: NDArray[np.uint8]
    levels: tuple[int, ...]
    ordered: tuple[bool, ...]
    classes: NDArray[np.uint8]
    class_count: int

    def __post_init__(self) -> None:
        attributes, deals = self.codes.shape
        if len(self.levels) != attributes or len(self.ordered) != attributes:
            raise ValueError(f"{attributes} attributes, but {len(self.levels)} levels and {len(self.ordered)} orders")
        if self.classes.shape != (deals,):
            raise ValueError(f"{deals} deals, but classes of shape {self.classes.shape}")
        if self.codes.dtype != np.uint8 or self.classes.dtype != np.uint8:
            raise ValueError("codes and classes are uint8")
        if not all(1 <= count <= MOST_LEVELS for count in self.levels):
            raise ValueError(f"an attribute has 1 to {MOST_LEVELS} levels, not {sorted(self.levels)}")
        if not 1 <= self.class_count <= 255:
            raise ValueError(f"1 to 255 classes, not {self.class_count}")

    def check(self) -> None:
        """Raise ValueError where a code has no level or a class does not exist."""
        if not self.deals:
            return
        above = np.flatnonzero(self.codes.max(axis=1) > np.array(self.levels))
        if len(above):
            raise ValueError(f"attribute {above[0]} has codes above its {self.levels[above[0]]} levels")
        if self.classes.max() >= self.class_count:
            raise ValueError(f"classes are 0 to {self.class_count - 1}, not {self.classes.max()}")

    @property
    def deals(self) -> int:
        return len(self.classes)

    @property
    def attributes(self) -> int:
        return len(self.levels)


@dataclass(frozen=True, slots=True, kw_only=True)
class Segments:
    """Counted segments, one row each (m rows), by depth, then combination, then levels.

    `attribute` is (m, depth), ascending, −1 beyond the segment's own depth; `low` and `high` are (m, depth), the first
    and the last level of the run, from 0, equal for a single value, 0 beyond the own depth. `counts` is (m, classes):
    deals of the segment in each class. `base` is (m,), the row of `bases` (combinations, classes) that holds the deals
    whose values are known in every attribute of the row of `combos` (combinations, depth). Only combinations
    with a segment have a row.
    """

    attribute: NDArray[np.int16]
    low: NDArray[np.uint8]
    high: NDArray[np.uint8]
    counts: NDArray[np.int32] | NDArray[np.int64]
    base: NDArray[np.int32]
    bases: NDArray[np.int64]
    combos: NDArray[np.int16]

    def __len__(self) -> int:
        return len(self.base)

    @property
    def size(self) -> int:
        return len(self)

    @property
    def n(self) -> NDArray[np.int64]:
        """Deals of each segment, (m,)."""
        return added(self.counts, range(self.counts.shape[1]))

    @property
    def depth_of(self) -> NDArray[np.int64]:
        """Conditions of each segment, (m,)."""
        return added(self.attribute >= 0, range(self.attribute.shape[1]))

    @property
    def rest(self) -> NDArray[np.int64]:
        """Deals of the base outside each segment, by class, (m, classes)."""
        return self.bases[self.base] - self.counts


def added(counts: NDArray[Any], columns: Iterable[int]) -> NDArray[np.int64]:
    """The sum of some columns (of the last axis): of few columns ten times as quick as NumPy's along the rows."""
    total = np.zeros(counts.shape[:-1], np.int64)
    for column in columns:
        total += counts[..., column]
    return total


def has_runs(levels: int, *, ordered: bool) -> bool:
    return ordered and levels <= MOST_LEVELS_OF_RUNS


def conditions(levels: int, *, ordered: bool) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """First and last levels of an attribute's conditions, by first, then last; never the whole range of an order."""
    if not has_runs(levels, ordered=ordered):
        values = np.arange(levels, dtype=np.uint8)
        return values, values
    low, high = np.triu_indices(levels)
    part = high - low + 1 < levels
    return low[part].astype(np.uint8), high[part].astype(np.uint8)


def all_combos(attributes: int, depth: int) -> NDArray[np.int16]:
    """Every set of 1 to `depth` attributes, by size, then by attribute; (combinations, depth), filled with −1."""
    fill = (-1,) * depth
    found = [
        (*chosen, *fill)[:depth]
        for size in range(1, min(depth, attributes) + 1)
        for chosen in combinations(range(attributes), size)
    ]
    return np.array(found, np.int16).reshape(-1, depth)

"""Coded tables whose true segments are known, and segments counted without any cleverness."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, product

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from winloss.mine.table import Segments, Table, all_combos, conditions

Condition = tuple[int, int, int]
"""Attribute, first and last level."""
LEVELS = (4, 8, 3, 6, 2, 4, 5, 10, 9, 7)
ORDERED = (False, True, False, False, False, False, True, False, False, False)
PLANTED: tuple[tuple[tuple[Condition, ...], float], ...] = (
    (((0, 1, 1),), -0.05),
    (((1, 2, 4),), 0.05),
    (((2, 0, 0), (3, 1, 1)), 0.10),
    (((4, 0, 0), (5, 2, 2)), -0.08),
    (((4, 1, 1), (6, 1, 2), (7, 3, 3)), 0.18),
    (((8, 5, 5), (9, 2, 2)), 0.18),
)


def meets(codes: NDArray[np.uint8], segment: Sequence[Condition]) -> NDArray[np.bool_]:
    """Which deals meet all conditions."""
    inside = np.ones(codes.shape[1], bool)
    for attribute, low, high in segment:
        inside &= (codes[attribute] >= low + 1) & (codes[attribute] <= high + 1)
    return inside


def planted_table(seed: int, deals: int, *, blank: float = 0.0) -> Table:
    """Deals of ten attributes of which a share of 35 % is won, moved in the PLANTED segments."""
    rng = np.random.default_rng(seed)
    codes = np.stack([rng.choice(n, deals, p=rng.dirichlet(np.full(n, 12.0))) + 1 for n in LEVELS]).astype(np.uint8)
    codes[rng.random(codes.shape) < blank] = 0
    share = 0.35 + sum(effect * meets(codes, segment) for segment, effect in PLANTED)
    won = (rng.random(deals) < share).astype(np.uint8)
    return Table(codes=codes, levels=LEVELS, ordered=ORDERED, classes=won, class_count=2)


def shuffled(table: Table, seed: int) -> Table:
    classes = np.random.default_rng(seed).permutation(table.classes)
    return Table(
        codes=table.codes, levels=table.levels, ordered=table.ordered, classes=classes, class_count=table.class_count
    )


def named(segments: Segments, place: int) -> tuple[Condition, ...]:
    rows = (segments.attribute[place], segments.low[place], segments.high[place])
    return tuple((a, low, high) for a, low, high in zip(*(row.tolist() for row in rows), strict=True) if a >= 0)


def plainly_counted(table: Table, *, depth: int, floor: int) -> Segments:
    """All segments, one group-by each."""
    found: list[tuple[tuple[Condition, ...], NDArray[np.int64], int]] = []
    bases: list[NDArray[np.int64]] = []
    combos: list[NDArray[np.int16]] = []
    for combo in all_combos(table.attributes, depth):
        chosen = [int(a) for a in combo if a >= 0]
        known = np.asarray((table.codes[chosen] > 0).all(axis=0))
        rows = []
        for segment in product(*(_conditions(table, a) for a in chosen)):
            inside = known & meets(table.codes, segment)
            if floor <= inside.sum() < known.sum():
                rows.append((segment, _classes(table, inside)))
        if rows:
            found += [(segment, counts, len(bases)) for segment, counts in rows]
            bases.append(_classes(table, known))
            combos.append(combo)
    filled = [(*segment, *((-1, 0, 0),) * (depth - len(segment))) for segment, _, _ in found]
    columns = np.array(filled, np.int64).reshape(-1, depth, 3)
    return Segments(
        attribute=columns[:, :, 0].astype(np.int16),
        low=columns[:, :, 1].astype(np.uint8),
        high=columns[:, :, 2].astype(np.uint8),
        counts=np.array([counts for _, counts, _ in found], np.int32).reshape(-1, table.class_count),
        base=np.array([base for _, _, base in found], np.int32),
        bases=np.array(bases, np.int64).reshape(-1, table.class_count),
        combos=np.array(combos, np.int16).reshape(-1, depth),
    )


def _conditions(table: Table, attribute: int) -> list[Condition]:
    low, high = conditions(table.levels[attribute], ordered=table.ordered[attribute])
    return [(attribute, a, b) for a, b in zip(low.tolist(), high.tolist(), strict=True)]


def _classes(table: Table, inside: NDArray[np.bool_]) -> NDArray[np.int64]:
    return np.bincount(table.classes[inside], minlength=table.class_count)


@st.composite
def tables(draw: st.DrawFn, *, classes: int = 3) -> Table:
    """Small tables with blanks, orders and attributes of one level."""
    levels = tuple(draw(st.lists(st.integers(1, 4), min_size=2, max_size=4)))
    ordered = tuple(draw(st.lists(st.booleans(), min_size=len(levels), max_size=len(levels))))
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    deals = draw(st.integers(20, 300))
    first = 0 if draw(st.booleans()) else 1
    codes = np.stack([rng.integers(first, n + 1, deals) for n in levels]).astype(np.uint8)
    share = 0.3 + 0.4 * (codes[0] == 1) * (codes[1] == 1)
    won = rng.random(deals) < share
    return Table(
        codes=codes,
        levels=levels,
        ordered=ordered,
        classes=np.where(won, 0, rng.integers(1, classes, deals)).astype(np.uint8),
        class_count=classes,
    )


def parents_of(segment: tuple[Condition, ...]) -> list[tuple[Condition, ...]]:
    return list(combinations(segment, len(segment) - 1))

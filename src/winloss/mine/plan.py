"""Which attributes are counted together: a cover of all combinations by sets whose joint table stays in the cache.

A block is one pass over the deals. The fewer blocks, the fewer passes; the larger their tables, the slower each pass
and the summing out of axes. Every combination of attributes is emitted by exactly one block.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from itertools import combinations
from math import prod

import numpy as np
from numpy.typing import NDArray

from winloss.mine.table import all_combos

MOST_ATTRIBUTES = 8
CELLS = ((30_000, 1 << 13), (300_000, 1 << 14), (3_000_000, 1 << 16))
MOST_CELLS = 1 << 18
MOST_ENTRIES = 1 << 28


@dataclass(frozen=True, slots=True)
class Block:
    """Attributes counted together, ascending, and the rows of `Plan.combos` that are emitted from their table."""

    attributes: tuple[int, ...]
    combos: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Blocks, largest first, that cover all combinations of up to `depth` attributes."""

    depth: int
    combos: NDArray[np.int16]
    blocks: tuple[Block, ...]
    rows: dict[tuple[int, ...], int] = field(repr=False)

    def chosen(self, combo: int) -> tuple[int, ...]:
        """The attributes of a row of `combos`."""
        return tuple(int(a) for a in self.combos[combo] if a >= 0)


def cells_for(deals: int, *, classes: int = 2) -> int:
    """Cells of a joint table at most: few for few deals, as each is also summed over; fewer for many classes."""
    cells = next((cells for most, cells in CELLS if deals <= most), MOST_CELLS)
    return cells * 4 // (max(classes, 2) + 2)


def check_size(levels: tuple[int, ...], *, depth: int, classes: int) -> None:
    """Raise ValueError where the table of one combination alone would take more than a gigabyte."""
    widest = sorted(levels, reverse=True)[:depth]
    entries = prod(count + 1 for count in widest) * classes
    if entries > MOST_ENTRIES:
        raise ValueError(
            f"attributes of {', '.join(map(str, widest))} levels and {classes} classes are too many to count together: "
            "fold rare levels or search less deep"
        )


def plan_for(levels: tuple[int, ...], *, depth: int, classes: int, deals: int) -> Plan:
    """The plan for a table of this shape; the same shape is planned once."""
    check_size(levels, depth=depth, classes=classes)
    return _planned(levels, depth, cells_for(deals, classes=classes))


@lru_cache(maxsize=16)
def combos_of(attributes: int, depth: int) -> NDArray[np.int16]:
    """`all_combos`, kept."""
    combos = all_combos(attributes, depth)
    combos.flags.writeable = False
    return combos


@lru_cache(maxsize=64)
def _planned(levels: tuple[int, ...], depth: int, most_cells: int) -> Plan:
    widths = np.array([count + 1 for count in levels])
    combos = combos_of(len(levels), depth)
    rows = {tuple(int(a) for a in row if a >= 0): place for place, row in enumerate(combos)}
    sets = _cover(widths, min(depth, len(levels)), most_cells)
    sizes = {chosen: prod(int(widths[a]) for a in chosen) for chosen in sets}
    owner: dict[tuple[int, ...], tuple[int, ...]] = {}
    for chosen in sorted(sets, key=lambda s: (sizes[s], s)):
        for size in range(1, depth + 1):
            for combo in combinations(chosen, size):
                owner.setdefault(combo, chosen)
    owned: dict[tuple[int, ...], list[int]] = {chosen: [] for chosen in sets}
    for combo, chosen in owner.items():
        owned[chosen].append(rows[combo])
    largest_first = sorted((s for s in sets if owned[s]), key=lambda s: (-sizes[s], s))
    return Plan(
        depth=depth,
        combos=combos,
        blocks=tuple(Block(chosen, tuple(sorted(owned[chosen]))) for chosen in largest_first),
        rows=rows,
    )


def _cover(widths: NDArray[np.int64], depth: int, most_cells: int) -> list[tuple[int, ...]]:
    """Greedy: the widest combination still open, then the attribute that closes most combinations, while it fits."""
    if not depth:
        return []
    attributes = len(widths)
    open_ = np.zeros((attributes,) * depth, bool)
    widest = sorted(combinations(range(attributes), depth), key=lambda c: (-prod(int(widths[a]) for a in c), c))
    for combo in widest:
        open_[combo] = True
    sets: list[tuple[int, ...]] = []
    for combo in widest:
        if not open_[combo]:
            continue
        chosen = _grown(combo, open_, widths, most_cells)
        for covered in combinations(chosen, depth):
            open_[covered] = False
        sets.append(chosen)
    return sets


def _grown(
    combo: tuple[int, ...], open_: NDArray[np.bool_], widths: NDArray[np.int64], most_cells: int
) -> tuple[int, ...]:
    chosen = combo
    while len(chosen) < MOST_ATTRIBUTES:
        cells = prod(int(widths[a]) for a in chosen)
        best, most = -1, 0.0
        for attribute in range(len(widths)):
            if attribute in chosen or cells * widths[attribute] > most_cells:
                continue
            gain = sum(bool(open_[tuple(sorted((*kept, attribute)))]) for kept in combinations(chosen, open_.ndim - 1))
            if gain > most:
                best, most = attribute, gain
        if best < 0:
            break
        chosen = tuple(sorted((*chosen, best)))
    return chosen

"""The whole search over arrays: count, test, keep what is news, list what says something of its own.

A report adds what it knows of deals (clusters, reasons, money); this is the search of anyone who has a table of codes.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from winloss.mine.bits import Conjunctions
from winloss.mine.confounders import Threat, threats
from winloss.mine.count import count
from winloss.mine.outcome import Outcome, Sides
from winloss.mine.parents import Lineage
from winloss.mine.productive import productive
from winloss.mine.residual import RATE, Listed, residual
from winloss.mine.table import Segments, Table
from winloss.mine.weights import depth_weights
from winloss.stats.multiplicity import largest_rejected, rejected

FLOOR = 30
SMALLEST_SHARE = 0.001


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a search found.

    `segments` is everything that was counted, `weights` (m,) the stake on each. `lines` are the segments that stand, in the
    order of listing, with `threats` to each (None where nothing can be held fixed); `unsure` say something of their
    own, but not firmly enough.
    """

    segments: Segments
    weights: NDArray[np.float64]
    lines: tuple[Listed, ...]
    threats: tuple[Threat | None, ...]
    unsure: tuple[Listed, ...]


def floor_of(deals: int) -> int:
    """The fewest deals of a segment in a book of so many."""
    return max(FLOOR, round(deals * SMALLEST_SHARE))


def search(
    table: Table,
    outcome: Outcome,
    *,
    depth: int = 3,
    floor: int | None = None,
    rate: float = RATE,
    told: Callable[[str], None] | None = None,
) -> Found:
    """The segments whose share is unlike that of the rest.

    Deals count as independent: where they come in clusters, the lines are candidates (see `permute`).

    Parameters
    ----------
    table, outcome
        The deals, and the share.
    depth
        Conditions of a segment at most.
    floor
        Deals of a segment at least; `floor_of` where None.
    rate
        The false discovery rate, of segments and of lines.
    told
        Is told when code has to be compiled first.
    """
    segments = count(table, depth=depth, floor=floor or floor_of(table.deals), told=told)
    return listed(segments, table, outcome, rate=rate)


def listed(segments: Segments, table: Table, outcome: Outcome, *, rate: float = RATE) -> Found:
    """What a search finds among segments that are counted."""
    with ThreadPoolExecutor(1) as pool:
        lineage = pool.submit(Lineage, Conjunctions.of(segments))
        weights = depth_weights(segments)
        p = Sides.of(segments, outcome).p(limit=largest_rejected(rate, weights) if len(segments) else 1.0)
        at = np.flatnonzero(rejected(p, rate, weights))
        at = at[productive(segments, table, outcome, at, lineage=lineage.result)]
    found = residual(segments, table, outcome, at, weights=weights, rate=rate)
    places = np.array([line.place for line in found.firm], np.intp)
    return Found(
        segments=segments,
        weights=weights,
        lines=found.firm,
        threats=tuple(threats(segments, table, outcome, places)),
        unsure=found.unsure,
    )

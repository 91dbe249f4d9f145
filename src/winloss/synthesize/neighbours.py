"""Segments that differ from one segment in one condition: dropped, exchanged for the next level, or added."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce

import numpy as np

from winloss.mine.exact import exact_p
from winloss.stats.estimate import Estimate
from winloss.stats.shares import newcombe, wilson
from winloss.synthesize.coded import Coded, Marks
from winloss.synthesize.family import FLOOR
from winloss.tables.segment import Condition, Segment

ADDED = 5
"""Conditions that are added: those that divide the segment most, by exact p."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """A segment beside another one.

    Parameters
    ----------
    kind
        "without": a condition dropped; "next": exchanged for the level before or after; "with": one added.
    segment
        Its text form; "" is all deals.
    change
        The condition that was dropped, came in its place, or was added.
    here
        Its share.
    difference
        Of "without", its other deals less the segment; of "next", it less the segment; of "with", it less the rest of
        the segment.
    """

    kind: str
    segment: str
    change: str
    here: Estimate
    difference: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A segment among the deals of a denominator: marks of its conditions, and of the deals whose value is known."""

    segment: Segment
    parts: tuple[Marks, ...]
    known: tuple[Marks, ...]
    success: Marks
    attributes: tuple[Coded, ...]

    @property
    def inside(self) -> Marks:
        return self.without(-1)

    def without(self, dropped: int) -> Marks:
        """The deals of all conditions but one."""
        parts = [part for i, part in enumerate(self.parts) if i != dropped]
        return reduce(np.logical_and, parts, np.ones(len(self.success), bool))

    def share(self, marks: Marks) -> tuple[int, int]:
        return int((self.success & marks).sum()), int(marks.sum())


def neighbours(place: Place) -> tuple[Neighbour, ...]:
    """All that drop or exchange a condition, and the strongest that add one; none of fewer than one deal."""
    return (*_without(place), *_next(place), *_with(place))


def _without(place: Place) -> Iterator[Neighbour]:
    if len(place.parts) < 2:
        return
    for i, dropped in enumerate(place.segment.conditions):
        parent = place.without(i)
        others = parent & place.known[i] & ~place.parts[i]
        yield Neighbour(
            kind="without",
            segment=str(_exchanged(place.segment, i, None)),
            change=str(dropped),
            here=wilson(*place.share(parent)),
            difference=newcombe(*place.share(others), *place.share(place.inside)),
        )


def _next(place: Place) -> Iterator[Neighbour]:
    for i, condition in enumerate(place.segment.conditions):
        coded = next((a for a in place.attributes if a.ordered and condition.field in (a.name, a.field)), None)
        run = None if coded is None else _run(coded, place.parts[i])
        if coded is None or run is None:
            continue
        for level in (run[0] - 1, run[1] + 1):
            if not 0 <= level < len(coded.levels):
                continue
            marks = place.without(i) & (coded.codes == level)
            instead = coded.levels[level].condition
            if marks.any() and instead is not None:
                yield Neighbour(
                    kind="next",
                    segment=str(_exchanged(place.segment, i, instead)),
                    change=str(instead),
                    here=wilson(*place.share(marks)),
                    difference=newcombe(*place.share(marks), *place.share(place.inside)),
                )


def _run(coded: Coded, marks: Marks) -> tuple[int, int] | None:
    """The first and last level of an ordered attribute that a condition holds whole; None where it holds parts."""
    held = np.unique(coded.codes[marks])
    if not len(held) or held[0] < 0 or held[-1] - held[0] + 1 != len(held):
        return None
    whole = (coded.codes >= held[0]) & (coded.codes <= held[-1])
    return (int(held[0]), int(held[-1])) if (whole == marks).all() else None


def _with(place: Place) -> list[Neighbour]:
    inside = place.inside
    fields = set(place.segment.fields)
    found: list[tuple[Condition, int, int, int, int]] = []
    for attribute in place.attributes:
        if fields & {attribute.name, attribute.field}:
            continue
        n, k = attribute.counts(inside), attribute.counts(inside & place.success)
        for level, n1, k1 in zip(attribute.levels, n.tolist(), k.tolist(), strict=True):
            n0, k0 = int(n.sum()) - n1, int(k.sum()) - k1
            if level.condition is not None and level.kind == "value" and min(n1, n0) >= FLOOR:
                found.append((level.condition, k1, n1, k0, n0))
    if not found:
        return []
    p = exact_p(*(np.array([row[j] for row in found], np.int64) for j in range(1, 5)))
    return [_added(place, *found[i]) for i in np.argsort(p, kind="stable")[:ADDED].tolist()]


def _added(place: Place, condition: Condition, k1: int, n1: int, k0: int, n0: int) -> Neighbour:
    return Neighbour(
        kind="with",
        segment=str(Segment((*place.segment.conditions, condition))),
        change=str(condition),
        here=wilson(k1, n1),
        difference=newcombe(k1, n1, k0, n0),
    )


def _exchanged(segment: Segment, i: int, instead: Condition | None) -> Segment:
    kept = [one for j, one in enumerate(segment.conditions) if j != i]
    return Segment(tuple(kept if instead is None else [*kept, instead]))

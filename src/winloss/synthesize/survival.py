"""What is left of a comparison when deals of one rep, account or month are allowed to resemble each other.

Costly, so only comparisons that the plain test would show are asked. That changes nothing: raising a p never makes
another comparison established (`stats.multiplicity`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from winloss.mine.clusters import CONDITIONS, PAIRS, Asked, Totals, entries, totals
from winloss.stats.clustered import survival_bounds, survival_p
from winloss.synthesize.bits import FILLED, Bits, Is, Sets, unpack
from winloss.synthesize.coded import Closed, Codes, Marks
from winloss.synthesize.family import DEPTH, EARLY_RATE, Family, Search
from winloss.synthesize.segments import Segmented

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]
Places = NDArray[np.intp]

_WORK = 400_000_000
"""Deals times comparisons that are asked at most."""
_FEWEST_ASKED, _MOST_ASKED = 200, 4000
_ENTRIES, _AT_ONCE = 1 << 16, (4, 128)
"""Clusters and comparisons that are judged together."""


@dataclass(frozen=True, slots=True)
class Sides:
    """The deals of a comparison: all of `base` on one side or the other, of side 1 all of `segment`, too."""

    sets: Sets
    base: tuple[Is, ...]
    segment: tuple[Is, ...]
    success: Is

    @property
    def inside(self) -> tuple[Is, ...]:
        """What a deal of side 1 is; a value that it has is also known."""
        said = {*self.segment, *(Is(one.column, FILLED) for one in self.segment)}
        return (*self.segment, *(one for one in self.base if one not in said))

    @property
    def state(self) -> NDArray[np.int8]:
        """Where each closed deal stands: side 0 or 1, times two, and a success or not; OUTSIDE of both."""
        base, segment, success = (self.sets.bits(0, *wanted) for wanted in (self.base, self.segment, (self.success,)))
        n = len(self.sets.columns[0])
        state = unpack(success, n).view(np.int8) + 2 * unpack(segment, n).view(np.int8)
        state[~unpack(base, n)] = OUTSIDE
        return state


OUTSIDE = 4


@dataclass(frozen=True, slots=True)
class Survived:
    """The family after clusters. `asked` were judged by them, `beyond` passed the plain test but were too many to ask."""

    family: Family
    plain: Family
    asked: Places
    beyond: int


def quarter_month(months: Codes, fiscal_start: int) -> Codes:
    """0, 1, 2 for the first, second, third month of a quarter of a year that starts in month `fiscal_start`; BLANK kept."""
    return np.asarray(np.where(months >= 0, (months - (fiscal_start - 1)) % 3, months), np.int32)


class Reader:
    """Finds the deals of a comparison, and counts them in clusters."""

    def __init__(self, closed: Closed, month_in_quarter: Codes) -> None:
        self.closed = closed
        attributes: list[Codes] = [attribute.codes for attribute in closed.attributes]
        others = [month_in_quarter, *(coded.codes for coded in (closed.stage, closed.cycle) if coded is not None)]
        self._place = {Search.SEASON: len(attributes)}
        if closed.stage is not None:
            self._place[Search.STAGE] = len(attributes) + 1
        if closed.cycle is not None:
            self._place[Search.CYCLE] = len(attributes) + len(others) - 1
        self._won = len(attributes) + len(others)
        outcomes = [closed.won.astype(np.int32), closed.lost_reason, closed.lost_rival]
        self.sets = Sets.of([*attributes, *others, *outcomes], closed.dimensions)
        self._totals: dict[tuple[int, tuple[Is, ...], Is], Totals] = {}

    def sides(self, family: Family, i: int) -> Sides:
        segment, success = self._segment(family, i), self._success(family, i)
        base = tuple(Is(one.column, FILLED) for one in segment)
        known = () if success.column == self._won else (Is(success.column, FILLED),)
        return Sides(self.sets, (*base, *known), segment, success)

    def inside_parent(self, family: Family, i: int, dropped: int) -> Sides:
        """A segment against the other deals of its parent, which has all its conditions but one."""
        sides = self.sides(family, i)
        return replace(sides, base=(*sides.base, *(one for j, one in enumerate(sides.segment) if j != dropped)))

    def success(self, family: Family, i: int) -> Bits:
        """The deals that count: won, or lost for the reason or to the competitor that is looked at."""
        return self.sets.bits(0, self._success(family, i))

    def base(self, family: Family, i: int) -> Bits:
        """The deals of either side."""
        return self.sets.bits(0, *self.sides(family, i).base)

    def segment(self, family: Family, i: int) -> Bits:
        """The closed deals of side 1, whether they are in the measure's denominator or not."""
        return self.sets.bits(0, *self._segment(family, i))

    @property
    def won(self) -> Bits:
        return self.sets.bits(0, Is(self._won, 1))

    def marks(self, bits: Bits) -> Marks:
        """A set as a mark a deal."""
        return unpack(bits, self.closed.n)

    def _segment(self, family: Family, i: int) -> tuple[Is, ...]:
        search = Search(int(family.search[i]))
        if search in self._place:
            return (Is(self._place[search], int(family.low[i, 0])),)
        rows = (family.attribute[i].tolist(), family.low[i].tolist(), family.high[i].tolist())
        return tuple(
            Is(a, low) if low == high else Is(a, low, high) for a, low, high in zip(*rows, strict=True) if a >= 0
        )

    def _success(self, family: Family, i: int) -> Is:
        search = Search(int(family.search[i]))
        if search in (Search.REASON, Search.STAGE):
            return Is(self._won + 1, int(family.target[i]))
        if search is Search.COMPETITOR:
            return Is(self._won + 2, int(family.target[i]))
        return Is(self._won, 1)

    def by_cluster(self, asked: Sequence[Sides], kind: int) -> ByCluster:
        """The counts of comparisons, a row each, in every cluster of the kind at this place of `closed.dimensions`."""
        of_kind = kind + 1
        names: dict[Is, int] = {}
        wholes: dict[tuple[tuple[Is, ...], Is], int] = {}
        rows = [[names.setdefault(one, len(names)) for one in sides.inside] for sides in asked]
        success = [names.setdefault(sides.success, len(names)) for sides in asked]
        both = [wholes.setdefault((sides.base, sides.success), len(wholes)) for sides in asked]
        inside = [[*row, *row[:1] * (CONDITIONS - len(row))] for row in rows]
        bits = np.stack([self.sets.bits(of_kind, one) for one in names])
        of_both = [self._total(of_kind, *whole) for whole in wholes]
        told = Asked(np.array(inside, np.int32), np.array(success, np.int32), np.array(both, np.int32))
        return ByCluster(*entries(bits, told, of_both, self.sets.layouts[of_kind].places))

    def at_once(self, kind: int) -> int:
        """How many comparisons are best counted and judged together: what they need should stay near the processor."""
        places = self.sets.layouts[kind + 1].places
        return int(np.clip(_ENTRIES // (len(places.starts) + min(places.small, PAIRS) + 1), *_AT_ONCE))

    def _total(self, of_kind: int, base: tuple[Is, ...], success: Is) -> Totals:
        """Of both sides together: they are the same for all comparisons of a base."""
        key = (of_kind, base, success)
        if key not in self._totals:
            while len(self._totals) >= _TOTALS_KEPT:
                self._totals.pop(next(iter(self._totals)))
            deals, won = self.sets.bits(of_kind, *base), self.sets.bits(of_kind, success)
            self._totals[key] = totals(deals, won, self.sets.layouts[of_kind].places)
        return self._totals[key]


_TOTALS_KEPT = 60


@dataclass(frozen=True, slots=True)
class ByCluster:
    """Deals (n) and successes (k) of both sides in each cluster (last axis), a row for each comparison.

    Deals that stand alone, and clusters of few deals with the same counts, are one entry `times` often.
    """

    k1: Floats
    n1: Floats
    k0: Floats
    n0: Floats
    times: Floats

    def of(self, i: int) -> ByCluster:
        """Those of one comparison."""
        return ByCluster(*(getattr(self, name)[i] for name in self.__slots__))


def p_in_clusters(reader: Reader, asked: Sequence[Sides], limits: Sequence[float]) -> Floats:
    """The largest p of each comparison over all kinds of clusters; 0 where the book has none.

    Over its limit a comparison is asked about no further kind.
    """
    worst = np.zeros(len(asked))
    with ThreadPoolExecutor(1) as hand:
        for kind in range(len(reader.closed.dimensions)):
            open_still = np.flatnonzero(worst <= np.asarray(limits))
            for part, p in _p_of_kind(reader, [asked[i] for i in open_still.tolist()], kind, hand):
                worst[open_still[part]] = np.maximum(worst[open_still[part]], p.result())
    return worst


def _p_of_kind(
    reader: Reader, asked: Sequence[Sides], kind: int, hand: Executor
) -> Iterator[tuple[slice, Future[Floats]]]:
    """Some comparisons at a time and their p, told one late: while one lot is judged, the next is counted."""
    before = None
    at_once = reader.at_once(kind)
    for start in range(0, len(asked), at_once):
        part = slice(start, start + at_once)
        judged = part, hand.submit(_judged, reader.by_cluster(asked[part], kind))
        if before is not None:
            yield before
        before = judged
    if before is not None:
        yield before


def _judged(one: ByCluster) -> Floats:
    return survival_p(one.k1, one.n1, one.k0, one.n0, times=one.times)


def bounds_in_clusters(reader: Reader, sides: Sides, level: float) -> tuple[float, float]:
    """Bounds of the difference at `level`, the widest over all kinds of clusters; (1, −1) where the book has none."""
    low, high = 1.0, -1.0
    for kind in range(len(reader.closed.dimensions)):
        counts = reader.by_cluster([sides], kind).of(0)
        one_low, one_high = survival_bounds(counts.k1, counts.n1, counts.k0, counts.n0, level=level, times=counts.times)
        low, high = min(low, one_low), max(high, one_high)
    return low, high


def survive(family: Family, reader: Reader, segmented: Segmented) -> Survived:
    """Ask clusters about all comparisons that the plain test would establish or show as early signals.

    Segments of several conditions first have to differ from each of their parents; else their p is 1. The segments of
    `segmented` come first in the family.
    """
    plain = _productive(family, segmented)
    passing = np.flatnonzero(plain.q <= EARLY_RATE)
    by_strength = passing[np.argsort((plain.p / np.maximum(plain.weights, 1e-12))[passing], kind="stable")]
    most = int(np.clip(_WORK // max(reader.closed.n, 1), _FEWEST_ASKED, _MOST_ASKED))
    asked, beyond = by_strength[:most], by_strength[most:]
    # With a p over this its q is over the early signals' rate, whatever the others are.
    limits = EARLY_RATE * plain.weights[asked]
    p = _p(plain, reader, asked, limits)
    after = plain.raise_p(asked, p).raise_p(beyond, np.ones(len(beyond)))
    return Survived(after, plain, asked, len(beyond))


def _p(family: Family, reader: Reader, asked: Places, limits: Floats) -> Floats:
    """The p of each in clusters, or some p over its limit."""
    p = family.p[asked]
    plain = np.flatnonzero(family.search[asked] != Search.TREND)
    p[plain] = p_in_clusters(reader, [reader.sides(family, int(i)) for i in asked[plain]], limits[plain].tolist())
    return p


def beyond_parents(family: Family, reader: Reader, segmented: Segmented, asked: Places) -> NDArray[np.bool_]:
    """Which segments differ from the rest of each of their parents when clusters are asked, too; single values do."""
    news = np.ones(len(asked), bool)
    deep = np.flatnonzero(_conditions(family, asked) > 1)
    needed = segmented.parent_levels(asked[deep])
    for dropped in range(DEPTH):
        has = np.flatnonzero(news[deep] & (family.attribute[asked[deep], dropped] >= 0))
        inside = [reader.inside_parent(family, int(i), dropped) for i in asked[deep[has]]]
        level = needed[has, dropped]
        news[deep[has]] = p_in_clusters(reader, inside, level.tolist()) <= level
    return news


def _conditions(family: Family, at: Places) -> NDArray[np.int64]:
    """How many conditions each has."""
    return np.asarray((family.attribute[at] >= 0).sum(axis=1))


def _productive(family: Family, segmented: Segmented) -> Family:
    passing = np.flatnonzero(family.q <= EARLY_RATE)
    passing = passing[(passing < len(segmented.kept))]
    passing = passing[_conditions(family, passing) > 1]
    dull = passing[~segmented.productive(passing)]
    return replace(family, p=np.where(np.isin(np.arange(len(family)), dull), 1.0, family.p))

"""What is left of a comparison when deals of one rep, account or month are allowed to resemble each other.

Costly, so only comparisons that the plain test would show are asked. That changes nothing: raising a p never makes
another comparison established (`stats.multiplicity`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from winloss.stats.clustered import survival_bounds, survival_p
from winloss.synthesize.coded import Closed, Clusters, Codes, Marks
from winloss.synthesize.family import EARLY_RATE, Family, PairTable, Search, parent_levels, productive

Floats = NDArray[np.float64]
Places = NDArray[np.intp]

_WORK = 400_000_000
"""Deals times comparisons that are asked at most."""
_FEWEST_ASKED, _MOST_ASKED = 200, 4000


@dataclass(frozen=True, slots=True)
class Sides:
    """Where each closed deal stands in one comparison: side 0 or 1, success or not; OUTSIDE of both."""

    state: NDArray[np.int8]

    def table(self, groups: Codes, count: int) -> Floats:
        """Rows: group `−2`, `−1`, `0` … `count` − 1. Columns: failures and successes of side 0, then of side 1."""
        keys = groups * np.int32(OUTSIDE + 1)
        keys += np.int32(2 * (OUTSIDE + 1)) + self.state
        table = np.bincount(keys, minlength=(count + 2) * (OUTSIDE + 1)).reshape(-1, OUTSIDE + 1)
        return table[:, :OUTSIDE].astype(float)


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


@dataclass(frozen=True, slots=True)
class Reader:
    """Finds the deals of a comparison."""

    closed: Closed
    month_in_quarter: Codes

    def sides(self, family: Family, i: int) -> Sides:
        search = Search(int(family.search[i]))
        base, success = self._base(family, i, search)
        state = success.astype(np.int8) + 2 * self.segment(family, i).astype(np.int8)
        state[~base] = OUTSIDE
        return Sides(state)

    def inside_value(self, family: Family, i: int, *, second: bool) -> Sides:
        """A pair against the other deals of its first (or second) value."""
        attribute, level = (family.second, family.level2) if second else (family.first, family.level1)
        sides = self.sides(family, i)
        sides.state[self.closed.attributes[attribute[i]].codes != level[i]] = OUTSIDE
        return sides

    def success(self, family: Family, i: int) -> Marks:
        """The deals that count: won, or lost for the reason or to the competitor that is looked at."""
        return self._base(family, i, Search(int(family.search[i])))[1]

    def base(self, family: Family, i: int) -> Marks:
        """The deals of either side."""
        return self._base(family, i, Search(int(family.search[i])))[0]

    def segment(self, family: Family, i: int) -> Marks:
        """The closed deals of side 1, whether they are in the measure's denominator or not."""
        return self._marks(family, i, Search(int(family.search[i])))

    def _marks(self, family: Family, i: int, search: Search) -> Marks:
        level = family.level1[i]
        codes = self._codes(family, i, search)
        marks = np.asarray(codes == level)
        if search is Search.PAIR:
            marks &= self.closed.attributes[family.second[i]].codes == family.level2[i]
        return marks

    def _codes(self, family: Family, i: int, search: Search) -> Codes:
        if search is Search.SEASON:
            return self.month_in_quarter
        if search is Search.STAGE and self.closed.stage is not None:
            return self.closed.stage.codes
        if search is Search.CYCLE and self.closed.cycle is not None:
            return self.closed.cycle.codes
        codes: Codes = self.closed.attributes[family.first[i]].codes
        return codes

    def _base(self, family: Family, i: int, search: Search) -> tuple[Marks, Marks]:
        base = np.asarray(self._codes(family, i, search) >= 0)
        if search is Search.PAIR:
            base &= self.closed.attributes[family.second[i]].codes >= 0
        if search in (Search.REASON, Search.STAGE):
            return base & (self.closed.lost_reason >= 0), self.closed.lost_reason == family.target[i]
        if search is Search.COMPETITOR:
            return base & (self.closed.lost_rival >= 0), self.closed.lost_rival == family.target[i]
        return base, self.closed.won


@dataclass(frozen=True, slots=True)
class ByCluster:
    """Deals (n) and successes (k) of both sides in each cluster; deals that stand alone are four entries `times` often."""

    k1: Floats
    n1: Floats
    k0: Floats
    n0: Floats
    times: Floats


def by_cluster(sides: Sides, clusters: Clusters) -> ByCluster:
    """The counts of a comparison in each cluster."""
    table = sides.table(clusters.codes, clusters.count)
    alone, table = table[:2].sum(axis=0), table[2:]
    table = table[table.any(axis=1)]
    lost0, won0, lost1, won1 = table.T
    return ByCluster(
        k1=np.concatenate([won1, [0, 0, 0, 1]]),
        n1=np.concatenate([won1 + lost1, [0, 0, 1, 1]]),
        k0=np.concatenate([won0, [0, 1, 0, 0]]),
        n0=np.concatenate([won0 + lost0, [1, 1, 0, 0]]),
        times=np.concatenate([np.ones(len(table)), alone]),
    )


def p_in_clusters(closed: Closed, sides: Sides) -> float:
    """The largest p over all kinds of clusters; 0 where the book has none."""
    worst = 0.0
    for clusters in closed.dimensions:
        counts = by_cluster(sides, clusters)
        p = survival_p(counts.k1, counts.n1, counts.k0, counts.n0, times=counts.times)
        worst = max(worst, float(p))
    return worst


def bounds_in_clusters(closed: Closed, sides: Sides, level: float) -> tuple[float, float]:
    """Bounds of the difference at `level`, the widest over all kinds of clusters; (1, −1) where the book has none."""
    low, high = 1.0, -1.0
    for clusters in closed.dimensions:
        counts = by_cluster(sides, clusters)
        one_low, one_high = survival_bounds(counts.k1, counts.n1, counts.k0, counts.n0, level=level, times=counts.times)
        low, high = min(low, one_low), max(high, one_high)
    return low, high


def survive(family: Family, reader: Reader, tables: dict[tuple[int, int], PairTable]) -> Survived:
    """Ask clusters about all comparisons that the plain test would establish or show as early signals.

    Pairs first have to differ from both of their values, and have to do so when clusters are asked; else their p is 1.
    """
    plain = _productive(family, tables)
    passing = np.flatnonzero(plain.q <= EARLY_RATE)
    by_strength = passing[np.argsort((plain.p / np.maximum(plain.weights, 1e-12))[passing], kind="stable")]
    most = int(np.clip(_WORK // max(reader.closed.n, 1), _FEWEST_ASKED, _MOST_ASKED))
    asked, beyond = by_strength[:most], by_strength[most:]
    p = np.array([_p(plain, reader, int(i)) for i in asked])
    after = plain.raise_p(asked, p).raise_p(beyond, np.ones(len(beyond)))
    return Survived(after, plain, asked, len(beyond))


def _p(family: Family, reader: Reader, i: int) -> float:
    if family.search[i] == Search.TREND:
        return float(family.p[i])
    p = p_in_clusters(reader.closed, reader.sides(family, i))
    if family.search[i] == Search.PAIR:
        levels = parent_levels(family, np.array([i]))
        for second, level in zip((False, True), levels, strict=True):
            if p_in_clusters(reader.closed, reader.inside_value(family, i, second=second)) > level[0]:
                return 1.0
    return p


def _productive(family: Family, tables: dict[tuple[int, int], PairTable]) -> Family:
    passing = np.flatnonzero((family.q <= EARLY_RATE) & (family.search == Search.PAIR))
    if not len(passing):
        return family
    dull = passing[~productive(family, passing, tables)]
    return replace(family, p=np.where(np.isin(np.arange(len(family)), dull), 1.0, family.p))

"""The whole search on books in which chance alone decides: what would its strongest segment look like?

Outcomes are shuffled and everything is counted again, so that segments overlap, repeat each other and are chosen just
as in the real book. Which outcomes change places says which null hypothesis is tried:

- *plain*: all deals are exchangeable. No attribute, rep or month matters.
- *strata* (months, reps): outcomes change places inside a stratum only. Strata may win more or less, and attributes may go along
  with strata: what is left to explain is inside them. An attribute that is constant inside strata says nothing here.
- *clusters* (reps, accounts): clusters keep their outcomes together and change places as a whole. Clusters may win more or
  less, as long as no attribute tells which: it is what a region or team attribute must beat. Clusters change places with
  clusters of similar size (within a factor of 2); as sizes differ, a cluster's outcomes may end up in two neighbouring
  ones, which weakens their bond a little. The total of each outcome stays exactly.

Sources: Westfall & Young, Resampling-Based Multiple Testing, Wiley 1993 (smallest p, step-down); Winkler et al., NeuroImage
123 (2015) 253–268 (whole-block and within-block exchangeability); Gail et al., Stat. Med. 15 (1996) 1069–1092
(permuting groups of unequal size).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from winloss.mine.count import count
from winloss.mine.outcome import Outcome
from winloss.mine.table import Segments, Table

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]
Marks = NDArray[np.bool_]
Codes = NDArray[np.integer]
Places = NDArray[np.intp]
Recount = Callable[[Table], Segments]

MOST_STRATA = 254
_LEAST_VARIANCE = 1.0
"""Successes of a segment must vary at least so much under the null to be asked."""
_OUT, _LOST, _WON = 0, 1, 2


@dataclass(frozen=True, slots=True)
class ByChance:
    """How the search fares where chance alone decides.

    `smallest` (draws,) is the smallest p, over its stake, of every shuffled book. `p` (c,) is the family-wise p of the
    segments asked for: how often a shuffled book has a segment as strong, stepping down from the strongest.
    """

    smallest: Floats
    p: Floats


def by_chance(  # noqa: PLR0913  # what was searched, and how it is shuffled
    segments: Segments,
    table: Table,
    outcome: Outcome,
    at: Places,
    *,
    strata: Codes | None = None,
    clusters: Codes | None = None,
    weights: Floats | None = None,
    times: int = 200,
    seed: int = 0,
    recount: Recount | None = None,
) -> ByChance:
    """Family-wise p of segments by permutation of the whole search.

    Parameters
    ----------
    segments, table, outcome
        Everything that was counted, on which deals, and by which share.
    at
        Places of the segments that are asked about, (c,).
    strata, clusters
        A code a deal, (deals,); at most one of them. A negative code is a stratum of its own, but clusters of one deal.
    weights
        The stake on each segment, (m,), mean 1; equal where None.
    times
        Shuffled books. The smallest p that can come out is 1 / (times + 1).
    seed
        Of the random numbers.
    recount
        Counts a table into the same rows as `segments`; the kernel with their depth and least support where None.

    Raises
    ------
    ValueError
        Both strata and clusters, over 254 strata, or a recount with other rows.

    Notes
    -----
    A segment's statistic is the difference of its successes from its share of the base's, over the standard deviation that
    it has exactly when outcomes are shuffled inside strata; its p is normal. Where that variance is under 1 it is 1.
    """
    if strata is not None and clusters is not None:
        raise ValueError("outcomes are shuffled inside strata or by clusters, not both")
    count_again = recount or _kernel(segments)
    ended = _ended(table, outcome)
    groups = np.zeros(table.deals, np.int64) if strata is None else _numbered(strata)
    scale = _Scale.of(segments, table, ended, groups, count_again)
    stake = np.ones(len(segments)) if weights is None else weights
    seen = scale.p(segments.base, outcome.of(segments.counts)[0], outcome.of(segments.bases)[0]) / stake
    order = np.argsort(seen, kind="stable")
    as_strong, smallest = np.zeros(len(seen), np.int64), []
    for shuffled in _draws(ended, groups, clusters, times, np.random.default_rng(seed)):
        again = _counted(table, shuffled, _WON + 1, count_again, segments)
        p = scale.p(again.base, again.counts[:, _WON], again.bases[:, _WON]) / stake
        least = np.minimum.accumulate(p[order][::-1])[::-1]
        as_strong[order] += least <= seen[order]
        smallest.append(least[0] if len(least) else 1.0)
    adjusted = np.empty(len(seen))
    adjusted[order] = np.maximum.accumulate((1 + as_strong[order]) / (times + 1))
    return ByChance(np.array(smallest), adjusted[at])


def _kernel(segments: Segments) -> Recount:
    depth, floor = segments.attribute.shape[1], int(segments.n.min()) if len(segments) else 1
    return lambda table: count(table, depth=depth, floor=floor)


def _ended(table: Table, outcome: Outcome) -> NDArray[np.uint8]:
    success, among = outcome.marks(table.class_count)
    return np.where(among, np.where(success, _WON, _LOST), _OUT).astype(np.uint8)[table.classes]


def _numbered(codes: Codes) -> Counts:
    """Codes from 0, without gaps."""
    _, numbers = np.unique(codes, return_inverse=True)
    if numbers.max(initial=0) >= MOST_STRATA:
        raise ValueError(f"{int(numbers.max()) + 1} strata, at most {MOST_STRATA}")
    return np.asarray(numbers.ravel(), np.int64)


def _counted(
    table: Table, classes: NDArray[np.uint8], class_count: int, recount: Recount, segments: Segments
) -> Segments:
    again = recount(
        Table(codes=table.codes, levels=table.levels, ordered=table.ordered, classes=classes, class_count=class_count)
    )
    if len(again) != len(segments) or not np.array_equal(again.n, segments.n):
        raise ValueError(f"{len(segments)} segments, but {len(again)} others when counted again")
    return again


def _draws(
    ended: NDArray[np.uint8], groups: Counts, clusters: Codes | None, times: int, rng: np.random.Generator
) -> Iterator[NDArray[np.uint8]]:
    """Outcomes of shuffled books; deals outside the denominator keep theirs."""
    inside = np.flatnonzero(ended != _OUT)
    given = ended[inside]
    for _ in range(times):
        shuffled = ended.copy()
        if clusters is None:
            shuffled[inside] = shuffled_inside(given, groups[inside], rng)
        else:
            shuffled[inside] = shuffled_by_cluster(given, clusters[inside], rng)
        yield shuffled


def shuffled_inside(values: NDArray[np.uint8], strata: Codes, rng: np.random.Generator) -> NDArray[np.uint8]:
    """`values` shuffled among the deals of each stratum."""
    shuffled = np.empty_like(values)
    deals = rng.permutation(len(values))
    shuffled[np.argsort(strata, kind="stable")] = values[deals[np.argsort(strata[deals], kind="stable")]]
    return shuffled


def shuffled_by_cluster(values: NDArray[np.uint8], clusters: Codes, rng: np.random.Generator) -> NDArray[np.uint8]:
    """`values` handed on in whole clusters to clusters of similar size; in each they are in random order.

    Deals of a negative code are clusters of one.
    """
    codes = clusters.astype(np.int64)
    alone = codes < 0
    codes[alone] = codes.max(initial=-1) + 1 + np.arange(int(alone.sum()))
    _, of, sizes = np.unique(codes, return_inverse=True, return_counts=True)
    of = of.ravel()
    similar = np.log2(sizes).astype(np.int64)

    def turn() -> NDArray[np.int64]:
        """The turn of each deal's cluster, in random order among clusters of similar size."""
        turns = np.empty(len(sizes), np.int64)
        turns[np.lexsort((rng.random(len(sizes)), similar))] = np.arange(len(sizes))
        return turns[of]

    shuffled = np.empty_like(values)
    deals = rng.permutation(len(values))
    shuffled[np.argsort(turn(), kind="stable")] = values[deals[np.argsort(turn()[deals], kind="stable")]]
    return shuffled


@dataclass(frozen=True, slots=True)
class _Scale:
    """Mean and variance of each segment's statistic when outcomes are shuffled inside strata; the part (0–1) of its
    base that it is.

    With w = 1 − part inside the segment, −part in the rest and 0 outside the base, the statistic is Σ w·success. Inside a
    stratum of N deals with K successes its mean is K/N·Σw, its variance K(N−K)/(N(N−1))·(Σw² − (Σw)²/N).
    """

    part: Floats
    mean: Floats
    variance: Floats

    @classmethod
    def of(cls, segments: Segments, table: Table, ended: NDArray[np.uint8], groups: Counts, recount: Recount) -> _Scale:
        strata = int(groups.max(initial=0)) + 1
        inside = ended != _OUT
        classes = np.where(inside, groups + 1, 0).astype(np.uint8)
        counted = _counted(table, classes, strata + 1, recount, segments)
        deals = np.bincount(groups[inside], minlength=strata).astype(float)
        won = np.bincount(groups[ended == _WON], minlength=strata).astype(float)
        with np.errstate(divide="ignore", invalid="ignore"):
            share = np.nan_to_num(won / deals)
            spread = np.nan_to_num(won * (deals - won) / (deals * (deals - 1)))
            part = np.nan_to_num(_all(counted.counts) / _all(counted.bases)[segments.base])
        mean, variance = np.zeros(len(segments)), np.zeros(len(segments))
        for stratum in range(strata):
            n1 = counted.counts[:, stratum + 1]
            n0 = counted.bases[segments.base, stratum + 1] - n1
            total = n1 * (1 - part) - n0 * part
            squares = n1 * (1 - part) ** 2 + n0 * part**2
            mean += share[stratum] * total
            variance += spread[stratum] * (squares - total**2 / max(deals[stratum], 1.0))
        return cls(part, mean, variance)

    def p(self, base: Codes, k: Codes, k_base: Codes) -> Floats:
        """Normal two-sided p of `k` (m,) successes of each segment, where each of the bases has `k_base`."""
        from scipy.special import ndtr

        told = self.variance >= _LEAST_VARIANCE
        apart = k - self.part * k_base[base] - self.mean
        z = apart / np.sqrt(np.where(told, self.variance, 1.0))
        return np.where(told, 2 * ndtr(-np.abs(z)), 1.0)


def _all(counts: NDArray[np.integer]) -> Floats:
    return np.asarray(counts[:, 1:].sum(axis=1), float)

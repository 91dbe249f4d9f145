"""Everything that is looked at, in one family: each comparison with its four counts and its plain p.

A comparison is a side 1 (a value, or a pair of values) against a side 0 (the rest of the deals whose value is known), by one
share: won of closed, or losses that name one reason, or one competitor. It is tested from 30 deals on either side.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from winloss.stats.exact import fisher_p
from winloss.stats.multiplicity import benjamini_hochberg, shared_weights
from winloss.synthesize.coded import Closed, Coded, Codes, Marks

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]

FLOOR = 30
"""Deals a side of a comparison needs to be tested."""
RATE = 0.05
"""The false discovery rate that is allowed."""
EARLY_RATE = 0.20
"""Up to this rate a comparison may be an early signal."""
MOST_PAIRED = 30
"""Values of an attribute that enter pairs, commonest first."""


class Search(IntEnum):
    """What kind of comparison."""

    SINGLE = 0
    PAIR = 1
    REASON = 2
    COMPETITOR = 3
    STAGE = 4
    CYCLE = 5
    SEASON = 6
    TREND = 7

    @property
    def words(self) -> str:
        return _WORDS[self]


_WORDS = {
    Search.SINGLE: "win rate by value",
    Search.PAIR: "win rate by pair of values",
    Search.REASON: "loss reason by value",
    Search.COMPETITOR: "competitor by value",
    Search.STAGE: "loss reason by deal stage reached",
    Search.CYCLE: "win rate by length of the cycle",
    Search.SEASON: "win rate by month of the quarter",
    Search.TREND: "win rate over time",
}

STAKES = {
    Search.PAIR: 1 / 2,
    Search.SINGLE: 3 / 8,
    Search.REASON: 1 / 32,
    Search.COMPETITOR: 1 / 32,
    Search.STAGE: 1 / 64,
    Search.CYCLE: 1 / 64,
    Search.SEASON: 1 / 64,
    Search.TREND: 1 / 64,
}
"""How the stake is divided beforehand: half to pairs, the other half to the rest, most of it to single values."""


@dataclass(frozen=True, slots=True)
class Family:
    """All comparisons, one place each in every array.

    `first`, `level1`, `second`, `level2` are places in the attributes and their levels (−1 where there is none);
    `target` the reason or competitor (−1: won). `p` begins as the plain p; `raise_p` only ever raises it.
    """

    search: Counts
    first: Counts
    level1: Counts
    second: Counts
    level2: Counts
    target: Counts
    k1: Counts
    n1: Counts
    k0: Counts
    n0: Counts
    p: Floats

    def __len__(self) -> int:
        return len(self.p)

    @property
    def weights(self) -> Floats:
        return shared_weights(self.search, {int(s): share for s, share in STAKES.items()})

    @property
    def q(self) -> Floats:
        return benjamini_hochberg(self.p, self.weights)

    @property
    def difference(self) -> Floats:
        return self.k1 / self.n1 - self.k0 / self.n0

    def raise_p(self, at: NDArray[np.intp], p: Floats) -> Family:
        """The family with `p` at the places `at` where it is larger than before."""
        raised = self.p.copy()
        raised[at] = np.maximum(raised[at], p)
        return replace(self, p=raised)


_FIELDS = ("search", "first", "level1", "second", "level2", "target", "k1", "n1", "k0", "n0")
Block = dict[str, NDArray[np.int64]]


def block_of(**columns: object) -> Block:
    filled = {name: np.asarray(columns.get(name, -1), np.int64) for name in _FIELDS}
    return dict(zip(filled, np.broadcast_arrays(*filled.values()), strict=True))


def joined(blocks: list[Block], extra_p: dict[int, float] | None = None) -> Family:
    """One family of all blocks, with Fisher's exact p; `extra_p` gives the p of searches that bring their own."""
    columns = {name: np.concatenate([b[name].ravel() for b in blocks] or [np.zeros(0, np.int64)]) for name in _FIELDS}
    p = fisher_p(*(columns[name] for name in ("k1", "n1", "k0", "n0")))
    for search, own in (extra_p or {}).items():
        p[columns["search"] == search] = own
    return Family(**columns, p=p)


def _tested(block: Block) -> Block:
    """The comparisons of a block with enough deals on either side."""
    enough = (block["n1"] >= FLOOR) & (block["n0"] >= FLOOR)
    return {name: column[enough] for name, column in block.items()}


def singles(closed: Closed) -> Iterator[Block]:
    """Won of closed, each value against the other filled values of its attribute."""
    for place, attribute in enumerate(closed.attributes):
        yield of_levels(Search.SINGLE, place, attribute, attribute.counts(closed.won), attribute.counts())


def of_levels(search: Search, place: int, attribute: Coded, k: Counts, n: Counts, *, target: int = -1) -> Block:
    """Each real value of an attribute against the rest, where there are enough deals."""
    block = block_of(
        search=search,
        first=place,
        level1=np.arange(len(n)),
        target=target,
        k1=k,
        n1=n,
        k0=k.sum() - k,
        n0=n.sum() - n,
    )
    real = np.array([level.kind == "value" for level in attribute.levels], bool)
    return _tested({name: column[real] for name, column in block.items()})


def on_losses(closed: Closed, search: Search, target_codes: Codes, targets: int) -> Iterator[Block]:
    """Losses that name one reason (or competitor), each value against the rest; `targets` are tried."""
    for place, attribute in enumerate(closed.attributes):
        yield from _targets(search, place, attribute, target_codes, targets)


def _targets(search: Search, place: int, attribute: Coded, target_codes: Codes, targets: int) -> Iterator[Block]:
    table = target_table(attribute, target_codes, targets)
    n = table.sum(axis=1)
    for target in range(targets):
        yield of_levels(search, place, attribute, table[:, target], n, target=target)


def target_table(attribute: Coded, target_codes: Codes, targets: int) -> Counts:
    """Losses of each value (rows) that name each target (columns; the last: any other)."""
    rows, width = len(attribute.levels) + 2, targets + 2
    keys = attribute.codes * np.int32(width) + np.minimum(target_codes, targets)
    keys += np.int32(2 * width + 1)
    return np.bincount(keys, minlength=rows * width).reshape(rows, width)[2:, 1:].astype(np.int64)


def stages(closed: Closed, targets: int) -> Iterator[Block]:
    """Losses that name one reason by the deal stage they reached."""
    if closed.stage is not None:
        yield from _targets(Search.STAGE, -1, closed.stage, closed.lost_reason, targets)


def cycles(closed: Closed) -> Iterator[Block]:
    if closed.cycle is not None:
        yield of_levels(Search.CYCLE, -1, closed.cycle, closed.cycle.counts(closed.won), closed.cycle.counts())


@dataclass(frozen=True, slots=True)
class PairTable:
    """Deals and won deals of each value of one attribute with each value of another; both filled."""

    n: Counts
    k: Counts


PairCounter = Callable[[Coded, Coded, Marks], PairTable]


def count_pairs(first: Coded, second: Coded, won: Marks) -> PairTable:
    """The counts of all pairs of values of two attributes: the one place where pairs are counted.

    Parameters
    ----------
    first, second
        Two attributes of the same deals.
    won
        Which deals are won.

    Returns
    -------
    PairTable
        Rows are the levels of `first`, columns those of `second`.
    """
    rows, width = len(first.levels) + 2, len(second.levels) + 2
    # Codes begin at −2: unfilled deals have rows and columns of their own, cheaper than taking them out.
    keys = first.codes * np.int32(width) + second.codes
    keys += np.int32(2 * width + 2)
    table = np.bincount(keys * np.int32(2) + won, minlength=2 * rows * width).reshape(rows, width, 2)[2:, 2:]
    return PairTable(table.sum(axis=2, dtype=np.int64), table[:, :, 1].astype(np.int64))


def pairs(closed: Closed, count: PairCounter = count_pairs) -> Iterator[tuple[tuple[int, int], PairTable, Block]]:
    """Won of closed, each pair of values against the rest of the deals that have both; with its counts.

    Pairs that are one of their values' deals (all of them, among those where both are known) are no comparison of their
    own. Of attributes with many values the 30 commonest enter.
    """
    for one, two in itertools.combinations(range(len(closed.attributes)), 2):
        first, second = closed.attributes[one], closed.attributes[two]
        table = count(first, second, closed.won)
        yield (one, two), table, _tested(_pair_block(one, two, table, first, second))


def _pair_block(one: int, two: int, table: PairTable, first: Coded, second: Coded) -> Block:
    n, k = table.n, table.k
    rows, columns = np.nonzero((n >= FLOOR) & _new(n) & np.outer(_paired(first), _paired(second)))
    n1, k1 = n[rows, columns], k[rows, columns]
    return block_of(
        search=Search.PAIR,
        first=one,
        level1=rows,
        second=two,
        level2=columns,
        k1=k1,
        n1=n1,
        k0=k.sum() - k1,
        n0=n.sum() - n1,
    )


def _new(n: Counts) -> Marks:
    return np.asarray((n < n.sum(axis=1, keepdims=True)) & (n < n.sum(axis=0, keepdims=True)))


def _paired(attribute: Coded) -> Marks:
    real = np.array([level.kind == "value" for level in attribute.levels], bool)
    return np.asarray(real & (np.arange(len(real)) < MOST_PAIRED))


def productive(family: Family, at: NDArray[np.intp], tables: dict[tuple[int, int], PairTable]) -> Marks:
    """Which pairs at the places `at` differ from the rest of either of their values, too.

    A pair is news only where it does, in the direction in which it differs from everything else. Each value asks at
    5 % over all pairs that hold it.

    Source: Webb, Machine Learning 68 (2007) 1–33, doi 10.1007/s10994-007-5006-x ("productive" rules).
    """
    news = np.ones(len(at), bool)
    direction = np.sign(family.difference[at])
    k1, n1 = family.k1[at], family.n1[at]
    for axis, level in zip((1, 0), parent_levels(family, at), strict=True):
        k, n = _parents(family, at, tables, axis)
        rest_n, rest_k = n - n1, k - k1
        p = fisher_p(k1, n1, rest_k, rest_n)
        with np.errstate(invalid="ignore", divide="ignore"):
            same_way = np.sign(k1 / n1 - rest_k / rest_n) == direction
        news &= same_way & (rest_n > 0) & (p <= level)
    return news


def parent_levels(family: Family, at: NDArray[np.intp]) -> tuple[Floats, Floats]:
    """The p at which a pair must differ from the rest of its first, and of its second value."""
    pair = family.search == Search.PAIR
    values = np.concatenate(
        [
            np.stack([family.first[pair], family.level1[pair]], axis=1),
            np.stack([family.second[pair], family.level2[pair]], axis=1),
        ]
    )
    _, which, counts = np.unique(values, axis=0, return_inverse=True, return_counts=True)
    levels = RATE / counts[which.ravel()]
    place = np.cumsum(pair)[at] - 1
    return levels[place], levels[place + int(pair.sum())]


def _parents(
    family: Family, at: NDArray[np.intp], tables: dict[tuple[int, int], PairTable], axis: int
) -> tuple[Counts, Counts]:
    k, n = np.empty(len(at), np.int64), np.empty(len(at), np.int64)
    levels = (family.level1 if axis == 1 else family.level2)[at]
    keys, of_key = np.unique(np.stack([family.first[at], family.second[at]], axis=1), axis=0, return_inverse=True)
    for i, (one, two) in enumerate(keys.tolist()):
        of = of_key.ravel() == i
        k[of] = tables[one, two].k.sum(axis=axis)[levels[of]]
        n[of] = tables[one, two].n.sum(axis=axis)[levels[of]]
    return k, n

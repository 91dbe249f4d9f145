"""Everything that is looked at, in one family: each comparison with its four counts and its plain p.

A comparison is a side 1 (a segment of up to three conditions) against a side 0 (the rest of the deals whose values are
known), by one share: won of closed, or losses that name one reason, or one competitor. It is tested from 30 deals on
either side.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import IntEnum
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from winloss.mine.exact import exact_p
from winloss.stats.multiplicity import benjamini_hochberg, shared_weights
from winloss.synthesize.coded import BLANK, Closed, Coded, Codes

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]

FLOOR = 30
"""Deals a side of a comparison needs to be tested."""
RATE = 0.05
"""The false discovery rate that is allowed."""
EARLY_RATE = 0.20
"""Up to this rate a comparison may be an early signal."""
EARLY_P = 0.01
"""And up to this p."""
FEW_A_MONTH = 20
"""Books that close fewer deals a month, on average, have early signals at most."""
DEPTH = 3
"""Conditions of a segment at most."""


class Search(IntEnum):
    """What kind of comparison."""

    SINGLE = 0
    PAIR = 1
    TRIPLE = 2
    REASON = 3
    COMPETITOR = 4
    STAGE = 5
    CYCLE = 6
    SEASON = 7
    TREND = 8

    @property
    def words(self) -> str:
        return _WORDS[self]


_WORDS = {
    Search.SINGLE: "win rate by value",
    Search.PAIR: "win rate by pair of values",
    Search.TRIPLE: "win rate by three values together",
    Search.REASON: "loss reason by value",
    Search.COMPETITOR: "competitor by value",
    Search.STAGE: "loss reason by deal stage reached",
    Search.CYCLE: "win rate by length of the cycle",
    Search.SEASON: "win rate by month of the quarter",
    Search.TREND: "win rate over time",
}

STAKES = {
    Search.SINGLE: 3 / 8,
    Search.PAIR: 3 / 8,
    Search.TRIPLE: 1 / 8,
    Search.REASON: 1 / 32,
    Search.COMPETITOR: 1 / 32,
    Search.STAGE: 1 / 64,
    Search.CYCLE: 1 / 64,
    Search.SEASON: 1 / 64,
    Search.TREND: 1 / 64,
}
"""How the stake is divided beforehand, so that the many deep segments do not drown the few shallow ones."""
SEGMENTS = (Search.SINGLE, Search.PAIR, Search.TRIPLE)
"""Won of closed, by conditions: the place of a search here is its number of conditions, less one."""


@dataclass(frozen=True)  # no slots: what is costly is kept
class Family:
    """All comparisons, one place each in every array.

    `attribute`, `low` and `high` are (comparisons, 3): for each condition the attribute's place, the first and the last
    of its levels (one and the same but in runs of ordered ones), −1 where there is no further condition. `target` is the
    reason or competitor (−1: won). `p` begins as the plain p; `raise_p` only ever raises it.
    """

    search: Counts
    attribute: Counts
    low: Counts
    high: Counts
    target: Counts
    k1: Counts
    n1: Counts
    k0: Counts
    n0: Counts
    p: Floats

    def __len__(self) -> int:
        return len(self.p)

    @cached_property
    def weights(self) -> Floats:
        return shared_weights(self.search, {int(s): share for s, share in STAKES.items()})

    @cached_property
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


Block = dict[str, NDArray[np.int64]]
_FLAT = ("search", "target", "k1", "n1", "k0", "n0")
_CONDITIONS = ("attribute", "low", "high")


def block_of(
    *, attribute: ArrayLike = -1, low: ArrayLike = -1, high: ArrayLike | None = None, **flat: ArrayLike
) -> Block:
    """Comparisons; conditions as (m, 3), or one a comparison (its level where the attribute is none's)."""
    filled = {name: np.asarray(flat.get(name, -1), np.int64) for name in _FLAT}
    given = [np.asarray(x, np.int64) for x in (attribute, low, low if high is None else high)]
    shape = np.broadcast_shapes(*(x.shape for x in filled.values()), *(x.shape[:1] for x in given)) or (1,)
    block = {name: np.broadcast_to(array, shape) for name, array in filled.items()}
    return block | {name: _wide(array, shape[0]) for name, array in zip(_CONDITIONS, given, strict=True)}


def _wide(given: Counts, m: int) -> Counts:
    wide = np.full((m, DEPTH), -1, np.int64)
    if given.ndim < 2:
        wide[:, 0] = given
    else:
        wide[:, : given.shape[1]] = given
    return wide


def joined(blocks: list[Block], extra_p: dict[int, float] | None = None) -> Family:
    """One family of all blocks, with Fisher's exact p; `extra_p` gives the p of searches that bring their own."""
    empty = block_of(search=np.zeros(0), low=np.zeros(0))
    columns = {name: np.concatenate([b[name] for b in (empty, *blocks)]) for name in (*_FLAT, *_CONDITIONS)}
    p = exact_p(*(columns[name] for name in ("k1", "n1", "k0", "n0")))
    for search, own in (extra_p or {}).items():
        p[columns["search"] == search] = own
    return Family(**columns, p=p)


def too_few(per_month: float | None) -> bool:
    """Whether too few deals close a month for anything to be established; books without dates are not judged by that."""
    return per_month is not None and per_month < FEW_A_MONTH


def value_level(family: Family, per_month: float | None) -> float | None:
    """The p that is enough for a value, whatever else is found; None where no value is compared.

    To be established; where too few deals close a month, to be an early signal.
    """
    values = np.flatnonzero(family.search == Search.SINGLE)
    if not len(values):
        return None
    rate, most = (EARLY_RATE, EARLY_P) if too_few(per_month) else (RATE, RATE)
    return min(most, float(rate * family.weights[values[0]] / len(family)))


def tested(block: Block) -> Block:
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
        attribute=place,
        low=np.arange(len(n)),
        target=target,
        k1=k,
        n1=n,
        k0=k.sum() - k,
        n0=n.sum() - n,
    )
    real = np.array([level.kind == "value" for level in attribute.levels], bool)
    return tested({name: column[real] for name, column in block.items()})


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
    return attribute.crossed(np.minimum(target_codes, targets), targets + 2, first=BLANK)[2:, 1:]


def stages(closed: Closed, targets: int) -> Iterator[Block]:
    """Losses that name one reason by the deal stage they reached."""
    if closed.stage is not None:
        yield from _targets(Search.STAGE, -1, closed.stage, closed.lost_reason, targets)


def cycles(closed: Closed) -> Iterator[Block]:
    if closed.cycle is not None:
        yield of_levels(Search.CYCLE, -1, closed.cycle, closed.cycle.counts(closed.won), closed.cycle.counts())

"""The whole search on books whose causes are known, and on books without any."""

from __future__ import annotations

import numpy as np
import pytest

from planted import PLANTED, meets, named, planted_table, shuffled
from winloss.mine.count import count
from winloss.mine.outcome import Outcome, Sides
from winloss.mine.productive import productive
from winloss.mine.residual import Residual, residual
from winloss.mine.table import Segments, Table
from winloss.mine.weights import depth_weights
from winloss.stats.multiplicity import benjamini_hochberg

WON = Outcome((1,))
DEALS = 200_000
SEEDS = range(5)


def searched(table: Table) -> tuple[Segments, Residual]:
    segments = count(table, depth=3, floor=max(30, table.deals // 1_000))
    weights = depth_weights(segments)
    at = np.flatnonzero(benjamini_hochberg(Sides.of(segments, WON).p(), weights) <= 0.05)
    at = at[productive(segments, table, WON, at)]
    return segments, residual(segments, table, WON, at, weights=weights)


def overlap(table: Table, one: tuple[tuple[int, int, int], ...], other: tuple[tuple[int, int, int], ...]) -> float:
    first, second = meets(table.codes, one), meets(table.codes, other)
    return float((first & second).sum() / (first | second).sum())


@pytest.mark.parametrize("blank", [0.0, 0.08])
def test_all_planted_effects_are_lines_and_in_the_median_book_little_else(blank: float) -> None:
    extra = []
    for seed in SEEDS:
        table = planted_table(seed, DEALS, blank=blank)
        segments, found = searched(table)
        lines = [named(segments, line.place) for line in found.firm]
        for segment, effect in PLANTED:
            # A run's ends are known up to noise: a line with most of the same deals tells of the same effect.
            same = [line for line in lines if overlap(table, line, segment) >= 0.6]
            assert same, f"seed {seed}: {segment} ({effect:+.2f}) is not among {lines}"
        extra.append(len(lines) - len(PLANTED))
    assert np.median(extra) <= 3
    assert max(extra) <= 3


def test_a_shuffled_book_has_no_line() -> None:
    for seed in SEEDS:
        segments, found = searched(shuffled(planted_table(seed, DEALS), seed))
        assert found.firm == (), [named(segments, line.place) for line in found.firm]

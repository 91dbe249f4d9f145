"""Medians: ranks against Conover's table and the binomial distribution, coverage by simulation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from winloss.stats.medians import median, median_ranks


@pytest.mark.parametrize(("n", "ranks"), [(6, (1, 6)), (8, (1, 8)), (10, (2, 9)), (15, (4, 12)), (20, (6, 15))])
def test_ranks_are_those_of_conover_1999(n: int, ranks: tuple[int, int]) -> None:
    assert median_ranks(n) == ranks


def test_five_values_cannot_reach_95_percent() -> None:
    assert median_ranks(5) is None


@pytest.mark.parametrize("n", [6, 31, 100, 999, 5000, 5001, 40000])
def test_the_level_is_at_least_95_percent_and_not_far_above(n: int) -> None:
    ranks = median_ranks(n)
    assert ranks is not None
    level = 1 - 2 * binom.cdf(ranks[0] - 1, n, 0.5)
    assert 0.9495 <= level < 0.99


def test_a_median_of_an_even_number_lies_between_its_two_middle_values() -> None:
    known = median(np.array([4.0, np.nan, 1.0, 9.0, 2.0]))
    assert known.value == 3.0
    assert known.n == 4
    assert known.low is None


def test_the_interval_covers_in_95_of_100() -> None:
    random = np.random.default_rng(5)
    covered = 0
    for _ in range(400):
        known = median(random.lognormal(3, 1, 60))
        assert known.low is not None
        assert known.high is not None
        covered += known.low <= np.exp(3) <= known.high
    assert covered >= 372


def test_no_value_gives_no_median() -> None:
    assert median(np.array([np.nan])).value is None

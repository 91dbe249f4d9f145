"""The clustered test under clusters without an effect: it keeps its level where the plain test does not."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from winloss.stats.clustered import clustered_difference, survival_p
from winloss.stats.exact import fisher_p

Counts = NDArray[np.int64]


def _books(seed: int, books: int, reps: int, in_region: int) -> tuple[Counts, Counts, Counts, Counts]:
    """Deals of reps with win rates of their own; the first `in_region` reps are the segment. Reps differ in volume."""
    random = np.random.default_rng(seed)
    n = random.poisson(random.lognormal(4, 0.5, (books, reps))) + 1
    rates = 1 / (1 + np.exp(-random.normal(-0.4, 0.5, (books, reps))))
    won = random.binomial(n, rates)
    inside = np.arange(reps) < in_region
    return won * inside, n * inside, won * ~inside, n * ~inside


@pytest.mark.parametrize(("reps", "in_region"), [(12, 3), (12, 4), (20, 5), (25, 12)])
def test_a_region_is_established_at_its_level_under_rep_effects(reps: int, in_region: int) -> None:
    k1, n1, k0, n0 = _books(reps, 2000, reps, in_region)
    p = clustered_difference(k1, n1, k0, n0).p
    plain = fisher_p(k1.sum(1), n1.sum(1), k0.sum(1), n0.sum(1))
    assert (plain <= 0.05).mean() > 0.3
    assert (p <= 0.05).mean() <= 0.065
    assert (p <= 0.001).mean() <= 0.004


def test_a_segment_inside_reps_keeps_its_level_and_finds_what_is_there() -> None:
    random = np.random.default_rng(8)
    n = random.poisson(random.lognormal(4.5, 0.5, (1500, 15))) + 5
    n1 = random.binomial(n, random.uniform(0.1, 0.3, (1500, 15)))
    rates = 1 / (1 + np.exp(-random.normal(-0.4, 0.5, (1500, 15))))
    k0 = random.binomial(n - n1, rates)
    nothing = survival_p(random.binomial(n1, rates), n1, k0, n - n1)
    planted = survival_p(random.binomial(n1, np.clip(rates - 0.15, 0, 1)), n1, k0, n - n1)
    assert (nothing <= 0.05).mean() <= 0.065
    assert (nothing <= 0.001).mean() <= 0.004
    assert (planted <= 0.001).mean() >= 0.9


def test_shuffling_reps_between_regions_agrees_with_the_formula() -> None:
    """A permutation of whole reps, equal in volume, is exact; the t test must not differ much from it."""
    random = np.random.default_rng(3)
    reps, inside = 16, np.arange(16) < 5
    n = np.full(reps, 80)
    for _ in range(5):
        won = random.binomial(n, np.clip(random.normal(0.4, 0.12, reps) - 0.15 * inside, 0.05, 0.95))
        p = float(clustered_difference(won * inside, n * inside, won * ~inside, n * ~inside).p)
        turned = np.array([random.permutation(inside) for _ in range(4000)])
        shares = won / n
        seen = abs(shares[inside].mean() - shares[~inside].mean())
        apart = np.abs((turned * shares).sum(1) / 5 - (~turned * shares).sum(1) / 11)
        assert p == pytest.approx((1 + (apart >= seen - 1e-12).sum()) / 4001, abs=0.08)

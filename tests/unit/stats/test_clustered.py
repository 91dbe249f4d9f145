"""What clusters leave of a difference."""

from __future__ import annotations

import numpy as np
import pytest

from winloss.stats.clustered import clustered_difference, survival_bounds, survival_p
from winloss.stats.exact import fisher_p


@pytest.mark.parametrize("reps", [1, 2])
def test_one_or_two_reps_on_a_side_establish_nothing(reps: int) -> None:
    n1, n0 = np.zeros(20), np.full(20, 100.0)
    n1[:reps], n0[:reps] = 200, 0
    k1, k0 = n1 * 0.9, n0 * 0.1
    assert float(clustered_difference(k1, n1, k0, n0).p) == 1.0
    assert float(survival_p(k1, n1, k0, n0)) == 1.0
    assert survival_bounds(k1, n1, k0, n0, level=0.95) == (-1.0, 1.0)


def test_one_rep_with_nearly_all_deals_of_a_segment_establishes_nothing() -> None:
    n1, n0 = np.full(20, 2.0), np.full(20, 100.0)
    n1[0], n0[0] = 300, 0
    assert float(survival_p(n1 * 0.9, n1, n0 * 0.1, n0)) == 1.0


def test_a_region_of_few_reps_has_few_degrees_of_freedom() -> None:
    random = np.random.default_rng(0)
    n1, n0 = np.r_[np.full(4, 100), np.zeros(16)], np.r_[np.zeros(4), np.full(16, 100)]
    shares = random.uniform(0.2, 0.6, 20)
    result = clustered_difference(
        random.binomial(n1.astype(int), shares), n1, random.binomial(n0.astype(int), shares), n0
    )
    assert 3 <= float(result.freedom) < 7


def test_reps_that_agree_establish_what_reps_that_differ_do_not() -> None:
    n1, n0 = np.r_[np.full(8, 50.0), np.zeros(12)], np.r_[np.zeros(8), np.full(12, 50.0)]
    agree = np.r_[np.full(8, 30.0), np.zeros(12)], np.r_[np.zeros(8), np.full(12, 20.0)]
    differ = np.r_[np.tile([50.0, 10.0], 4), np.zeros(12)], np.r_[np.zeros(8), np.tile([40.0, 0.0], 6)]
    assert float(survival_p(agree[0], n1, agree[1], n0)) < 1e-4
    assert float(survival_p(differ[0], n1, differ[1], n0)) > 0.1
    # The counts are the same, so the plain test cannot tell the two.
    assert fisher_p(240, 400, 240, 600) == fisher_p(int(agree[0].sum()), 400, int(agree[1].sum()), 600)


def test_clusters_that_agree_to_the_deal_keep_an_error_above_zero() -> None:
    n = np.full(12, 10.0)
    result = clustered_difference(n, n, n * 0, n)
    assert float(result.error) > 0
    assert float(result.difference) == 1.0


def test_an_empty_side_has_p_one() -> None:
    n = np.full(5, 10.0)
    assert float(clustered_difference(n * 0, n * 0, n / 2, n).p) == 1.0


def test_deals_that_stand_alone_may_be_counted_as_four_entries() -> None:
    random = np.random.default_rng(4)
    n1, n0 = random.integers(0, 9, 30), random.integers(0, 9, 30)
    k1, k0 = random.binomial(n1, 0.5), random.binomial(n0, 0.4)
    alone = {"won1": 7, "lost1": 5, "won0": 11, "lost0": 3}
    entries = [([1, 1, 0, 0], 7), ([0, 1, 0, 0], 5), ([0, 0, 1, 1], 11), ([0, 0, 0, 1], 3)]
    long = np.array([row for row, times in entries for _ in range(times)]).T
    short = np.array([row for row, _ in entries]).T
    columns = (k1, n1, k0, n0)
    one_by_one = clustered_difference(*(np.r_[c, more] for c, more in zip(columns, long, strict=True)))
    times = np.r_[np.ones(30), list(alone.values())]
    together = clustered_difference(*(np.r_[c, more] for c, more in zip(columns, short, strict=True)), times=times)
    for name in ("difference", "error", "freedom", "p", "clusters1", "clusters0", "correlation"):
        assert float(getattr(together, name)) == pytest.approx(float(getattr(one_by_one, name)), rel=1e-9)


def test_a_difference_inside_few_reps_survives_whatever_their_levels() -> None:
    n1, n0 = np.full(4, 100.0), np.full(4, 300.0)
    levels = np.array([0.2, 0.4, 0.6, 0.8])
    assert float(survival_p(n1 * (levels - 0.15), n1, n0 * levels, n0)) < 1e-4
    assert float(survival_p(n1 * levels, n1, n0 * levels, n0)) > 0.9


def test_a_difference_that_only_some_reps_have_proves_less() -> None:
    n1, n0 = np.full(6, 100.0), np.full(6, 300.0)
    steady = np.full(6, -0.10)
    unsteady = np.array([-0.40, 0.20, -0.40, 0.20, -0.40, 0.20])
    low, high = (float(survival_p(n1 * (0.5 + d), n1, n0 * 0.5, n0)) for d in (steady, unsteady))
    assert low < 1e-4
    assert high > 0.05


def test_bounds_contain_the_difference_and_widen_with_the_level() -> None:
    random = np.random.default_rng(2)
    n1, n0 = random.integers(5, 30, 50), random.integers(20, 60, 50)
    k1, k0 = random.binomial(n1, 0.3), random.binomial(n0, 0.4)
    narrow = survival_bounds(k1, n1, k0, n0, level=0.95)
    wide = survival_bounds(k1, n1, k0, n0, level=0.999)
    difference = k1.sum() / n1.sum() - k0.sum() / n0.sum()
    assert wide[0] < narrow[0] < difference < narrow[1] < wide[1]

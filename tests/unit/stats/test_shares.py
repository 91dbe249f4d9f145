"""Intervals of shares: values at the edges."""

from __future__ import annotations

import numpy as np
import pytest

from winloss.stats.shares import newcombe, newcombe_bounds, normal_quantile, percent_of_level, wilson, wilson_bounds


def test_no_deal_gives_no_share() -> None:
    assert wilson(0, 0).value is None
    assert wilson(0, 0).why


def test_all_won_reaches_exactly_one_and_none_won_exactly_zero() -> None:
    assert wilson(10, 10).high == 1.0
    assert wilson(0, 10).low == 0.0


def test_more_wins_than_deals_is_refused() -> None:
    with pytest.raises(ValueError, match="5 of 4"):
        wilson(5, 4)


def test_a_level_outside_of_zero_and_one_is_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        normal_quantile(1.0)


def test_newcombe_needs_deals_on_both_sides() -> None:
    assert newcombe(0, 0, 3, 5).value is None
    assert newcombe(3, 5, 0, 0).value is None


def test_a_level_other_than_95_percent_is_said() -> None:
    assert wilson(31, 120).method == "Wilson"
    assert wilson(31, 120, 0.9987).method == "Wilson, 99.87 %"
    assert percent_of_level(0.999962) == "99.9962 %"


def test_many_at_once_equal_one_by_one() -> None:
    k1, n1, k0, n0 = np.array([31, 0]), np.array([120, 9]), np.array([993, 4]), np.array([2310, 4])
    low, high = newcombe_bounds(k1, n1, k0, n0)
    for i in range(2):
        one = newcombe(int(k1[i]), int(n1[i]), int(k0[i]), int(n0[i]))
        assert (one.low, one.high) == pytest.approx((low[i], high[i]))


def test_an_empty_denominator_among_many_gives_nan() -> None:
    low, high = wilson_bounds([0, 1], [0, 2])
    assert np.isnan(low[0])
    assert np.isnan(high[0])
    assert low[1] == pytest.approx(0.0945, abs=1e-4)

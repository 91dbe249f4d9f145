"""Shares by amount: values by hand and at the edges."""

from __future__ import annotations

import numpy as np
import pytest

from winloss.stats.amounts import bootstrap_share, ratio_share, weighted_share


def test_equal_amounts_give_the_plain_share_and_its_binomial_error() -> None:
    share = weighted_share(np.full(400, 7.0), np.arange(400) < 100)
    assert share.value == 0.25
    # logit interval of 100 of 400 with n - 1: 0.25 -+ 1.96 * sqrt(.25 * .75 / 399), on the logit scale
    assert (share.low, share.high) == pytest.approx((0.2100, 0.2948), abs=2e-4)


def test_large_deals_widen_the_interval() -> None:
    random = np.random.default_rng(1)
    won = random.random(400) < 0.3
    even = weighted_share(np.ones(400), won)
    skewed = weighted_share(random.lognormal(0, 1.2, 400), won)
    assert even.low is not None
    assert even.high is not None
    assert skewed.low is not None
    assert skewed.high is not None
    assert skewed.high - skewed.low > 1.5 * (even.high - even.low)


def test_a_few_large_deals_that_decide_are_refused() -> None:
    amounts = np.ones(100)
    amounts[0] = 1e6
    share = weighted_share(amounts, np.arange(100) < 30)
    assert share.value is None
    assert "few large deals" in share.why


def test_no_amount_gives_no_share() -> None:
    assert weighted_share(np.zeros(50), np.arange(50) < 5).value is None
    assert ratio_share(total=0, part=0, squares=0, part_squares=0, n=0).value is None


def test_all_won_keeps_a_lower_bound_below_one() -> None:
    share = weighted_share(np.ones(50), np.ones(50, bool))
    assert share.high == 1.0
    assert share.low == pytest.approx(0.9287, abs=1e-4)  # Wilson of 50 of 50


def test_a_negative_amount_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        weighted_share(np.array([-1.0, 2.0]), np.array([True, False]))


def test_the_bootstrap_agrees_with_the_ratio_and_repeats_itself() -> None:
    random = np.random.default_rng(3)
    amounts, won = random.lognormal(0, 0.8, 500), random.random(500) < 0.4
    ratio, boot = weighted_share(amounts, won), bootstrap_share(amounts, won)
    assert boot == bootstrap_share(amounts, won)
    assert (boot.low, boot.high) == pytest.approx((ratio.low, ratio.high), abs=0.01)

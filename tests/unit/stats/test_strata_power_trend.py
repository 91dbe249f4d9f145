"""Strata, power and trends: values by hand and at the edges."""

from __future__ import annotations

import numpy as np
import pytest

from winloss.stats.power import deals_needed, detectable_difference
from winloss.stats.strata import mantel_haenszel, share_within, within_p
from winloss.stats.trend import trend


def test_one_stratum_gives_the_plain_difference() -> None:
    result = mantel_haenszel([30], [100], [40], [80])
    assert float(result.difference) == pytest.approx(-0.2)
    assert float(result.compared) == 1.0


def test_strata_with_one_side_say_nothing() -> None:
    result = mantel_haenszel([30, 9], [100, 10], [40, 0], [80, 0])
    assert float(result.difference) == pytest.approx(-0.2)
    assert float(result.compared) == pytest.approx(100 / 110)
    assert np.isnan(mantel_haenszel([3], [5], [0], [0]).difference)
    assert float(within_p([3], [5], [0], [0])) == 1.0


def test_simpsons_paradox_is_undone() -> None:
    k1, n1, k0, n0 = [90, 20], [100, 100], [8, 180], [10, 900]  # in sum 110/200 against 188/910, inside no difference
    assert sum(k1) / 200 - sum(k0) / 910 > 0.3
    assert float(mantel_haenszel(k1, n1, k0, n0).difference) == pytest.approx(0.0085, abs=1e-3)


def test_a_comparison_lies_within_strata_or_between_them() -> None:
    assert float(share_within([10, 0], [0, 10])) == 0.0
    assert float(share_within([10, 20], [30, 60])) == pytest.approx(1.0)


def test_a_detectable_difference_has_the_power_it_promises() -> None:
    difference = detectable_difference(300, 2700, 0.4, level=0.01, way=-1)
    assert difference is not None
    random = np.random.default_rng(0)
    k1, k0 = random.binomial(300, 0.4 - difference, 4000), random.binomial(2700, 0.4, 4000)
    pooled = (k1 + k0) / 3000
    z = (k1 / 300 - k0 / 2700) / np.sqrt(pooled * (1 - pooled) * (1 / 300 + 1 / 2700))
    assert (np.abs(z) > 2.5758).mean() == pytest.approx(0.8, abs=0.04)


def test_of_both_directions_the_harder_one_counts_where_both_are_possible() -> None:
    up, down = (detectable_difference(300, 2700, 0.2, way=way) for way in (1, -1))
    assert up is not None
    assert down is not None
    assert down < up == detectable_difference(300, 2700, 0.2)
    assert detectable_difference(50, 5000, 0.02, way=-1) is None
    assert detectable_difference(50, 5000, 0.02) == detectable_difference(50, 5000, 0.02, way=1)


def test_too_few_deals_can_detect_nothing() -> None:
    assert detectable_difference(1, 2, 0.5) is None
    assert detectable_difference(0, 10, 0.5) is None


def test_deals_needed_and_detectable_difference_agree() -> None:
    needed = deals_needed(0.4, -0.1)
    assert needed == 356
    assert detectable_difference(needed, needed, 0.4, way=-1) == pytest.approx(0.1, abs=0.005)
    assert deals_needed(0.4, 0.7) is None
    assert deals_needed(0.4, 0.0) is None


def test_a_clear_fall_is_a_trend_and_a_flat_line_is_none() -> None:
    random = np.random.default_rng(0)
    fall = trend(0.6 - 0.01 * np.arange(24) + random.normal(0, 0.02, 24))
    assert fall is not None
    assert fall.slope == pytest.approx(-0.01, abs=0.002)
    assert fall.p < 0.001
    flat = trend(np.full(24, 0.4))
    assert flat is not None
    assert (flat.slope, flat.p) == (0.0, 1.0)


def test_nine_months_are_too_few_for_a_trend() -> None:
    assert trend(np.linspace(0.1, 0.9, 9)) is None


def test_the_same_series_has_the_same_p() -> None:
    series = np.random.default_rng(1).random(24)
    assert trend(series) == trend(series)


def test_a_wave_that_resembles_a_trend_is_doubted() -> None:
    half_wave = 0.5 + 0.1 * np.sin(np.linspace(0, np.pi / 2, 24))
    slow = trend(half_wave)
    assert slow is not None
    assert slow.correlation > 0.5

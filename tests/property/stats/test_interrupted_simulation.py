"""Series in which nothing changed: how often a change is called, and what a change that is there is found to be."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from winloss.stats.interrupted import Fits, level_changes

Floats = NDArray[np.float64]
SERIES = 6000
NOISE = 3 * np.sqrt(0.06 * 0.94 / SERIES)
"""Three Monte-Carlo errors on top of the 6 % that are promised."""


def _series(seed: int, periods: int, rho: float) -> Floats:
    """First-order autocorrelated, with variance 1."""
    noise = np.random.default_rng(seed).standard_normal((SERIES, periods))
    noise[:, 1:] *= np.sqrt(1 - rho**2)
    for i in range(1, periods):
        noise[:, i] += rho * noise[:, i - 1]
    return noise


def _called(fits: Fits, level: float = 0.05) -> float:
    return float((fits.p <= level).mean())


@pytest.mark.parametrize("before", [12, 18, 24])
@pytest.mark.parametrize("rho", [0.0, 0.3, 0.6])
def test_two_periods_after_call_a_change_where_none_is_in_six_percent_at_most(before: int, rho: float) -> None:
    series = _series(before, before + 2, rho)
    fits = level_changes(series, np.full_like(series, 1e-9), before=before)
    assert _called(fits) <= 0.06 + NOISE
    assert _called(fits) >= 0.025


@pytest.mark.parametrize("rho", [0.0, 0.3, 0.6])
def test_so_they_do_with_shares_of_unequal_months(rho: float) -> None:
    """Binomial shares of 20 to 200 deals whose chance moves from month to month, with estimated variances."""
    random = np.random.default_rng(int(rho * 10))
    deals = random.integers(20, 200, (SERIES, 20))
    chance = 1 / (1 + np.exp(0.6 - 0.3 * _series(77, 20, rho)))
    share = random.binomial(deals, chance) / deals
    steady = (share * deals).sum(1, keepdims=True) / deals.sum(1, keepdims=True)
    fits = level_changes(share, steady * (1 - steady) / deals, before=18)
    assert _called(fits) <= 0.06 + NOISE


@pytest.mark.parametrize("after", [1, 6])
def test_one_period_after_and_six_keep_nearly_as_close(after: int) -> None:
    for before, rho in ((12, 0.3), (12, 0.6), (24, 0.6)):
        series = _series(before + after, before + after, rho)
        assert _called(level_changes(series, np.full_like(series, 1e-9), before=before)) <= 0.07 + NOISE


def test_the_sampling_variances_alone_keep_the_level() -> None:
    """Periods that differ by nothing but chance: never more false calls than promised."""
    random = np.random.default_rng(4)
    variances = random.uniform(0.5, 4.0, (SERIES, 14))
    fits = level_changes(random.normal(0.3, np.sqrt(variances)), variances, before=12)
    assert _called(fits) <= 0.05 + NOISE


@pytest.mark.parametrize("rho", [0.0, 0.3])
def test_intervals_cover_the_change_that_is_there(rho: float) -> None:
    from scipy.special import stdtrit

    series = _series(9, 20, rho)
    series[:, 18:] += 2.5
    fits = level_changes(series, np.full_like(series, 1e-9), before=18)
    covered = np.abs(fits.change - 2.5) <= stdtrit(fits.freedom, 0.975) * fits.error
    assert covered.mean() >= 0.94 - NOISE
    assert fits.change.mean() == pytest.approx(2.5, abs=0.06)
    assert _called(fits) > 0.4

"""The level change against statsmodels: OLS, WLS, GLS and GLSAR's whitening with the same autocorrelation."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from numpy.typing import NDArray
from scipy.linalg import toeplitz

from winloss.stats.interrupted import LevelChange, level_change

Floats = NDArray[np.float64]


def _series(seed: int, periods: int, rho: float) -> tuple[Floats, Floats]:
    """Values that vary more than their sampling variances say, and those variances."""
    random = np.random.default_rng(seed)
    variances = random.uniform(0.5, 3.0, periods)
    noise = random.standard_normal(periods)
    for i in range(1, periods):
        noise[i] += rho * noise[i - 1]
    return 10 + 0.2 * np.arange(periods) + 3 * noise * np.sqrt(variances), variances


def _design(periods: int, before: int) -> Floats:
    place = np.arange(periods)
    return np.column_stack([np.ones(periods), place, place >= before])


def _found(values: Floats, variances: Floats, before: int) -> LevelChange:
    found = level_change(values, variances, after=np.arange(len(values)) >= before)
    assert found is not None
    return found


def _agrees(found: LevelChange, fitted: object) -> None:
    assert found.change == pytest.approx(fitted.params[2], rel=1e-8)  # type: ignore[attr-defined]
    assert found.error == pytest.approx(fitted.bse[2], rel=1e-8)  # type: ignore[attr-defined]


@pytest.mark.parametrize(("periods", "before"), [(10, 8), (14, 12), (26, 24), (30, 18)])
@pytest.mark.parametrize("rho", [0.0, 0.4, 0.8])
@pytest.mark.parametrize("seed", range(3))
def test_it_equals_generalized_least_squares(periods: int, before: int, rho: float, seed: int) -> None:
    values, variances = _series(seed, periods, rho)
    found = _found(values, variances, before)
    scale = np.sqrt(variances)
    sigma = toeplitz(found.correlation ** np.arange(periods)) * np.outer(scale, scale)
    _agrees(found, sm.GLS(values, _design(periods, before), sigma=sigma).fit())


def test_without_autocorrelation_it_equals_ordinary_and_weighted_least_squares() -> None:
    values, variances = next(
        pair for seed in range(20) if _found(*(pair := _series(seed, 20, -0.5)), 18).correlation == 0
    )
    _agrees(_found(values, variances, 18), sm.WLS(values, _design(20, 18), weights=1 / variances).fit())
    even = _found(values, np.ones(20), 18)
    assert even.correlation == 0
    _agrees(even, sm.OLS(values, _design(20, 18)).fit())


def test_after_the_first_period_it_whitens_as_glsar_does() -> None:
    """GLSAR drops the first period, Prais & Winsten keep it."""
    values, _ = _series(5, 24, 0.6)
    found = _found(values, np.ones(24), 20)
    assert found.correlation > 0.1
    model = sm.GLSAR(values, _design(24, 20), rho=found.correlation)
    first = np.sqrt(1 - found.correlation**2)
    y = np.r_[first * values[0], model.whiten(values)]
    design = np.vstack([first * _design(24, 20)[:1], model.whiten(_design(24, 20))])
    _agrees(found, sm.OLS(y, design).fit())


def test_the_error_is_never_smaller_than_the_sampling_variances_say() -> None:
    values, variances = _series(2, 20, 0.0)
    found = _found(values, variances * 1000, 16)
    scale = np.sqrt(variances * 1000)
    sigma = toeplitz(found.correlation ** np.arange(20)) * np.outer(scale, scale)
    fitted = sm.GLS(values, _design(20, 16), sigma=sigma).fit()
    assert fitted.scale < 1
    assert found.error == pytest.approx(np.sqrt(fitted.normalized_cov_params[2, 2]), rel=1e-8)

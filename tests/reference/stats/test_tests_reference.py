"""Tests and corrections against SciPy, statsmodels and published examples."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chi2_contingency, fisher_exact
from statsmodels.stats.contingency_tables import StratifiedTable
from statsmodels.stats.multitest import multipletests

from winloss.stats.exact import chi_square_p, fisher_p
from winloss.stats.multiplicity import benjamini_hochberg
from winloss.stats.strata import mantel_haenszel, steady_within_p, within_p
from winloss.stats.trend import trend


@pytest.mark.parametrize("scale", [8, 60, 900, 20_000, 150_000])
def test_fisher_is_that_of_scipy(scale: int) -> None:
    random = np.random.default_rng(scale)
    for _ in range(60 if scale < 10_000 else 12):
        n1, n0 = int(random.integers(1, scale)), int(random.integers(1, 2 * scale))
        share = random.random()
        k1 = int(random.binomial(n1, share))
        k0 = int(random.binomial(n0, np.clip(share + random.normal(0, 0.5 / np.sqrt(scale)), 0, 1)))
        expected = fisher_exact(np.array([[k1, n1 - k1], [k0, n0 - k0]])).pvalue
        assert float(fisher_p(k1, n1, k0, n0)) == pytest.approx(expected, abs=1e-9)


def test_fisher_of_the_tea_lady() -> None:
    assert float(fisher_p(3, 4, 1, 4)) == pytest.approx(34 / 70)  # Fisher, The Design of Experiments, 1935


def test_fisher_in_the_far_tail_is_relatively_exact() -> None:
    expected = fisher_exact(np.array([[10, 490], [900, 1100]])).pvalue
    assert float(fisher_p(10, 500, 900, 2000)) == pytest.approx(expected, rel=1e-8)


def test_chi_square_is_that_of_scipy() -> None:
    k, n = np.array([31, 90, 12, 44]), np.array([120, 200, 60, 90])
    expected = chi2_contingency(np.array([k, n - k]), correction=False).pvalue
    assert chi_square_p(k, n) == pytest.approx(expected, rel=1e-12)


def test_q_values_are_those_of_statsmodels() -> None:
    p = np.random.default_rng(0).beta(0.4, 1, 300)
    assert benjamini_hochberg(p) == pytest.approx(multipletests(p, method="fdr_bh")[1])


def test_benjamini_and_hochberg_1995_example() -> None:
    p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344]
    p += [0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0]
    assert (benjamini_hochberg(p) <= 0.05).sum() == 4


def test_cmh_is_that_of_statsmodels() -> None:
    random = np.random.default_rng(1)
    n1, n0 = random.integers(5, 60, 8), random.integers(5, 90, 8)
    k1, k0 = random.binomial(n1, 0.4), random.binomial(n0, 0.5)
    tables = [np.array([[a, b - a], [c, d - c]]) for a, b, c, d in zip(k1, n1, k0, n0, strict=True)]
    expected = StratifiedTable(tables).test_null_odds(correction=False).pvalue
    assert float(within_p(k1, n1, k0, n0)) == pytest.approx(expected, rel=1e-9)


def test_strata_that_agree_change_nothing_in_the_steady_test() -> None:
    k1, n1, k0, n0 = [20, 40, 60], [100, 200, 300], [60, 120, 180], [200, 400, 600]
    assert float(steady_within_p(k1, n1, k0, n0)) == pytest.approx(float(within_p(k1, n1, k0, n0)))


def test_mantel_haenszel_of_the_tolbutamide_trial() -> None:
    """Deaths by age in the UGDP trial: Rothman, Greenland & Lash, Modern Epidemiology, 3rd ed., chapter 15."""
    result = mantel_haenszel([8, 22], [106, 98], [5, 16], [120, 85])
    low, high = result.bounds(level=0.9)
    assert float(result.difference) == pytest.approx(0.035, abs=5e-4)
    assert (float(low), float(high)) == pytest.approx((-0.018, 0.087), abs=6e-4)


def test_satos_variance_is_close_to_that_of_greenland_and_robins() -> None:
    random = np.random.default_rng(3)
    n1, n0 = random.integers(40, 90, 6).astype(float), random.integers(40, 90, 6).astype(float)
    k1, k0 = random.binomial(n1.astype(int), 0.4), random.binomial(n0.astype(int), 0.5)
    n = n1 + n0
    parts = (k1 * (n1 - k1) * n0**3 + k0 * (n0 - k0) * n1**3) / (n1 * n0 * n**2)
    greenland = parts.sum() / (n1 * n0 / n).sum() ** 2
    assert float(mantel_haenszel(k1, n1, k0, n0).error) ** 2 == pytest.approx(greenland, rel=0.05)


def test_the_mantel_haenszel_interval_covers_in_95_of_100() -> None:
    random = np.random.default_rng(6)
    base = np.array([0.2, 0.4, 0.6, 0.7])
    n1, n0 = np.array([30, 50, 20, 60]), np.array([80, 60, 90, 40])
    k1, k0 = random.binomial(n1, base - 0.1, (2000, 4)), random.binomial(n0, base, (2000, 4))
    low, high = mantel_haenszel(k1, n1, k0, n0).bounds()
    assert ((low <= -0.1) & (high >= -0.1)).mean() == pytest.approx(0.95, abs=0.015)


@pytest.mark.parametrize("rho", [0.0, 0.4, 0.7])
def test_months_that_resemble_each_other_make_no_trend(rho: float) -> None:
    random = np.random.default_rng(int(10 * rho))
    found = 0
    for _ in range(150):
        series = random.standard_normal(24)
        series[0] /= np.sqrt(1 - rho**2)
        for i in range(1, 24):
            series[i] += rho * series[i - 1]
        slope = trend(series, draws=499)
        assert slope is not None
        found += slope.p <= 0.05
    assert found <= 15  # the 99 % point of a binomial of 150 at 5 % is 14, at 5.5 % 15

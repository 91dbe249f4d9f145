"""Intervals of shares against statsmodels and published tables."""

from __future__ import annotations

import pytest
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from winloss.stats.shares import newcombe, wilson


@pytest.mark.parametrize(("k", "n"), [(81, 263), (15, 148), (0, 20), (1, 29), (20, 20)])
@pytest.mark.parametrize("level", [0.9, 0.95, 0.9987])
def test_wilson_is_that_of_statsmodels(k: int, n: int, level: float) -> None:
    low, high = proportion_confint(k, n, alpha=1 - level, method="wilson")
    ours = wilson(k, n, level)
    assert (ours.low, ours.high) == pytest.approx((low, high), abs=1e-12)


@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_is_that_of_newcombe_1998a_table_1(k: int, n: int, low: float, high: float) -> None:
    ours = wilson(k, n)
    assert (ours.low, ours.high) == pytest.approx((low, high), abs=6e-5)


@pytest.mark.parametrize(
    ("k1", "n1", "k0", "n0", "low", "high"),
    [
        (56, 70, 48, 80, 0.0524, 0.3339),
        (9, 10, 3, 10, 0.1705, 0.8090),
        (6, 7, 2, 7, 0.0582, 0.8062),
        (5, 56, 0, 29, -0.0381, 0.1926),
        (0, 10, 0, 20, -0.1611, 0.2775),
        (0, 10, 0, 10, -0.2775, 0.2775),
        (10, 10, 0, 20, 0.6791, 1.0),
        (10, 10, 0, 10, 0.6075, 1.0),
    ],
)
def test_newcombe_is_that_of_his_table_ii_method_10(
    k1: int, n1: int, k0: int, n0: int, low: float, high: float
) -> None:
    ours = newcombe(k1, n1, k0, n0)
    assert (ours.low, ours.high) == pytest.approx((low, high), abs=6e-5)


def test_newcombe_is_that_of_statsmodels() -> None:
    low, high = confint_proportions_2indep(31, 120, 993, 2310, method="newcomb", compare="diff", alpha=0.05)
    ours = newcombe(31, 120, 993, 2310)
    assert (ours.low, ours.high) == pytest.approx((low, high), abs=1e-12)

"""The exact p of a segment against SciPy and against whole numbers."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import fisher_exact

from winloss.mine.exact import exact_p

Counts = NDArray[np.int64]


def in_whole_numbers(k1: int, n1: int, k0: int, n0: int) -> float:
    """Fisher's two-sided p without rounding: all tables of these margins, weighed in whole numbers."""
    won, lost = k1 + k0, n1 + n0 - k1 - k0
    low, high = max(0, won - n0), min(n1, won)
    weight = math.comb(n1, low) * math.perm(won, low) * math.perm(lost, n1 - low)
    weights = [weight]
    for x in range(low, high):
        weight = weight * (n1 - x) * (won - x) // ((x + 1) * (lost - n1 + x + 1))
        weights.append(weight)
    most = Fraction(weights[k1 - low]) * (1 + Fraction(1, 10**7))
    return float(Fraction(sum(w for w in weights if w <= most), math.perm(won + lost, n1)))


def drawn(rng: np.random.Generator, tables: int, deals: int, largest: int) -> tuple[Counts, Counts, Counts, Counts]:
    """Tables of `deals` deals with segments up to `largest`, from no difference to large ones."""
    n1 = np.exp(rng.uniform(np.log(2), np.log(largest), tables)).astype(np.int64)
    share = rng.uniform(0.01, 0.7, tables)
    moved = np.clip(share * np.exp(rng.normal(0, 0.4, tables)), 0, 1)
    return rng.binomial(n1, moved), n1, rng.binomial(deals - n1, share), deals - n1


@pytest.mark.parametrize(
    ("deals", "largest", "within"), [(60, 40, 1e-12), (2_000, 1_500, 1e-11), (10_000, 6_000, 1e-10)]
)
def test_p_is_that_of_whole_numbers_up_to_ten_thousand_deals(deals: int, largest: int, within: float) -> None:
    tables = drawn(np.random.default_rng(deals), 60, deals, largest)
    expected = np.array([in_whole_numbers(*(int(x) for x in row)) for row in zip(*tables, strict=True)])
    kept = expected > 1e-300
    assert kept.sum() > 40
    np.testing.assert_allclose(exact_p(*tables)[kept], expected[kept], rtol=within)


@pytest.mark.parametrize("deals", [1_000_000, 10_000_000])
def test_p_is_that_of_whole_numbers_at_a_million_and_ten_million_deals(deals: int) -> None:
    tables = drawn(np.random.default_rng(7), 25, deals, 4_000)
    expected = np.array([in_whole_numbers(*(int(x) for x in row)) for row in zip(*tables, strict=True)])
    kept = expected > 1e-300
    np.testing.assert_allclose(exact_p(*tables)[kept], expected[kept], rtol=1e-10)


def test_p_is_that_of_scipy() -> None:
    tables = drawn(np.random.default_rng(3), 300, 3_000, 1_500)
    expected = [
        fisher_exact(np.array([[k1, n1 - k1], [k0, n0 - k0]])).pvalue for k1, n1, k0, n0 in zip(*tables, strict=True)
    ]
    np.testing.assert_allclose(exact_p(*tables), expected, rtol=1e-8, atol=1e-290)


@pytest.mark.parametrize(
    "table", [(0, 400, 500, 600), (300, 300, 0, 700), (900, 1_000, 20, 1_000), (30, 30, 100, 9_970), (0, 1, 1, 1)]
)
def test_far_tails_keep_their_digits(table: tuple[int, int, int, int]) -> None:
    expected = in_whole_numbers(*table)
    assert float(exact_p(*table)) == pytest.approx(expected, rel=1e-10)


def test_equal_tables_of_the_other_side_count_as_equal() -> None:
    # Equal sides: every table has a twin of the same probability, and p is twice one tail.
    k1 = np.arange(31, 60)
    expected = [in_whole_numbers(int(k), 60, 60 - int(k), 60) for k in k1]
    np.testing.assert_allclose(exact_p(k1, 60, 60 - k1, 60), expected, rtol=1e-11)

"""The clustered test against CR2 written out with matrices, deal by deal."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import t as student

from winloss.stats.clustered import clustered_difference

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]


def _deals(k: Counts, n: Counts, side: float) -> tuple[Floats, Floats, Floats]:
    won = np.concatenate([np.r_[np.ones(a), np.zeros(b - a)] for a, b in zip(k, n, strict=True)])
    return won, np.full(len(won), side), np.repeat(np.arange(len(n)), n).astype(float)


def _inverse_root(matrix: Floats) -> Floats:
    values, vectors = np.linalg.eigh(matrix)
    roots = np.where(values > 1e-10, 1 / np.sqrt(np.maximum(values, 1e-10)), 0.0)
    return np.asarray(vectors @ np.diag(roots) @ vectors.T)


def _by_matrices(k1: Counts, n1: Counts, k0: Counts, n0: Counts) -> tuple[float, float, float, float]:
    """Difference, CR2 error, moment correlation, Satterthwaite freedom: X = [1, x], OLS, adjusted residuals."""
    parts = [_deals(k1, n1, 1.0), _deals(k0, n0, 0.0)]
    y, x, g = (np.concatenate(column) for column in zip(*parts, strict=True))
    design = np.column_stack([np.ones(len(y)), x])
    bread = np.linalg.inv(design.T @ design)
    contrast = np.array([0.0, 1.0])
    beta = bread @ design.T @ y
    residual = y - design @ beta
    keep = np.eye(len(y)) - design @ bread @ design.T
    clusters = np.unique(g)
    vectors, variance, pairs, covariance = [], 0.0, 0.0, 0.0
    for c in clusters:
        of = np.flatnonzero(g == c)
        adjust = _inverse_root(keep[np.ix_(of, of)])
        part = np.zeros(len(y))
        part[of] = adjust @ design[of] @ bread @ contrast
        variance += float(part @ residual) ** 2
        vectors.append(keep @ part)
        pairs += len(of) * (len(of) - 1)
        covariance += residual[of].sum() ** 2 - (residual[of] ** 2).sum()
    rho = min(1.0, max(0.0, covariance / pairs / (residual**2).mean())) if pairs else 0.0
    omega = np.where(g[:, None] == g[None, :], rho, 0.0)
    np.fill_diagonal(omega, 1.0)
    stacked = np.column_stack(vectors)
    gram = stacked.T @ omega @ stacked
    return float(beta[1]), float(np.sqrt(variance)), rho, float(np.trace(gram) ** 2 / (gram**2).sum())


@pytest.mark.parametrize("seed", range(12))
def test_closed_forms_equal_the_matrices(seed: int) -> None:
    random = np.random.default_rng(seed)
    clusters = int(random.integers(4, 14))
    n1, n0 = random.integers(0, 15, clusters), random.integers(0, 30, clusters)
    n1[0], n0[1] = 6, 9
    if seed % 3 == 0:  # every cluster on one side only
        n0[: clusters // 2], n1[clusters // 2 :] = 0, 0
        n1[0], n0[-1] = 6, 9
    shares = random.random(clusters)
    k1, k0 = random.binomial(n1, shares), random.binomial(n0, shares)
    ours = clustered_difference(k1, n1, k0, n0)
    difference, error, rho, freedom = _by_matrices(k1, n1, k0, n0)
    assert float(ours.difference) == pytest.approx(difference, abs=1e-12)
    assert float(ours.error) == pytest.approx(error, rel=1e-9)
    assert float(ours.correlation) == pytest.approx(rho, abs=1e-12)
    assert float(ours.freedom) == pytest.approx(max(freedom, 1.0), rel=1e-8)
    if min(float(ours.clusters1), float(ours.clusters0)) > 2.5:
        assert float(ours.p) == pytest.approx(2 * student.sf(abs(difference / error), max(freedom, 1.0)), rel=1e-8)


def test_many_at_once_equal_one_by_one() -> None:
    random = np.random.default_rng(99)
    n1, n0 = random.integers(1, 20, (7, 12)), random.integers(1, 40, (7, 12))
    k1, k0 = random.binomial(n1, 0.3), random.binomial(n0, 0.4)
    batch = clustered_difference(k1, n1, k0, n0)
    for i in range(7):
        one = clustered_difference(k1[i], n1[i], k0[i], n0[i])
        assert float(one.p) == pytest.approx(float(batch.p[i]), rel=1e-12)
        assert float(one.freedom) == pytest.approx(float(batch.freedom[i]), rel=1e-12)

"""A difference of two shares inside strata: what is left when something else is held fixed.

Arrays hold strata on their last axis; a stratum in which one side is empty says nothing and weighs nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from winloss.stats.shares import normal_quantile

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stratified:
    """A Mantel–Haenszel difference (−1 to 1) with its bounds.

    `compared` is the share (0–1) of side 1 that stands in strata where it has someone to be compared with.
    NaN where no stratum has both sides.
    """

    difference: Floats
    error: Floats
    compared: Floats

    def bounds(self, *, level: float = 0.95) -> tuple[Floats, Floats]:
        reach = normal_quantile(level) * self.error
        return np.maximum(self.difference - reach, -1.0), np.minimum(self.difference + reach, 1.0)


def _sides(*counts: ArrayLike) -> list[Floats]:
    return [np.asarray(c, float) for c in counts]


def _often(times: ArrayLike | None) -> Floats:
    """How often each stratum occurs."""
    return np.ones(1) if times is None else np.asarray(times, float)


def mantel_haenszel(
    k1: ArrayLike, n1: ArrayLike, k0: ArrayLike, n0: ArrayLike, *, times: ArrayLike | None = None
) -> Stratified:
    """The Mantel–Haenszel risk difference `k1/n1 − k0/n0` over strata (each `times` often) with Sato's variance.

    Consistent both for a few large strata and for many small ones.

    Sources: Greenland & Robins, Biometrics 41 (1985) 55–68; Sato, Biometrics 45 (1989) 1323–1324.
    """
    a, m1, c, m0 = _sides(k1, n1, k0, n0)
    often = _often(times)
    both = (m1 > 0) & (m0 > 0)
    n = np.where(both, m1 + m0, 1.0)
    told = np.where(both, often, 0.0)
    weight = told * m1 * m0 / n
    with np.errstate(divide="ignore", invalid="ignore"):
        total = weight.sum(axis=-1)
        difference = (told * (a * m0 - c * m1) / n).sum(axis=-1) / total
        p = (told * (m1**2 * c - m0**2 * a + m1 * m0 * (m0 - m1) / 2) / n**2).sum(axis=-1)
        q = (told * (a * (m0 - c) + c * (m1 - a)) / (2 * n)).sum(axis=-1)
        variance = (difference * p + q) / total**2
        compared = (told * m1).sum(axis=-1) / (often * m1).sum(axis=-1)
    return Stratified(difference=difference, error=np.sqrt(np.maximum(variance, 0.0)), compared=compared)


def within_p(k1: ArrayLike, n1: ArrayLike, k0: ArrayLike, n0: ArrayLike) -> Floats:
    """Two-sided p of the Cochran–Mantel–Haenszel test, without continuity correction: no difference in any stratum.

    1 where no stratum can say anything.

    Source: Mantel & Haenszel, J. Natl. Cancer Inst. 22 (1959) 719–748.
    """
    apart, variance = _scores(k1, n1, k0, n0)
    return _normal_p(apart.sum(axis=-1), variance.sum(axis=-1))


def steady_within_p(
    k1: ArrayLike, n1: ArrayLike, k0: ArrayLike, n0: ArrayLike, *, times: ArrayLike | None = None
) -> Floats:
    """`within_p`, larger where the difference is not alike in all strata (each `times` often).

    Cochran's heterogeneity of the strata over its degrees of freedom, where above 1, multiplies the variance (Birge's
    ratio): a difference that a few strata have and others lack proves less.

    Source: Birge, Phys. Rev. 40 (1932) 207–227; Cochran, Biometrics 10 (1954) 101–129.
    """
    apart, variance = _scores(k1, n1, k0, n0)
    often = np.where(variance > 0, _often(times), 0.0)
    total = (often * variance).sum(axis=-1, keepdims=True)
    above = (often * apart).sum(axis=-1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        common = np.nan_to_num(above / total)
    unlike = (often * (apart - common * variance) ** 2 / np.where(variance > 0, variance, 1.0)).sum(axis=-1)
    freedom = np.maximum(often.sum(axis=-1) - 1, 1)
    ratio = np.maximum(unlike / freedom, 1.0)
    return _normal_p(above[..., 0], total[..., 0] * ratio)


def _scores(k1: ArrayLike, n1: ArrayLike, k0: ArrayLike, n0: ArrayLike) -> tuple[Floats, Floats]:
    """Per stratum: successes of side 1 above their expectation, and the hypergeometric variance."""
    a, m1, c, m0 = _sides(k1, n1, k0, n0)
    n, won = m1 + m0, a + c
    told = (m1 > 0) & (m0 > 0) & (won > 0) & (won < n)
    safe = np.where(told, n, 2.0)
    apart = np.where(told, a - m1 * won / safe, 0.0)
    variance = np.where(told, m1 * m0 * won * (n - won) / (safe**2 * (safe - 1)), 0.0)
    return apart, variance


def _normal_p(apart: Floats, variance: Floats) -> Floats:
    from scipy.special import ndtr

    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.nan_to_num(np.abs(apart) / np.sqrt(variance))
    return np.where(variance > 0, 2 * ndtr(-z), 1.0)


def share_within(n1: ArrayLike, n0: ArrayLike, *, times: ArrayLike | None = None) -> Floats:
    """How much (0–1) of the comparison of two sides lies inside strata: 1 where both are mixed alike everywhere.

    `Σ n1·n0/n` over strata (each `times` often), over the same for the whole; 0 where every stratum is on one side.
    """
    m1, m0 = _sides(n1, n0)
    often = _often(times)
    n = np.maximum(m1 + m0, 1.0)
    whole1, whole0 = (m1 * often).sum(axis=-1), (m0 * often).sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        inside = (m1 * m0 / n * often).sum(axis=-1) / (whole1 * whole0 / (whole1 + whole0))
    return np.asarray(np.nan_to_num(inside))

"""A difference of two shares when deals come in clusters: reps, accounts, months.

Deals of one rep resemble each other; a test that takes them as independent "establishes" a region in most
books. Here the difference rests on the variation between clusters, estimated without bias for few of them
(CR2) and judged by Student's t with degrees of freedom that fit (Bell & McCaffrey's, with the correlation inside
clusters estimated as Imbens & Kolesár do). A side that rests on fewer than three clusters cannot be told from
them: its p is 1.

Everything is computed from four counts a cluster, in time linear in the clusters.

Sources: Bell & McCaffrey, Survey Methodology 28 (2002) 169–181; Imbens & Kolesár, Rev. Econ. Stat. 98 (2016)
701–712, doi 10.1162/REST_a_00552; Pustejovsky & Tipton, J. Bus. Econ. Stat. 36 (2018) 672–683,
doi 10.1080/07350015.2016.1247004.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from winloss.stats.strata import mantel_haenszel, share_within, steady_within_p

Floats = NDArray[np.float64]

FEWEST_CLUSTERS = 2.5
"""A side needs more effective clusters than this: never met by two, met by three of similar size."""
FEW_CLUSTERS = 40
"""Under this many effective clusters on a side, a comparison that lies inside clusters is judged inside them."""
_MANY_CLUSTERS = 1000
MOSTLY_WITHIN = 0.5
"""The share of the comparison that must lie inside clusters for that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clustered:
    """A difference `k1/n1 − k0/n0` (−1 to 1) and what clusters leave of it; arrays over the leading axes.

    `clusters1` and `clusters0` are effective numbers of clusters, (Σn)²/Σn²; `correlation` (0–1) is that of two
    deals of one cluster.
    """

    difference: Floats
    error: Floats
    freedom: Floats
    p: Floats
    clusters1: Floats
    clusters0: Floats
    correlation: Floats

    def bounds(self, level: ArrayLike) -> tuple[Floats, Floats]:
        """Bounds of the interval of `level` by Student's t; −1 and 1 where a side rests on too few clusters."""
        from scipy.special import stdtrit

        reach = stdtrit(self.freedom, (1 + np.asarray(level, float)) / 2) * self.error
        told = np.minimum(self.clusters1, self.clusters0) > FEWEST_CLUSTERS
        low, high = np.maximum(self.difference - reach, -1.0), np.minimum(self.difference + reach, 1.0)
        return np.where(told, low, -1.0), np.where(told, high, 1.0)


@dataclass(frozen=True, slots=True)
class _Side:
    """One side of the comparison: deals `n` and residual sums of each cluster, and the leverage weights of CR2."""

    n: Floats
    total: Floats
    share: Floats
    residual: Floats
    weight: Floats
    squares: Floats

    def at(self, chosen: NDArray[np.bool_]) -> _Side:
        """The same of some of the comparisons (leading axes)."""
        return _Side(*(getattr(self, name)[chosen] for name in self.__slots__))


def _side(k: Floats, n: Floats, times: Floats) -> _Side:
    total = (n * times).sum(axis=-1, keepdims=True)
    deals = np.maximum(total, 1.0)  # no deals: shares and leverages of 0
    share = (k * times).sum(axis=-1, keepdims=True) / deals
    leverage = n / deals
    with np.errstate(divide="ignore", invalid="ignore"):
        # A cluster that is the whole side has leverage 1: its residuals sum to 0 and the pseudo-inverse is 0.
        weight = np.where(leverage < 1, 1 / (deals * np.sqrt(1 - leverage)), 0.0)
    squares = ((k * (1 - share) ** 2 + (n - k) * share**2) * times).sum(axis=-1)
    return _Side(n, total, share, k - n * share, weight, squares)


def clustered_difference(
    k1: ArrayLike, n1: ArrayLike, k0: ArrayLike, n0: ArrayLike, *, times: ArrayLike | None = None
) -> Clustered:
    """The difference of two shares with CR2 error and Satterthwaite's degrees of freedom.

    Parameters
    ----------
    k1, n1
        Successes and deals of side 1 in each cluster (last axis).
    k0, n0
        The same of side 0.
    times
        How often each cluster occurs: many single deals can stand as one entry. 1 where None.

    Returns
    -------
    Clustered
        p is 1 where a side has no deals or rests on fewer than three clusters.
    """
    often = np.ones(np.shape(n1)[-1]) if times is None else np.asarray(times, float)
    one, zero = (_side(np.asarray(k, float), np.asarray(n, float), often) for k, n in ((k1, n1), (k0, n0)))
    difference = (one.share - zero.share)[..., 0]
    apart = one.residual * one.weight - zero.residual * zero.weight
    variance = (apart**2 * often).sum(axis=-1)
    # Where all clusters agree to the deal, the variance of independent deals still stands.
    error = np.sqrt(np.where(variance > 1e-20, variance, _independent_variance(one, zero)))
    correlation = _correlation(one, zero, often)
    clusters1, clusters0 = _effective(one, often), _effective(zero, often)
    fewer = np.minimum(clusters1, clusters0)
    freedom = np.array(fewer)
    # With a thousand clusters on either side t is normal: the exact freedom is not worth its time.
    few = fewer < _MANY_CLUSTERS
    if few.any():
        freedom[few] = _freedom(one.at(few), zero.at(few), correlation[few], np.broadcast_to(often, one.n.shape)[few])
    told = np.minimum(clusters1, clusters0) > FEWEST_CLUSTERS
    return Clustered(
        difference=difference,
        error=error,
        freedom=freedom,
        p=np.where(told, _two_sided_t(difference, error, freedom), 1.0),
        clusters1=clusters1,
        clusters0=clusters0,
        correlation=correlation,
    )


def _two_sided_t(difference: Floats, error: Floats, freedom: Floats) -> Floats:
    from scipy.special import stdtr

    with np.errstate(divide="ignore", invalid="ignore"):
        p: Floats = 2 * stdtr(freedom, -np.abs(difference) / error)
    return np.asarray(np.nan_to_num(p, nan=1.0))


def _independent_variance(one: _Side, zero: _Side) -> Floats:
    """Agresti & Caffo's: a success and a failure added to each side keep it above 0."""
    parts = []
    for side in (one, zero):
        n = side.total[..., 0] + 2
        share = (side.share[..., 0] * side.total[..., 0] + 1) / n
        parts.append(share * (1 - share) / n)
    return np.asarray(parts[0] + parts[1])


def _effective(side: _Side, times: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.nan_to_num(side.total[..., 0] ** 2 / (side.n**2 * times).sum(axis=-1)))


def _correlation(one: _Side, zero: _Side, times: Floats) -> Floats:
    """Of two residuals of one cluster, 0–1 (moment estimate)."""
    n = one.n + zero.n
    squares = one.squares + zero.squares
    pairs = (n * (n - 1) * times).sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        covariance = (((one.residual + zero.residual) ** 2 * times).sum(axis=-1) - squares) / pairs
        rho = np.nan_to_num(covariance / (squares / (n * times).sum(axis=-1)))
    return np.asarray(np.clip(rho, 0.0, 1.0))


def _freedom(one: _Side, zero: _Side, correlation: Floats, times: Floats) -> Floats:
    """Satterthwaite: (tr G)² / ‖G‖² with G the covariance of the clusters' parts in the variance estimate.

    G = (1 − ρ)·A + ρ·M, where A belongs to independent deals and M to deals that move with their cluster.
    Both are a diagonal plus a matrix of low rank, so that no cluster-by-cluster matrix is ever made.
    """
    s1, s0 = one.n * one.weight, zero.n * zero.weight
    diagonal = s1 * one.weight + s0 * zero.weight
    t = np.stack([s1 / np.sqrt(np.maximum(one.total, 1)), s0 / np.sqrt(np.maximum(zero.total, 1))], axis=-1)
    d = s1 - s0
    reach = np.stack([one.n, -zero.n], axis=-1)
    scaled = np.stack([s1 / np.maximum(one.total, 1), s0 / np.maximum(zero.total, 1)], axis=-1)
    u = np.concatenate([d[..., None] * reach, scaled], axis=-1)
    k = _joint(reach, times)
    uu, tt, tu = _cross(u, u, times), _cross(t, t, times), _cross(t, u, times)
    d2 = d**2
    trace_a = (diagonal * times).sum(axis=-1) - _trace(tt)
    trace_m = (d2 * times).sum(axis=-1) + _trace(k @ uu)
    norm_a = (diagonal**2 * times).sum(axis=-1) - 2 * _trace(_cross(t, t, diagonal * times)) + _trace(tt @ tt)
    norm_m = (d2**2 * times).sum(axis=-1) + 2 * _trace(k @ _cross(u, u, d2 * times)) + _trace(k @ uu @ k @ uu)
    middle = tu @ k @ np.swapaxes(tu, -1, -2)
    diagonal_m = d2 + ((u @ k) * u).sum(axis=-1)
    inner = (diagonal * diagonal_m * times).sum(axis=-1) - _trace(_cross(t, t, d2 * times)) - _trace(middle)
    rho = correlation
    trace = (1 - rho) * trace_a + rho * trace_m
    norm = (1 - rho) ** 2 * norm_a + 2 * rho * (1 - rho) * inner + rho**2 * norm_m
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.maximum(np.nan_to_num(trace**2 / norm, nan=1.0, posinf=1.0), 1.0))


def _cross(left: Floats, right: Floats, times: Floats) -> Floats:
    return np.asarray(np.swapaxes(left, -1, -2) @ (right * times[..., None]))


def _trace(matrix: Floats) -> Floats:
    return np.asarray(np.trace(matrix, axis1=-2, axis2=-1))


def _joint(reach: Floats, times: Floats) -> Floats:
    """[[0, −I], [−I, P'P]]: joins the low-rank parts of M."""
    k = np.zeros((*reach.shape[:-2], 4, 4))
    k[..., 0, 2] = k[..., 1, 3] = k[..., 2, 0] = k[..., 3, 1] = -1.0
    k[..., 2:, 2:] = _cross(reach, reach, times)
    return k


def survival_p(k1: ArrayLike, n1: ArrayLike, k0: ArrayLike, n0: ArrayLike, *, times: ArrayLike | None = None) -> Floats:
    """The p with which a difference survives one kind of cluster (last axis: its clusters, each `times` often).

    With forty effective clusters or more on either side: CR2. With fewer, CR2 has few degrees of freedom left; where
    most of the comparison lies inside clusters it is judged there, which no difference between clusters can
    disturb (`steady_within_p`); else CR2. Which of the two is decided by where deals lie, never by how they ended.
    """
    between = clustered_difference(k1, n1, k0, n0, times=times).p
    inside = _judged_inside(n1, n0, times)
    if not inside.any():
        return between
    return np.where(inside, steady_within_p(k1, n1, k0, n0, times=times), between)


def survival_bounds(
    k1: ArrayLike, n1: ArrayLike, k0: ArrayLike, n0: ArrayLike, *, level: float, times: ArrayLike | None = None
) -> tuple[float, float]:
    """Bounds of one difference at `level` by the same rule as `survival_p`."""
    if bool(_judged_inside(n1, n0, times)):
        inside = mantel_haenszel(k1, n1, k0, n0, times=times)
        low, high = inside.bounds(level=level)
    else:
        low, high = clustered_difference(k1, n1, k0, n0, times=times).bounds(level)
    return float(low), float(high)


def _judged_inside(n1: ArrayLike, n0: ArrayLike, times: ArrayLike | None) -> NDArray[np.bool_]:
    often = np.ones(np.shape(n1)[-1]) if times is None else np.asarray(times, float)
    sizes = [np.asarray(n, float) for n in (n1, n0)]
    with np.errstate(divide="ignore", invalid="ignore"):
        fewest = np.minimum(*[np.nan_to_num((n * often).sum(-1) ** 2 / (n**2 * often).sum(-1)) for n in sizes])
    return np.asarray((fewest < FEW_CLUSTERS) & (share_within(n1, n0, times=often) >= MOSTLY_WITHIN))

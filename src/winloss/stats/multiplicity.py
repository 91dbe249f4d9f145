"""Many comparisons at once: false discovery rates and the intervals of what was selected.

The family is everything that was looked at, shown or not.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

_ROUNDING = 1e-9


def benjamini_hochberg(p: ArrayLike, weights: ArrayLike | None = None) -> Floats:
    """q-values: the smallest false discovery rate (0–1) at which each test would be rejected.

    Parameters
    ----------
    p
        p-values of the whole family.
    weights
        How much is staked on each test beforehand, 0 or more, never chosen by looking at `p`; scaled to mean 1.
        A test of weight 0 has q = 1. Equal where None.

    Notes
    -----
    Raising any p never lowers any q, so a cheap p may stand for a dear larger one wherever its test is not
    rejected anyway.

    Sources: Benjamini & Hochberg, J. R. Stat. Soc. B 57 (1995) 289–300; weights: Genovese, Roeder & Wasserman,
    Biometrika 93 (2006) 509–524, doi 10.1093/biomet/93.3.509.

    Raises
    ------
    ValueError
        A p outside of 0–1, a negative weight, or weights that are all 0.
    """
    scaled = _scaled(p, weights)
    return _stepped_up(scaled, len(scaled))


def rejected(p: ArrayLike, rate: float, weights: ArrayLike | None = None) -> NDArray[np.bool_]:
    """Where `benjamini_hochberg` is at or under `rate` (under 1), without ordering those that are far from it.

    Examples
    --------
    >>> rejected([0.01, 0.04, 0.03, 0.8], 0.05).tolist()
    [True, False, False, False]
    """
    scaled = _scaled(p, weights)
    near = np.flatnonzero(scaled <= rate * (1 + _ROUNDING))
    found = np.zeros(len(scaled), bool)
    found[near] = _stepped_up(scaled[near], len(scaled)) <= rate
    return found


def largest_rejected(rate: float, weights: ArrayLike) -> Floats:
    """What no p is above that `rejected` rejects at this rate (under 1), whatever the others are.

    Examples
    --------
    >>> largest_rejected(0.05, [3, 1]).round(4).tolist()
    [0.075, 0.025]
    """
    return rate * (1 + _ROUNDING) * _mean_one(weights)


def _scaled(p: ArrayLike, weights: ArrayLike | None) -> Floats:
    """Each p over its weight."""
    values = np.asarray(p, float)
    if not ((values >= 0) & (values <= 1)).all():
        raise ValueError("a p-value lies between 0 and 1")
    if len(values) == 0 or weights is None:
        return values
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(values == 0, 0.0, values / _mean_one(weights))


def _stepped_up(smallest: Floats, m: int) -> Floats:
    """The q of the smallest values out of `m`."""
    order = np.argsort(smallest)
    steps = smallest[order] * m / np.arange(1, len(smallest) + 1)
    q = np.empty(len(smallest))
    q[order] = np.minimum.accumulate(steps[::-1])[::-1]
    return np.minimum(q, 1.0)


def _mean_one(weights: ArrayLike) -> Floats:
    stakes = np.asarray(weights, float)
    if (stakes < 0).any() or stakes.sum() <= 0:
        raise ValueError("weights are 0 or more, and not all 0")
    return np.asarray(stakes / stakes.mean())


def shared_weights(groups: ArrayLike, shares: dict[int, float]) -> Floats:
    """Weights (mean 1) with which each group of tests gets its share of the whole stake.

    `groups` names the group of every test; `shares` what each would get. The shares of groups without a test
    go to the others in proportion.
    """
    of = np.asarray(groups)
    counts = {group: int((of == group).sum()) for group in shares}
    staked = sum(share for group, share in shares.items() if counts[group])
    weights = np.zeros(len(of))
    for group, share in shares.items():
        if counts[group]:
            weights[of == group] = share / staked * len(of) / counts[group]
    return weights


def selected_level(selected: int, m: int, *, weight: float = 1.0, rate: float = 0.05) -> float:
    """Level of the intervals of `selected` findings out of `m` looked at, so that at most `rate` of them miss.

    With `weight` (mean 1 over the family) for a weighted selection. `1 − rate · selected · weight / m`, never
    under `1 − rate`.

    Source: Benjamini & Yekutieli, J. Am. Stat. Assoc. 100 (2005) 71–81, doi 10.1198/016214504000001907.

    Examples
    --------
    >>> selected_level(3, 60)
    0.9975
    """
    if not 0 < selected <= m:
        raise ValueError(f"{selected} of {m} cannot be selected")
    return 1 - min(rate, rate * selected * weight / m)

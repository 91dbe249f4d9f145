"""Shares weighted by amounts: won money of closed money.

A Wilson interval would treat every euro as a trial. Here the deal is the unit: the share is a ratio of two
sums over deals, and its variance is that of the ratio estimator.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from winloss.stats.estimate import Estimate
from winloss.stats.shares import normal_quantile

FEWEST_DEALS = 10
"""Below this many effective deals an interval of a weighted share means little and none is given."""


def ratio_share(*, total: float, part: float, squares: float, part_squares: float, n: int) -> Estimate:
    """A share by amount from four sums over deals, with a 95 % interval of the ratio estimator.

    With weights `w` and `y` 1 where the deal counts: `total` = Σw, `part` = Σwy, `squares` = Σw²,
    `part_squares` = Σw²y. The variance Σw²(y − p)²/(Σw)² · n/(n − 1) is carried on the logit scale, so that the bounds stay
    in 0–1; where the share is 0 or 1 the bounds are Wilson's of the effective number of deals (Σw)²/Σw².

    Parameters
    ----------
    n
        How many deals carry an amount.

    Returns
    -------
    Estimate
        Refused where nothing has a positive amount, or where a few large deals decide
        (fewer than ten effective deals).

    Notes
    -----
    Source: Cochran, Sampling Techniques, 3rd ed. 1977, § 2.11 and 6.3; Kish 1965 for the effective number.
    """
    if n == 0 or total <= 0:
        return Estimate.refused("No deal with a positive amount.", n=n)
    effective = total**2 / squares
    if effective < FEWEST_DEALS:
        return Estimate.refused(
            f"A few large deals decide: {n} deals weigh as much as {effective:.1f} equal ones.", n=n
        )
    share = part / total
    if part <= 0 or part >= total:
        low, high = _edge(share, effective)
    else:
        variance = (part_squares * (1 - 2 * share) + share**2 * squares) / total**2 * n / (n - 1)
        low, high = _on_logit(share, math.sqrt(max(variance, 0.0)))
    return Estimate(value=share, low=low, high=high, n=n, method="ratio of sums over deals")


def _on_logit(share: float, error: float) -> tuple[float, float]:
    middle = math.log(share / (1 - share))
    reach = normal_quantile(0.95) * error / (share * (1 - share))
    return 1 / (1 + math.exp(-(middle - reach))), 1 / (1 + math.exp(-(middle + reach)))


def _edge(share: float, effective: float) -> tuple[float, float]:
    z2 = normal_quantile(0.95) ** 2
    reach = z2 / (effective + z2)
    return (0.0, reach) if share <= 0 else (1 - reach, 1.0)


def weighted_share(amounts: NDArray[Any], counts: NDArray[np.bool_]) -> Estimate:
    """`ratio_share` from arrays: one amount (0 or more) and one mark a deal. Negative amounts raise ValueError."""
    weights = np.asarray(amounts, float)
    if (weights < 0).any():
        raise ValueError("an amount is negative")
    marked = weights[np.asarray(counts, bool)]
    return ratio_share(
        total=float(weights.sum()),
        part=float(marked.sum()),
        squares=float((weights**2).sum()),
        part_squares=float((marked**2).sum()),
        n=len(weights),
    )


def bootstrap_share(
    amounts: NDArray[Any], counts: NDArray[np.bool_], *, draws: int = 2000, seed: int = 0, level: float = 0.95
) -> Estimate:
    """A share by amount with a percentile bootstrap over deals, for books of up to some ten thousand deals.

    The same seed gives the same bounds. Draws without any amount are left out. Refused as `ratio_share`.

    Source: Efron & Tibshirani, An Introduction to the Bootstrap, 1993, ch. 13.
    """
    plain = weighted_share(amounts, counts)
    if not plain.given:
        return plain
    weights = np.asarray(amounts, float)
    marked = weights * np.asarray(counts, float)
    shares = _draw_shares(weights, marked, draws, np.random.default_rng(seed))
    low, high = np.nanquantile(shares, [(1 - level) / 2, (1 + level) / 2])
    return Estimate(value=plain.value, low=float(low), high=float(high), n=len(weights), method="bootstrap over deals")


def _draw_shares(
    weights: NDArray[np.float64], marked: NDArray[np.float64], draws: int, random: np.random.Generator
) -> NDArray[np.float64]:
    shares = np.empty(draws)
    # One draw at a time: a matrix of draws by deals would not fit for large books.
    for i in range(draws):
        taken = np.bincount(random.integers(0, len(weights), len(weights)), minlength=len(weights))
        total = taken @ weights
        shares[i] = taken @ marked / total if total > 0 else np.nan
    return shares

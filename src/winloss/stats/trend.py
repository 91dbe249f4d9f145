"""Does a monthly share go up or down? A trend test that months which resemble their neighbours do not fool.

A straight line through 24 months in which each month resembles the one before looks like a trend far too often.
The slope is estimated by Prais–Winsten with a first-order autocorrelation corrected for its small-sample bias,
and judged against slopes of made-up series that have no trend and an autocorrelation as uncertain as ours.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

FEWEST_PERIODS = 10
"""With fewer periods no trend is judged."""
_LARGEST_CORRELATION = 0.95
_DRAWS = 9_999


@dataclass(frozen=True, slots=True, kw_only=True)
class Slope:
    """`slope` is in shares (0–1) a period; `correlation` that of neighbouring periods, corrected for bias."""

    slope: float
    error: float
    correlation: float
    p: float
    periods: int


def trend(shares: ArrayLike, *, seed: int = 0, draws: int = _DRAWS) -> Slope | None:
    """The slope of a series of shares (one a period, in order) and its two-sided p; None under 10 periods.

    The p is `(1 + draws at least as steep) / (1 + draws)`, so never under 1/10,000; the same seed gives the same p.
    A series without any variation has slope 0 and p 1.

    Each made-up series draws its autocorrelation from a normal distribution around the estimate, with the error
    sqrt((1 − ρ²)/n), cut to 0–0.99: a book of two years does not know it better.

    Source: McKnight, McKean & Huitema, Psychological Methods 5 (2000) 87–101, doi 10.1037/1082-989X.5.1.87, with the
    draw of ρ in place of their second bootstrap.
    """
    series = np.asarray(shares, float)
    if len(series) < FEWEST_PERIODS:
        return None
    if np.ptp(series) == 0:
        return Slope(slope=0.0, error=0.0, correlation=0.0, p=1.0, periods=len(series))
    slope, error, rho = (float(part[0]) for part in _fit(series[None, :]))
    made_up = _no_trend(len(series), rho, draws, np.random.default_rng(seed))
    slopes, errors, _ = _fit(made_up)
    steeper = int((np.abs(slopes / errors) >= abs(slope / error)).sum())
    return Slope(slope=slope, error=error, correlation=rho, p=(1 + steeper) / (1 + draws), periods=len(series))


def _no_trend(periods: int, rho: float, draws: int, random: np.random.Generator) -> Floats:
    rhos = np.clip(random.normal(rho, np.sqrt((1 - rho**2) / periods), draws), 0.0, 0.99)
    series = random.standard_normal((draws, periods))
    series[:, 0] /= np.sqrt(1 - rhos**2)
    for i in range(1, periods):
        series[:, i] += rhos * series[:, i - 1]
    return series


def _fit(series: Floats) -> tuple[Floats, Floats, Floats]:
    """Slope, its error and the autocorrelation of each row."""
    periods = series.shape[1]
    time = np.arange(periods) - (periods - 1) / 2
    rho = corrected(first_correlation(without_line(series, time)), periods)
    y = whitened(series, rho)
    line = whitened(np.broadcast_to(time, series.shape), rho)
    level = whitened(np.ones_like(series), rho)
    return *_regress(y, level, line), rho


def without_line(series: Floats, time: Floats) -> Floats:
    """Each row less its straight line; `time` is centred."""
    centred = series - series.mean(axis=1, keepdims=True)
    return np.asarray(centred - (centred @ time / (time @ time))[:, None] * time)


def first_correlation(residual: Floats) -> Floats:
    """How much neighbours of each row correlate (−1 to 1)."""
    return np.asarray((residual[:, 1:] * residual[:, :-1]).sum(axis=1) / (residual**2).sum(axis=1))


def corrected(rho: Floats, periods: int) -> Floats:
    """After a line is taken out the estimate falls short by (2 + 4ρ)/n. A negative one counts as none."""
    return np.asarray(np.clip((periods * rho + 2) / (periods - 4), 0.0, _LARGEST_CORRELATION))


def whitened(series: Floats, rho: Floats) -> Floats:
    """Each row without its autocorrelation; the first place is kept, scaled (Prais & Winsten)."""
    first = series[:, :1] * np.sqrt(1 - rho**2)[:, None]
    return np.concatenate([first, series[:, 1:] - rho[:, None] * series[:, :-1]], axis=1)


def _regress(y: Floats, level: Floats, line: Floats) -> tuple[Floats, Floats]:
    a, b, c = (level**2).sum(axis=1), (level * line).sum(axis=1), (line**2).sum(axis=1)
    u, v = (level * y).sum(axis=1), (line * y).sum(axis=1)
    determinant = a * c - b**2
    slope, intercept = (a * v - b * u) / determinant, (c * u - b * v) / determinant
    left = ((y - intercept[:, None] * level - slope[:, None] * line) ** 2).sum(axis=1)
    return slope, np.sqrt(left / (y.shape[1] - 2) * a / determinant)

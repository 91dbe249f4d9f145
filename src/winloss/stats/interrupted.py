"""Did the level of a series change when something began? For what has nothing to be compared with.

A straight line through the periods before says what was to be expected; what is measured is how far the periods
after lie above or below it. Whatever else changed at the same time is measured with it: that is why a comparison, where
there is one, is better.

Periods that resemble their neighbours carry less than they seem to. Their autocorrelation is estimated before the
change and corrected for its bias as in `trend`; the line is fitted by Prais–Winsten, and Student's t has only as
many degrees of freedom as independent periods would carry the same.

Sources: Wagner, Soumerai, Zhang & Ross-Degnan, J. Clin. Pharm. Ther. 27 (2002) 299–309,
doi 10.1046/j.1365-2710.2002.00430.x; Prais & Winsten, Cowles Commission Discussion Paper 383 (1954); for the effective
number of periods Bayley & Hammersley, Suppl. J. R. Stat. Soc. 8 (1946) 184–197, doi 10.2307/2983560.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from winloss.stats.trend import corrected, first_correlation, whitened, without_line

Floats = NDArray[np.float64]

FEWEST_BEFORE = 8
"""With fewer periods before, nothing says what was to be expected."""
_TERMS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelChange:
    """`change` is in the unit of the series; `correlation` (0–0.95) that of neighbouring periods before the change."""

    change: float
    error: float
    freedom: float
    correlation: float
    p: float
    periods_before: int
    periods_after: int

    def bounds(self, level: float = 0.95) -> tuple[float, float]:
        """Bounds of the interval of `level` by Student's t."""
        from scipy.special import stdtrit

        reach = float(stdtrit(self.freedom, (1 + level) / 2)) * self.error
        return self.change - reach, self.change + reach


@dataclass(frozen=True, slots=True)
class Fits:
    """Many series at once: one entry a row."""

    change: Floats
    error: Floats
    freedom: Floats
    correlation: Floats

    @property
    def p(self) -> Floats:
        """Two-sided, by Student's t."""
        from scipy.special import stdtr

        return np.asarray(2 * stdtr(self.freedom, -np.abs(self.change) / self.error))


def level_change(values: ArrayLike, variances: ArrayLike, *, after: ArrayLike) -> LevelChange | None:
    """By how much the level changed; None with fewer than 8 periods before or none after.

    Parameters
    ----------
    values
        One value a period, in order; periods are equally long and none is missing.
    variances
        The sampling variance of each, above 0: p(1 − p)/n for a share. A period counts by its inverse. Where the
        series varies more than these say, so does the error; it is never smaller than they say.
    after
        Which periods lie after the change: the last ones.

    Raises
    ------
    ValueError
        Where a period before follows one after, a variance is not above 0, or lengths differ.

    Notes
    -----
    Where nothing changed, 12–24 periods before and two after call a change at 5 % in 3–6 % of series with an
    autocorrelation of 0–0.6, six periods after in up to 7 %: so few periods do not know their autocorrelation better.

    Examples
    --------
    >>> share = [0.30, 0.33, 0.29, 0.31, 0.34, 0.30, 0.32, 0.31, 0.33, 0.30, 0.45, 0.47]
    >>> found = level_change(share, [0.0004] * 12, after=[False] * 10 + [True] * 2)
    >>> round(found.change, 3), round(found.error, 3), round(found.p, 4)
    (0.143, 0.02, 0.0001)
    """
    series, noise, later = _checked(values, variances, after)
    before = int((~later).sum())
    if before < FEWEST_BEFORE or before == len(series):
        return None
    fits = level_changes(series[None, :], noise[None, :], before=before)
    return LevelChange(
        change=float(fits.change[0]),
        error=float(fits.error[0]),
        freedom=float(fits.freedom[0]),
        correlation=float(fits.correlation[0]),
        p=float(fits.p[0]),
        periods_before=before,
        periods_after=len(series) - before,
    )


def _checked(values: ArrayLike, variances: ArrayLike, after: ArrayLike) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    series, noise, later = np.asarray(values, float), np.asarray(variances, float), np.asarray(after, bool)
    if not len(series) == len(noise) == len(later):
        raise ValueError(f"{len(series)} values, {len(noise)} variances and {len(later)} marks are no series")
    if not (noise > 0).all():
        raise ValueError("each sampling variance must lie above 0")
    if (later[:-1] > later[1:]).any():
        raise ValueError("the periods after must be the last ones")
    return series, noise, later


def level_changes(values: Floats, variances: Floats, *, before: int) -> Fits:
    """The same of many series of equal length (one a row) whose first `before` periods lie before the change."""
    periods = values.shape[1]
    scale = np.sqrt(variances)
    rho = _correlation(values[:, :before], scale[:, :before])
    y = whitened(values / scale, rho)
    terms = np.stack([whitened(term / scale, rho) for term in _terms(periods, before)], axis=-1)
    inverse = np.linalg.inv(np.swapaxes(terms, 1, 2) @ terms)
    found = (inverse @ np.swapaxes(terms, 1, 2) @ y[..., None])[..., 0]
    left = ((y - (terms @ found[..., None])[..., 0]) ** 2).sum(axis=1) / (periods - _TERMS)
    # What is left is in units of the sampling variance of one period: it cannot truly be below 1 (whitened: 1 − ρ²).
    spread = np.maximum(left, 1 - rho**2)
    return Fits(
        change=found[:, 2],
        error=np.sqrt(spread * inverse[:, 2, 2]),
        freedom=np.maximum(periods * (1 - rho) / (1 + rho) - _TERMS, 1.0),
        correlation=rho,
    )


def _correlation(values: Floats, scale: Floats) -> Floats:
    """Of neighbours before the change, about their line. Without any variation there is none."""
    periods = values.shape[1]
    time = np.arange(periods) - (periods - 1) / 2
    residual = without_line(values, time) / scale
    flat = (residual**2).sum(axis=1) < 1e-20
    return np.where(flat, 0.0, corrected(first_correlation(np.where(flat[:, None], 1.0, residual)), periods))


def _terms(periods: int, before: int) -> Floats:
    place = np.arange(periods, dtype=float)
    return np.stack([np.ones(periods), place - (before - 1) / 2, (place >= before).astype(float)])

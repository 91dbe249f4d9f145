"""Difference in differences by ordinary least squares, row by row: the plain form that others are checked against.

How much more the treated changed than the rest did. That is an effect only where both would have changed alike
without it, which no figure here can tell; the event study shows whether they did before. Errors take the rows
as independent: where they come in clusters (reps, accounts, months) they are too small.

`error` is HC2, which asks for no equal spread and has no bias where there is any (MacKinnon & White,
J. Econometrics 29 (1985) 305–325, doi 10.1016/0304-4076(85)90158-7). The method: Angrist & Pischke, Mostly Harmless
Econometrics, 2009, chapter 5.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Counts = NDArray[np.int64]

_EXACT = 1e-9
"""A row with leverage within this of 1 is fitted exactly; a covariate with less than this of its own adds nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One of the four groups: the mean of its `n` rows (weighted, where there are weights)."""

    mean: float
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Differences:
    """`effect` is in the unit of y: how much more the treated rose than the rest.

    `error` is HC2, `error_hc1` Stata's robust one, `error_plain` that of equal spread. Where a row is fitted exactly
    (a group of one) HC2 does not exist and `error` is the plain one. `p` and `bounds` are by Student's t with `freedom`.
    """

    effect: float
    error: float
    error_hc1: float
    error_plain: float
    freedom: int
    p: float
    treated_before: Cell
    treated_after: Cell
    rest_before: Cell
    rest_after: Cell

    def bounds(self, level: float = 0.95) -> tuple[float, float]:
        """Bounds of the interval of `level`."""
        reach = _reach(self.freedom, level) * self.error
        return self.effect - reach, self.effect + reach


@dataclass(frozen=True, slots=True, kw_only=True)
class EventStudy:
    """The gap between treated and rest in each bin, less its mean in the reference bins; one entry a bin.

    `errors` are HC2, `errors_plain` those of equal spread; `n_treated` and `n_rest` are rows. Bins without rows on both
    sides are left out.
    """

    bins: Counts
    effects: Floats
    errors: Floats
    errors_plain: Floats
    n_treated: Counts
    n_rest: Counts
    freedom: int

    def bounds(self, level: float = 0.95) -> tuple[Floats, Floats]:
        """Bounds of the interval of `level` of each effect by itself, by Student's t."""
        reach = _reach(self.freedom, level) * self.errors
        return self.effects - reach, self.effects + reach


def difference_in_differences(
    y: ArrayLike,
    *,
    treated: ArrayLike,
    after: ArrayLike,
    covariates: ArrayLike | None = None,
    weights: ArrayLike | None = None,
) -> Differences | None:
    """The coefficient of `treated · after` in y ~ 1 + treated + after + treated · after + covariates.

    Parameters
    ----------
    y
        The measure, one a row (n,): 0 or 1 for a share.
    treated, after
        Whether the row is of the treated group, and of the time after (n,).
    covariates
        Numbers to adjust for (n, k). Those that say nothing new are dropped.
    weights
        How much each row counts, above 0 (n,); alike where None.

    Returns
    -------
    Differences or None
        None where one of the four groups is empty or there are no more rows than terms.

    Raises
    ------
    ValueError
        Where a weight is not above 0.

    Examples
    --------
    >>> y = [0, 1, 0, 0, 1, 1, 1, 0, 0, 1, 1, 0, 1, 0, 1, 0]
    >>> found = difference_in_differences(y, treated=[1] * 8 + [0] * 8, after=([0] * 4 + [1] * 4) * 2)
    >>> found.treated_before, found.treated_after
    (Cell(mean=0.25, n=4), Cell(mean=0.75, n=4))
    >>> round(found.effect, 3), round(found.error, 3), round(found.p, 3)
    (0.5, 0.54, 0.373)
    """
    values, here, later = np.asarray(y, float), np.asarray(treated, bool), np.asarray(after, bool)
    weight = _weight(weights, len(values))
    cells = [_cell(values, weight, side & time) for side in (here, ~here) for time in (~later, later)]
    if not all(cell.n for cell in cells):
        return None
    root = np.sqrt(weight)[:, None]
    core = np.column_stack([here & later, np.ones(len(values)), here, later]) * root
    terms = core if covariates is None else np.hstack([core, _new(np.asarray(covariates, float) * root, core)])
    freedom = len(values) - terms.shape[1]
    if freedom < 1:
        return None
    effect, hc2, hc1, plain = _first_coefficient((values - values[0]) * root[:, 0], terms)
    return Differences(
        effect=effect,
        error=hc2,
        error_hc1=hc1,
        error_plain=plain,
        freedom=freedom,
        p=_p(effect, hc2, freedom),
        treated_before=cells[0],
        treated_after=cells[1],
        rest_before=cells[2],
        rest_after=cells[3],
    )


def _weight(weights: ArrayLike | None, rows: int) -> Floats:
    weight = np.ones(rows) if weights is None else np.asarray(weights, float)
    if not (weight > 0).all():
        raise ValueError("each weight must lie above 0")
    return weight


def _cell(values: Floats, weight: Floats, chosen: Flags) -> Cell:
    n = int(chosen.sum())
    return Cell(mean=float(np.average(values[chosen], weights=weight[chosen])) if n else float("nan"), n=n)


def _new(covariates: Floats, core: Floats) -> Floats:
    """The covariates that say something beyond the core and each other, of length 1."""
    from scipy.linalg import qr

    length = np.sqrt((covariates**2).sum(axis=0))
    scaled = covariates / np.where(length > 0, length, 1.0)
    basis = np.linalg.qr(core)[0]
    own = scaled - basis @ (basis.T @ scaled)
    if not own.size:
        return own
    upper, order = qr(own, mode="r", pivoting=True)
    told = np.abs(np.diag(upper)) > _EXACT
    return np.asarray(scaled[:, np.sort(order[: len(told)][told])])


def _first_coefficient(y: Floats, terms: Floats) -> tuple[float, float, float, float]:
    """The first coefficient with its HC2, HC1 and plain errors."""
    basis, upper = np.linalg.qr(terms)
    rows, count = terms.shape
    first = basis @ np.linalg.solve(upper.T, np.eye(count)[0])
    residual = _rounded(y - basis @ (basis.T @ y), y)
    plain = float((first**2).sum() * (residual**2).sum() / (rows - count))
    hc0 = (first * residual) ** 2
    kept = 1 - (basis**2).sum(axis=1)
    hc2 = float((hc0 / kept).sum()) if (kept > _EXACT).all() else plain
    hc1 = float(hc0.sum() * rows / (rows - count))
    return float(_rounded(first @ y, y)), float(np.sqrt(hc2)), float(np.sqrt(hc1)), float(np.sqrt(plain))


def _rounded(values: ArrayLike, y: Floats) -> Floats:
    """Without what is only rounding, measured by the largest y: it would pass for a tiny error."""
    found = np.asarray(values, float)
    return np.where(np.abs(found) <= 1e-12 * np.abs(y).max(), 0.0, found)


def _reach(freedom: int, level: float) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(freedom, (1 + level) / 2))


def _p(effect: float, error: float, freedom: int) -> float:
    """Two-sided. Without any spread only an effect of 0 is no surprise."""
    from scipy.special import stdtr

    if error == 0:
        return float(effect == 0)
    return float(2 * stdtr(freedom, -abs(effect) / error))


def event_study(y: ArrayLike, *, treated: ArrayLike, bins: ArrayLike, reference: Collection[int]) -> EventStudy | None:
    """The gap between treated and rest in each bin of time, against its mean in the reference bins.

    Before the start the effects should lie about 0: that is what "they would have changed alike" looks like.

    Parameters
    ----------
    y
        The measure, one a row (n,).
    treated
        Whether the row is of the treated group (n,).
    bins
        The number of the row's bin (n,), a month counted from the start, say.
    reference
        The bins whose mean gap is 0, each counted alike; with one, its effect and error are 0.

    Returns
    -------
    EventStudy or None
        None where no reference bin has rows on both sides, or every group has one row.

    Notes
    -----
    The same as least squares on a dummy of each bin and each bin's product with `treated`. A group of one has
    no spread of its own and is given the common one.
    """
    values, here = np.asarray(y, float), np.asarray(treated, bool)
    names, place = np.unique(np.asarray(bins), return_inverse=True)
    n, mean, squares = _groups(values, place * 2 + here, len(names))
    both = (n > 0).all(axis=1)
    names, n, mean, squares = names[both], n[both], mean[both], squares[both]
    base = np.isin(names, list(reference))
    freedom = int(n.sum()) - n.size
    if not base.any() or freedom < 1:
        return None
    contrast = np.eye(len(names)) - base / base.sum()
    common = squares.sum() / freedom
    own = np.where(n > 1, squares / np.maximum(n - 1, 1), common)
    return EventStudy(
        bins=names,
        effects=contrast @ (mean[:, 1] - mean[:, 0]),
        errors=np.sqrt(contrast**2 @ (own / n).sum(axis=1)),
        errors_plain=np.sqrt(contrast**2 @ (common / n).sum(axis=1)),
        n_treated=n[:, 1],
        n_rest=n[:, 0],
        freedom=freedom,
    )


def _groups(values: Floats, group: Counts, bins: int) -> tuple[Counts, Floats, Floats]:
    """Rows, mean and squared distances from it of the rest and the treated in each bin (bins, 2)."""
    n = np.bincount(group, minlength=2 * bins).astype(np.int64)
    mean = np.bincount(group, values, 2 * bins) / np.maximum(n, 1)
    squares = np.bincount(group, (values - mean[group]) ** 2, 2 * bins)
    shape = (bins, 2)
    return np.reshape(n, shape), np.reshape(mean, shape), np.reshape(squares, shape)

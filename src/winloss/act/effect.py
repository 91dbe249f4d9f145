"""The effect of one action: difference in differences by least squares, from counts.

The model is `value ~ step + levels held fixed + segment + segment·window` over the deals of the baseline and the window; the
effect is the last coefficient. Points are those of ordinary least squares on the deals themselves (`stats.differences` is the
plain form); only the sums are read. Errors are robust (HC2 on the deals of the segment, the rest at its common variance).

Sources: Angrist & Pischke, Mostly Harmless Econometrics (2009), 5.2; MacKinnon & White, J. Econometrics 29 (1985) 305–325.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from winloss.act.panel import Cells
from winloss.act.sample import Floats, Marks, Sample

FEWEST_DEALS = 30
"""Of the segment, before and in the window each."""
_MOST_LEVERAGES = 20_000
_TINY = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """A fitted model; arrays over the steps of the sample (T) or the levels held fixed (K).

    `levels` are the coefficients of levels, `step` those of steps, `inside` that of the segment; `window` marks the steps of
    the window. `moved` is what is left of the window's marks of the segment when all else is held fixed (its sum of squares),
    `along` its regression on levels and segment, `inverse` the inverse of their products.
    """

    effect: float
    levels: Floats
    inside: float
    step: Floats
    window: Marks
    moved: float
    along: Floats
    inverse: Floats
    variance: float
    here: Cells
    rest: Cells

    @property
    def deals(self) -> Floats:
        return self.here.deals + self.rest.deals

    @property
    def before(self) -> int:
        """Deals of the segment in the baseline."""
        return int(self.here.deals[~self.window].sum())

    @property
    def after(self) -> int:
        """Deals of the segment in the window."""
        return int(self.here.deals[self.window].sum())


def of_levels(cells: Cells) -> Floats:
    """Deals of each level, step × level."""
    return np.asarray(np.diagonal(cells.pairs, axis1=1, axis2=2), float)


def per_deal(sums: Floats, deals: Floats) -> Floats:
    """Sums over deals; 0 where there are none."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.nan_to_num(sums / deals, nan=0.0, posinf=0.0, neginf=0.0))


def within(cells: Cells, levels: Floats) -> tuple[Floats, Floats]:
    """Products of levels, and of levels with values, after the mean of each step is taken out."""
    share = per_deal(levels, cells.deals[:, None])
    products = cells.pairs.sum(axis=0, dtype=float) - levels.T @ share
    return products, cells.sums.sum(axis=0) - share.T @ cells.total


def inverse(products: Floats) -> Floats:
    """Pseudo-inverse of a matrix of products: levels that others imply share their coefficients."""
    if not len(products):
        return products
    values, vectors = np.linalg.eigh(products)
    kept = values > max(values[-1], 1.0) * _TINY
    return np.asarray((vectors[:, kept] / values[kept]) @ vectors[:, kept].T)


def fit(here: Cells, rest: Cells, window: Marks) -> Fit | None:
    """Fit the model.

    Parameters
    ----------
    here, rest
        Sums of the segment's deals and of the deals it is compared with, over the same T steps.
    window
        Which of the steps are of the window.

    Returns
    -------
    Fit or None
        None where baseline or window hold no deals of either side.
    """
    for side in (here, rest):
        if side.deals[window].sum() < 1 or side.deals[~window].sum() < 1:
            return None
    whole = here + rest
    levels, mine = of_levels(whole), of_levels(here)
    products, with_value = within(whole, levels)
    share = per_deal(here.deals, whole.deals)
    crossed = mine - levels * share[:, None]
    with_segment = crossed.sum(axis=0)
    spread = here.deals * (1 - share)
    gain = here.total - share * whole.total
    a = np.block([[products, with_segment[:, None]], [with_segment[None, :], np.array([[spread.sum()]])]])
    a_y = np.append(with_value, gain.sum())
    b = np.append(crossed[window].sum(axis=0), spread[window].sum())
    inverted = inverse(a)
    along = inverted @ b
    moved = float(spread[window].sum() - b @ along)
    if moved < _TINY:
        return None
    effect = float((gain[window].sum() - along @ a_y) / moved)
    theta = inverted @ (a_y - b * effect)
    step = per_deal(
        whole.total - levels @ theta[:-1] - here.deals * theta[-1] - effect * here.deals * window, whole.deals
    )
    squares = float((whole.total_squares - per_deal(whole.total**2, whole.deals)).sum())
    left = squares - float(theta @ a_y) - effect * float(gain[window].sum())
    freedom = max(float(whole.deals.sum()) - len(window) - round(float((inverted * a).sum())) - 1, 1.0)
    return Fit(
        effect=effect,
        levels=theta[:-1],
        inside=float(theta[-1]),
        step=step,
        window=window,
        moved=moved,
        along=along,
        inverse=inverted,
        variance=max(left, 0.0) / freedom,
        here=here,
        rest=rest,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Scatter:
    """Chance in the deals: variance of the effect, with its freedom, and the residual variance of the segment's deals."""

    variance: float
    freedom: float
    residual: float


def scatter(fitted: Fit, sample: Sample, rows: NDArray[np.int64], at: NDArray[np.int64]) -> Scatter:
    """The robust variance of the effect.

    Parameters
    ----------
    rows, at
        The segment's deals in the sample and the step (place) of each.
    """
    window = fitted.window[at].astype(float)
    residual = sample.value[rows] - fitted.step[at] - fitted.inside - fitted.effect * window
    share = per_deal(fitted.here.deals, fitted.deals)
    moved = window * (1 - share[at]) - fitted.along[-1] * (1 - share[at])
    mean = per_deal(of_levels(fitted.here) + of_levels(fitted.rest), fitted.deals[:, None])
    moved = moved + (mean @ fitted.along[:-1])[at]
    start = 0
    for one in sample.fixed:
        codes = one.codes[rows] + start
        residual = residual - fitted.levels[codes]
        moved = moved - fitted.along[codes]
        start += one.count
    leverage = _leverage(fitted, sample, rows, at, moved) if len(rows) <= _MOST_LEVERAGES else np.zeros(len(rows))
    inside = moved**2 * residual**2 / np.maximum(1 - leverage, 0.05)
    outside = fitted.variance * max(fitted.moved - float((moved**2).sum()), 0.0)
    parts = [float(inside[window == side].sum()) / fitted.moved**2 for side in (0.0, 1.0)]
    counts = [max(fitted.before - 1, 1), max(fitted.after - 1, 1)]
    variance = sum(parts) + outside / fitted.moved**2
    spread = sum(part**2 / count for part, count in zip(parts, counts, strict=True))
    freedom = variance**2 / spread if spread > 0 else float(min(counts))
    return Scatter(variance=variance, freedom=freedom, residual=float((residual**2).mean()) if len(rows) else 0.0)


def _leverage(fitted: Fit, sample: Sample, rows: NDArray[np.int64], at: NDArray[np.int64], moved: Floats) -> Floats:
    """Of each deal of the segment: how far it pulls its own value, 0–1."""
    width = len(fitted.levels)
    marks = np.zeros((len(rows), width + 1))
    start = 0
    for one in sample.fixed:
        marks[np.arange(len(rows)), one.codes[rows] + start] = 1.0
        start += one.count
    marks[:, -1] = 1.0
    means = np.column_stack([of_levels(fitted.here) + of_levels(fitted.rest), fitted.here.deals]) / np.maximum(
        fitted.deals[:, None], 1
    )
    marks -= means[at]
    pulled = ((marks @ fitted.inverse) * marks).sum(axis=1)
    return np.asarray(pulled + moved**2 / fitted.moved + 1 / np.maximum(fitted.deals[at], 1))

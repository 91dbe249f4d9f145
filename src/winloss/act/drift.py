"""How far the segment stood from the rest, step by step, and whether it was moving on its own before the start.

A segment that moves by itself goes on doing so after the start, and nobody can tell that from an effect.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from winloss.act.effect import Fit, of_levels, per_deal
from winloss.act.measurement import Drift
from winloss.act.panel import Cells
from winloss.act.sample import Floats
from winloss.stats.estimate import Estimate
from winloss.stats.shares import normal_quantile

FEWEST_STEPS = 4
"""Steps of a baseline in which a drift can be looked for."""
LEVEL = 0.05
_REACH = normal_quantile(0.95)
_STEP_DEALS = 5
"""Deals of a step that is looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Distances:
    """Distance from the rest in each step, less that of the baseline (NaN without deals), its variance, and its deals."""

    steps: tuple[int, ...]
    values: Floats
    variances: Floats
    deals: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """The deals of segment and rest step by step; `base` are the steps of the baseline, `fitted` those of the model."""

    here: Cells
    rest: Cells
    steps: Sequence[int]
    base: Sequence[int]
    fitted: Sequence[int]


def distances(model: Fit, course: Course, *, residual: float) -> Distances:
    """Distances in every step, also outside the fitted ones, less their mean over the deals of the baseline.

    `residual` is the variance of one deal.
    """
    here, rest, steps = course.here, course.rest, np.asarray(course.steps)
    level = per_deal(rest.total - of_levels(rest) @ model.levels, rest.deals)
    level[np.searchsorted(steps, np.asarray(course.fitted))] = model.step
    with np.errstate(divide="ignore", invalid="ignore"):
        values = (here.total - of_levels(here) @ model.levels) / here.deals - level
        variances = residual / here.deals + model.variance / rest.deals
    told = (here.deals > 0) & (rest.deals > 0)
    before = told & np.isin(steps, np.asarray(course.base))
    if before.any():
        values = values - np.average(values[before], weights=here.deals[before])
    return Distances(
        steps=tuple(course.steps),
        values=np.where(told, values, np.nan),
        variances=np.where(told, variances, np.nan),
        deals=here.deals,
    )


def drift(
    found: Distances, baseline: Sequence[int], clean: Sequence[int], *, step_days: float, by_itself: float = 0.0
) -> Drift:
    """The slope of the distances over the baseline, each weighted by its variance, and over all that is known.

    A segment is moving where either slope is no chance (p of 2.5 % each): a year shows a slow drift that half a year hides.
    What is told is the slope that is less of a chance, with its p doubled.

    Parameters
    ----------
    step_days
        Days of a step.
    by_itself
        Variance of what segments do by themselves in one step, added to that of chance in the deals.
    """
    lines = [_line(found, steps, by_itself) for steps in (baseline, clean)]
    if lines[0] is None:
        why = f"The baseline has fewer than {FEWEST_STEPS} steps with deals: nobody can say whether the segment was moving."
        return Drift(slope=Estimate.refused(why), p=None, joint_p=None, moving=False)
    line = min((one for one in lines if one is not None), key=lambda one: one.p)
    p = min(2 * line.p, 1.0)
    times = 30 / step_days
    estimate = Estimate(
        value=line.slope * times,
        low=(line.slope - _REACH * line.error) * times,
        high=(line.slope + _REACH * line.error) * times,
        n=line.deals,
        method="weighted line, 95 %",
    )
    return Drift(slope=estimate, p=p, joint_p=lines[0].joint_p, moving=p <= LEVEL)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    slope: float
    error: float
    p: float
    joint_p: float
    deals: int


def _line(found: Distances, steps: Sequence[int], by_itself: float) -> _Line | None:
    from scipy.special import chdtrc, ndtr

    wanted = set(steps)
    chosen = [i for i, step in enumerate(found.steps) if step in wanted and found.deals[i] >= _STEP_DEALS]
    chosen = [i for i in chosen if np.isfinite(found.variances[i])]
    if len(chosen) < FEWEST_STEPS:
        return None
    x = np.array([found.steps[i] for i in chosen], float)
    y, weight = found.values[chosen], 1 / (found.variances[chosen] + by_itself)
    centre, mean = (weight * x).sum() / weight.sum(), (weight * y).sum() / weight.sum()
    spread = float((weight * (x - centre) ** 2).sum())
    slope, error = float((weight * (x - centre) * y).sum() / spread), 1 / math.sqrt(spread)
    around = float((weight * (y - mean) ** 2).sum())
    return _Line(
        slope=slope,
        error=error,
        p=2 * float(ndtr(-abs(slope) / error)),
        joint_p=float(chdtrc(len(chosen) - 1, around)),
        deals=int(found.deals[chosen].sum()),
    )

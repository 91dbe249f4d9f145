"""Where there is nothing to compare with: the segment's own course, before and after (interrupted time series)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from winloss.act.evidence import Evidence
from winloss.act.judge import Error
from winloss.stats.interrupted import FEWEST_BEFORE, level_change

FEWEST_DEALS = 5
"""Of a step that is read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """The change of level, with its error."""

    effect: float
    error: Error


def course(found: Evidence, *, shift: int = 0) -> Course | None:
    """The change of level at the start, or `shift` steps before it; None with fewer than eight steps before."""
    last = int(np.searchsorted(found.all_steps, found.steps.after - shift))
    thin = np.flatnonzero(found.here.deals[:last] < FEWEST_DEALS)
    # A line through months has none missing: it begins after the last gap.
    at = np.arange(thin[-1] + 1 if len(thin) else 0, last)
    after = np.asarray(found.all_steps)[at] >= -shift
    if not after.any() or (~after).sum() < FEWEST_BEFORE:
        return None
    n, total = found.here.deals[at], found.here.total[at]
    mean = total.sum() / n.sum()
    spread = float(found.here.total_squares[at].sum() / n.sum() - mean**2)
    told = level_change(total / n, np.maximum(spread, 1e-6) / n, after=after)
    if told is None:
        return None
    return Course(effect=told.change, error=Error(error=told.error, freedom=told.freedom))

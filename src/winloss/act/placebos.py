"""Pretended actions: what other segments of the book did in the same time, and in times before, without any action.

One treated segment makes errors that rest on clusters of segments invalid: there is one cluster. What a segment does by itself
between two spans of time is read from the others instead. Each level of each attribute held fixed is measured
as if it had been acted on, with the geometry of the real one, at the real time and at earlier ones that do not overlap. The part
of their scatter that chance in their deals does not explain is added to the variance of the real effect.

Sources: Conley & Taber, Rev. Econ. Stat. 93 (2011) 113–125, doi 10.1162/REST_a_00049; Ferman & Pinto, Rev. Econ. Stat. 101
(2019) 452–467, doi 10.1162/rest_a_00759 (variance as a + b/deals); Paule & Mandel, J. Res. NBS 87 (1982) 377–385.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from winloss.act.effect import inverse, of_levels, per_deal, within
from winloss.act.panel import Cells
from winloss.act.sample import Floats, Marks

FEWEST_BEFORE = 30
FEWEST_AFTER = 15
"""Deals of a pretended segment, in baseline and window."""
FEWEST = 5
"""With fewer pretended actions nothing is known of what segments do by themselves."""
WINDOWS = 5
"""Times before the real one at which is pretended, at most."""
INDEPENDENT = 0.75
"""Pretended windows share baselines: so much of their number counts."""
LARGEST_SHARE = 0.7


@dataclass(frozen=True, slots=True, kw_only=True)
class Pretended:
    """Effects of pretended actions with the variance that chance in their deals gives them; `own` marks levels of the
    attributes by which the real segment is made.
    """

    effects: Floats = field(default_factory=lambda: np.zeros(0))
    variances: Floats = field(default_factory=lambda: np.zeros(0))
    own: Marks = field(default_factory=lambda: np.zeros(0, bool))

    @property
    def n(self) -> int:
        return len(self.effects)

    def joined(self, other: Pretended) -> Pretended:
        return Pretended(
            effects=np.concatenate([self.effects, other.effects]),
            variances=np.concatenate([self.variances, other.variances]),
            own=np.concatenate([self.own, other.own]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Variance of what segments do by themselves (0 or more), and the variance of that estimate."""

    variance: float
    uncertainty: float


def pretend(rest: Cells, window: Marks, offsets: Sequence[int], own: Sequence[int]) -> Pretended:
    """Measure every level as if it had been acted on.

    Parameters
    ----------
    rest
        Sums of deals outside the real segment, over T steps.
    window
        Which steps are the pretended window; the others are its baseline.
    offsets
        Where the levels of each attribute begin, and the end.
    own
        Numbers of the attributes by which the real segment is made.
    """
    levels = of_levels(rest)
    before, after = levels[~window].sum(axis=0), levels[window].sum(axis=0)
    chosen = _usable(before, after, offsets)
    if not len(chosen):
        return Pretended()
    products, with_value = within(rest, levels)
    inverted = inverse(products)
    base = inverted @ with_value
    part = rest.of(np.flatnonzero(window))
    inside = levels[window]
    share = per_deal(inside, part.deals[:, None])
    b = part.pairs[:, chosen, :].sum(axis=0, dtype=float) - share[:, chosen].T @ inside
    spread = (inside * (1 - share)).sum(axis=0)[chosen]
    gain = (part.sums - share * part.total[:, None]).sum(axis=0)[chosen]
    moved = spread - np.einsum("jk,kl,jl->j", b, inverted, b, optimize=True)
    told = moved > 0.2 * spread
    chosen, b, gain, moved = chosen[told], b[told], gain[told], moved[told]
    effects = (gain - b @ base) / moved
    left = 1 - _explained(rest, base, with_value)
    variances = _variances(rest, window, chosen, before, after, moved) * left
    attribute = np.searchsorted(np.asarray(offsets), chosen, side="right") - 1
    return Pretended(effects=effects, variances=variances, own=np.isin(attribute, list(own)))


def _usable(before: Floats, after: Floats, offsets: Sequence[int]) -> NDArray[np.int64]:
    """Levels with deals enough; of each attribute not the largest, whose movement is that of the others turned round."""
    found: list[int] = []
    for low, high in pairwise(offsets):
        largest = low + int(np.argmax(before[low:high] + after[low:high]))
        found += [
            level
            for level in range(low, high)
            if level != largest and before[level] >= FEWEST_BEFORE and after[level] >= FEWEST_AFTER
        ]
    return np.array(found, np.int64)


def _explained(rest: Cells, base: Floats, with_value: Floats) -> float:
    """Share of the variance within steps that levels explain."""
    whole = float((rest.total_squares - per_deal(rest.total**2, rest.deals)).sum())
    return float(np.clip(base @ with_value / whole, 0.0, 0.95)) if whole > 0 else 0.0


def _variances(
    rest: Cells, window: Marks, chosen: NDArray[np.int64], before: Floats, after: Floats, moved: Floats
) -> Floats:
    parts = []
    for marks, n in ((~window, before), (window, after)):
        mean = per_deal(rest.sums[marks].sum(axis=0), n)
        # A success and a failure more keep a level without either from seeming certain.
        raw = (rest.squares[marks].sum(axis=0) - n * mean**2 + 0.5) / np.maximum(n, 1)
        parts.append(raw[chosen] / np.maximum(n[chosen], 1))
    plain = before[chosen] * after[chosen] / (before[chosen] + after[chosen])
    return np.asarray((parts[0] + parts[1]) * np.maximum(plain / moved, 1.0))


def spread(pretended: Pretended) -> Spread | None:
    """What segments do by themselves; None of fewer than five pretended actions.

    The larger of two estimates: over all, and over the levels of the real segment's own attributes where there are five of
    them (regions may move where industries stay). Its uncertainty is that of normal scatter.
    """
    if pretended.n < FEWEST:
        return None
    found = beyond_chance(pretended.effects, pretended.variances)
    if int(pretended.own.sum()) >= FEWEST:
        own = beyond_chance(pretended.effects[pretended.own], pretended.variances[pretended.own])
        found = max(found, own, key=lambda one: one.variance)
    return found


def beyond_chance(effects: Floats, variances: Floats) -> Spread:
    """Variance around nought beyond what chance gives (Paule & Mandel's equation), and how unsure it is."""
    n, squares = len(effects), effects**2

    def short(extra: float) -> float:
        return float((squares / (variances + extra)).sum()) - n

    extra = 0.0
    if short(0.0) > 0:
        from scipy.optimize import brentq

        extra = float(brentq(short, 0.0, float(squares.max()) * n + 1e-12))
    counts = max(INDEPENDENT * n, 1.0)
    uncertainty = 2 * n**2 / counts / float((1 / (variances + extra)).sum()) ** 2
    return Spread(variance=extra, uncertainty=uncertainty)

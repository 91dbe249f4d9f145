"""How sure one must be at each of several looks, so that all of them together are wrong at the planned rate.

Who looks four times and stops at the first p under 5 % is wrong in 13 %. Here the 5 % are spent over the looks as
information comes in: next to nothing early, nearly all of it at the end. The looks need not be planned in
advance, neither their number nor their times; each bound depends only on what was looked at before it.

Each of the two sides spends half of the level by the O'Brien–Fleming-like function of Lan & DeMets,
2 − 2Φ(z/√t) with z = Φ⁻¹(1 − level/4), t being the share of the final information. The chance of having crossed
is integrated from look to look (Armitage, McPherson & Rowe) by Gauss–Legendre.

Sources: Lan & DeMets, Biometrika 70 (1983) 659–663, doi 10.1093/biomet/70.3.659; Armitage, McPherson & Rowe,
J. R. Stat. Soc. A 132 (1969) 235–244, doi 10.2307/2343787; Reboussin, DeMets, Kim & Lan, Control. Clin. Trials 21 (2000)
190–207, doi 10.1016/S0197-2456(00)00057-X.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

FARTHEST = 8.0
"""No bound is larger: what lies beyond happens once in 10^15."""
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(16)
_MOST_PANELS = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossing:
    """The chances (0–1) that the first bound crossed is an upper or a lower one."""

    upper: float
    lower: float

    @property
    def either(self) -> float:
        """The chance that any bound is crossed."""
        return self.upper + self.lower


@dataclass(frozen=True, slots=True)
class _Inside:
    """What has crossed no bound yet: places of the sum at a look and the chance that stands for each."""

    at: Floats
    chance: Floats

    def above(self, edge: float, step: float, drift: float = 0.0) -> float:
        """The chance to be above `edge` after `step` more information."""
        from scipy.special import ndtr

        return float(self.chance @ ndtr((self.at + drift * step - edge) / math.sqrt(step)))

    def mirrored(self) -> _Inside:
        return _Inside(-self.at, self.chance)

    def moved(self, to: Floats, step: float, drift: float) -> Floats:
        """The density at `to` after `step` more information."""
        apart = (to[:, None] - self.at - drift * step) / math.sqrt(step)
        return np.asarray(np.exp(-(apart**2) / 2) @ self.chance / math.sqrt(2 * math.pi * step))


_START = _Inside(np.zeros(1), np.ones(1))


def spent(information: float, *, level: float = 0.05) -> float:
    """How much of `level` may be spent, both sides together, up to this share of the information (0–1).

    Examples
    --------
    >>> [round(spent(share), 5) for share in (0.25, 0.5, 0.75, 1.0)]
    [1e-05, 0.00305, 0.0193, 0.05]
    """
    from scipy.special import ndtr, ndtri

    if not 0 < level < 1:
        raise ValueError(f"a level lies between 0 and 1, not {level}")
    if not 0 <= information <= 1:
        raise ValueError(f"a share of the information lies between 0 and 1, not {information}")
    return float(4 * ndtr(ndtri(level / 4) / math.sqrt(information))) if information else 0.0


def bounds(information: Sequence[float], *, level: float = 0.05) -> tuple[float, ...]:
    """What |z| must reach at each look, so that all looks together are wrong at `level`.

    Parameters
    ----------
    information
        The share of the final information (deals, for a difference of shares) at each look so far: increasing,
        above 0, at most 1. The last one may lie below 1: then part of the level is still to be spent.
    level
        Chance of any crossing by chance alone, both sides together, once all information is in.

    Returns
    -------
    tuple of float
        One bound a look, none above 8. Further looks do not change those before.

    Raises
    ------
    ValueError
        Where `information` does not increase inside 0–1.

    Examples
    --------
    >>> [round(bound, 3) for bound in bounds([0.25, 0.5, 0.75, 1.0])]
    [4.333, 2.963, 2.359, 2.014]
    """
    times, steps = _looks(information)
    allotted = np.diff([spent(time, level=level) for time in times], prepend=0.0)
    found: list[float] = []
    inside = _START
    for look, (time, step) in enumerate(zip(times, steps, strict=True)):
        found.append(_bound(inside, time, step, allotted[look] / 2))
        inside = _remaining(inside, found[-1] * math.sqrt(time), steps[look : look + 2])
    return tuple(found)


def chance_to_cross(information: Sequence[float], bounds: Sequence[float], drift: float = 0.0) -> Crossing:
    """The chance that z crosses a bound at one of the looks: the power, where there is an effect.

    Parameters
    ----------
    information
        As for `bounds`.
    bounds
        One a look; z crosses above `bound` and below `-bound`. May be infinite.
    drift
        The mean of z once all information is in: the effect in its final standard errors.

    Examples
    --------
    >>> looks = [0.25, 0.5, 0.75, 1.0]
    >>> round(chance_to_cross(looks, bounds(looks)).either, 6)
    0.05
    >>> round(chance_to_cross(looks, bounds(looks), drift=2.8).upper, 3)  # 0.800 with one look at the end
    0.792
    """
    times, steps = _looks(information)
    inside, upper, lower = _START, 0.0, 0.0
    for look, (time, step, bound) in enumerate(zip(times, steps, bounds, strict=True)):
        edge = bound * math.sqrt(time)
        upper += inside.above(edge, step, drift)
        lower += inside.mirrored().above(edge, step, -drift)
        farthest = (FARTHEST + abs(drift)) * math.sqrt(time)
        inside = _remaining(inside, min(edge, farthest), steps[look : look + 2], drift)
    return Crossing(upper=upper, lower=lower)


def _looks(information: Sequence[float]) -> tuple[list[float], list[float]]:
    times = [float(share) for share in information]
    steps = [after - before for before, after in zip([0.0, *times], times, strict=False)]
    if not all(step > 0 for step in steps) or times[-1:] > [1.0]:
        raise ValueError(f"shares of the information increase from above 0 to at most 1, not {times}")
    return times, steps


def _bound(inside: _Inside, time: float, step: float, allotted: float) -> float:
    """Where as much as is allotted to one side lies above."""
    from scipy.optimize import brentq

    def too_much(bound: float) -> float:
        return inside.above(bound * math.sqrt(time), step) - allotted

    if too_much(FARTHEST) >= 0:
        return FARTHEST
    return float(brentq(too_much, 0.0, FARTHEST, xtol=1e-12))


def _remaining(inside: _Inside, edge: float, steps: Sequence[float], drift: float = 0.0) -> _Inside:
    """What is still between the edges after the first of `steps`; the second says how fine it has to be."""
    panels = min(math.ceil(edge / math.sqrt(min(steps))), _MOST_PANELS)
    half = edge / panels
    middles = np.linspace(half - edge, edge - half, panels)
    at = (middles[:, None] + half * _NODES).ravel()
    weights = np.tile(half * _WEIGHTS, panels)
    return _Inside(at, weights * inside.moved(at, steps[0], drift))

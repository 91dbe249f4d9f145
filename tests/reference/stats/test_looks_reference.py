"""The bounds of several looks against published ones, against SciPy's quadrature and against Brownian paths."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.integrate import dblquad
from scipy.special import ndtr

from winloss.stats.looks import bounds, chance_to_cross, spent

Floats = NDArray[np.float64]

PUBLISHED = {
    (0.2, 0.4, 0.6, 0.8, 1.0): (4.8769, 3.3569, 2.6803, 2.2898, 2.0310),
    (0.25, 0.5, 0.75, 1.0): (4.3326, 2.9631, 2.3590, 2.0141),
}
"""Two-sided 5 %, equally spaced, by the program LD98 of Reboussin, DeMets, Kim & Lan, Control. Clin. Trials 21 (2000)
190–207, doi 10.1016/S0197-2456(00)00057-X, from which R's `ldbounds` descends."""


@pytest.mark.parametrize("looks", PUBLISHED)
def test_bounds_agree_with_the_published_ones(looks: tuple[float, ...]) -> None:
    """Their grid costs them half a digit: 3.3569 is 3.35701, as adaptive quadrature says too (below)."""
    assert bounds(looks) == pytest.approx(PUBLISHED[looks], abs=1.2e-4)


@pytest.mark.parametrize(("looks", "wrong"), [(1, 0.050), (2, 0.083), (3, 0.107), (4, 0.126), (5, 0.142), (10, 0.193)])
def test_looking_often_at_five_percent_is_as_wrong_as_published(looks: int, wrong: float) -> None:
    """Armitage, McPherson & Rowe 1969, table 2."""
    times = [(look + 1) / looks for look in range(looks)]
    assert chance_to_cross(times, [1.959964] * looks).either == pytest.approx(wrong, abs=0.0005)


def _uncrossed(looks: tuple[float, ...], edges: Floats, drift: float = 0.0) -> float:
    """The chance to stay between the edges at three looks, by SciPy's adaptive quadrature of the Brownian motion."""
    steps = np.diff(looks, prepend=0.0)
    spread = np.sqrt(2 * np.pi * steps)

    def density(second: float, first: float) -> float:
        apart = ((first - drift * steps[0]) ** 2 / steps[0] + (second - first - drift * steps[1]) ** 2 / steps[1]) / 2
        end = second + drift * steps[2]
        last = ndtr((edges[2] - end) / np.sqrt(steps[2])) - ndtr((-edges[2] - end) / np.sqrt(steps[2]))
        return float(np.exp(-apart) / spread[0] / spread[1] * last)

    return float(dblquad(density, -edges[0], edges[0], -edges[1], edges[1], epsabs=1e-10, epsrel=1e-10)[0])


@pytest.mark.parametrize("level", [0.01, 0.2])
@pytest.mark.parametrize("looks", [(0.4, 0.8, 1.0), (0.5, 0.55, 0.7)])
def test_three_looks_spend_what_they_may_by_adaptive_quadrature(looks: tuple[float, ...], level: float) -> None:
    edges = np.asarray(bounds(looks, level=level)) * np.sqrt(looks)
    assert 1 - _uncrossed(looks, edges) == pytest.approx(spent(looks[-1], level=level), abs=1e-9)


def test_the_second_of_five_looks_is_that_of_adaptive_quadrature() -> None:
    edges = np.array([4.8768849, 3.3570119, 8.0]) * np.sqrt([0.2, 0.4, 1.0])
    assert 1 - _uncrossed((0.2, 0.4, 1.0), edges) == pytest.approx(spent(0.4), abs=1e-9)


def test_power_agrees_with_adaptive_quadrature() -> None:
    looks = (0.3, 0.6, 1.0)
    reach = bounds(looks)
    crossed = chance_to_cross(looks, reach, drift=2.5).either
    assert crossed == pytest.approx(1 - _uncrossed(looks, np.asarray(reach) * np.sqrt(looks), drift=2.5), abs=1e-9)


def _crossed(looks: tuple[float, ...], drift: float, paths: int) -> tuple[float, float]:
    """Shares of Brownian paths whose first crossing is above, and below."""
    random = np.random.default_rng(1983)
    times = np.asarray(looks)
    steps = np.diff(times, prepend=0.0)
    z = np.cumsum(random.normal(drift * steps, np.sqrt(steps), (paths, len(looks))), axis=1) / np.sqrt(times)
    out = np.abs(z) >= np.asarray(bounds(looks))
    first = np.take_along_axis(z, out.argmax(axis=1)[:, None], axis=1)[:, 0]
    return float((out.any(axis=1) & (first > 0)).mean()), float((out.any(axis=1) & (first < 0)).mean())


@pytest.mark.parametrize("drift", [0.0, 1.0, 2.8])
@pytest.mark.parametrize("looks", [(0.25, 0.5, 0.75, 1.0), (0.35, 0.5, 0.9, 1.0)])
def test_brownian_paths_cross_as_often_as_said(looks: tuple[float, ...], drift: float) -> None:
    """Within 4 standard errors of 400,000 paths; without a drift that is 5 %."""
    upper, lower = _crossed(looks, drift, 400_000)
    said = chance_to_cross(looks, bounds(looks), drift)
    assert drift or said.either == pytest.approx(0.05, abs=1e-9)
    for seen, told in ((upper, said.upper), (lower, said.lower)):
        assert seen == pytest.approx(told, abs=4 * np.sqrt(max(told, 1e-5) / 400_000))

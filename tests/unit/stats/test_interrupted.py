"""An interrupted series: by hand and at the edges."""

from __future__ import annotations

import numpy as np
import pytest

from winloss.stats.interrupted import level_change

BEFORE_10 = np.arange(12) >= 10


def test_a_jump_off_a_straight_line_is_the_change() -> None:
    line = 0.30 + 0.01 * np.arange(12)
    found = level_change(line + 0.2 * BEFORE_10, np.full(12, 0.0004), after=BEFORE_10)
    assert found is not None
    assert found.change == pytest.approx(0.2, abs=1e-12)
    assert (found.periods_before, found.periods_after, found.correlation) == (10, 2, 0.0)
    assert found.p < 0.001


def test_a_steady_rise_is_no_change() -> None:
    found = level_change(0.30 + 0.01 * np.arange(12), np.full(12, 0.0004), after=BEFORE_10)
    assert found is not None
    assert found.change == pytest.approx(0.0, abs=1e-12)
    assert found.p == pytest.approx(1.0)


def test_a_series_that_never_moves_has_the_error_of_its_sampling() -> None:
    found = level_change(np.full(12, 0.3), np.full(12, 0.0004), after=BEFORE_10)
    assert found is not None
    assert found.error > 0.01
    low, high = found.bounds()
    assert low < 0 < high
    assert -low == pytest.approx(high)


def test_the_interval_and_the_p_agree() -> None:
    random = np.random.default_rng(3)
    found = level_change(random.normal(0.3, 0.05, 20), np.full(20, 0.001), after=np.arange(20) >= 18)
    assert found is not None
    low, high = found.bounds(1 - found.p)
    assert min(abs(low), abs(high)) == pytest.approx(0.0, abs=1e-9)


def test_the_unit_of_the_series_does_not_matter() -> None:
    random = np.random.default_rng(5)
    days, noise = random.normal(60, 9, 20), np.full(20, 16.0)
    found, hours = (level_change(days * unit, noise * unit**2, after=np.arange(20) >= 17) for unit in (1.0, 24.0))
    assert found is not None
    assert hours is not None
    assert hours.change == pytest.approx(24 * found.change)
    assert hours.p == pytest.approx(found.p)


def test_periods_that_resemble_their_neighbours_leave_less_freedom() -> None:
    slow = np.sin(np.arange(26) / 4)
    found = level_change(slow, np.full(26, 1e-6), after=np.arange(26) >= 24)
    assert found is not None
    assert found.correlation > 0.5
    assert 1 <= found.freedom < 6


def test_seven_periods_before_or_none_after_say_nothing() -> None:
    values, noise = np.linspace(0, 1, 12), np.ones(12)
    assert level_change(values, noise, after=np.arange(12) >= 7) is None
    assert level_change(values, noise, after=np.zeros(12, bool)) is None
    assert level_change([], [], after=[]) is None


def test_what_is_no_series_is_refused() -> None:
    with pytest.raises(ValueError, match="last"):
        level_change(np.ones(3), np.ones(3), after=[True, False, True])
    with pytest.raises(ValueError, match="variance"):
        level_change(np.ones(3), np.zeros(3), after=[False, False, True])
    with pytest.raises(ValueError, match="marks"):
        level_change(np.ones(3), np.ones(3), after=[False, True])

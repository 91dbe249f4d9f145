"""Several looks: what the bounds promise, and at the edges."""

from __future__ import annotations

import math
import time

import pytest

from winloss.stats.looks import FARTHEST, bounds, chance_to_cross, spent

QUARTERS = (0.25, 0.5, 0.75, 1.0)


def test_one_look_at_the_end_is_the_plain_test() -> None:
    assert bounds([1.0]) == pytest.approx((1.959963984540054,), abs=1e-9)
    assert bounds([1.0], level=0.01) == pytest.approx((2.5758293035489004,), abs=1e-9)


def test_nothing_is_spent_at_the_beginning_and_all_at_the_end() -> None:
    assert spent(0.0) == 0.0
    assert spent(1.0) == pytest.approx(0.05, abs=1e-12)
    assert spent(0.5, level=0.05) == pytest.approx(0.0030506, abs=1e-7)


def test_looks_a_ten_thousandth_apart_still_spend_the_level() -> None:
    looks = [0.3, 0.3001, 0.7, 0.7001, 1.0]
    assert chance_to_cross(looks, bounds(looks)).either == pytest.approx(0.05, abs=1e-9)


def test_an_early_bound_is_cut_where_nothing_lies_beyond() -> None:
    early = bounds([0.001, 0.002, 1.0])
    assert early[:2] == (FARTHEST, FARTHEST)
    assert early[2] == pytest.approx(1.959964, abs=1e-6)


def test_without_looks_there_are_no_bounds_and_nothing_crosses() -> None:
    assert bounds([]) == ()
    assert chance_to_cross([], []).either == 0.0


def test_infinite_bounds_are_never_crossed_and_the_last_look_alone_has_the_plain_power() -> None:
    crossed = chance_to_cross(QUARTERS, [math.inf, math.inf, math.inf, 1.959964], drift=2.801585)
    assert crossed.upper == pytest.approx(0.8, abs=1e-6)
    assert crossed.lower < 1e-5


def test_an_effect_the_other_way_is_its_mirror_image() -> None:
    up, down = (chance_to_cross(QUARTERS, bounds(QUARTERS), drift) for drift in (1.5, -1.5))
    assert up.upper == pytest.approx(down.lower, abs=1e-12)
    assert up.lower == pytest.approx(down.upper, abs=1e-12)


def test_a_large_effect_is_nearly_always_found() -> None:
    assert chance_to_cross(QUARTERS, bounds(QUARTERS), drift=30.0).upper == pytest.approx(1.0, abs=1e-9)


@pytest.mark.parametrize("looks", [(0.0, 1.0), (0.5, 0.5), (0.6, 0.4), (0.5, 1.1), (-0.1,), (math.nan,)])
def test_looks_that_do_not_go_forward_are_refused(looks: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="increase"):
        bounds(looks)


def test_a_level_or_share_outside_its_range_is_refused() -> None:
    with pytest.raises(ValueError, match="level"):
        spent(0.5, level=1.0)
    with pytest.raises(ValueError, match="share"):
        spent(1.5)
    with pytest.raises(ValueError, match="argument"):
        chance_to_cross(QUARTERS, [2.0, 2.0])


def test_four_looks_take_a_moment() -> None:
    """The quickest of 20 runs; five milliseconds of processor."""
    took = []
    for _ in range(20):
        began = time.process_time()
        bounds(QUARTERS)
        took.append(time.process_time() - began)
    assert min(took) < 0.005

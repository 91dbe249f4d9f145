"""Whatever the looks, the level is spent as planned."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from winloss.stats.looks import bounds, chance_to_cross, spent


@given(st.lists(st.integers(1, 100), min_size=1, max_size=5, unique=True), st.sampled_from([0.01, 0.05, 0.1]))
def test_whatever_the_looks_they_spend_what_may_be_spent_until_the_last(hundredths: list[int], level: float) -> None:
    looks = [share / 100 for share in sorted(hundredths)]
    crossed = chance_to_cross(looks, bounds(looks, level=level)).either
    assert crossed == pytest.approx(spent(looks[-1], level=level), abs=1e-8)


@given(st.lists(st.integers(1, 99), min_size=2, max_size=5, unique=True))
def test_later_looks_do_not_change_earlier_bounds(hundredths: list[int]) -> None:
    looks = [share / 100 for share in sorted(hundredths)]
    assert bounds(looks)[:-1] == pytest.approx(bounds(looks[:-1]), abs=1e-8)

"""A difference in differences does not depend on how its rows lie or are measured."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from winloss.stats.differences import difference_in_differences

TREATED = np.repeat([True, True, False, False], 4)
AFTER = np.repeat([False, True, False, True], 4)
WON = np.array([0, 1, 0, 0, 1, 1, 1, 0, 0, 1, 1, 0, 1, 0, 1, 0], float)


@given(st.permutations(range(16)), st.floats(-5, 5), st.floats(0.1, 10))
def test_order_of_rows_level_and_unit_do_not_matter(order: list[int], level: float, unit: float) -> None:
    moved = difference_in_differences((WON * unit + level)[order], treated=TREATED[order], after=AFTER[order])
    plain = difference_in_differences(WON, treated=TREATED, after=AFTER)
    assert moved is not None
    assert plain is not None
    assert moved.effect / unit == pytest.approx(plain.effect, abs=1e-9)
    assert moved.p == pytest.approx(plain.p, rel=1e-6)

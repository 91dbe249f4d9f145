"""Exact tests: values at the edges, and speed enough for thousands of segments."""

from __future__ import annotations

import numpy as np
import pytest

from winloss.stats.exact import chi_square_p, fisher_p


@pytest.mark.parametrize("counts", [(0, 0, 3, 9), (3, 9, 0, 0), (0, 5, 0, 7), (5, 5, 7, 7)])
def test_where_nothing_can_differ_p_is_one(counts: tuple[int, int, int, int]) -> None:
    assert float(fisher_p(*counts)) == 1.0


def test_equal_shares_have_p_one() -> None:
    assert float(fisher_p(300, 1000, 600, 2000)) == 1.0


def test_many_tables_at_once_keep_their_shape() -> None:
    p = fisher_p(np.array([[1, 8], [3, 30]]), np.array([[10, 10], [9, 90]]), 5, 20)
    assert p.shape == (2, 2)
    assert float(p[0, 1]) == pytest.approx(float(fisher_p(8, 10, 5, 20)))


def test_far_tails_stay_above_zero_and_ordered() -> None:
    p = fisher_p([100, 150, 200], 1000, 4000, 10_000)
    assert (p > 0).all()
    assert p[0] < p[1] < p[2] < 1e-30


def test_chi_square_over_one_group_or_one_outcome_is_one() -> None:
    assert chi_square_p([5], [9]) == 1.0
    assert chi_square_p([0, 0], [9, 8]) == 1.0
    assert chi_square_p([4, 0], [9, 0]) == 1.0

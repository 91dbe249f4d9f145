"""The exact p: shapes, edges and what it refuses."""

from __future__ import annotations

import numpy as np
import pytest

from winloss.mine import exact
from winloss.mine.exact import exact_p
from winloss.stats.exact import fisher_p


def test_counts_are_broadcast() -> None:
    p = exact_p(np.array([[3], [7]]), 10, np.array([5, 20, 35]), 50)
    assert p.shape == (2, 3)
    assert p[1, 0] == float(exact_p(7, 10, 5, 50))


@pytest.mark.parametrize("table", [(0, 0, 3, 9), (3, 9, 0, 0), (0, 9, 0, 9), (9, 9, 9, 9), (3, 9, 3, 9)])
def test_what_cannot_differ_has_a_p_of_one(table: tuple[int, int, int, int]) -> None:
    assert float(exact_p(*table)) == 1.0


def test_no_tables_have_no_p() -> None:
    assert exact_p([], [], [], []).shape == (0,)


@pytest.mark.parametrize("table", [(4, 3, 1, 9), (-1, 3, 1, 9), (1, 3, 10, 9)])
def test_impossible_counts_are_refused(table: tuple[int, int, int, int]) -> None:
    with pytest.raises(ValueError, match="not more than deals"):
        exact_p(*table)


def test_an_unknown_engine_is_refused() -> None:
    with pytest.raises(ValueError, match="no engine"):
        exact_p(1, 2, 3, 4, engine="abacus")


def test_without_numba_the_plain_test_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exact, "has_numba", lambda: False)
    assert float(exact_p(8, 10, 1, 6)) == float(fisher_p(8, 10, 1, 6))

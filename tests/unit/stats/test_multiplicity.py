"""False discovery control: values by hand and at the edges."""

from __future__ import annotations

import numpy as np
import pytest

from winloss.stats.multiplicity import benjamini_hochberg, selected_level, shared_weights


def test_an_empty_family_has_no_q() -> None:
    assert len(benjamini_hochberg([])) == 0


def test_q_by_hand() -> None:
    assert benjamini_hochberg([0.01, 0.04, 0.03, 0.8]) == pytest.approx([0.04, 0.16 / 3, 0.16 / 3, 0.8])


def test_double_weight_halves_a_p() -> None:
    plain = benjamini_hochberg([0.02, 0.5, 0.5, 0.5])
    weighted = benjamini_hochberg([0.02, 0.5, 0.5, 0.5], [2, 2 / 3, 2 / 3, 2 / 3])
    assert weighted[0] == pytest.approx(plain[0] / 2)


def test_no_stake_no_discovery() -> None:
    assert benjamini_hochberg([0.001, 0.5], [0, 1])[0] == 1.0


@pytest.mark.parametrize(("p", "weights"), [([1.2], None), ([-0.1], None), ([0.5], [-1.0]), ([0.5], [0.0])])
def test_impossible_input_is_refused(p: list[float], weights: list[float] | None) -> None:
    with pytest.raises(ValueError, match=r"p-value|weights"):
        benjamini_hochberg(p, weights)


def test_each_group_gets_its_stake_and_absent_ones_leave_theirs() -> None:
    weights = shared_weights([0, 0, 0, 1], {0: 0.5, 1: 0.25, 2: 0.25})
    assert weights.mean() == pytest.approx(1)
    assert weights[:3].sum() / weights.sum() == pytest.approx(2 / 3)
    assert weights[3] / weights.sum() == pytest.approx(1 / 3)


def test_intervals_of_few_selected_out_of_many_are_wide() -> None:
    assert selected_level(60, 60) == 0.95
    assert selected_level(3, 3000) == pytest.approx(0.99995)
    assert selected_level(1, 10, weight=50) == 0.95
    with pytest.raises(ValueError, match="cannot be selected"):
        selected_level(0, 10)


def test_the_family_is_everything_that_was_looked_at() -> None:
    shown = np.array([0.004])
    assert benjamini_hochberg(shown)[0] <= 0.05
    assert benjamini_hochberg(np.append(shown, np.linspace(0.1, 1, 50)))[0] > 0.05

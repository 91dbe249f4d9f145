"""Difference in differences and event studies: by hand and at the edges."""

from __future__ import annotations

import time

import numpy as np
import pytest

from winloss.stats.differences import Cell, Differences, difference_in_differences, event_study

TREATED = np.repeat([True, True, False, False], 4)
AFTER = np.repeat([False, True, False, True], 4)
WON = np.array([0, 1, 0, 0, 1, 1, 1, 0, 0, 1, 1, 0, 1, 0, 1, 0], float)


def _found(y: object, **more: object) -> Differences:
    found = difference_in_differences(y, treated=TREATED, after=AFTER, **more)  # type: ignore[arg-type]
    assert found is not None
    return found


def test_the_effect_is_the_difference_of_two_differences() -> None:
    found = _found(WON)
    assert (found.treated_before, found.treated_after) == (Cell(mean=0.25, n=4), Cell(mean=0.75, n=4))
    assert (found.rest_before, found.rest_after) == (Cell(mean=0.5, n=4), Cell(mean=0.5, n=4))
    assert found.effect == pytest.approx((0.75 - 0.25) - (0.5 - 0.5))
    assert found.error == pytest.approx(np.sqrt(sum(4 * m * (1 - m) / 3 / 4 for m in (0.25, 0.75, 0.5, 0.5))))
    assert found.freedom == 12
    low, high = found.bounds()
    assert low < 0 < found.effect < high


def test_equal_weights_change_nothing_and_weights_make_weighted_means() -> None:
    assert _found(WON, weights=np.full(16, 3.0)).error == pytest.approx(_found(WON).error)
    weighted = _found(WON, weights=np.arange(1.0, 17.0))
    assert weighted.treated_before.mean == pytest.approx(2 / 10)
    assert weighted.treated_before.n == 4
    means = [cell.mean for cell in (weighted.treated_after, weighted.treated_before)]
    rest = [cell.mean for cell in (weighted.rest_after, weighted.rest_before)]
    assert weighted.effect == pytest.approx(means[0] - means[1] - (rest[0] - rest[1]))


def test_a_measure_that_never_varies_has_no_effect_and_p_1() -> None:
    for constant in (0.0, 0.3, 1e6 / 3):
        found = _found(np.full(16, constant))
        assert (found.effect, found.error, found.p) == (0.0, 0.0, 1.0)


def test_a_common_rise_is_no_effect_even_without_spread() -> None:
    found = _found(np.where(AFTER, 0.7, 0.1))
    assert (found.effect, found.error, found.p) == (0.0, 0.0, 1.0)
    certain = _found(np.where(AFTER & TREATED, 0.7, 0.1))
    assert certain.effect == pytest.approx(0.6)
    assert certain.p == 0.0


def test_an_empty_group_or_no_row_to_spare_says_nothing() -> None:
    assert difference_in_differences(WON, treated=np.ones(16, bool), after=AFTER) is None
    assert difference_in_differences([], treated=[], after=[]) is None
    assert difference_in_differences(WON[::4], treated=TREATED[::4], after=AFTER[::4]) is None


def test_a_group_of_one_has_the_plain_error() -> None:
    kept = np.r_[0, 4:16]
    found = difference_in_differences(WON[kept], treated=TREATED[kept], after=AFTER[kept])
    assert found is not None
    assert found.treated_before.n == 1
    assert found.error == found.error_plain > 0


def test_no_covariate_is_the_same_as_none() -> None:
    assert _found(WON, covariates=np.empty((16, 0))) == _found(WON)


def test_a_weight_of_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="weight"):
        _found(WON, weights=np.zeros(16))


def test_a_change_in_mix_is_undone_by_its_covariate() -> None:
    """Big deals win less; more of them among the treated after looks like harm."""
    random = np.random.default_rng(0)
    treated, after = random.random((2, 4000)) < 0.5
    big = random.random(4000) < np.where(treated & after, 0.8, 0.2)
    won = (random.random(4000) < np.where(big, 0.2, 0.5)).astype(float)
    naive = difference_in_differences(won, treated=treated, after=after)
    adjusted = difference_in_differences(won, treated=treated, after=after, covariates=big[:, None])
    assert naive is not None
    assert adjusted is not None
    assert naive.p < 0.001
    assert abs(adjusted.effect) < 2 * adjusted.error


def test_an_event_study_shows_the_gap_of_each_bin_against_the_reference() -> None:
    y = np.array([1, 3, 0, 0, 2, 4, 1, 1, 9, 11, 2, 2], float)
    study = event_study(y, treated=[True, True, False, False] * 3, bins=np.repeat([-2, -1, 0], 4), reference=[-2, -1])
    assert study is not None
    assert study.bins.tolist() == [-2, -1, 0]
    assert study.effects == pytest.approx([0.0, 0.0, 6.0])  # gaps of 2, 2 and 8
    assert study.errors == pytest.approx(np.sqrt([0.5, 0.5, 1.5]))  # each treated mean has a variance of 1
    assert study.n_treated.tolist() == study.n_rest.tolist() == [2, 2, 2]
    low, high = study.bounds()
    assert (low < study.effects).all()
    assert (high > study.effects).all()


def test_bins_with_one_side_only_are_left_out() -> None:
    study = event_study(WON, treated=TREATED, bins=np.where(TREATED, AFTER, AFTER * 2), reference=[0])
    assert study is not None
    assert study.bins.tolist() == [0]
    assert event_study(WON, treated=TREATED, bins=AFTER, reference=[7]) is None
    assert event_study([], treated=[], bins=[], reference=[0]) is None


def test_a_group_of_one_in_a_bin_has_the_common_spread() -> None:
    kept = np.r_[0, 4:16]
    study = event_study(WON[kept], treated=TREATED[kept], bins=AFTER[kept], reference=[1])
    assert study is not None
    common = (0.75 + 1.0 + 1.0) / 9
    assert study.errors[0] == pytest.approx(np.sqrt(common + 0.25 / 4 + 2 * (1 / 3) / 4))


def test_a_million_rows_take_seconds() -> None:
    """Of processor time, with four covariates, and an event study of a dozen bins."""
    random = np.random.default_rng(0)
    won, treated, after = random.random((3, 1_000_000)) < 0.4
    covariates = random.standard_normal((1_000_000, 4))
    began = time.process_time()
    found = difference_in_differences(won, treated=treated, after=after, covariates=covariates)
    study = event_study(won, treated=treated, bins=random.integers(-6, 6, 1_000_000), reference=[-1])
    assert time.process_time() - began < 5
    assert found is not None
    assert study is not None
    assert found.freedom == 1_000_000 - 8

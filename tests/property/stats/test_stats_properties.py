"""What must hold of every number, whatever comes in."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from winloss.stats.amounts import weighted_share
from winloss.stats.clustered import clustered_difference, survival_p
from winloss.stats.exact import fisher_p
from winloss.stats.multiplicity import benjamini_hochberg, rejected, shared_weights
from winloss.stats.shares import newcombe, wilson

# Machines are busy at times: examples are not timed.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

shares = st.integers(0, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
filled = st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
probabilities = st.lists(st.floats(0, 1), min_size=1, max_size=40)


@given(filled, st.floats(0.5, 0.9999))
def test_an_interval_of_a_share_holds_it_and_stays_in_range(counts: tuple[int, int], level: float) -> None:
    share = wilson(*counts, level)
    assert share.low is not None
    assert share.high is not None
    assert share.value is not None
    assert 0 <= share.low <= share.value <= share.high <= 1


@given(filled, filled)
def test_a_difference_turned_round_changes_its_sign(one: tuple[int, int], zero: tuple[int, int]) -> None:
    there, back = newcombe(*one, *zero), newcombe(*zero, *one)
    assert there.value == pytest.approx(-(back.value or 0.0))
    assert (there.low, there.high) == pytest.approx((-(back.high or 0.0), -(back.low or 0.0)))
    assert there.low is not None
    assert there.high is not None
    assert -1 <= there.low <= there.high <= 1


@given(shares, shares)
def test_fisher_does_not_care_which_side_is_which_or_what_counts(one: tuple[int, int], zero: tuple[int, int]) -> None:
    (k1, n1), (k0, n0) = one, zero
    p = float(fisher_p(k1, n1, k0, n0))
    assert 0 <= p <= 1
    assert float(fisher_p(k0, n0, k1, n1)) == pytest.approx(p, rel=1e-9)
    assert float(fisher_p(n1 - k1, n1, n0 - k0, n0)) == pytest.approx(p, rel=1e-9)


@given(probabilities, st.data())
def test_raising_a_p_never_adds_a_rejection(p: list[float], data: st.DataObject) -> None:
    """So a cheap p may stand wherever it already fails: the dear one is asked only of those that pass."""
    weights = data.draw(st.lists(st.floats(0.01, 10), min_size=len(p), max_size=len(p)))
    raises = data.draw(st.lists(st.floats(0, 1), min_size=len(p), max_size=len(p)))
    plain = benjamini_hochberg(p, weights)
    raised = benjamini_hochberg(np.maximum(p, raises), weights)
    assert (raised >= plain - 1e-12).all()
    lazily = np.where(plain <= 0.05, np.maximum(p, raises), p)
    assert ((benjamini_hochberg(lazily, weights) <= 0.05) == (raised <= 0.05)).all()


@given(probabilities, st.sampled_from([0.0, 0.05, 0.2, 0.9]), st.data())
def test_what_is_rejected_has_a_q_at_or_under_the_rate(p: list[float], rate: float, data: st.DataObject) -> None:
    weights = data.draw(st.lists(st.floats(0.01, 10), min_size=len(p), max_size=len(p)))
    for given_weights in (None, weights):
        q = benjamini_hochberg(p, given_weights)
        assert rejected(p, rate, given_weights).tolist() == (q <= rate).tolist()


@given(probabilities)
def test_equal_weights_are_no_weights(p: list[float]) -> None:
    assert benjamini_hochberg(p, [3.0] * len(p)) == pytest.approx(benjamini_hochberg(p))


@given(st.lists(st.integers(0, 4), min_size=1, max_size=30))
def test_shared_weights_have_mean_one(groups: list[int]) -> None:
    weights = shared_weights(groups, dict.fromkeys(range(5), 0.2))
    assert weights.mean() == pytest.approx(1)
    assert (weights > 0).all()


clusters = st.lists(
    st.tuples(st.integers(0, 30), st.integers(0, 30), st.floats(0, 1), st.floats(0, 1)), min_size=2, max_size=25
)


@given(clusters, st.randoms(use_true_random=False))
@settings(max_examples=60)
def test_the_order_of_clusters_does_not_matter(rows: list[tuple[int, int, float, float]], random: object) -> None:
    n1, n0 = np.array([r[0] for r in rows]), np.array([r[1] for r in rows])
    k1, k0 = (n1 * [r[2] for r in rows]).astype(int), (n0 * [r[3] for r in rows]).astype(int)
    turned = np.arange(len(rows))[::-1]
    one, other = (clustered_difference(k1[o], n1[o], k0[o], n0[o]) for o in (np.arange(len(rows)), turned))
    assert float(one.p) == pytest.approx(float(other.p), rel=1e-7, abs=1e-12)
    assert 0 <= float(one.p) <= 1
    assert 0 <= float(survival_p(k1, n1, k0, n0)) <= 1
    assert float(one.freedom) >= 1


@given(st.lists(st.tuples(st.integers(0, 10**9), st.booleans()), min_size=1, max_size=60))
def test_a_share_by_amount_stays_in_range_or_says_why(rows: list[tuple[int, bool]]) -> None:
    share = weighted_share(np.array([a for a, _ in rows], float), np.array([w for _, w in rows]))
    if share.value is None:
        assert share.why
    else:
        assert share.low is not None
        assert share.high is not None
        assert 0 <= share.low <= share.value <= share.high <= 1

"""The exact p for tables of every shape."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from winloss.mine.exact import exact_p
from winloss.stats.exact import fisher_p

sides = st.integers(0, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@settings(deadline=None)  # the first call compiles
@given(sides, sides)
def test_machine_code_gives_the_p_of_the_plain_test(one: tuple[int, int], other: tuple[int, int]) -> None:
    p = float(exact_p(*one, *other, engine="numba"))
    np.testing.assert_allclose(p, fisher_p(*one, *other), rtol=1e-9)
    assert float(exact_p(*one, *other, engine="numpy")) == float(fisher_p(*one, *other))


@settings(deadline=None)
@given(sides, sides)
def test_p_does_not_care_which_side_is_named_first(one: tuple[int, int], other: tuple[int, int]) -> None:
    (k1, n1), (k0, n0) = one, other
    p = float(exact_p(k1, n1, k0, n0))
    assert 0 < p <= 1
    np.testing.assert_allclose([exact_p(k0, n0, k1, n1), exact_p(n1 - k1, n1, n0 - k0, n0)], p, rtol=1e-10)


@settings(deadline=None, max_examples=5)
@given(st.integers(1, 5))
def test_threads_change_nothing(threads: int) -> None:
    rng = np.random.default_rng(threads)
    n1, n0 = rng.integers(1, 300, 20_000), rng.integers(1, 3_000, 20_000)
    k1, k0 = rng.binomial(n1, 0.3), rng.binomial(n0, 0.4)
    assert np.array_equal(exact_p(k1, n1, k0, n0, threads=threads), exact_p(k1, n1, k0, n0, threads=1))


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 2_000), st.floats(0, 1))
def test_above_a_limit_p_is_above_it_and_never_too_large(seed: int, most: int, limit: float) -> None:
    rng = np.random.default_rng(seed)
    n1, n0 = rng.integers(0, most, 300), rng.integers(0, 20 * most, 300)
    share = rng.random(300)
    k1, k0 = rng.binomial(n1, share), rng.binomial(n0, np.clip(share + rng.normal(0, 0.05, 300), 0, 1))
    exact, quick = exact_p(k1, n1, k0, n0), exact_p(k1, n1, k0, n0, limit=limit)
    assert (quick <= exact * (1 + 1e-9)).all()
    assert np.array_equal(quick[exact <= limit], exact[exact <= limit])
    assert (quick[exact > limit] > limit).all()

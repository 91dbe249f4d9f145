from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from winloss.mine.bits import pack
from winloss.mine.clusters import RADIX, Asked, entries, totals
from winloss.synthesize.bits import FILLED, Is, Layout, Sets, count, unpack
from winloss.synthesize.coded import Clusters


@given(st.lists(st.booleans(), min_size=1, max_size=300))
@settings(max_examples=50, deadline=None)
def test_what_is_packed_comes_out_again(marks: list[bool]) -> None:
    packed = pack(np.array(marks))
    assert unpack(packed, len(marks)).tolist() == marks
    assert count(packed) == sum(marks)


@given(st.integers(0, 10**6), st.integers(1, 400), st.integers(0, 30))
@settings(max_examples=60, deadline=None)
def test_deals_in_each_cluster_are_those_that_counting_finds(seed: int, n: int, kinds: int) -> None:
    random = np.random.default_rng(seed)
    # Squares make some clusters large and leave others empty.
    codes = (random.random(n) ** 2 * (kinds + 1)).astype(np.int32) - np.int32(1)
    first, second = (random.integers(-2, 3, n).astype(np.int32) for _ in range(2))
    sets = Sets.of([first, second], [Clusters("reps", codes, kinds)])
    wanted = (Is(0, FILLED), Is(1, 2))
    inside = (first >= 0) & (second == 2)
    assert count(sets.bits(0, *wanted)) == inside.sum()
    places = Layout.of(Clusters("reps", codes, kinds)).places
    found = totals(sets.bits(1, *wanted), sets.bits(1, wanted[1]), places)
    assert np.array_equal(found.pairs // RADIX, found.pairs % RADIX)
    assert np.array_equal(found.n, found.k)
    expected, sizes = (np.bincount(codes[of] + 1, minlength=kinds + 1) for of in (inside, slice(None)))
    fits = sizes[1:] <= 8
    assert (found.pairs // RADIX).tolist() == expected[1:][fits].tolist()
    assert found.n.tolist() == [*expected[1:][~fits].tolist(), expected[0]]


@pytest.mark.parametrize("engine", ["numpy", "numba"])
@given(seed=st.integers(0, 10**6), n=st.integers(1, 400), kinds=st.integers(0, 30))
@settings(max_examples=40, deadline=None)
def test_entries_are_the_clusters_of_both_sides(engine: str, seed: int, n: int, kinds: int) -> None:
    random = np.random.default_rng(seed)
    codes = (random.random(n) ** 2 * (kinds + 1)).astype(np.int32) - np.int32(1)
    columns = [random.integers(-1, 2, n).astype(np.int32) for _ in range(4)]
    sets = Sets.of(columns, [Clusters("reps", codes, kinds)])
    places = sets.layouts[1].places
    bits = np.stack([sets.bits(1, Is(i, level)) for i in range(4) for level in (FILLED, 1)])
    known, is_one = np.array([column >= 0 for column in columns]), np.array([column == 1 for column in columns])
    # Of the deals whose first two values are known, those of which both are 1; or just the first.
    asked = Asked(*(np.array(rows, np.int32) for rows in ([[1, 3, 1, 1], [1, 2, 1, 1]], [5, 7], [0, 1])))
    both = [totals(bits[0] & bits[2], bits[success], places) for success in (5, 7)]
    found = entries(bits, asked, both, places, engine=engine)
    base = known[0] & known[1]
    for i, (side, won) in enumerate([(is_one[0] & is_one[1], is_one[2]), (is_one[0] & known[1], is_one[3])]):
        one, zero = side, base & ~side
        groups = [codes == cluster for cluster in range(kinds)] + [
            np.arange(n) == deal for deal in np.flatnonzero(codes < 0)
        ]
        expected = Counter(
            tuple(int((group & of).sum()) for of in (one & won, one, zero & won, zero)) for group in groups
        )
        told: Counter[tuple[int, ...]] = Counter()
        for *counts, times in found[:, i].T.astype(int).tolist():
            told[tuple(counts)] += times
        del expected[0, 0, 0, 0]
        assert {key: times for key, times in told.items() if times and any(key)} == dict(expected)

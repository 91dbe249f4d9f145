from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from winloss.synthesize.bits import FILLED, Is, Layout, Sets, count, pack, unpack
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
    counted = Layout.of(Clusters("reps", codes, kinds)).in_clusters(sets.bits(1, *wanted))
    expected, sizes = (np.bincount(codes[of] + 1, minlength=kinds + 1) for of in (inside, slice(None)))
    fits = sizes[1:] <= 8
    assert counted.alone == expected[0]
    assert counted.small.tolist() == expected[1:][fits].tolist()
    assert counted.large.tolist() == expected[1:][~fits].tolist()

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from winloss.mine.bits import pack
from winloss.mine.clusters import RADIX, in_clusters, tally
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
    small, large, alone = in_clusters(sets.bits(1, *wanted), places)
    expected, sizes = (np.bincount(codes[of] + 1, minlength=kinds + 1) for of in (inside, slice(None)))
    fits = sizes[1:] <= 8
    assert alone == expected[0]
    assert small.tolist() == expected[1:][fits].tolist()
    assert large.tolist() == expected[1:][~fits].tolist()


@pytest.mark.parametrize("engine", ["numpy", "numba"])
@given(seed=st.integers(0, 10**6), n=st.integers(1, 400), kinds=st.integers(0, 30))
@settings(max_examples=40, deadline=None)
def test_a_tally_counts_clusters_by_what_they_hold(engine: str, seed: int, n: int, kinds: int) -> None:
    random = np.random.default_rng(seed)
    codes = (random.random(n) ** 2 * (kinds + 1)).astype(np.int32) - np.int32(1)
    columns = [random.integers(-1, 2, n).astype(np.int32) for _ in range(3)]
    sets = Sets.of(columns, [Clusters("reps", codes, kinds)])
    places = sets.layouts[1].places
    pairs = random.integers(0, RADIX**2, places.small).astype(np.uint8)
    one, two, success = (sets.bits(1, Is(i, 1)) for i in range(3))
    found = tally((one, two), success, places, pairs, engine=engine)
    inside = (columns[0] == 1) & (columns[1] == 1)
    deals = [np.bincount(codes[of] + 1, minlength=kinds + 1) for of in (inside, inside & (columns[2] == 1))]
    fits = np.bincount(codes + 1, minlength=kinds + 1)[1:] <= 8
    assert (found.n_alone, found.k_alone) == (deals[0][0], deals[1][0])
    assert found.n_large.tolist() == deals[0][1:][~fits].tolist()
    assert found.k_large.tolist() == deals[1][1:][~fits].tolist()
    n_small, k_small = (counts[1:][fits] for counts in deals)
    keys = ((n_small * RADIX + k_small) * RADIX**2 + pairs)[n_small > 0]
    assert found.mixed.tolist() == np.bincount(keys, minlength=RADIX**4).tolist()
    assert found.touched.tolist() == np.bincount(pairs[n_small > 0], minlength=RADIX**2).tolist()

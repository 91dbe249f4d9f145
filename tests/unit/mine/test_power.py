"""What the search promises to see, checked against books in which it is there."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from winloss.mine.exact import exact_p
from winloss.mine.power import book_needed, chance_to_find, detectable, level_left, segment_needed
from winloss.stats.power import detectable_difference

BOOKS = 20_000


def found(n1: int, n0: int, share: float, difference: float, level: float) -> NDArray[np.bool_]:
    rng = np.random.default_rng(n1)
    k1, k0 = rng.binomial(n1, share + difference, BOOKS), rng.binomial(n0, share, BOOKS)
    return np.asarray(exact_p(k1, n1, k0, n0) <= level)


@pytest.mark.parametrize(
    ("n1", "deals", "share", "way", "level"),
    [
        (300, 10_000, 0.4, 1, 2e-7),
        (300, 10_000, 0.4, -1, 2e-7),
        (60, 3_000, 0.5, 1, 1e-4),
        (5_000, 100_000, 0.25, 1, 1e-6),
    ],
)
def test_a_difference_is_found_as_often_as_promised(n1: int, deals: int, share: float, way: int, level: float) -> None:
    difference = float(detectable(n1, deals, share, level=level, way=way))
    assert found(n1, deals - n1, share, way * difference, level).mean() == pytest.approx(0.8, abs=0.05)


def test_a_book_of_ten_thousand_deals_sees_nothing_small_in_small_segments() -> None:
    level = level_left(240_000)
    sizes = np.array([30, 100, 300, 1_000, 3_000])
    differences = detectable(sizes, 10_000, 0.4, level=level, way=1)
    assert (np.diff(differences) < 0).all()
    assert differences[0] > 0.5
    assert differences[3] == pytest.approx(0.1, abs=0.005)
    assert np.isnan(detectable(30, 10_000, 0.3, level=level, way=-1))


def test_it_is_a_little_more_than_without_continuity() -> None:
    plain = detectable_difference(500, 9_500, 0.4, level=1e-6, way=1)
    assert plain is not None
    assert plain < float(detectable(500, 10_000, 0.4, level=1e-6, way=1)) < plain * 1.05


def test_deals_needed_are_the_fewest_with_that_power() -> None:
    n = segment_needed(20_000, 0.4, 0.1, level=1e-6)
    assert n is not None
    chances = chance_to_find([n - 1, n], [20_000 - n + 1, 20_000 - n], 0.4, 0.1, 1e-6)
    assert chances[0] < 0.8 <= chances[1]
    assert float(detectable(n, 20_000, 0.4, level=1e-6, way=1)) == pytest.approx(0.1, abs=1e-3)
    book = book_needed(n / 20_000, 0.4, 0.1, level=1e-6)
    assert book == pytest.approx(20_000, rel=1e-3)


def test_what_cannot_be_seen_is_none() -> None:
    assert segment_needed(200, 0.4, 0.05, level=1e-6) is None
    assert segment_needed(200, 0.4, 0.7, level=1e-6) is None
    assert book_needed(0.1, 0.4, 0.0, level=1e-6) is None
    assert level_left(0) == 0.0
    assert level_left(10, found=20) == 0.05
    assert float(chance_to_find(0, 10, 0.5, 0.1, 0.05)) == 0.0

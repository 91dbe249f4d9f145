"""Echoes: which of several segments that tell of one effect is listed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from planted import Condition, named, plainly_counted
from winloss.mine.outcome import Outcome, Sides
from winloss.mine.productive import productive
from winloss.mine.residual import Residual, _inverse, residual
from winloss.mine.table import Segments, Table
from winloss.mine.weights import depth_weights

WON = Outcome((1,))
Segment = tuple[Condition, ...]
Share = Callable[[NDArray[np.uint8]], NDArray[np.float64]]


def book(share: Share, *, levels: tuple[int, ...] = (2, 5, 4, 6), ordered: int = -1, deals: int = 20_000) -> Table:
    """Independent attributes, whose deals are won with the given share (a function of codes from 0)."""
    rng = np.random.default_rng(4)
    codes = np.stack([rng.integers(0, n, deals) for n in levels]).astype(np.uint8)
    won = rng.random(deals) < share(codes)
    return Table(
        codes=codes + np.uint8(1),
        levels=levels,
        ordered=tuple(a == ordered for a in range(len(levels))),
        classes=won.astype(np.uint8),
        class_count=2,
    )


def listed(table: Table, *, depth: int = 2) -> tuple[Segments, Residual, list[Segment]]:
    segments = plainly_counted(table, depth=depth, floor=30)
    at = np.flatnonzero(Sides.of(segments, WON).p() <= 1e-3)
    at = at[productive(segments, table, WON, at)]
    found = residual(segments, table, WON, at)
    return segments, found, [named(segments, line.place) for line in found.firm]


def test_of_two_sides_one_is_listed_and_names_the_other() -> None:
    segments, found, lines = listed(book(lambda c: 0.3 + 0.1 * (c[0] == 1)))
    assert len(lines) == 1
    assert {lines[0], *(named(segments, i) for i in found.firm[0].absorbed)} >= {((0, 0, 0),), ((0, 1, 1),)}


def test_a_pair_is_listed_instead_of_its_values() -> None:
    segments, found, lines = listed(book(lambda c: 0.3 + 0.2 * ((c[1] == 2) & (c[2] == 1))))
    assert lines == [((1, 2, 2), (2, 1, 1))]
    assert {((1, 2, 2),), ((2, 1, 1),)} <= {named(segments, i) for i in found.firm[0].absorbed}


def test_two_effects_that_add_up_are_no_pair() -> None:
    _, _, lines = listed(book(lambda c: 0.3 + 0.1 * (c[1] == 2) + 0.1 * (c[2] == 1)))
    assert sorted(lines) == [((1, 2, 2),), ((2, 1, 1),)]


def test_a_part_that_is_unlike_the_rest_of_a_listed_segment_is_listed_too() -> None:
    _, _, lines = listed(book(lambda c: 0.3 + 0.15 * (c[1] == 2) + 0.25 * ((c[1] == 2) & (c[2] == 1))))
    assert sorted(lines) == [((1, 2, 2),), ((1, 2, 2), (2, 1, 1))]


def test_of_overlapping_runs_the_one_that_describes_the_effect_is_listed() -> None:
    table = book(lambda c: 0.3 + 0.15 * ((c[3] >= 2) & (c[3] <= 3)), ordered=3)
    segments, found, lines = listed(table, depth=1)
    assert lines == [((3, 2, 3),)]
    assert {((3, 1, 3),), ((3, 2, 4),), ((3, 2, 2),)} <= {named(segments, i) for i in found.firm[0].absorbed}


def test_effects_beyond_the_smallest_p_are_ordered_by_their_distance() -> None:
    table = book(lambda c: np.where((c[1] == 2) & (c[2] == 1), 1.0, 0.02), deals=60_000)
    segments = plainly_counted(table, depth=2, floor=30)
    places = {named(segments, i): i for i in range(len(segments))}
    pair, value = places[(1, 2, 2), (2, 1, 1)], places[((1, 2, 2),)]
    assert Sides.of(segments, WON).at(np.array([pair, value])).p().tolist() == [0.0, 0.0]
    found = residual(segments, table, WON, np.array([value, pair]))
    assert [line.place for line in found.firm] == [pair]
    assert found.firm[0].absorbed == (value,)


def test_no_candidates_make_no_lines() -> None:
    table = book(lambda c: np.full(c.shape[1], 0.4), deals=500)
    segments = plainly_counted(table, depth=1, floor=30)
    assert residual(segments, table, WON, np.zeros(0, np.intp)) == Residual()


def test_too_weak_for_a_line_is_unsure() -> None:
    table = book(lambda c: 0.3 + 0.05 * (c[1] == 2), deals=3_000)
    segments = plainly_counted(table, depth=2, floor=30)
    at = np.flatnonzero(Sides.of(segments, WON).p() <= 0.05)
    found = residual(segments, table, WON, at, rate=1e-9)
    assert found.firm == ()
    said = [place for line in found.unsure for place in (line.place, *line.absorbed)]
    assert sorted(said) == at.tolist()


def test_each_depth_has_its_own_stake() -> None:
    table = book(lambda c: np.full(c.shape[1], 0.4), deals=3_000)
    segments = plainly_counted(table, depth=3, floor=30)
    weights, depth = depth_weights(segments), segments.depth_of
    assert weights.mean() == pytest.approx(1.0)
    stakes = [weights[depth == d].sum() / len(segments) for d in (1, 2, 3)]
    assert stakes == pytest.approx([4 / 7, 2 / 7, 1 / 7])
    only = depth_weights(segments, {1: 0.5, 2: 0.5})
    assert (only[depth == 3] == 0).all()
    assert only[depth == 1].sum() == pytest.approx(len(segments) / 2)


def test_what_has_no_stake_is_no_line() -> None:
    table = book(lambda c: 0.3 + 0.2 * ((c[1] == 2) & (c[2] == 1)))
    segments = plainly_counted(table, depth=2, floor=30)
    at = np.flatnonzero(Sides.of(segments, WON).p() <= 1e-4)
    found = residual(segments, table, WON, at, weights=depth_weights(segments, {1: 1.0}))
    assert all(len(named(segments, line.place)) == 1 for line in found.firm)


@pytest.mark.parametrize("lines", [1, 3, 20, 70])
def test_the_inverse_is_the_pseudo_inverse_with_empty_and_with_repeated_lines(lines: int) -> None:
    deals = (np.random.default_rng(lines).random((2000, lines)) < 0.2).astype(float)
    deals[:, 0] = 1
    plain = deals.T @ deals
    empty, twice = plain.copy(), plain.copy()
    empty[-1] = empty[:, -1] = 0
    twice[-1], twice[:, -1] = twice[0], twice[:, 0]
    twice[-1, -1] = twice[0, 0]
    stack = np.stack([plain, empty, twice])
    for asked in (stack, stack[:2], *stack):
        np.testing.assert_allclose(_inverse(asked), np.linalg.pinv(asked, hermitian=True), atol=1e-12)

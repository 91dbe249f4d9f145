"""Productive segments and lines, recomputed deal by deal."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from planted import Condition, meets, named, parents_of, plainly_counted, tables
from winloss.mine import bits, parents
from winloss.mine import residual as residual_module
from winloss.mine.bits import Book, Conjunctions
from winloss.mine.outcome import Outcome, Sides
from winloss.mine.parents import Lineage
from winloss.mine.productive import productive
from winloss.mine.residual import _Additive, residual
from winloss.mine.table import Segments, Table
from winloss.stats.exact import fisher_p

WON = Outcome((0,))
ONE_LOSS = Outcome((1,), among=(1, 2))
outcomes = st.sampled_from([WON, ONE_LOSS])
Marks = NDArray[np.bool_]


def marks(table: Table, outcome: Outcome) -> tuple[Marks, Marks]:
    among = np.ones(table.deals, bool) if outcome.among is None else np.isin(table.classes, outcome.among)
    return np.isin(table.classes, outcome.success), among


def sides_of(table: Table, outcome: Outcome, inside: Marks, base: Marks) -> tuple[int, int, int, int]:
    success, among = marks(table, outcome)
    one, zero = inside & base & among, ~inside & base & among
    return int((one & success).sum()), int(one.sum()), int((zero & success).sum()), int(zero.sum())


def known(table: Table, segment: tuple[Condition, ...]) -> Marks:
    return np.asarray((table.codes[[a for a, _, _ in segment]] > 0).all(axis=0))


@settings(deadline=None, max_examples=40)
@given(tables(), outcomes)
def test_sides_are_those_of_counting_deal_by_deal(table: Table, outcome: Outcome) -> None:
    segments = plainly_counted(table, depth=2, floor=1)
    sides = Sides.of(segments, outcome)
    for place in range(0, len(segments), 7):
        segment = named(segments, place)
        expected = sides_of(table, outcome, meets(table.codes, segment), known(table, segment))
        assert (sides.k1[place], sides.n1[place], sides.k0[place], sides.n0[place]) == expected


@settings(deadline=None, max_examples=40)
@given(tables(), outcomes, st.booleans(), st.integers(0, 99))
def test_bits_count_any_part_of_the_book(table: Table, outcome: Outcome, numba: bool, seed: int) -> None:
    segments = plainly_counted(table, depth=3, floor=1)
    success, among = marks(table, outcome)
    book = Book.of(table, outcome)
    part = np.random.default_rng(seed).integers(0, 4, len(book))
    deals = np.flatnonzero(part < 3)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bits, "has_numba", lambda: numba)
        split = book.in_parts(deals, part[deals], 3)
        k, n = split.count(Conjunctions.of(segments))
    for place in range(0, len(segments), 11):
        inside = meets(table.codes, named(segments, place))[among]
        assert n[place].tolist() == [int((inside & (part == i)).sum()) for i in range(3)]
        assert k[place].tolist() == [int((inside & success[among] & (part == i)).sum()) for i in range(3)]


@settings(deadline=None, max_examples=40)
@given(tables(), outcomes, st.booleans(), st.integers(0, 99))
def test_conditions_packed_once_count_among_any_deals(table: Table, outcome: Outcome, numba: bool, seed: int) -> None:
    segments = plainly_counted(table, depth=3, floor=1)
    _, among = marks(table, outcome)
    book, inside = Book.of(table, outcome), np.random.default_rng(seed).random(int(among.sum())) < 0.4
    which = np.arange(0, len(segments), 11)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bits, "has_numba", lambda: numba)
        packed = book.packed(Conjunctions.of(segments))
        n = packed.among(bits.pack(inside), which)
    assert n.tolist() == [
        int((meets(table.codes, named(segments, place))[among] & inside).sum()) for place in which.tolist()
    ]


def plainly_productive(table: Table, outcome: Outcome, segments: Segments, place: int) -> bool:
    segment = named(segments, place)
    base, inside = known(table, segment), meets(table.codes, segment)
    k1, n1, k0, n0 = sides_of(table, outcome, inside, base)
    direction = np.sign(k1 / n1 - k0 / n0) if n1 and n0 else np.nan
    everything = [named(segments, i) for i in range(len(segments))]
    for parent in parents_of(segment) if len(segment) > 1 else []:
        children = sum(parent in parents_of(other) for other in everything if len(other) == len(segment))
        k, n, rest_k, rest_n = sides_of(table, outcome, inside, base & meets(table.codes, parent))
        if n == 0 or rest_n == 0 or np.sign(k / n - rest_k / rest_n) != direction:
            return False
        if fisher_p(k, n, rest_k, rest_n) > 0.05 / children:
            return False
    return True


@settings(deadline=None, max_examples=25)
@given(tables(), outcomes, st.booleans())
def test_a_productive_segment_differs_from_each_parent_where_all_its_values_are_known(
    table: Table, outcome: Outcome, numba: bool
) -> None:
    segments = plainly_counted(table, depth=3, floor=3)
    at = np.arange(0, len(segments), 5)
    expected = [plainly_productive(table, outcome, segments, int(place)) for place in at]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parents, "has_numba", lambda: numba)
        assert productive(segments, table, outcome, at).tolist() == expected


@settings(deadline=None, max_examples=25)
@given(tables(), st.sampled_from([0, 1 << 22]))
def test_parents_and_numbers_of_children_are_the_same_by_any_way(table: Table, span: int) -> None:
    segments = plainly_counted(table, depth=3, floor=2)
    every = Conjunctions.of(segments)
    places = np.arange(len(segments))
    found = []
    with pytest.MonkeyPatch.context() as patch:
        for numba in (False, True):
            patch.setattr(parents, "has_numba", lambda numba=numba: numba)
            lineage = Lineage(every)
            found.append((lineage.parents(places), lineage.children(lineage.parent_keys(places))))
        patch.setattr(parents, "_MOST_SPAN", span)
        lineage = Lineage(every)
        found.append((lineage.parents(places), lineage.children(lineage.parent_keys(places))))
    for places_of, children in found[1:]:
        assert places_of.tolist() == found[0][0].tolist()
        assert children.tolist() == found[0][1].tolist()


def added(success: NDArray[np.bool_], lines: list[NDArray[np.bool_]], one: NDArray[np.bool_]) -> float:
    """The score test of one more column in a least squares fit, the long way: z, 0 where too little is left."""
    columns = np.stack([np.ones(len(success)), *lines], axis=1).astype(float)
    left = one - columns @ np.linalg.lstsq(columns, one.astype(float), rcond=None)[0]
    residuals = success - columns @ np.linalg.lstsq(columns, success.astype(float), rcond=None)[0]
    if (left**2).sum() < 10:
        return 0.0
    variance = (residuals**2).sum() / max(len(success) - columns.shape[1], 1)
    return float(left @ residuals / np.sqrt(variance * (left**2).sum())) if variance > 1e-12 else 0.0


@settings(deadline=None, max_examples=40)
@given(tables(), outcomes, st.sampled_from([0, 1 << 28]), st.booleans())
def test_a_line_is_as_strong_as_what_it_adds_to_the_lines_before_it(
    table: Table, outcome: Outcome, held: int, numba: bool
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(residual_module, "has_numba", lambda: numba)
        patch.setattr(residual_module, "_HELD", held)  # with none, the deals of each line are fetched
        check_lines(table, outcome)


def check_lines(table: Table, outcome: Outcome) -> None:
    segments = plainly_counted(table, depth=2, floor=5)
    at = np.flatnonzero(Sides.of(segments, outcome).p() <= 0.05)
    book, sides = Book.of(table, outcome), Sides.of(segments, outcome).at(at)
    candidates = Conjunctions.of(segments, at)
    state = _Additive(book, candidates, sides, np.bincount(segments.depth_of, minlength=3))
    success, among = marks(table, outcome)
    lines: list[NDArray[np.bool_]] = []
    for i in state.order.tolist()[:4]:
        if lines:
            for other in state.open[::3].tolist():
                base = known(table, named(segments, at[other])) & among
                inside = meets(table.codes, named(segments, at[other]))
                expected = added(success[base], [line[base] for line in lines], inside[base])
                assert state.z[other] == pytest.approx(expected, rel=1e-6, abs=1e-6)
        segment = meets(table.codes, named(segments, at[i])) & among
        assert state.add(i) == (segment & ~np.any([np.zeros(len(segment), bool), *lines], axis=0)).sum()
        lines.append(segment)


@settings(deadline=None, max_examples=40)
@given(tables(), outcomes)
def test_every_candidate_is_a_line_or_an_echo_of_one(table: Table, outcome: Outcome) -> None:
    segments = plainly_counted(table, depth=2, floor=5)
    at = np.flatnonzero(Sides.of(segments, outcome).p() <= 0.05)
    found = residual(segments, table, outcome, at)
    said = [place for line in (*found.firm, *found.unsure) for place in (line.place, *line.absorbed)]
    assert sorted(said) == at.tolist()


@settings(deadline=None, max_examples=20)
@given(tables(), st.integers(0, 99))
def test_the_order_of_deals_changes_no_line(table: Table, seed: int) -> None:
    order = np.random.default_rng(seed).permutation(table.deals)
    moved = Table(
        codes=np.ascontiguousarray(table.codes[:, order]),
        levels=table.levels,
        ordered=table.ordered,
        classes=table.classes[order],
        class_count=table.class_count,
    )
    segments = plainly_counted(table, depth=2, floor=5)
    at = np.flatnonzero(Sides.of(segments, WON).p() <= 0.05)
    assert residual(segments, table, WON, at) == residual(segments, moved, WON, at)

"""Every count, base and segment is the one that plain group-bys find; engines, threads and batches do not matter."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from winloss.mine.count import count
from winloss.mine.partial import Partial, Shape
from winloss.mine.table import Segments, Table

# Machines are busy at times: examples are not timed.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

NAMES = ("attribute", "low", "high", "counts", "base", "bases", "combos")
Row = tuple[tuple[int, ...], tuple[tuple[int, int], ...], tuple[int, ...], tuple[int, ...]]


@st.composite
def tables(draw: st.DrawFn) -> Table:
    """Books of up to 7 attributes, with and without blanks, even and skewed, ordered and not, 1 to 12 classes."""
    levels = tuple(draw(st.lists(st.integers(1, 6), min_size=1, max_size=7)))
    ordered = tuple(draw(st.lists(st.booleans(), min_size=len(levels), max_size=len(levels))))
    deals = draw(st.integers(0, 250))
    classes = draw(st.integers(1, 12))
    blanks = draw(st.lists(st.sampled_from([0.0, 0.0, 0.2, 1.0]), min_size=len(levels), max_size=len(levels)))
    skew = draw(st.sampled_from([0.0, 1.5]))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    codes = np.zeros((len(levels), deals), np.uint8)
    for a, (most, blank) in enumerate(zip(levels, blanks, strict=True)):
        weights = random.permutation(1 / np.arange(1, most + 1) ** skew)
        values = random.choice(most, size=deals, p=weights / weights.sum()) + 1
        codes[a] = np.where(random.random(deals) < blank, 0, values)
    ended = random.integers(0, classes, deals).astype(np.uint8)
    return Table(codes=codes, levels=levels, ordered=ordered, classes=ended, class_count=classes)


def _conditions(levels: int, ordered: bool) -> list[tuple[int, int]]:
    if not ordered:
        return [(v, v) for v in range(levels)]
    return [(low, high) for low in range(levels) for high in range(low, levels) if (low, high) != (0, levels - 1)]


def _brute_force(table: Table, depth: int, floor: int) -> list[Row]:
    found: list[Row] = []
    for size in range(1, depth + 1):
        for chosen in combinations(range(len(table.levels)), size):
            known = np.all([table.codes[a] > 0 for a in chosen], axis=0)
            base = np.bincount(table.classes[known], minlength=table.class_count)
            for runs in product(*(_conditions(table.levels[a], table.ordered[a]) for a in chosen)):
                inside = known.copy()
                for a, (low, high) in zip(chosen, runs, strict=True):
                    inside &= (table.codes[a] >= low + 1) & (table.codes[a] <= high + 1)
                ended = np.bincount(table.classes[inside], minlength=table.class_count)
                if max(floor, 1) <= ended.sum() < base.sum():
                    found.append((chosen, runs, tuple(ended.tolist()), tuple(base.tolist())))
    return found


def _rows(found: Segments) -> list[Row]:
    rows = zip(
        found.attribute.tolist(),
        found.low.tolist(),
        found.high.tolist(),
        found.counts.tolist(),
        found.base,
        strict=True,
    )
    return [
        (
            tuple(a for a in attribute if a >= 0),
            tuple((x, y) for a, x, y in zip(attribute, low, high, strict=True) if a >= 0),
            tuple(counts),
            tuple(found.bases[base].tolist()),
        )
        for attribute, low, high, counts, base in rows
    ]


def _same(one: Segments, other: Segments) -> None:
    for name in NAMES:
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)
        assert getattr(one, name).dtype == getattr(other, name).dtype, name


@settings(max_examples=60)
@given(tables(), st.integers(1, 4), st.sampled_from([0, 1, 2, 5, 12, 40]))
def test_segments_are_those_of_plain_group_bys_in_order(table: Table, depth: int, floor: int) -> None:
    depth = min(depth, 4 if sum(table.levels) < 16 else 2)
    expected = _brute_force(table, depth, floor)
    assert _rows(count(table, depth=depth, floor=floor, engine="numpy")) == expected
    assert _rows(count(table, depth=depth, floor=floor, engine="numba")) == expected


@settings(max_examples=60)
@given(tables(), st.integers(1, 4), st.integers(0, 30), st.integers(1, 4))
def test_engines_and_threads_write_the_same_arrays(table: Table, depth: int, floor: int, threads: int) -> None:
    plain = count(table, depth=depth, floor=floor, engine="numpy")
    _same(plain, count(table, depth=depth, floor=floor, engine="numba", threads=threads))


@settings(max_examples=60)
@given(tables(), st.integers(0, 12), st.integers(0, 40), st.integers(1, 4))
def test_wherever_rare_values_begin_the_same_segments_are_found(
    table: Table, floor: int, first: int, threads: int
) -> None:
    plain = count(table, depth=3, floor=floor, engine="numpy")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("winloss.mine.rare.Conditions.cuts", lambda of: [min(first, len(of.deals))])
        _same(plain, count(table, depth=3, floor=floor, engine="numba", threads=threads))


@settings(max_examples=40)
@given(tables(), st.integers(1, 3), st.integers(0, 30), st.floats(0, 1), st.booleans())
def test_counts_of_parts_add_up_to_one_pass(table: Table, depth: int, floor: int, cut: float, compiled: bool) -> None:
    shape = Shape(levels=table.levels, ordered=table.ordered, class_count=table.class_count, depth=depth)
    at = int(cut * table.deals)
    with pytest.MonkeyPatch.context() as patch:
        if not compiled:
            patch.setattr("winloss.mine.partial.find_spec", lambda _: None)
        left, right = Partial(shape), Partial(shape)
        left.add(table.codes[:, :at], table.classes[:at])
        right.add(table.codes[:, at:], table.classes[at:])
    both = Partial.from_bytes(left.to_bytes()) + Partial.from_bytes(right.to_bytes())
    _same(both.segments(floor=floor), count(table, depth=depth, floor=floor))
    assert (right + left).to_bytes() == both.to_bytes()


@settings(max_examples=30)
@given(tables(), st.integers(1, 60), st.integers(1, 100))
def test_a_stream_of_arrow_batches_is_counted_whatever_their_sizes(table: Table, rows: int, deals: int) -> None:
    names = tuple(f"attribute {a}" for a in range(len(table.levels)))
    whole = pa.table({**dict(zip(names, table.codes, strict=True)), "ended": table.classes})
    shape = Shape(levels=table.levels, ordered=table.ordered, class_count=table.class_count, depth=2)
    counted = Partial(shape).add_batches(
        whole.to_batches(max_chunksize=rows), attributes=names, ended="ended", deals=deals
    )
    _same(counted.segments(floor=3), count(table, depth=2, floor=3))


def test_counts_of_different_shapes_do_not_add_up() -> None:
    one = Partial(Shape(levels=(2, 3), ordered=(False, False), class_count=2))
    other = Partial(Shape(levels=(2, 3), ordered=(False, True), class_count=2))
    with pytest.raises(ValueError, match="different shapes"):
        _ = one + other


def test_counts_that_would_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="too many to add up"):
        Partial(Shape(levels=(254,) * 6, ordered=(False,) * 6, class_count=2))


def test_columns_of_a_stream_must_be_whole_small_numbers() -> None:
    batch = pa.record_batch({"a": pa.array([1, None], pa.uint8()), "ended": pa.array([0, 1], pa.uint8())})
    with pytest.raises(ValueError, match="column 'a' is float"):
        Partial(Shape(levels=(2,), ordered=(False,), class_count=2)).add_batches(
            [batch], attributes=("a",), ended="ended"
        )

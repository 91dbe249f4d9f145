"""Counted segments of a book small enough to count by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from winloss.mine.count import COMPILING, count
from winloss.mine.table import Segments, Table

REGION = [1, 1, 1, 2, 2, 2, 0, 1]  # north, south; one blank
SIZE = [1, 2, 3, 1, 2, 3, 3, 3]  # small, medium, large: ordered
WON = [1, 1, 0, 0, 0, 1, 1, 0]
BOTH = pytest.mark.parametrize("engine", ["numba", "numpy"])


def _table(*, ordered: bool = True) -> Table:
    return Table(
        codes=np.array([REGION, SIZE], np.uint8),
        levels=(2, 3),
        ordered=(False, ordered),
        classes=np.array(WON, np.uint8),
        class_count=2,
    )


def _row(found: Segments, *conditions: tuple[int, int, int]) -> tuple[list[int], list[int]]:
    """Counts and base of the segment with these (attribute, low, high)."""
    width = found.attribute.shape[1]
    wanted = np.array([*conditions, *[(-1, 0, 0)] * (width - len(conditions))])
    told = np.stack([found.attribute, found.low, found.high], axis=-1)
    (row,) = np.flatnonzero((told == wanted).all(axis=(1, 2)))
    return found.counts[row].tolist(), found.bases[found.base[row]].tolist()


@BOTH
def test_counts_by_hand(engine: str) -> None:
    found = count(_table(), depth=2, floor=1, engine=engine)
    assert _row(found, (0, 0, 0)) == ([2, 2], [4, 3])
    assert _row(found, (1, 2, 2)) == ([2, 2], [4, 4])
    assert _row(found, (1, 0, 1)) == ([2, 2], [4, 4])
    assert _row(found, (0, 0, 0), (1, 1, 2)) == ([2, 1], [4, 3])
    assert _row(found, (0, 1, 1), (1, 0, 1)) == ([2, 0], [4, 3])


@BOTH
def test_n_depth_and_rest_follow_from_the_counts(engine: str) -> None:
    found = count(_table(), depth=2, floor=1, engine=engine)
    assert (found.n == found.counts.sum(axis=1)).all()
    assert found.depth_of.tolist() == sorted(found.depth_of.tolist())
    assert (found.rest + found.counts == found.bases[found.base]).all()
    assert found.size == len(found) == len(found.base)


@BOTH
def test_the_floor_is_included_and_the_whole_base_is_not(engine: str) -> None:
    assert count(_table(ordered=False), depth=1, floor=4, engine=engine).n.tolist() == [4, 4]
    assert count(_table(ordered=False), depth=1, floor=5, engine=engine).n.tolist() == []
    same = Table(
        codes=np.ones((1, 9), np.uint8), levels=(2,), ordered=(False,), classes=np.zeros(9, np.uint8), class_count=1
    )
    assert len(count(same, depth=1, floor=1, engine=engine)) == 0


@BOTH
@pytest.mark.parametrize("depth", [1, 2, 3, 4])
def test_an_empty_book_has_no_segments_but_the_same_columns(engine: str, depth: int) -> None:
    empty = Table(
        codes=np.zeros((3, 0), np.uint8),
        levels=(2, 3, 4),
        ordered=(False, True, False),
        classes=np.zeros(0, np.uint8),
        class_count=3,
    )
    found = count(empty, depth=depth, engine=engine)
    assert found.attribute.shape == found.low.shape == found.high.shape == (0, depth)
    assert found.counts.shape == found.bases.shape == (0, 3)


@BOTH
def test_no_attribute_no_segment(engine: str) -> None:
    none = Table(codes=np.zeros((0, 5), np.uint8), levels=(), ordered=(), classes=np.zeros(5, np.uint8), class_count=1)
    assert len(count(none, engine=engine)) == 0


def test_what_cannot_be_counted_is_refused() -> None:
    with pytest.raises(ValueError, match="engine is one of numba, numpy"):
        count(_table(), engine="abacus")
    with pytest.raises(ValueError, match="depth is 1 or more"):
        count(_table(), depth=0)
    wide = Table(
        codes=np.ones((4, 9), np.uint8),
        levels=(254,) * 4,
        ordered=(False,) * 4,
        classes=np.zeros(9, np.uint8),
        class_count=12,
    )
    assert len(count(wide, depth=3)) == 0
    with pytest.raises(ValueError, match="254, 254, 254, 254 levels and 12 classes are too many"):
        count(wide, depth=4)


def test_before_the_first_compilation_a_sentence_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr("winloss.mine.compiled.is_compiled", lambda: False)
    count(_table(), told=told.append)
    monkeypatch.setattr("winloss.mine.compiled.is_compiled", lambda: True)
    count(_table(), told=told.append)
    assert told == [COMPILING]


def test_read_only_and_reordered_arrays_need_no_other_compilation() -> None:
    from winloss.mine import cover, cubes, kernel

    table = _table()
    expected = count(table, depth=2, floor=1).counts.tolist()
    functions: list[Any] = [kernel.run_blocks, cubes.joint, cover.histogram, cover.recode]
    before = [len(function.signatures) for function in functions]
    turned = np.asfortranarray(table.codes)
    turned.flags.writeable = False
    ended = table.classes.copy()
    ended.flags.writeable = False
    other = Table(codes=turned, levels=(2, 3), ordered=(False, True), classes=ended, class_count=2)
    assert count(other, depth=2, floor=1).counts.tolist() == expected
    assert [len(function.signatures) for function in functions] == before


def test_a_large_book_with_wide_attributes_is_the_same_by_both_engines_and_any_threads() -> None:
    random = np.random.default_rng(5)
    levels = (200, 150, 3, 12, 40, 7)
    deals = 60_000
    codes = np.array([random.zipf(1.6, deals) % (most + 1) for most in levels], np.uint8)
    table = Table(
        codes=codes,
        levels=levels,
        ordered=(False, False, True, True, True, False),
        classes=random.integers(0, 3, deals).astype(np.uint8),
        class_count=3,
    )
    kept = count(table, floor=60, engine="numpy")
    assert len(kept) > 5_000
    for threads in (1, 2, 5):
        found = count(table, floor=60, engine="numba", threads=threads)
        for name in ("attribute", "low", "high", "counts", "base", "bases", "combos"):
            one, other = getattr(kept, name), getattr(found, name)
            assert one.dtype == other.dtype, name
            np.testing.assert_array_equal(one, other, err_msg=name)

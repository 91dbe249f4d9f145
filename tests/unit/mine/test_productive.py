"""Segments that are news, and those that their parents already tell."""

from __future__ import annotations

import numpy as np
import pytest

from planted import meets, named, plainly_counted, planted_table
from winloss.mine.bits import Conjunctions
from winloss.mine.outcome import Outcome
from winloss.mine.parents import NONE, Lineage
from winloss.mine.productive import productive
from winloss.mine.table import Segments, Table

WON = Outcome((1,))


def table_of(won: list[float], *columns: list[int]) -> Table:
    """100 deals for each entry, of which the given share is won."""
    classes = np.concatenate([np.arange(100) < 100 * share for share in won])
    codes = np.stack([np.repeat(column, 100) for column in columns]).astype(np.uint8)
    levels = tuple(int(row.max()) for row in codes)
    return Table(
        codes=codes,
        levels=levels,
        ordered=(False,) * len(levels),
        classes=classes.astype(np.uint8),
        class_count=2,
    )


def is_productive(table: Table, *segment: tuple[int, int, int]) -> bool:
    segments = plainly_counted(table, depth=len(segment), floor=1)
    places = [named(segments, i) for i in range(len(segments))]
    return bool(productive(segments, table, WON, np.array([places.index(segment)]))[0])


def test_a_pair_that_differs_from_both_its_values_is_news() -> None:
    table = table_of([0.9, 0.4, 0.4, 0.4], [1, 1, 2, 2], [1, 2, 1, 2])
    assert is_productive(table, (0, 0, 0), (1, 0, 0))


def test_a_pair_that_is_like_the_rest_of_one_value_is_none() -> None:
    table = table_of([0.9, 0.9, 0.4, 0.4], [1, 1, 2, 2], [1, 2, 1, 2])
    assert not is_productive(table, (0, 0, 0), (1, 0, 0))
    assert is_productive(table, (0, 0, 0))


def test_a_pair_with_the_deals_of_its_value_is_none() -> None:
    table = table_of([0.9, 0.4, 0.4], [1, 2, 2], [1, 1, 2])
    assert not is_productive(table, (0, 0, 0), (1, 0, 0))


def test_the_parent_is_asked_where_the_dropped_value_is_known() -> None:
    # Of the first value's deals with a known second one none is unlike; those with a blank lose.
    table = table_of([0.9, 0.9, 0.1, 0.4, 0.4], [1, 1, 1, 2, 2], [1, 2, 0, 1, 2])
    assert not is_productive(table, (0, 0, 0), (1, 0, 0))


def test_a_lineage_knows_parents_and_children() -> None:
    table = planted_table(0, 3_000)
    segments = plainly_counted(
        Table(
            codes=table.codes[:3], levels=(4, 8, 3), ordered=(False, True, False), classes=table.classes, class_count=2
        ),
        depth=3,
        floor=1,
    )
    lineage = Lineage(Conjunctions.of(segments))
    names = [named(segments, i) for i in range(len(segments))]
    place = names.index(((0, 1, 1), (1, 2, 4), (2, 0, 0)))
    parents = [names[i] for i in lineage.parents(np.array([place]))[0]]
    assert parents == [((1, 2, 4), (2, 0, 0)), ((0, 1, 1), (2, 0, 0)), ((0, 1, 1), (1, 2, 4))]
    key = lineage.parent_keys(np.array([place]))[0]
    deals = [meets(table.codes, (*parent,)) for parent in parents]
    assert all(d.any() for d in deals)
    runs = 8 * 9 // 2 - 1
    assert lineage.children(key).tolist() == [4, runs, 3]
    assert (lineage.parents(np.array([names.index(((0, 1, 1),))])) == NONE).all()


def test_conditions_too_many_to_name_are_refused() -> None:
    many = np.arange(2_000 * 4).reshape(2_000, 4)
    conjunctions = Conjunctions(many.astype(np.int16), np.zeros((2_000, 4), np.uint8), np.zeros((2_000, 4), np.uint8))
    assert Lineage(conjunctions).depth == 4
    wide = np.tile(np.arange(8, dtype=np.int16) * 100, (200, 1)) + np.arange(200, dtype=np.int16)[:, None]
    with pytest.raises(ValueError, match="too many to name"):
        Lineage(Conjunctions(wide, np.zeros((200, 8), np.uint8), np.zeros((200, 8), np.uint8)))


def test_no_segments_are_no_news() -> None:
    table = planted_table(0, 20)
    segments = plainly_counted(table, depth=2, floor=30)
    assert isinstance(segments, Segments)
    assert productive(segments, table, WON, np.zeros(0, np.intp)).tolist() == []

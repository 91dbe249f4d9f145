"""Shapes and conditions of coded attributes."""

from __future__ import annotations

import numpy as np
import pytest

from winloss.mine.table import Table, all_combos, conditions


def _table(codes: list[list[int]], classes: list[int], levels: tuple[int, ...] = (2, 3)) -> Table:
    return Table(
        codes=np.array(codes, np.uint8),
        levels=levels,
        ordered=(False,) * len(levels),
        classes=np.array(classes, np.uint8),
        class_count=2,
    )


def test_runs_are_all_neighbouring_levels_but_the_whole_range() -> None:
    low, high = conditions(4, ordered=True)
    assert list(zip(low.tolist(), high.tolist(), strict=True)) == [
        (0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (1, 3), (2, 2), (2, 3), (3, 3),
    ]  # fmt: skip


def test_beyond_twelve_levels_an_order_has_plain_values() -> None:
    assert len(conditions(12, ordered=True)[0]) == 12 * 13 // 2 - 1
    assert conditions(13, ordered=True)[0].tolist() == list(range(13))
    assert conditions(13, ordered=True)[1].tolist() == list(range(13))


def test_an_order_of_one_level_has_no_condition() -> None:
    assert len(conditions(1, ordered=True)[0]) == 0
    assert len(conditions(1, ordered=False)[0]) == 1


def test_combinations_come_by_size_then_by_attribute() -> None:
    assert all_combos(3, 2).tolist() == [[0, -1], [1, -1], [2, -1], [0, 1], [0, 2], [1, 2]]
    assert all_combos(2, 3).tolist() == [[0, -1, -1], [1, -1, -1], [0, 1, -1]]


@pytest.mark.parametrize(
    ("levels", "classes", "message"),
    [
        ((2,), [0, 1], "2 attributes, but 1 levels"),
        ((2, 0), [0, 1], "1 to 254 levels"),
        ((2, 255), [0, 1], "1 to 254 levels"),
        ((2, 3), [0], "2 deals, but classes of shape"),
    ],
)
def test_a_table_that_does_not_fit_is_refused(levels: tuple[int, ...], classes: list[int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        _table([[1, 2], [1, 3]], classes, levels)


def test_codes_without_a_level_and_classes_that_do_not_exist_are_found() -> None:
    with pytest.raises(ValueError, match="attribute 1 has codes above its 3 levels"):
        _table([[1, 2], [1, 4]], [0, 1]).check()
    with pytest.raises(ValueError, match="classes are 0 to 1, not 2"):
        _table([[1, 2], [1, 3]], [0, 2]).check()

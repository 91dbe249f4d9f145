"""A plan emits every combination once, from tables that fit."""

from __future__ import annotations

from collections import Counter
from math import prod

import pytest

from winloss.mine.plan import MOST_ATTRIBUTES, cells_for, plan_for

LEVELS = (3, 3, 4, 4, 5, 5, 6, 6, 8, 8, 10, 12, 12, 15, 20, 24, 34, 60, 80, 200)


@pytest.mark.parametrize("depth", [1, 2, 3])
@pytest.mark.parametrize("deals", [1_000, 100_000, 1_000_000, 10_000_000])
def test_every_combination_is_emitted_once_from_a_block_that_holds_it(depth: int, deals: int) -> None:
    plan = plan_for(LEVELS, depth=depth, classes=2, deals=deals)
    times = Counter(combo for block in plan.blocks for combo in block.combos)
    assert set(times) == set(range(len(plan.combos)))
    assert set(times.values()) == {1}
    for block in plan.blocks:
        assert all(set(plan.chosen(combo)) <= set(block.attributes) for combo in block.combos)


def test_blocks_stay_small_unless_one_combination_is_larger() -> None:
    plan = plan_for(LEVELS, depth=3, classes=2, deals=1_000_000)
    for block in plan.blocks:
        cells = prod(LEVELS[a] + 1 for a in block.attributes)
        assert cells <= cells_for(1_000_000) or len(block.attributes) == 3
        assert len(block.attributes) <= MOST_ATTRIBUTES


def test_more_deals_allow_larger_tables_and_fewer_passes() -> None:
    passes = [len(plan_for(LEVELS, depth=3, classes=2, deals=n).blocks) for n in (10_000, 100_000, 10**6, 10**7)]
    assert passes == sorted(passes, reverse=True)
    assert passes[-1] < 300


def test_blocks_come_largest_first() -> None:
    plan = plan_for(LEVELS, depth=3, classes=2, deals=100_000)
    cells = [prod(LEVELS[a] + 1 for a in block.attributes) for block in plan.blocks]
    assert cells == sorted(cells, reverse=True)


def test_the_same_shape_is_planned_once() -> None:
    assert plan_for(LEVELS, depth=2, classes=2, deals=500_000) is plan_for(LEVELS, depth=2, classes=2, deals=700_000)


def test_a_table_without_attributes_has_no_blocks() -> None:
    assert plan_for((), depth=3, classes=2, deals=10).blocks == ()

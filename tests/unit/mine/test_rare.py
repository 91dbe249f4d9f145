"""Triples with a rare value are counted apart where that is cheaper, and to the deal."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from winloss.mine import rare
from winloss.mine.coded import Coded
from winloss.mine.compiled import Counting, planned_blocks
from winloss.mine.count import count
from winloss.mine.plan import combos_of
from winloss.mine.rare import Conditions, Rare
from winloss.mine.table import Segments, Table

LEVELS = (2, 3, 9, 40, 90, 5, 18)
"""167 values: more than two words of bits."""
MANY = (3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 34, 60, 80, 100)
NAMES = ("attribute", "low", "high", "counts", "base", "bases", "combos")


def _table(
    deals: int,
    *,
    levels: tuple[int, ...] = LEVELS,
    ordered: tuple[int, ...] = (),
    blank: tuple[int, ...] = (),
    classes: int = 2,
) -> Table:
    random = np.random.default_rng(deals)
    codes = np.empty((len(levels), deals), np.uint8)
    for a, most in enumerate(levels):
        share = random.permutation(1 / np.arange(1, most + 1))
        codes[a] = random.choice(most, deals, p=share / share.sum()) + 1
        if a in blank:
            codes[a][random.random(deals) < 0.3] = 0
    return Table(
        codes=codes,
        levels=levels,
        ordered=tuple(a in ordered for a in range(len(levels))),
        classes=random.integers(0, classes, deals).astype(np.uint8),
        class_count=classes,
    )


def _rare(table: Table, floor: int) -> Rare | None:
    with ThreadPoolExecutor(1) as pool:
        coded = Coded.of(table, floor=floor, pool=pool)
        counting = Counting(coded, combos_of(table.attributes, 3), floor=floor, threads=1, pool=pool)
        counting.run(planned_blocks(coded, depth=2))
        return counting.rare()


def _same(one: Segments, other: Segments) -> None:
    for name in NAMES:
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)


@pytest.mark.parametrize("first", [0, 20, 70])
def test_a_book_of_several_tiles_words_and_pieces_is_counted_to_the_deal(
    monkeypatch: pytest.MonkeyPatch, first: int
) -> None:
    table = _table(70_000, blank=(1, 3))
    plain = count(table, depth=3, floor=40, engine="numpy")
    monkeypatch.setattr(Conditions, "cuts", lambda _: [first])
    monkeypatch.setattr(rare, "MARKED", 1)  # as few deals at a time as there may be: five turns
    _same(plain, count(table, depth=3, floor=40, engine="numba", threads=2))


def test_the_base_of_three_attributes_with_blanks_is_counted_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    table = _table(5_000, blank=(0, 2, 3, 6), classes=5)
    plain = count(table, depth=3, floor=10, engine="numpy")
    monkeypatch.setattr(Conditions, "cuts", lambda _: [0])
    _same(plain, count(table, depth=3, floor=10, engine="numba"))


def test_triples_with_runs_keep_their_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    table = _table(5_000, ordered=(2, 5), blank=(5,))
    plain = count(table, depth=3, floor=10, engine="numpy")
    monkeypatch.setattr(Conditions, "cuts", lambda _: [0])
    _same(plain, count(table, depth=3, floor=10, engine="numba"))


def test_values_of_few_deals_are_rare_and_common_ones_are_not() -> None:
    found = _rare(_table(50_000, levels=MANY), 50)
    assert found is not None
    deals = found.conditions.deals
    assert (np.diff(deals) <= 0).all()
    assert deals[found.first] < 0.2 * 50_000 < deals[0]
    assert found.starts[found.first] == 0
    assert found.starts[-1] == found.conditions.pairs[found.first :].sum() == len(found.tally) > 0


def test_where_no_triple_can_reach_the_floor_nothing_is_rare() -> None:
    assert _rare(_table(2_000), 900) is None


def test_no_more_triples_are_held_than_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    table = _table(50_000, levels=MANY)
    free = _rare(table, 50)
    assert free is not None
    monkeypatch.setattr(rare, "MOST_CANDIDATES", len(free.tally) // 2)
    bound = _rare(table, 50)
    assert bound is None or len(bound.tally) <= len(free.tally) // 2

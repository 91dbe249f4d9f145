"""Segments held against every other attribute."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from planted import named, plainly_counted, planted_table
from winloss.mine import confounders
from winloss.mine.confounders import Left, Threat, judged, threats
from winloss.mine.outcome import Outcome
from winloss.mine.table import Segments, Table
from winloss.stats.strata import mantel_haenszel
from winloss.synthesize.confounders import judged as judged_in_reports

WON = Outcome((1,))


def confounded(seed: int = 0, deals: int = 20_000) -> Table:
    """Attribute 0 decides; attribute 1 goes along with it; 2 has an effect of its own; 3 is noise."""
    rng = np.random.default_rng(seed)
    cause = rng.integers(0, 2, deals)
    echo = np.where(rng.random(deals) < 0.8, cause, 1 - cause)
    own, noise = rng.integers(0, 3, deals), rng.integers(0, 5, deals)
    won = rng.random(deals) < 0.2 + 0.3 * cause + 0.1 * (own == 1)
    return Table(
        codes=(np.stack([cause, echo, own, noise]) + 1).astype(np.uint8),
        levels=(2, 2, 3, 5),
        ordered=(False,) * 4,
        classes=won.astype(np.uint8),
        class_count=2,
    )


def of(table: Table, segments: Segments, *segment: tuple[int, int, int]) -> Threat:
    place = [named(segments, i) for i in range(len(segments))].index(segment)
    threat = threats(segments, table, WON, np.array([place]))[0]
    assert threat is not None
    return threat


def test_what_only_goes_along_with_the_cause_vanishes_and_the_cause_is_named() -> None:
    table = confounded()
    segments = plainly_counted(table, depth=1, floor=30)
    echo = of(table, segments, (1, 1, 1))
    assert (echo.attribute, echo.left) == (0, Left.VANISHES)
    assert echo.crude == pytest.approx(0.18, abs=0.02)
    assert abs(echo.difference) < 0.03
    assert of(table, segments, (0, 1, 1)).left is Left.HOLDS
    assert of(table, segments, (2, 1, 1)).left is Left.HOLDS


@pytest.mark.parametrize("numba", [True, False])
def test_the_difference_is_mantel_haenszels_over_the_values_and_the_blank(
    numba: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(confounders, "has_numba", lambda: numba)
    table = planted_table(1, 3_000, blank=0.1)
    segments = plainly_counted(table, depth=1, floor=30)
    found = threats(segments, table, WON, np.arange(len(segments)))
    for place, threat in enumerate(found):
        ((own, low, high),) = named(segments, place)
        known = table.codes[own] > 0
        inside = known & (table.codes[own] >= low + 1) & (table.codes[own] <= high + 1)
        assert threat is not None
        assert threat.attribute != own
        sides = [
            [side[(table.codes[threat.attribute] == code) & part].sum() for code in range(11)]
            for part in (inside, known & ~inside)
            for side in (table.classes, np.ones_like(table.classes))
        ]
        expected = mantel_haenszel(*sides)
        assert threat.difference == pytest.approx(float(expected.difference), abs=1e-12)
        assert (threat.low, threat.high) == pytest.approx([float(b) for b in expected.bounds()], abs=1e-12)


def test_attributes_to_skip_are_not_held_fixed() -> None:
    table = confounded()
    segments = plainly_counted(table, depth=1, floor=30)
    place = [named(segments, i) for i in range(len(segments))].index(((1, 1, 1),))
    (threat,) = threats(segments, table, WON, np.array([place]), skip=(0,))
    assert threat is not None
    assert threat.attribute != 0
    assert threats(segments, table, WON, np.array([place]), skip=(0, 2, 3)) == (None,)


def test_the_verdict_is_that_of_the_report() -> None:
    steps = np.linspace(-0.3, 0.3, 7).tolist()
    for crude, difference, reach in product(steps, steps, (0.01, 0.1, 0.4)):
        low, high = difference - reach, difference + reach
        assert str(judged(crude, difference, low, high)) == str(judged_in_reports(crude, difference, low, high))

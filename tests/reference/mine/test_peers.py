"""The same segments and counts as two other programs find: pyfim (Borgelt) and pysubgroup (Lemmerich & Becker)."""

from __future__ import annotations

import fim
import numpy as np
import pandas as pd  # type: ignore[import-untyped]  # has no types here
import pysubgroup
import pytest

from winloss.mine.count import count
from winloss.mine.table import Segments, Table

LEVELS = (3, 2, 6, 9, 25, 4, 14, 3)
WON = -1
Key = tuple[tuple[int, int], ...]


def _book(deals: int, *, blanks: float) -> Table:
    random = np.random.default_rng(11)
    codes = np.array([(random.beta(0.8, 1.6, deals) * most).astype(np.uint8) + 1 for most in LEVELS])
    codes[random.random(codes.shape) < blanks] = 0
    won = (random.random(deals) < 0.3 + 0.1 * (codes[0] == 1) * (codes[2] == 2)).astype(np.uint8)
    return Table(codes=codes, levels=LEVELS, ordered=(False,) * len(LEVELS), classes=won, class_count=2)


def _found(segments: Segments) -> dict[Key, tuple[int, int]]:
    """Deals and won deals of each segment, by its (attribute, code)."""
    rows = zip(segments.attribute.tolist(), segments.low.tolist(), segments.counts.tolist(), strict=True)
    return {
        tuple((a, v + 1) for a, v in zip(attribute, low, strict=True) if a >= 0): (sum(counts), counts[1])
        for attribute, low, counts in rows
    }


def _items(table: Table) -> list[list[int]]:
    """Deals as lists of items: attribute × 256 + code, blanks left out, and whether it was won."""
    return [
        [a * 256 + code for a, code in enumerate(deal) if code] + ([WON] if ended else [])
        for deal, ended in zip(table.codes.T.tolist(), table.classes.tolist(), strict=True)
    ]


def _key(items: tuple[int, ...]) -> Key:
    return tuple(sorted(divmod(item, 256) for item in items))


@pytest.mark.parametrize("blanks", [0.0, 0.1])
def test_the_same_frequent_sets_as_pyfim_apriori(blanks: float) -> None:
    table = _book(4_000, blanks=blanks)
    without_outcome = [[item for item in deal if item != WON] for deal in _items(table)]
    sets = fim.apriori(without_outcome, target="s", supp=-40, zmin=1, zmax=3, report="a")
    expected = {_key(items): n for items, n in sets}
    found = {key: n for key, (n, _) in _found(count(table, floor=40)).items()}
    assert found == expected
    assert len(expected) > 1_000


@pytest.mark.parametrize("blanks", [0.0, 0.1])
def test_the_same_won_and_all_deals_as_pyfim_arules(blanks: float) -> None:
    table = _book(4_000, blanks=blanks)
    rules = fim.arules(_items(table), supp=-40, conf=0, zmin=2, zmax=4, report="ba", appear={WON: "h", None: "b"})
    expected = {_key(body): (n, won) for head, body, n, won in rules if head == WON}
    found = {key: counts for key, counts in _found(count(table, floor=40)).items() if counts[1]}
    assert found == expected


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")  # its share of an empty subgroup
def test_the_same_segments_as_pysubgroup_at_depth_two() -> None:
    table = _book(1_500, blanks=0.0)
    frame = pd.DataFrame({str(a): codes.astype(int) for a, codes in enumerate(table.codes)})
    frame["won"] = table.classes.astype(bool)
    task = pysubgroup.SubgroupDiscoveryTask(
        frame,
        pysubgroup.BinaryTarget("won", True),
        [pysubgroup.EqualitySelector(str(a), code) for a, most in enumerate(LEVELS) for code in range(1, most + 1)],
        result_set_size=100_000,
        depth=2,
        qf=pysubgroup.WRAccQF(),
        min_quality=-1.0,
        constraints=[pysubgroup.MinSupportConstraint(30)],
    )
    result = pysubgroup.SimpleDFS().execute(task).to_dataframe()
    expected = {
        tuple(sorted((int(s.attribute_name), int(s.attribute_value)) for s in rule.selectors)): (int(n), int(won))
        for rule, n, won in zip(result["subgroup"], result["size_sg"], result["positives_sg"], strict=True)
        if rule.selectors
    }
    assert _found(count(table, depth=2, floor=30)) == expected
    assert len(expected) > 300

"""The same segments and counts as two other programs find: pyfim (Borgelt) and pysubgroup (Lemmerich & Becker)."""

from __future__ import annotations

from typing import Any

import fim
import numpy as np
import pandas as pd  # type: ignore[import-untyped]  # has no types here
import pyarrow as pa
import pyarrow.compute
import pysubgroup
import pytest
from pyarrow import csv

from exports import export
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


def _exported(*place: str, ended: str, won: str, lost: str) -> Table:
    """The closed deals of an export: its columns of words with 2 to 100 values, as they stand there."""
    path = export(*place)
    first = path.read_text("utf-8").partition("\n")[0]
    deals = csv.read_csv(path, parse_options=csv.ParseOptions(delimiter=";" if ";" in first else ","))
    deals = deals.filter(pa.compute.is_in(deals[ended], pa.array([won, lost])))
    codes, levels = [], []
    for name in deals.column_names:
        coded = deals[name].combine_chunks().dictionary_encode()
        if name != ended and pa.types.is_string(coded.type.value_type) and 2 <= len(coded.dictionary) <= 100:
            codes.append(coded.indices.fill_null(-1).to_numpy() + 1)
            levels.append(len(coded.dictionary))
    classes = (np.array(deals[ended].to_pylist()) == won).astype(np.uint8)
    return Table(
        codes=np.array(codes).astype(np.uint8),
        levels=tuple(levels),
        ordered=(False,) * len(levels),
        classes=classes,
        class_count=2,
    )


EXPORTED = [
    pytest.param({"place": ("salvirt-b2b", "deals.csv"), "ended": "Status", "won": "Won", "lost": "Lost"}, id="b2b"),
    pytest.param(
        {"place": ("skygeni-sales", "skygeni_sales_data.csv"), "ended": "outcome", "won": "Won", "lost": "Lost"},
        id="noise",
    ),
    pytest.param(
        {"place": ("maven-crm", "sales_pipeline.csv"), "ended": "deal_stage", "won": "Won", "lost": "Lost"},
        id="reseller",
    ),
]


@pytest.mark.parametrize("blanks", [0.0, 0.1])
def test_the_same_frequent_sets_as_pyfim_apriori(blanks: float) -> None:
    table = _book(4_000, blanks=blanks)
    without_outcome = [[item for item in deal if item != WON] for deal in _items(table)]
    sets = fim.apriori(without_outcome, target="s", supp=-40, zmin=1, zmax=3, report="a")
    expected = {_key(items): n for items, n in sets}
    found = {key: n for key, (n, _) in _found(count(table, floor=40)).items()}
    assert found == expected
    assert len(expected) > 1_000


def _by_arules(table: Table, *, depth: int, floor: int) -> dict[Key, tuple[int, int]]:
    rules = fim.arules(
        _items(table), supp=-floor, conf=0, zmin=2, zmax=depth + 1, report="ba", appear={WON: "h", None: "b"}
    )
    return {_key(body): (n, won) for head, body, n, won in rules if head == WON}


def _by_pysubgroup(table: Table, *, depth: int, floor: int) -> dict[Key, tuple[int, int]]:
    frame = pd.DataFrame({str(a): codes.astype(int) for a, codes in enumerate(table.codes)})
    frame["won"] = table.classes.astype(bool)
    values = [(a, code) for a, most in enumerate(table.levels) for code in range(1, most + 1)]
    task = pysubgroup.SubgroupDiscoveryTask(
        frame,
        pysubgroup.BinaryTarget("won", True),
        [pysubgroup.EqualitySelector(str(a), code) for a, code in values],
        result_set_size=100_000,
        depth=depth,
        qf=pysubgroup.WRAccQF(),
        min_quality=-1.0,
        constraints=[pysubgroup.MinSupportConstraint(floor)],
    )
    result = pysubgroup.SimpleDFS().execute(task).to_dataframe()
    return {
        tuple(sorted((int(s.attribute_name), int(s.attribute_value)) for s in rule.selectors)): (int(n), int(won))
        for rule, n, won in zip(result["subgroup"], result["size_sg"], result["positives_sg"], strict=True)
        if rule.selectors
    }


@pytest.mark.parametrize("blanks", [0.0, 0.1])
def test_the_same_won_and_all_deals_as_pyfim_arules(blanks: float) -> None:
    table = _book(4_000, blanks=blanks)
    found = {key: counts for key, counts in _found(count(table, floor=40)).items() if counts[1]}
    assert found == _by_arules(table, depth=3, floor=40)


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")  # its share of an empty subgroup
def test_the_same_segments_as_pysubgroup_at_depth_two() -> None:
    table = _book(1_500, blanks=0.0)
    expected = _by_pysubgroup(table, depth=2, floor=30)
    assert _found(count(table, depth=2, floor=30)) == expected
    assert len(expected) > 300


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
@pytest.mark.parametrize("exported", EXPORTED)
def test_the_same_segments_as_both_in_exports(exported: dict[str, Any]) -> None:
    table = _exported(*exported["place"], ended=exported["ended"], won=exported["won"], lost=exported["lost"])
    found = _found(count(table, depth=2, floor=30))
    assert len(found) > 100
    assert found == _by_pysubgroup(table, depth=2, floor=30)
    assert {key: counts for key, counts in found.items() if counts[1]} == _by_arules(table, depth=2, floor=30)

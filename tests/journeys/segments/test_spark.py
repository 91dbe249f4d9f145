"""Counting on a real Spark standalone cluster gives what one machine counts, to the unit."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from spark_cluster import cluster, session
from winloss.errors import UserError
from winloss.mine.count import count
from winloss.mine.table import Segments, Table
from winloss.refresh.spark import Asked, Counted, count_on_spark, deals_of

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

pytestmark = [
    pytest.mark.spark,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # pyspark leaves sockets open
    pytest.mark.skipif(shutil.which("java") is None, reason="no Java on this machine"),
]

DEALS, PARTITIONS, FLOOR = 200_000, 8, 200
DOCS = Path(__file__).resolve().parents[3] / "docs"
BANDS = ("1-9", "10-49", "50-199", "200-999", "1,000+")
STEPS = ("first", "second", "third", "fourth")
CLASSES = ("won", "lost", "no_decision")
ATTRIBUTES = ("industry", "size band", "country", "city", "step", "product")
BLANK = {None, "", "  ", "n/a", "Unknown"}


def invented() -> pa.Table:
    """Deals with blanks, placeholders, bands, an order of words, rare values, more values than codes, open deals."""
    random = np.random.default_rng(20261125)

    def drawn(values: list[str | None], skew: float = 1.0) -> pa.StringArray:
        share = 1 / np.arange(1, len(values) + 1) ** skew
        return pa.array(np.array(values, object)[random.choice(len(values), DEALS, p=share / share.sum())], pa.string())

    return pa.table(
        {
            "industry": drawn(["Retail", "Energy", None, "Health", "n/a", "Säge & Holz", "Media"]),
            "size band": drawn([*BANDS, None]),
            "country": drawn([f"country {i}" for i in range(60)], 2.0),
            "city": drawn([f"city {i}" for i in range(400)], 0.3),
            "step": drawn([*reversed(STEPS), "  "]),
            "product": drawn(["A", "B", "Unknown", "C"]),
            "deal": pa.array([f"deal {i}" for i in range(DEALS)]),
            "empty": pa.nulls(DEALS, pa.string()),
            "outcome": drawn([*CLASSES, "open", None], 0.7),
        }
    )


def by_hand(table: pa.Table) -> tuple[Table, list[list[str | None]]]:
    """The same deals as codes, value by value."""
    closed = [row for row in table.to_pylist() if row["outcome"] in CLASSES]
    codes, levels = [], []
    for name in ATTRIBUTES:
        seen = Counter(row[name] for row in closed if row[name] not in BLANK)
        given = {"size band": BANDS, "step": STEPS}.get(name)
        common = sorted((v for v in seen if seen[v] >= FLOOR), key=lambda v: (-seen[v], v))
        known: list[str | None] = list(given or (common if len(common) == len(seen) <= 254 else common[:253]))
        code = {value: place for place, value in enumerate(known, 1)}
        codes.append([0 if row[name] in BLANK else code.get(row[name], len(known) + 1) for row in closed])
        levels.append(known + [None] * (len(known) < len(seen)))
    return Table(
        codes=np.array(codes, np.uint8),
        levels=tuple(map(len, levels)),
        ordered=tuple(name in {"size band", "step"} for name in ATTRIBUTES),
        classes=np.array([CLASSES.index(row["outcome"]) for row in closed], np.uint8),
        class_count=3,
    ), levels


@pytest.fixture(scope="module")
def book() -> pa.Table:
    return invented()


@pytest.fixture(scope="module")
def deals(book: pa.Table, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DataFrame]:
    folder = tmp_path_factory.mktemp("spark")
    pq.write_table(book, folder / "deals.parquet")
    with cluster(folder) as master, session(master) as spark:
        yield deals_of(spark, str(folder / "deals.parquet"))


@pytest.fixture(scope="module")
def counted(deals: DataFrame) -> Counted:
    parts = deals.repartition(PARTITIONS)
    assert parts.rdd.getNumPartitions() == PARTITIONS
    return count_on_spark(
        parts, asked=Asked(attributes=ATTRIBUTES, orders={"step": STEPS}, floor=FLOOR, tasks=PARTITIONS)
    )


def test_every_array_is_that_of_one_machine(book: pa.Table, counted: Counted) -> None:
    table, levels = by_hand(book)
    here = count(table, depth=3, floor=FLOOR)
    assert len(here) > 5_000
    assert counted.deals == table.deals
    assert [list(of) for of in counted.levels] == levels
    assert counted.folded[ATTRIBUTES.index("city")] == 400 - 253
    for one in fields(Segments):
        np.testing.assert_array_equal(getattr(counted.segments, one.name), getattr(here, one.name), err_msg=one.name)


def test_a_row_says_its_segment(book: pa.Table, counted: Counted) -> None:
    found = counted.segments
    singles = np.flatnonzero(found.depth_of == 1).tolist()
    written = {str(counted.segment(row)): int(found.n[row]) for row in singles}
    retail = [row["outcome"] in CLASSES for row in book.to_pylist() if row["industry"] == "Retail"]
    assert written["industry = Retail"] == sum(retail)
    assert {"step in (first, second)", "step in (second, third)"} <= set(written)
    assert "step in (first, third)" not in written
    assert written["None"] >= FLOOR  # the rare values of cities together


def test_what_the_docs_make_of_the_counts_runs(counted: Counted, capsys: pytest.CaptureFixture[str]) -> None:
    blocks = re.findall(r"```python\n(.*?)```", (DOCS / "howto" / "spark.md").read_text("utf-8"), flags=re.S)
    exec(blocks[-1], {"counted": counted})
    assert len(re.findall(r": [\d,]+ of [\d,]+ won, q = [\d.e-]+\n", capsys.readouterr().out)) == 10


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"attributes": ("industry", "mood")}, "no column 'mood'"),
        ({"attributes": ()}, "Name the attributes"),
        ({"attributes": ("empty",)}, "'empty' is blank"),
        ({"attributes": ("deal",)}, "own 'deal'"),
        ({"attributes": ("step",), "orders": {"step": STEPS[:2]}}, "lacks 'fourth'"),
        ({"attributes": ("city", "country", "industry"), "most_mb": 1, "floor": 1}, "leave 'city' out"),
    ],
)
def test_what_cannot_be_counted_is_refused_in_a_sentence(deals: DataFrame, asked: dict[str, object], said: str) -> None:
    with pytest.raises(UserError, match=said):
        count_on_spark(deals.limit(2000), asked=Asked(**asked))  # type: ignore[arg-type]  # options of every type


def test_a_table_that_is_not_there_is_told_plainly(deals: DataFrame) -> None:
    with pytest.raises(UserError, match="Spark cannot read the deals"):
        deals_of(deals.sparkSession, "/nowhere/deals")

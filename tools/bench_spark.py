"""Time the segment count on a Spark cluster of this machine against the same deals on one machine, in one run.

`python tools/bench_spark.py [--rows N ...]`. The deals: 13 attributes of 5 to 60 values as text in one Parquet file, depth 3,
support at least 30 deals and 0.1 %. One machine reads the file, codes the columns and counts with all its cores; Spark
(a master and two workers of one core here) does the same. CPU seconds are those of all processes together, Spark's when
everything has been loaded by a first count. Exits with an error where the counts differ.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import psutil  # type: ignore[import-untyped]  # it has no stubs
import pyarrow as pa
import pyarrow.parquet as pq

from winloss.mine.count import count
from winloss.mine.table import Segments, Table
from winloss.refresh.spark import Asked, count_on_spark, deals_of

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
from spark_cluster import cluster, session

LEVELS = (5, 8, 12, 30, 60, 12, 7, 5, 9, 40, 20, 6, 5)
NAMES = tuple(f"attribute_{place}" for place in range(len(LEVELS)))
CLASSES = ("won", "lost")
SEED = 20260301


@dataclass(frozen=True, slots=True)
class Taken:
    cpu_s: float
    wall_s: float
    found: Segments


def floor_of(rows: int) -> int:
    return max(30, rows // 1000)


def write(rows: int, path: Path) -> None:
    """Deals as text, values in inverse proportion to their rank, a row group for every hundred thousand."""
    random = np.random.default_rng(SEED)
    columns: dict[str, Any] = {}
    for name, most in zip(NAMES, LEVELS, strict=True):
        share = 1 / np.arange(1, most + 1)
        drawn = np.searchsorted((share / share.sum()).cumsum()[:-1], random.random(rows)).astype(np.int32)
        columns[name] = pa.DictionaryArray.from_arrays(drawn, [f"value {i}" for i in range(most)]).cast(pa.string())
    columns["outcome"] = pa.array(CLASSES).take(random.integers(0, 2, rows))
    pq.write_table(pa.table(columns), path, row_group_size=100_000)


def one_machine(path: Path, floor: int) -> Segments:
    """Read, code and count; the commonest value of an attribute is its first level."""
    table = pq.read_table(path)
    codes, levels = [], []
    for name in NAMES:
        coded: Any = table[name].combine_chunks().dictionary_encode()
        raw, values = coded.indices.to_numpy(), coded.dictionary.to_pylist()
        n = np.bincount(raw)
        order = sorted((i for i in range(len(n)) if n[i] >= floor), key=lambda i: (-n[i], values[i]))
        place = np.full(len(n), len(order) + 1, np.uint8)
        place[order] = np.arange(1, len(order) + 1)
        codes.append(place[raw])
        levels.append(len(order) + (len(order) < len(n)))
    won = table["outcome"].combine_chunks().dictionary_encode()
    ended = np.array([CLASSES.index(value) for value in won.dictionary.to_pylist()], np.uint8)[won.indices.to_numpy()]
    plain = (False,) * len(NAMES)
    deals = Table(codes=np.array(codes), levels=tuple(levels), ordered=plain, classes=ended, class_count=2)
    return count(deals, floor=floor)


def cpu_s() -> float:
    """CPU seconds of this process and of all that it started and that still run."""
    me = psutil.Process()
    spent = [process.cpu_times() for process in (me, *me.children(recursive=True))]
    return float(sum(times.user + times.system for times in spent))


def taken(work: Callable[[], Segments]) -> Taken:
    cpu, wall = cpu_s(), time.monotonic()
    found = work()
    return Taken(cpu_s() - cpu, time.monotonic() - wall, found)


def differing(one: Segments, other: Segments) -> list[str]:
    return [f.name for f in fields(Segments) if not np.array_equal(getattr(one, f.name), getattr(other, f.name))]


def measured(rows: int, folder: Path) -> str:
    """A line of the table: the better of two runs each."""
    path, floor = folder / f"{rows}.parquet", floor_of(rows)
    write(rows, path)
    here = [taken(lambda: one_machine(path, floor)) for _ in range(3)][1:]
    with cluster(folder) as master, session(master) as spark:
        deals = deals_of(spark, str(path))
        asked = Asked(attributes=NAMES, classes=CLASSES, floor=floor)
        there = [taken(lambda: count_on_spark(deals, asked=asked).segments) for _ in range(3)][1:]
    if wrong := differing(here[0].found, there[0].found):
        raise SystemExit(f"Spark counts otherwise: {', '.join(wrong)}")
    one, spark_best = (min(runs, key=lambda run: run.cpu_s) for runs in (here, there))
    return (
        f"| {rows:,} | {len(one.found):,} | {one.cpu_s:.2f} | {one.wall_s:.2f} | {spark_best.cpu_s:.1f} |"
        f" {spark_best.wall_s:.1f} | {spark_best.cpu_s / one.cpu_s:.0f} × |"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000])
    given = parser.parse_args()
    print("| deals | segments | one machine, CPU s | wall s | Spark, CPU s | wall s | CPU, in multiples |")
    print("|---:|---:|---:|---:|---:|---:|---:|")
    with tempfile.TemporaryDirectory(prefix="winloss-spark-") as place:
        for rows in given.rows:
            print(measured(rows, Path(place)), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Time the segment search against its peers on the same coded deals, in one run, as a Markdown table.

`python tools/bench_mine.py [--rows N ...] [--classes N] [--depth N] [--repeat N] [--peers]`. The book: 20 attributes
of 3 to 200 levels (519 in all), skewed, support at least 30 deals and 0.1 %. CPU seconds compare what machines under
other load cannot: wall seconds are told beside them. Best of `--repeat` runs; peers run once, at sizes that end.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations

import duckdb
import numpy as np
import pyarrow as pa

from winloss.mine.count import count
from winloss.mine.table import Table

LEVELS = (3, 3, 4, 4, 5, 5, 6, 6, 8, 8, 10, 12, 12, 15, 20, 24, 34, 60, 80, 200)
SEED = 20260301
MOST_ROWS = {"pyfim arules": 1_000_000, "pysubgroup, best 100": 10_000, "a GROUP BY per combination, DuckDB": 1_000_000}


@dataclass(frozen=True, slots=True)
class Taken:
    """CPU and wall seconds of the quickest run."""

    cpu_s: float
    wall_s: float


def book(rows: int, *, classes: int = 2, levels: Sequence[int] = LEVELS, seed: int = SEED) -> Table:
    """Deals with skewed values (share of a level in inverse proportion to its rank), independent of each other."""
    random = np.random.default_rng(seed)
    mixed = random.permutation(levels)
    codes = np.empty((len(mixed), rows), np.uint8)
    for a, most in enumerate(mixed):
        share = random.permutation(1 / np.arange(1, most + 1))
        codes[a] = np.searchsorted((share / share.sum()).cumsum()[:-1], random.random(rows)) + 1
    return Table(
        codes=codes,
        levels=tuple(mixed.tolist()),
        ordered=(False,) * len(mixed),
        classes=random.integers(0, classes, rows).astype(np.uint8),
        class_count=classes,
    )


def floor_of(rows: int) -> int:
    return max(30, rows // 1000)


def bincounts(table: Table, depth: int, floor: int) -> int:
    """Segments found by one bincount per combination."""
    found = 0
    for size in range(1, depth + 1):
        for chosen in combinations(range(table.attributes), size):
            index = np.zeros(table.deals, np.int32)
            cells = table.class_count
            for a in chosen:
                index *= table.levels[a]
                index += table.codes[a] - 1
                cells *= table.levels[a]
            index *= table.class_count
            index += table.classes
            n = np.bincount(index, minlength=cells).reshape(-1, table.class_count).sum(axis=1)
            found += int(((n >= floor) & (n < table.deals)).sum())
    return found


def group_bys(table: Table, depth: int, floor: int) -> int:
    """Segments found by one GROUP BY per combination in DuckDB, loading the table included."""
    connection = duckdb.connect()
    names = [f"a{a}" for a in range(table.attributes)]
    arrow = pa.table({**dict(zip(names, table.codes, strict=True)), "ended": table.classes})
    connection.register("arrow", arrow)
    connection.execute("CREATE TABLE deals AS SELECT * FROM arrow")
    found = 0
    ended = ", ".join(f"count(*) FILTER (ended = {c})" for c in range(table.class_count))
    for size in range(1, depth + 1):
        for chosen in combinations(range(table.attributes), size):
            columns = ", ".join(f"a{a}" for a in chosen)
            rows = connection.execute(
                f"SELECT {columns}, {ended} FROM deals GROUP BY {columns} HAVING count(*) >= {floor}"  # noqa: S608
            )
            found += len(rows.fetchnumpy()["a" + str(chosen[0])])
    return found


def arules(table: Table, depth: int, floor: int) -> int:
    """Segments with a won deal that pyfim's rules with the outcome as head find."""
    import fim

    won = -1
    deals = [
        [a * 256 + code for a, code in enumerate(deal)] + ([won] if ended else [])
        for deal, ended in zip(table.codes.T.tolist(), table.classes.tolist(), strict=True)
    ]
    rules = fim.arules(deals, supp=-floor, conf=0, zmin=2, zmax=depth + 1, report="ba", appear={won: "h", None: "b"})
    return len(rules)


def best_hundred(table: Table, depth: int, floor: int) -> int:
    """The hundred subgroups with the largest weighted relative accuracy, by pysubgroup."""
    import pandas as pd  # type: ignore[import-untyped]  # has no types here
    import pysubgroup

    frame = pd.DataFrame({f"a{a}": codes for a, codes in enumerate(table.codes)} | {"won": table.classes == 1})
    task = pysubgroup.SubgroupDiscoveryTask(
        frame,
        pysubgroup.BinaryTarget("won", True),
        pysubgroup.create_selectors(frame, nbins=1_000, ignore=["won"]),
        result_set_size=100,
        depth=depth,
        qf=pysubgroup.WRAccQF(),
        constraints=[pysubgroup.MinSupportConstraint(floor)],
    )
    with np.errstate(all="ignore"):
        return len(pysubgroup.Apriori().execute(task).to_dataframe())


Search = Callable[[Table, int, int], int]
OURS: dict[str, Search] = {
    "block cubes, numba": lambda table, depth, floor: len(count(table, depth=depth, floor=floor, engine="numba")),
    "block cubes, NumPy": lambda table, depth, floor: len(count(table, depth=depth, floor=floor, engine="numpy")),
}
PEERS: dict[str, Search] = {
    "a bincount per combination, NumPy": bincounts,
    "a GROUP BY per combination, DuckDB": group_bys,
    "pyfim arules": arules,
    "pysubgroup, best 100": best_hundred,
}


def took(search: Search, table: Table, depth: int, *, repeat: int) -> tuple[Taken, int]:
    """The quickest of some runs, and the number of segments found."""
    floor = floor_of(table.deals)
    runs: list[Taken] = []
    found = 0
    for _ in range(repeat):
        wall, cpu = time.perf_counter(), time.process_time()
        found = search(table, depth, floor)
        runs.append(Taken(time.process_time() - cpu, time.perf_counter() - wall))
    return Taken(min(run.cpu_s for run in runs), min(run.wall_s for run in runs)), found


def measured(rows: int, *, classes: int, depth: int, repeat: int, peers: bool) -> list[str]:
    """The lines of one size: CPU and wall seconds, times the kernel's CPU seconds, segments."""
    table = book(rows, classes=classes)
    count(table, depth=depth, floor=floor_of(rows))
    lines: list[str] = []
    first = None
    for name, search in {**OURS, **(PEERS if peers else {})}.items():
        if rows > MOST_ROWS.get(name, rows):
            continue
        once = name in MOST_ROWS
        taken, found = took(search, table, depth, repeat=1 if once else repeat)
        first = first or taken.cpu_s
        lines.append(
            f"| {rows:,} | {name} | {taken.cpu_s:.3f} | {taken.wall_s:.3f} | {taken.cpu_s / first:,.1f} | {found:,} |"
        )
        print(lines[-1], flush=True)
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--classes", type=int, default=2)
    parser.add_argument("--depth", type=int, default=3)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--peers", action="store_true", help="run the other programs, too: minutes")
    chosen = parser.parse_args()
    print(f"{os.cpu_count()} cores, {chosen.classes} classes, depth {chosen.depth}\n")
    print("| deals | search | CPU s | wall s | times the kernel's CPU | segments |\n|--:|---|--:|--:|--:|--:|")
    for rows in chosen.rows:
        measured(rows, classes=chosen.classes, depth=chosen.depth, repeat=chosen.repeat, peers=chosen.peers)


if __name__ == "__main__":
    main()

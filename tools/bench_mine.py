"""Time the segment search against its peers on the same coded deals, in one run, as a Markdown table.

`python tools/bench_mine.py [--rows N ...] [--depth N] [--repeat N] [--large] [--peers] [--all]`. The book: 20 attributes
of 3 to 200 levels (519 in all), skewed, support at least 30 deals and 0.1 %. CPU seconds compare what machines under
other load cannot: wall seconds are told beside them. Best of `--repeat` runs; peers run once, at sizes that end.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from winloss.mine.count import count
from winloss.mine.outcome import Outcome
from winloss.mine.search import search
from winloss.mine.table import Table

LEVELS = (3, 3, 4, 4, 5, 5, 6, 6, 8, 8, 10, 12, 12, 15, 20, 24, 34, 60, 80, 200)
SEED = 20260301
LARGE = 10_000_000
CENSUS = (2_458_285, 68)
WON = Outcome((1,))
MOST_ROWS = {
    "counting, block cubes in NumPy": 1_000_000,
    "pyfim arules": 100_000,
    "pysubgroup, best 100": 100_000,
    "to the final list": 1_000_000,
    "a GROUP BY per combination, DuckDB": 1_000_000,
}
"""Where larger books take many minutes, or say nothing new."""
GOALS = {
    ("counting, block cubes in machine code", 1_000_000): 0.20,
    ("counting, block cubes in machine code", 10_000_000): 1.8,
    ("to the final list", 10_000): 0.05,
    ("to the final list", 100_000): 0.10,
    ("to the final list", 1_000_000): 1.0,
}
PAGE = Path(__file__).resolve().parents[1] / "docs" / "performance.md"
BEGIN, END = "<!-- segments: begin -->", "<!-- segments: end -->"


@dataclass(frozen=True, slots=True)
class Taken:
    """CPU and wall seconds of the quickest run."""

    cpu_s: float
    wall_s: float


def book(rows: int, *, classes: int = 2, levels: Sequence[int] = LEVELS, seed: int = SEED) -> Table:
    """Deals with skewed values (share of a level in inverse proportion to its rank), independent of each other.

    Of two classes 35 % are won, moved by 16 effects of one to three conditions.
    """
    random = np.random.default_rng(seed)
    mixed = random.permutation(levels)
    codes = np.empty((len(mixed), rows), np.uint8)
    for a, most in enumerate(mixed):
        share = random.permutation(1 / np.arange(1, most + 1))
        codes[a] = np.searchsorted((share / share.sum()).cumsum()[:-1], random.random(rows)) + 1
    ended = won(codes, random) if classes == 2 else random.integers(0, classes, rows).astype(np.uint8)
    return Table(
        codes=codes,
        levels=tuple(mixed.tolist()),
        ordered=(False,) * len(mixed),
        classes=ended,
        class_count=classes,
    )


def won(codes: NDArray[np.uint8], random: np.random.Generator) -> NDArray[np.uint8]:
    share = np.full(codes.shape[1], 0.35, np.float32)
    for i in range(16):
        deal = int(random.integers(codes.shape[1]))
        inside = np.ones(codes.shape[1], bool)
        for a in random.choice(len(codes), 1 + i % 3, replace=False):
            inside &= codes[a] == codes[a, deal]
        share += np.float32(random.uniform(-0.15, 0.15)) * inside
    return (random.random(codes.shape[1], np.float32) < np.clip(share, 0.02, 0.98)).astype(np.uint8)


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
COUNTED = "counting, block cubes in machine code"
OURS: dict[str, Search] = {
    COUNTED: lambda table, depth, floor: len(count(table, depth=depth, floor=floor, engine="numba")),
    "to the final list": lambda table, depth, floor: len(search(table, WON, depth=depth, floor=floor).segments),
    "counting, block cubes in NumPy": lambda table, depth, floor: len(
        count(table, depth=depth, floor=floor, engine="numpy")
    ),
}
PEERS: dict[str, Search] = {
    "a bincount per combination, NumPy": bincounts,
    "a GROUP BY per combination, DuckDB": group_bys,
    "pyfim arules": arules,
    "pysubgroup, best 100": best_hundred,
}


def took(work: Search, table: Table, depth: int, floor: int, *, repeat: int) -> tuple[Taken, int]:
    """The quickest of some runs, and the number of segments found."""
    runs: list[Taken] = []
    found = 0
    for _ in range(repeat):
        wall, cpu = time.perf_counter(), time.process_time()
        found = work(table, depth, floor)
        runs.append(Taken(time.process_time() - cpu, time.perf_counter() - wall))
    return Taken(min(run.cpu_s for run in runs), min(run.wall_s for run in runs)), found


@dataclass(slots=True)
class Bench:
    """Lines of the table, and the kernel's CPU seconds by size."""

    depth: int
    repeat: int
    lines: list[tuple[int, str]] = field(default_factory=list)
    kernel: dict[int, float] = field(default_factory=dict)

    def ours(self, rows: int) -> None:
        table = book(rows)
        for name, work in OURS.items():
            if rows <= MOST_ROWS.get(name, rows):
                work(table, self.depth, floor_of(rows))
                self._line(rows, name, work, table, goal=GOALS.get((name, rows)))

    def peers(self, rows: int, *, all_sizes: bool) -> None:
        table = book(rows)
        for name, work in PEERS.items():
            if all_sizes or rows <= MOST_ROWS.get(name, rows):
                self._line(rows, name, work, table, repeat=1 if name in MOST_ROWS else self.repeat)

    def special(self) -> None:
        """Twelve reasons instead of two outcomes, and a table of the shape of the US census."""
        count_it = OURS[COUNTED]
        twelve = book(1_000_000, classes=12)
        self._line(1_000_000, f"{COUNTED}, 12 classes", count_it, twelve, goal=1.6 * self.kernel[1_000_000])
        random = np.random.default_rng(SEED)
        levels = tuple(random.choice((2, 3, 5, 9, 13, 18), CENSUS[1], p=(0.2, 0.2, 0.25, 0.15, 0.1, 0.1)).tolist())
        wide = book(CENSUS[0], levels=levels)
        self._line(CENSUS[0], f"to the final list, {CENSUS[1]} attributes, support 1 %", OURS["to the final list"], wide,
                   floor=CENSUS[0] // 100, repeat=1, goal=6.0)  # fmt: skip

    def _line(  # a case has as many parts as it has
        self, rows: int, name: str, work: Search, table: Table, *, floor: int | None = None, repeat: int | None = None,
        goal: float | None = None,
    ) -> None:  # fmt: skip
        taken, found = took(work, table, self.depth, floor or floor_of(rows), repeat=repeat or self.repeat)
        if name == COUNTED:
            self.kernel[rows] = taken.cpu_s
        times = f"{taken.cpu_s / self.kernel[rows]:,.1f}" if rows in self.kernel else ""
        against = "" if goal is None else f"{goal:.2f}"
        line = f"| {rows:,} | {name} | {taken.cpu_s:.3f} | {taken.wall_s:.3f} | {against} | {times} | {found:,} |"
        self.lines.append((rows, line))
        print(line, flush=True)


def keep(written: str) -> None:
    """Put the table between the markers of the page."""
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(re.sub(f"{BEGIN}.*?{END}", lambda _: f"{BEGIN}\n{written}\n{END}", page, flags=re.S), "utf-8")


def memory_said(rows: int) -> str:
    """What the search takes, in a sentence; of large books the counting."""
    what = "Counting" if rows >= LARGE else "The search of"
    before, most = peak_mb(rows)
    return (
        f"{what} {rows:,} deals{'' if rows >= LARGE else ' to the final list'} took at most {most:.0f} MB, of which "
        f"{before:.0f} MB were the program and the codes."
    )


def peak_mb(rows: int) -> tuple[float, float]:
    """Memory of a process that holds a book, and the most it takes while it searches it, in MB (of Linux).

    Everything is compiled before the process begins.
    """
    asked = (
        "import sys; sys.path.insert(0, sys.argv[1]); import bench_mine as b; t = b.book(int(sys.argv[2])); "
        "m = lambda: next(int(x.split()[1]) for x in open('/proc/self/status') if x.startswith('VmHWM')) / 1024; "
        "b.search(b.book(1000), b.WON); open('/proc/self/clear_refs', 'w').write('5'); a = m(); "
        f"{'b.count(t, floor=b.floor_of(t.deals))' if rows >= LARGE else 'b.search(t, b.WON)'}; print(a, m())"
    )
    done = subprocess.run(
        [sys.executable, "-c", asked, str(Path(__file__).parent), str(rows)], capture_output=True, text=True, check=True
    )
    before, most = map(float, done.stdout.split())
    return before, most


def first_said() -> str:
    """How long the first search after installation takes, in a sentence: a process for which nothing is compiled."""
    asked = (
        "import sys, time; sys.path.insert(0, sys.argv[1]); import bench_mine as b; t = b.book(10_000); "
        "began = time.perf_counter(); b.search(t, b.WON); print(time.perf_counter() - began)"
    )
    with tempfile.TemporaryDirectory() as empty:
        env = os.environ | {"NUMBA_CACHE_DIR": empty}
        done = subprocess.run(
            [sys.executable, "-c", asked, str(Path(__file__).parent)],
            capture_output=True,
            text=True,
            check=True,
            env=env,
        )
    return f"The first search after installation, when all is compiled, took {float(done.stdout):.0f} s (goal: 25)."


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--depth", type=int, default=3)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--large", action="store_true", help="ten million deals as well")
    parser.add_argument("--peers", action="store_true", help="run the other programs, too: minutes")
    parser.add_argument("--all", action="store_true", help="run them at every size: half an hour")
    chosen = parser.parse_args()
    head = "| deals | search | CPU s | wall s | goal, wall s | times the kernel's CPU | segments |\n|--:|---|--:|--:|--:|--:|--:|"
    print(head)
    bench = Bench(depth=chosen.depth, repeat=chosen.repeat)
    sizes = (*chosen.rows, *([LARGE] if chosen.large else []))
    for rows in sizes:
        bench.ours(rows)
    bench.special()
    memory = [memory_said(rows) for rows in sizes if rows >= 1_000_000]
    for rows in chosen.rows if chosen.peers or chosen.all else ():
        bench.peers(rows, all_sizes=chosen.all)
    lines = [line for _, line in sorted(bench.lines, key=lambda line: line[0])]
    said = " ".join(
        [f"Depth {chosen.depth}, best of {chosen.repeat}; {os.cpu_count()} processors.", *memory, first_said()]
    )
    keep("\n".join([head, *lines, "", said]))
    print(said)


if __name__ == "__main__":
    main()

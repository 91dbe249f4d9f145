"""Kill the writer of a book at random moments: the version in force stays whole, and the next landing works.

A child lands one import after another; version `n` of the book holds what import `n` makes of all before it,
so every version can be checked against plain arithmetic. The child is killed (SIGKILL) and the book is read.
"""

from __future__ import annotations

import datetime as dt
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from winloss.store import Book

ROWS = 3000
AGES = 3
"""Import `n` changes every third deal, beginning with deal `n % 3`, and adds one."""

MADE_AT = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)


def deals(number: int) -> Iterator[pa.RecordBatch]:
    """What import `number` says of the deals: all of them at first, then a third of them and a new one."""
    first = range(ROWS) if number == 1 else range(number % AGES, ROWS, AGES)
    keys = [f"D{at:06d}" for at in [*first, ROWS + number]]
    for at in range(0, len(keys), 500):
        some = keys[at : at + 500]
        yield pa.RecordBatch.from_pydict(
            {
                "deal_id": some,
                "amount_cents": pa.array([number] * len(some), pa.int64()),
                "notes": ["said " * 40] * len(some),
            }
        )


def accounts(number: int) -> Iterator[pa.RecordBatch]:
    yield pa.RecordBatch.from_pydict({"account_id": ["one"], "employees": pa.array([number], pa.int64())})


def land(book: Book, number: int) -> None:
    """Land import `number`; both tables are one version or none."""
    with book.landing() as landing:
        landing.land("deals", deals(number))
        landing.land("accounts", accounts(number))
        landing.commit(source="crm", told={"number": number}, settings={}, made_at=MADE_AT)


def expected(version: int) -> tuple[int, int, list[int]]:
    """Deals, the sum of their amounts, and the account's employees in `version`."""
    if version == 0:
        return 0, 0, []
    amounts = dict.fromkeys(range(ROWS), 1)
    for number in range(1, version + 1):
        if number > 1:
            amounts |= dict.fromkeys(range(number % AGES, ROWS, AGES), number)
        amounts[ROWS + number] = number
    return len(amounts), sum(amounts.values()), [version]


def found(book: Book) -> tuple[int, int, list[int]]:
    with book.read() as view:
        told: list[Any] = view.ask(view.tables["deals"].amount_cents.name("amount"))["amount"].to_pylist()
        employees: list[Any] = view.ask(view.tables["accounts"].employees.name("n"))["n"].to_pylist()
    return len(told), sum(told), employees


def child(path: Path) -> None:
    """Land one import after another until killed; what loads at a first landing is loaded before."""
    with tempfile.TemporaryDirectory(prefix="winloss-kill-") as warm:
        land(Book.create(Path(warm) / "book"), 1)
    book = Book.create(path)
    print("ready", flush=True)
    while True:
        land(book, book.manifest().version + 1)


def kill_once(path: Path, after_s: float) -> None:
    """Start the child, kill it `after_s` after it began to land."""
    with subprocess.Popen([sys.executable, __file__, "--child", str(path)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(after_s)
        process.kill()


def main(n: int = 200, *, seed: int = 20260301, longest_s: float = 0.6) -> bool:
    """Kill `n` times; True where every version read afterwards was whole."""
    moments = random.Random(seed)  # noqa: S311  # moments, no secrets
    whole = 0
    with tempfile.TemporaryDirectory(prefix="winloss-kill-") as place:
        path = Path(place) / "book"
        for _ in range(n):
            kill_once(path, moments.uniform(0, longest_s))
            book = Book.create(path)
            whole += found(book) == expected(book.manifest().version)
        land(book, book.manifest().version + 1)
        last = found(book) == expected(book.manifest().version)
        print("| kills | whole books after them | versions landed between them |\n|---:|---:|---:|")
        print(f"| {n} | {whole} | {book.manifest().version} |")
    return whole == n and last


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        child(Path(sys.argv[2]))
    sys.exit(not main(*map(int, sys.argv[1:])))

"""Break exports at random: no traceback, no hang, and no row lost silently.

Each case takes an export (of the demo company in every flavour and file format, and real ones where they are at
hand), changes bytes, cuts, doubles or shuffles pieces, or damages cells, and imports it into a new book. It must
end within its time either in one sentence of `UserError`, `DataError` or `SourceError`, or in a book whose counts
add up: rows read are rows kept and rejected, rows kept are rows landed and folded, and every deal has one outcome.
Every fiftieth case that lands is studied and reported as well.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import random
import signal
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter
from pyarrow import csv as pa_csv

from winloss import refresh
from winloss.errors import DataError, SourceError, UserError
from winloss.store import Book, View
from winloss.synthesize.assemble import StudyOptions
from winloss.tables import OUTCOMES

SEED = 20260131
TIMEOUT_CPU_S, TIMEOUT_S = 60, 600
"""Seconds that a case may take of the processors, and by the clock: a machine with other work is no hang."""
STUDY_EVERY = 50
DEALS = 60
SAID = (UserError, DataError, SourceError)
TODAY = dt.date(2026, 11, 1)

NASTY = (
    b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\r", b"\n", b"\r\n\r\n", b'"', b'""', b'"\n', b"'", b",", b";", b"\t", b"|",
    b",,,,,,,,", b"=cmd|' /C calc'!A0", b"\xc2\xa0", b"\xe2\x80\x8b", b"\xd0\x92", b"9" * 400, b"-", b"NaN", b"1e999",
    b"31.02.2024", b"2024-13-45", b"9999-99-99", b"Grand Total", b"\x1a", b"\xf0\x9f\x92\xa9", b"{", b"]", b"\\",
)  # fmt: skip
"""What breaks readers."""


def mutate(original: bytes, rng: random.Random) -> bytes:
    """A few random changes of the bytes."""
    data = bytearray(original)
    for _ in range(rng.choice((1, 1, 2, 3, 8, 40))):
        rng.choice(CHANGES)(data, rng)
    return bytes(data)


def _place(data: bytearray, rng: random.Random) -> int:
    return rng.randrange(len(data) + 1)


def _flip(data: bytearray, rng: random.Random) -> None:
    if data:
        data[rng.randrange(len(data))] = rng.randrange(256)


def _insert(data: bytearray, rng: random.Random) -> None:
    at = _place(data, rng)
    data[at:at] = rng.choice(NASTY)


def _cut(data: bytearray, rng: random.Random) -> None:
    at = _place(data, rng)
    del data[at : at + rng.choice((1, 2, 10, 100, 5000))]


def _truncate(data: bytearray, rng: random.Random) -> None:
    del data[_place(data, rng) :]


def _double(data: bytearray, rng: random.Random) -> None:
    at = _place(data, rng)
    data[at:at] = data[at : at + rng.choice((10, 200, 2000))]


def _line(data: bytearray, rng: random.Random) -> None:
    """Double, drop or move a line."""
    lines = bytes(data).split(b"\n")
    at = rng.randrange(len(lines))
    taken = lines.pop(at)
    for _ in range(rng.randrange(3)):
        lines.insert(rng.randrange(len(lines) + 1), taken)
    data[:] = b"\n".join(lines)


def _cell(data: bytearray, rng: random.Random) -> None:
    """Replace one cell of one line."""
    lines = bytes(data).split(b"\n")
    at = rng.randrange(len(lines))
    cells = lines[at].split(b",")
    cells[rng.randrange(len(cells))] = rng.choice(NASTY)
    lines[at] = b",".join(cells)
    data[:] = b"\n".join(lines)


def _recode(data: bytearray, rng: random.Random) -> None:
    text = bytes(data).decode("utf-8", "replace")
    data[:] = text.encode(rng.choice(("utf-16", "utf-16-le", "cp1252", "cp1251", "utf-8-sig", "latin-1")), "replace")


CHANGES: tuple[Callable[[bytearray, random.Random], None], ...] = (
    _flip, _insert, _insert, _cut, _truncate, _double, _line, _line, _cell, _cell, _cell, _recode,
)  # fmt: skip


def originals(folder: Path) -> list[Path]:
    """Exports to break: the demo company's in every flavour and format, and the first lines of real ones."""
    made: list[Path] = []
    from winloss.demo import invent, write

    for flavour in ("salesforce", "hubspot", "pipedrive"):
        place = folder / flavour
        place.mkdir()
        files = write(invent(DEALS, seed=3), place, flavour=flavour)
        made.append(files[0].rename(place.with_suffix(".csv")))
    made += list(_other_formats(_as_text(made[1]), folder))
    real = Path(os.environ.get("WINLOSS_EXPORTS", Path(__file__).resolve().parents[3] / "shared" / "data"))
    for path in sorted(real.glob("*/*.csv")):
        short = folder / f"{path.parent.name}-{path.name}"
        short.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:80]))
        made.append(short)
    return made


def _as_text(path: Path) -> pa.Table:
    table = pa_csv.read_csv(path, parse_options=pa_csv.ParseOptions(newlines_in_values=True))
    return pa.table({name: table[name].cast(pa.string()) for name in table.column_names})


def _other_formats(table: pa.Table, folder: Path) -> Iterator[Path]:
    rows = table.to_pylist()
    yield _written(folder / "deals.json", json.dumps({"results": rows}))
    yield _written(folder / "deals.jsonl", "\n".join(json.dumps(row) for row in rows))
    yield _written(folder / "deals.tsv", "\n".join("\t".join(_flat(v) for v in r) for r in _grid(table)))
    pq.write_table(table, folder / "deals.parquet")
    yield folder / "deals.parquet"
    book = xlsxwriter.Workbook(folder / "deals.xlsx")
    sheet = book.add_worksheet()
    for at, row in enumerate(_grid(table)):
        sheet.write_row(at, 0, ["" if cell is None else cell for cell in row])
    book.close()
    yield folder / "deals.xlsx"


def _grid(table: pa.Table) -> list[list[str | None]]:
    return [list(table.column_names), *(list(row.values()) for row in table.to_pylist())]


def _flat(value: str | None) -> str:
    return "" if value is None else value.replace("\t", " ").replace("\n", " ")


def _written(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


class Hung(BaseException):
    """A case took longer than it may; no handler of the product may catch it."""


@contextmanager
def within(*, cpu_s: int, clock_s: int) -> Iterator[None]:
    """Raise Hung after so many seconds of the processors, or by the clock."""

    def ring(*_: object) -> None:
        raise Hung

    before = [(which, signal.signal(which, ring)) for which in (signal.SIGPROF, signal.SIGALRM)]
    signal.setitimer(signal.ITIMER_PROF, cpu_s)
    signal.setitimer(signal.ITIMER_REAL, clock_s)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)
        for which, handler in before:
            signal.signal(which, handler)


def check(path: Path, folder: Path, *, study: bool) -> str:
    """Import one file into a new book and hold its counts together; what became of it, in a word.

    Raises
    ------
    AssertionError
        Where a row is lost.
    """
    book = Book.create(folder / "book")
    try:
        done = refresh.import_files(book, [path], options=refresh.ImportOptions(rejects_dir=folder))
    except SAID as said:
        sentence = str(said)
        assert sentence.strip(), "an error that says nothing"
        assert "Traceback" not in sentence
        return "refused"
    for name, tally in done.intake.tallies.items():
        landed = done.landed[name]
        assert tally.rows == tally.kept + tally.rejected, (name, tally)
        if name != "people":
            assert tally.kept == landed.rows == landed.new + landed.changed + landed.unchanged + landed.folded, name
    with book.read() as view:
        deals = Counter(view.ask(refresh.resolved(view).select("outcome"))["outcome"].to_pylist())
        assert set(deals) <= set(OUTCOMES), deals
        rows = done.intake.tallies["deals"].rows if "deals" in done.intake.tallies else 0
        lost = done.intake.tallies["deals"].rejected + done.landed["deals"].folded if rows else 0
        assert sum(deals.values()) + lost == rows
        if study and rows:
            _reported(view, folder, rows)
            return "reported"
    return "landed"


def _reported(view: View, folder: Path, rows: int) -> None:
    from winloss.report import write

    done = refresh.study_of(view, options=StudyOptions(today=TODAY), name="fuzz")
    assert done.study.counts.rows == rows
    for form in ("html", "json", "xlsx", "md"):
        write(done.study, folder / f"report.{form}", format=form, deals=done.deals_of)


def main(n: int = 10_000, *, seed: int = SEED) -> bool:
    """Break `n` exports; True where every one is refused in a sentence or adds up."""
    rng = random.Random(seed)  # noqa: S311  # repeatable, not secret
    became: Counter[str] = Counter()
    failures: list[str] = []
    with tempfile.TemporaryDirectory() as place:
        sources = originals(Path(place))
        texts = {path: path.read_bytes() for path in sources}
        for number in range(n):
            source = rng.choice(sources)
            broken = mutate(texts[source], rng)
            with tempfile.TemporaryDirectory(dir=place) as case:
                path = Path(case) / source.name
                path.write_bytes(broken)
                try:
                    with within(cpu_s=TIMEOUT_CPU_S, clock_s=TIMEOUT_S):
                        became[check(path, Path(case), study=number % STUDY_EVERY == 0)] += 1
                except (Exception, Hung) as error:  # noqa: BLE001  # whatever it is, it is a failure
                    became["failed"] += 1
                    kept = Path(tempfile.gettempdir()) / f"winloss-fuzz-{seed}-{number}{source.suffix}"
                    kept.write_bytes(broken)
                    where = traceback.extract_tb(error.__traceback__)[-1]
                    failures.append(
                        f"{kept}: {type(error).__name__} {str(error)[:120]} ({where.filename}:{where.lineno})"
                    )
    print("| what became of it | cases |\n|---|---:|")
    for what in ("landed", "reported", "refused", "failed"):
        print(f"| {what} | {became[what]:,} |")
    for failure in failures[:40]:
        print(f"\n{failure}", file=sys.stderr)
    return not failures


if __name__ == "__main__":
    sys.exit(0 if main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000) else 1)

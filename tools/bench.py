"""Time import, aggregates and report against references, in one run, and keep the table in docs/performance.md.

`python tools/bench.py [--rows N] [--large] [--repeat N] [--folder DIR]`. Every figure comes from a process of its own,
which tells its seconds (without the start of Python); its peak memory is what the system counted for it.
References run in turn with what they are compared to, on the same generated export; the best of all turns counts.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent / "docs" / "performance.md"
BEGIN, END = "<!-- bench: begin -->", "<!-- bench: end -->"
SEED = 20260301
LIMITS = {"import": 2.0, "aggregates": 3.0, "report_s": 20.0, "memory_gb": 1.5, "again_s": 3.0}


@dataclass(frozen=True, slots=True)
class Taken:
    """What one process took: seconds, those of the processors (with the start of Python), peak memory in GB, what it told."""

    seconds: float
    cpu_s: float
    memory_gb: float
    told: dict[str, Any]


def took(work: str, *arguments: str) -> Taken:
    """Run one piece of work in a process of its own."""
    command = [sys.executable, str(HERE / "bench.py"), "--work", work, *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=_with_bytecode()) as process:
        assert process.stdout is not None
        written = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"The bench stopped: {work} failed.")
    told = json.loads(written.splitlines()[-1])
    scale = 1e9 if platform.system() == "Darwin" else 1e6  # kilobytes on Linux
    return Taken(told.pop("seconds"), usage.ru_utime + usage.ru_stime, usage.ru_maxrss / scale, told)


def _with_bytecode() -> dict[str, str]:
    """The environment in which libraries are compiled once, as where they were used before."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return kept | {"PYTHONPYCACHEPREFIX": str(HERE.parent / "out" / "bytecode")}


def best(turns: Sequence[Taken]) -> Taken:
    """The quickest turn, with the highest memory of all."""
    return replace(min(turns, key=lambda turn: turn.seconds), memory_gb=max(turn.memory_gb for turn in turns))


# ---------------------------------------------------------------- work, each in its own process


def work_export(rows: str, folder: str) -> dict[str, Any]:
    """Write the demo company's deals as a CRM exports them."""
    from winloss.demo import invent
    from winloss.demo.exports import write

    with clock() as taken:
        paths = write(invent(int(rows), seed=SEED), Path(folder), flavour="hubspot")
    return {"seconds": taken(), "paths": [str(path) for path in paths]}


def work_duckdb(csv: str, parquet: str) -> dict[str, Any]:
    """The reference of the import: the same file through DuckDB's own reader into one Parquet file."""
    import duckdb

    connection = duckdb.connect()
    connection.execute("SET enable_progress_bar = false")
    with clock() as taken:
        connection.read_csv(csv).write_parquet(parquet)
    return {"seconds": taken()}


def work_import(csv: str, book: str) -> dict[str, Any]:
    """Import the file into the book."""
    from winloss.refresh import ImportOptions, import_files
    from winloss.store import Book

    with clock() as taken:
        done = import_files(Book.create(Path(book)), [Path(csv)], options=ImportOptions())
    return {"seconds": taken(), "kept": done.manifest.tables["deals"].rows, "fresh": done.fresh}


def work_report(book: str, out: str) -> dict[str, Any]:
    """Write the report of a book as the command does."""
    from winloss.cli import app

    with clock() as taken:
        app(["report", "--book", book, "--out", out, "--quiet"], standalone_mode=False)
    return {"seconds": taken()}


def work_aggregates(book: str, repeat: str) -> dict[str, Any]:
    """The aggregates of a report by the product and by hand in Polars, both over resolved deals in memory."""
    import polars as pl

    from winloss.refresh import resolved
    from winloss.store import Book

    with Book.open(Path(book)).read() as view:
        with clock() as resolving:
            deals = resolved(view)
        wanted = {name: make(deals) for name, (make, _) in aggregates().items()}
        frame = pl.from_arrow(view.ask(deals)).lazy()  # type: ignore[union-attr]  # a table gives a frame
        ours, theirs = [], []
        for _ in range(int(repeat)):
            with clock() as taken:
                answers = {name: view.ask(asked).to_pylist() for name, asked in wanted.items()}
            ours.append(taken())
            with clock() as taken:
                by_hand = pl.collect_all([make(frame) for _, make in aggregates().values()])
                references = dict(zip(wanted, (table.to_dicts() for table in by_hand), strict=True))
            theirs.append(taken())
        differing = [name for name in wanted if sorted_rows(answers[name]) != sorted_rows(references[name])]
    if differing:
        raise SystemExit(f"Polars counts otherwise: {', '.join(differing)}")
    return {"seconds": min(ours), "reference": min(theirs), "resolving": resolving(), "count": len(wanted)}


def sorted_rows(rows: Sequence[dict[str, Any]]) -> list[str]:
    """Rows as text in one order, for comparison; floats to nine digits."""
    return sorted(
        str([(name, f"{value:.9g}" if isinstance(value, float) else value) for name, value in sorted(row.items())])
        for row in rows
    )


def aggregates() -> dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]]:
    """Each aggregate of a report: the product's expression, and the same by hand in Polars."""
    import polars as pl

    from winloss.aggregate import channels, competitors, periods, quality, reasons, stages, totals

    c = pl.col
    closed, won, known, amount = c("is_closed"), c("is_won"), c("amount_known"), c("amount_cents")
    squares = ((amount / 100) ** 2).filter(known).sum().alias("amount_squares")
    n = pl.len().alias("n")
    fields = ("industry", "region", "size_band", "persona", "amount_cents", "reason_raw", "competitor_raw", "campaign")

    def worth(name: str, where: Any) -> list[Any]:
        return [where.sum().alias("n_amount"), amount.filter(where).sum().alias(name)]

    def by_value(field: str) -> tuple[Callable[[Any], Any], Callable[[Any], Any]]:
        rates = [pl.len().alias("closed"), won.sum().alias("won")]
        return (
            lambda t: (
                t.filter(t.is_closed)
                .group_by(field)
                .agg(closed=t.filter(t.is_closed).count(), won=t.filter(t.is_closed).is_won.sum())
            ),
            lambda f: f.filter(closed).group_by(field).agg(rates),
        )

    told = closed & ~c("loss_reason_on_won")
    met = (c("competitor_kind") == "unknown") & c("competitor_present").fill_null(value=False)
    filled = [
        c(name).count().alias(name)
        for name in fields
        if name in ("industry", "region", "size_band", "persona", "campaign")
    ]
    rep = closed & ~won & c("reason").is_not_null() & c("owner_id").is_not_null()
    return {
        "outcomes": (
            totals.outcomes,
            lambda f: f.group_by("outcome").agg(
                n, *worth("amount_cents", known), squares, amount.filter(known).median().alias("median_cents")
            ),
        ),
        "currencies": (totals.currencies, lambda f: f.filter(closed & known).group_by("currency").agg(n)),
        "cycles": (
            totals.cycles,
            lambda f: f.filter(closed & c("cycle_days").is_not_null()).group_by("outcome", "cycle_days").agg(n),
        ),
        "closings": (
            periods.closings,
            lambda f: (
                f.filter(closed & c("closed_on").is_not_null())
                .group_by("closed_on")
                .agg(n, won.sum().alias("won"), *worth("won_amount_cents", won & known))
            ),
        ),
        "cohorts": (
            periods.cohorts,
            lambda f: (
                f.filter(c("created_on").is_not_null() & (c("outcome") != "disqualified"))
                .group_by(c("created_on").dt.truncate("1mo").alias("month"), "cycle_days")
                .agg(n, closed.sum().alias("closed"), won.sum().alias("won"))
            ),
        ),
        "by_reason": (
            reasons.by_reason,
            lambda f: (
                f.filter(told)
                .group_by("is_won", "reason", "reason_given")
                .agg(n, *worth("amount_cents", known), squares)
            ),
        ),
        "raw_reasons": (
            reasons.raw_values,
            lambda f: (
                f.filter(told & c("reason_given") & c("reason_value").is_not_null())
                .group_by("is_won", "reason", "reason_value")
                .agg(n)
                .sort("n", descending=True)
                .head(5000)
            ),
        ),
        "by_competitor": (
            competitors.by_competitor,
            lambda f: (
                f.filter(closed)
                .with_columns(competitor_kind=pl.when(met).then(pl.lit("competitor")).otherwise(c("competitor_kind")))
                .group_by("competitor_kind", "competitor", asked="competitor_asked")
                .agg(
                    pl.len().alias("closed"),
                    won.sum().alias("won"),
                    (~won & known).sum().alias("n_amount_lost"),
                    amount.filter(~won & known).sum().alias("amount_lost_cents"),
                )
            ),
        ),
        "by_channel": (
            channels.by_channel,
            lambda f: f.group_by("lead_source").agg(
                closed.sum().alias("closed"),
                won.sum().alias("won"),
                (c("outcome") == "disqualified").sum().alias("disqualified"),
                *worth("won_amount_cents", won & known),
            ),
        ),
        "coverage": (
            lambda t: quality.coverage(t, fields),
            lambda f: (
                f.filter(closed)
                .group_by("is_won")
                .agg(
                    pl.len().alias("n_closed"),
                    *filled,
                    known.sum().alias("amount_cents"),
                    c("reason_given").sum().alias("reason_raw"),
                    (c("competitor_asked") != "blank").sum().alias("competitor_raw"),
                )
            ),
        ),
        "losses_by_rep": (
            lambda t: quality.reasons_by_rep(t).drop("reason"),  # of equal counts either reason may be named
            lambda f: (
                f.filter(rep)
                .group_by("owner_id", "reason")
                .agg(n)
                .group_by("owner_id")
                .agg(c("n").sum().alias("losses"), c("n").max().alias("most"))
                .drop("owner_id")
            ),
        ),
        "stages_at_loss": (
            stages.at_loss,
            lambda f: (
                f.filter(closed & ~won)
                .with_columns(
                    stage_reached=pl.when(c("stage_against_outcome")).then(None).otherwise(c("stage_reached"))
                )
                .group_by("stage_reached", "reason")
                .agg(n)
            ),
        ),
    } | {
        f"by_{field}": by_value(field)
        for field in (
            "industry",
            "region",
            "country",
            "size_band",
            "persona",
            "product",
            "deal_type",
            "campaign",
            "content",
        )
    }


@contextmanager
def clock() -> Iterator[Callable[[], float]]:
    """Seconds between entering and leaving."""
    begun, ended = time.monotonic(), 0.0
    yield lambda: ended - begun
    ended = time.monotonic()


# ---------------------------------------------------------------- the run


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table."""

    what: str
    rows: int
    seconds: float
    of: Taken | None = None
    """The process; None where it did more than what is measured."""
    against: str = ""
    holds: bool | None = None


def measured(rows: int, folder: Path, repeat: int, *, say: Callable[[str], None]) -> list[Line]:
    """All figures for one size; goals of speed are of the main one."""
    say(f"{rows:,} deals: writing the export")
    export = took("export", str(rows), str(folder))
    csv = next(path for path in export.told["paths"] if Path(path).name not in {"leads.csv", "spend.csv"})
    book = folder / "book"
    say(f"{rows:,} deals, {Path(csv).stat().st_size / 1e6:,.0f} MB: importing")
    references, imports = [], []
    for _ in range(repeat):
        references.append(took("duckdb", csv, str(folder / "reference.parquet")))
        shutil.rmtree(book, ignore_errors=True)
        imports.append(took("import", csv, str(book)))
    again = best([took("import", csv, str(book)) for _ in range(repeat)])
    say(f"{rows:,} deals: aggregates and report")
    counted = took("aggregates", str(book), str(max(repeat, 3)))
    report = best([took("report", str(book), str(folder / "report.html")) for _ in range(repeat)])
    return lines(rows, best(references), best(imports), again, counted, report)


def lines(rows: int, reference: Taken, imported: Taken, again: Taken, counted: Taken, report: Taken) -> list[Line]:
    ratio, by_hand = imported.seconds / reference.seconds, counted.told["reference"]
    slower = counted.seconds / by_hand
    fits = LIMITS["memory_gb"]
    return [
        Line("DuckDB: `read_csv` to Parquet", rows, reference.seconds, reference),
        Line(
            "import into a new book",
            rows,
            imported.seconds,
            imported,
            f"{ratio:.1f} × DuckDB (at most {LIMITS['import']:.1f})",
            ratio <= LIMITS["import"] and imported.memory_gb <= fits,
        ),
        Line("import of the same file again", rows, again.seconds, again, holds=again.memory_gb <= fits),
        Line(f"Polars, by hand: {counted.told['count']} aggregates", rows, by_hand),
        Line(
            "the same aggregates by winloss",
            rows,
            counted.seconds,
            None,
            f"{slower:.1f} × Polars (at most {LIMITS['aggregates']:.1f})",
            slower <= LIMITS["aggregates"],
        ),
        Line(
            "whole report from the book",
            rows,
            report.seconds,
            report,
            f"at most {LIMITS['report_s']:.0f} s",
            report.seconds <= LIMITS["report_s"] and report.memory_gb <= fits,
        ),
    ]


def _unjudged(line: Line, main: int) -> Line:
    """A line of another size than the main one: only its memory is held against a goal, that of more deals in proportion."""
    against = line.against.partition(" (")[0] if " × " in line.against else ""
    most = LIMITS["memory_gb"] * max(line.rows / main, 1)
    fits = None if line.holds is None or line.of is None else line.of.memory_gb <= most
    return replace(line, against=against, holds=fits)


def growth(all_lines: Sequence[Line]) -> list[Line]:
    """How seconds grow from one size to the next, in multiples of how rows grow; 1 is linear."""
    out = []
    for what in ("import into a new book", "whole report from the book"):
        sizes = [line for line in all_lines if line.what == what]
        for small, large in pairwise(sizes):
            factor = (large.seconds / small.seconds) / (large.rows / small.rows)
            said = f"{factor:.2f} × linear from {small.rows:,} (at most 1.1)"
            out.append(Line(f"growth: {what}", large.rows, large.seconds, None, said, factor <= 1.1))
    return out


def _of_process(line: Line) -> str:
    return " | " if line.of is None else f"{line.of.cpu_s:.1f} | {line.of.memory_gb:.2f}"


def table(all_lines: Sequence[Line]) -> str:
    """The lines in Markdown."""
    rows = [
        "| what | deals | seconds | CPU s | peak memory, GB | against | holds |",
        "|---|---:|---:|---:|---:|---|---|",
    ]
    word = {None: "", True: "yes", False: "**no**"}
    rows += [
        f"| {line.what} | {line.rows:,} | {line.seconds:.1f} | {_of_process(line)} | {line.against} | {word[line.holds]} |"
        for line in all_lines
    ]
    return "\n".join(rows)


def keep(written: str) -> None:
    """Put the table between the markers of the page."""
    page = PAGE.read_text(encoding="utf-8")
    block = f"{BEGIN}\n{written}\n{END}"
    PAGE.write_text(re.sub(f"{BEGIN}.*?{END}", lambda _: block, page, flags=re.S), encoding="utf-8")


def run(rows: int, *, large: bool, repeat: int, keep_in: Path | None) -> bool:
    """Measure all sizes, print and keep the table; True where every goal is met."""
    sizes = [max(rows // 10, 1000), rows, *([rows * 10] if large else [])]
    done: list[Line] = []
    with tempfile.TemporaryDirectory(prefix="winloss-bench-", dir=keep_in) as place:
        for size in sizes:
            folder = Path(place) / str(size)
            folder.mkdir()
            figures = measured(
                size, folder, 1 if size > rows else repeat, say=lambda text: print(text, file=sys.stderr)
            )
            done += figures if size == rows else [_unjudged(line, rows) for line in figures]
            shutil.rmtree(folder)
    done += growth(done)
    where = f"{os.cpu_count()} processors, Python {platform.python_version()}, {platform.system()}"
    written = f"{table(done)}\n\nThe best of {repeat}; {where}."
    print(written)
    keep(written)
    return all(line.holds is not False for line in done)


def main(arguments: Sequence[str]) -> int:
    if arguments[:1] == ["--work"]:
        print(json.dumps(globals()[f"work_{arguments[1]}"](*arguments[2:])))
        return 0
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000, help="deals of the main size; a tenth is measured too")
    parser.add_argument("--large", action="store_true", help="ten times as many as well")
    parser.add_argument("--repeat", type=int, default=3, help="turns, of which the best counts")
    parser.add_argument("--folder", type=Path, default=None, help="where the passing files go")
    given = parser.parse_args(arguments)
    return 0 if run(given.rows, large=given.large, repeat=given.repeat, keep_in=given.folder) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

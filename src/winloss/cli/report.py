"""`winloss report`: study files or a book and write what was found."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from winloss.cli import reading
from winloss.errors import UserError

if TYPE_CHECKING:
    from winloss.refresh import ImportOptions, Studied
    from winloss.store import View
    from winloss.synthesize.assemble import StudyOptions

FILES = typer.Argument(None, metavar="[FILE]...", help="Exports to report on; or give --book.")
PLACE = typer.Option(None, "--book", help="Report on this book.")
AT = typer.Option(None, "--at", help="The version of the book; the current one by default.")
OUT = typer.Option(None, "--out", "-o", help="Where the report goes; winloss-report.html and the like by default.")
FORMAT = typer.Option(
    [], "--format", "-f", help="html, md, json or xlsx, several times for several; html, or by the ending of --out."
)
AS_OF = typer.Option(None, "--as-of", metavar="DATE", help="The day the report speaks of, as 2026-05-31.")
EXCLUDE = typer.Option([], "--exclude", metavar="SEGMENT", help="Leave deals out: 'deal_type = Renewal'.")
WINDOW = typer.Option(None, "--window", min=1, metavar="DAYS", help="Days until a lost deal is worth a call again.")
FISCAL = typer.Option(1, "--fiscal-start", min=1, max=12, metavar="MONTH", help="First month of the fiscal year.")
BY = typer.Option(None, "--by", help="The trend's unit: week, month or quarter.")
ANONYMISE = typer.Option(False, "--anonymise", help="Replace names of deals, accounts, people and competitors.")
QUIET = typer.Option(False, "--quiet", "-q", help="Print no summary.")


def register(app: typer.Typer) -> None:
    """Add `report`."""
    app.command("report")(report)


def report(
    files: list[Path] | None = FILES,
    place: Path | None = PLACE,
    at: int | None = AT,
    out: Path | None = OUT,
    formats: list[str] = FORMAT,
    as_of: str | None = AS_OF,
    exclude: list[str] = EXCLUDE,
    window: int | None = WINDOW,
    fiscal_start: int = FISCAL,
    by: str | None = BY,
    anonymise: bool = ANONYMISE,
    mapping: Path | None = reading.MAP,
    rates: Path | None = reading.RATES,
    strict: bool = reading.STRICT,
    rejects: Path | None = reading.REJECTS,
    quiet: bool = QUIET,
) -> None:
    """Say why deals are won and lost: reads exports of a CRM (or a book) and writes a report."""
    from winloss.report import FORMATS, prepare

    formats = formats or [of_path(out)]
    for name in formats:
        if name not in FORMATS:
            raise UserError(f"No report format is called {name!r}: choose one of {', '.join(FORMATS)}.")
    asked = study_options(as_of, exclude, window, fiscal_start, by)
    read = reading.options(mapping, rates, strict, rejects)
    prepare(formats)
    with studied(files or [], place, at, asked, read) as done:
        written = write(done, out, formats, anonymise)
    if not quiet:
        summarise(done, written, anonymise=anonymise)


def of_path(out: Path | None) -> str:
    """The format that the ending of a path names; html where there is none."""
    return out.suffix.lower().lstrip(".") if out is not None and out.suffix else "html"


def study_options(
    as_of: str | None, exclude: list[str], window: int | None, fiscal_start: int, by: str | None
) -> StudyOptions:
    """The options as a study takes them; UserError where one cannot be read."""
    from winloss.synthesize.assemble import StudyOptions
    from winloss.tables.segment import Segment

    return StudyOptions(
        today=dt.date.today(),
        as_of=day(as_of) if as_of else None,
        exclude=tuple(Segment.parse(written) for written in exclude),
        window_days=window,
        fiscal_year_start_month=fiscal_start,
        trend_unit=by,
    )


def day(written: str) -> dt.date:
    """A date given on the command line."""
    try:
        return dt.date.fromisoformat(written)
    except ValueError as error:
        raise UserError(f"{written!r} is no date: write it as year-month-day, for example 2026-05-31.") from error


@contextmanager
def studied(
    files: list[Path], place: Path | None, at: int | None, asked: StudyOptions, read: ImportOptions
) -> Iterator[Studied]:
    """The study of files or of a book, with the deals at hand."""
    with reading.opened("report", files, place, at, read) as (view, name):
        yield _study(view, asked, name)


def _study(view: View, asked: StudyOptions, name: str) -> Studied:
    from winloss import refresh
    from winloss.cli.progress import busy

    with busy("studying the deals") as say:
        return refresh.study_of(view, options=asked, name=name, told=say)


def write(done: Studied, out: Path | None, formats: list[str], anonymise: bool) -> list[Path]:
    """Write every format asked for; the first path is the one to open."""
    from winloss.report import write as write_format

    written: list[Path] = []
    for name in dict.fromkeys(formats):
        path = out or Path(f"winloss-report.{name}")
        if out is not None and len(set(formats)) > 1:
            path = out.with_suffix(f".{name}")
        written += write_format(
            done.study, path, format=name, deals=done.deals_of, anonymise=anonymise, prospects=done.prospects
        )
    return written


def summarise(done: Studied, written: list[Path], *, anonymise: bool) -> None:
    """Print the first page."""
    from rich.console import Console

    from winloss.report.terminal import summary

    summary(done.study, Console(), written[0], anonymised=anonymise)

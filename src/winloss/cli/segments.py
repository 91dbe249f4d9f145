"""`winloss segments`: every segment that ends unlike the rest, by one outcome; or why one segment does."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from winloss.cli import reading
from winloss.cli.report import AS_OF, EXCLUDE, FISCAL, day

if TYPE_CHECKING:
    from winloss.store import View
    from winloss.synthesize.assemble import StudyOptions
    from winloss.synthesize.explore import ExploreOptions

FILES = typer.Argument(None, metavar="[FILE]...", help="Exports to search; or give --book.")
PLACE = typer.Option(None, "--book", help="Search this book.")
AT = typer.Option(None, "--at", help="The version of the book; the current one by default.")
OUTCOME = typer.Option(
    "won",
    "--outcome",
    help="won, reason:CODE (lost for it), competitor:NAME (lost to it) or recent:DAYS (what changed).",
)
DEPTH = typer.Option(3, "--depth", min=1, max=3, help="Conditions of a segment at most.")
BY = typer.Option("", "--by", metavar="A,B", help="The attributes to search; all by default.")
MIN_SHARE = typer.Option(
    None, "--min-share", min=0.0, max=1.0, help="The smallest segment, as a share (0-1) of the deals; 0.001 by default."
)
WHY = typer.Option(None, "--why", metavar="SEGMENT", help="Tell all of one segment: 'industry = Healthcare'.")
JSON = typer.Option(False, "--json", help="Print JSON instead.")
OUT = typer.Option(None, "--out", "-o", help="Write it, too: FILE.svg, .png, .json or .csv.")
QUIET = typer.Option(False, "--quiet", "-q", help="Print nothing.")


def register(app: typer.Typer) -> None:
    """Add `segments`."""
    app.command("segments")(segments)


def segments(
    files: list[Path] | None = FILES,
    place: Path | None = PLACE,
    at: int | None = AT,
    outcome: str = OUTCOME,
    depth: int = DEPTH,
    by: str = BY,
    min_share: float | None = MIN_SHARE,
    why: str | None = WHY,
    as_json: bool = JSON,
    out: Path | None = OUT,
    as_of: str | None = AS_OF,
    exclude: list[str] = EXCLUDE,
    fiscal_start: int = FISCAL,
    mapping: Path | None = reading.MAP,
    rates: Path | None = reading.RATES,
    strict: bool = reading.STRICT,
    rejects: Path | None = reading.REJECTS,
    quiet: bool = QUIET,
) -> None:
    """Find every segment that wins or loses unlike the rest, one condition up to three; or tell why one does."""
    from winloss.report.searched_files import check_path

    within = _within(as_of, exclude, fiscal_start)
    wanted = _wanted(outcome, depth, by, min_share, fiscal_start)
    if out is not None:
        check_path(out, one=why is not None)
    read = reading.options(mapping, rates, strict, rejects)
    with reading.opened("segments", files or [], place, at, read) as (view, name):
        if why is None:
            _search(view, name, within, wanted, out=out, as_json=as_json, quiet=quiet)
        else:
            _explain(view, name, why, within, wanted, out=out, as_json=as_json, quiet=quiet)


def _within(as_of: str | None, exclude: list[str], fiscal_start: int) -> StudyOptions:
    from winloss.synthesize.assemble import StudyOptions
    from winloss.tables.segment import Segment

    return StudyOptions(
        today=dt.date.today(),
        as_of=day(as_of) if as_of else None,
        exclude=tuple(Segment.parse(written) for written in exclude),
        fiscal_year_start_month=fiscal_start,
    )


def _wanted(outcome: str, depth: int, by: str, min_share: float | None, fiscal_start: int) -> ExploreOptions:
    from winloss.synthesize.explore import ExploreOptions
    from winloss.synthesize.outcomes import Asked

    return ExploreOptions(
        outcome=Asked.parse(outcome),
        depth=depth,
        by=tuple(name.strip() for name in by.split(",") if name.strip()),
        min_share=min_share,
        fiscal_year_start_month=fiscal_start,
    )


def _search(
    view: View, name: str, within: StudyOptions, wanted: ExploreOptions, *, out: Path | None, as_json: bool, quiet: bool
) -> None:
    from rich.console import Console

    from winloss.cli.progress import busy
    from winloss.refresh import described, exploring
    from winloss.report import searched, searched_files

    with busy("searching the segments") as say:
        found = exploring.explored(view, within=within, wanted=wanted, told=say)
    told = searched_files.document(found, described(view.manifest, name), excluded=[str(x) for x in within.exclude])
    if out is not None:
        searched_files.write(found, told, out)
    if as_json:
        typer.echo(searched_files.dumps(told), nl=False)
    elif not quiet:
        searched.summary(found, Console(), written="" if out is None else str(out))


def _explain(
    view: View,
    name: str,
    written: str,
    within: StudyOptions,
    wanted: ExploreOptions,
    *,
    out: Path | None,
    as_json: bool,
    quiet: bool,
) -> None:
    from rich.console import Console

    from winloss.cli.progress import busy
    from winloss.refresh import described, exploring
    from winloss.report import explained, searched_files
    from winloss.tables.segment import Segment

    segment = Segment.parse(written)
    with busy("reading the segment"):
        told = exploring.explained(view, segment, within=within, wanted=wanted)
    text = searched_files.dumps(explained.document(told, described(view.manifest, name)))
    if out is not None:
        searched_files.put(out, text)
    if as_json:
        typer.echo(text, nl=False)
    elif not quiet:
        explained.summary(told, Console())

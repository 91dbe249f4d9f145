"""Options that every command that reads files has, how it opens them or a book, and what it says of the reading."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from winloss.errors import UserError

if TYPE_CHECKING:
    from winloss.refresh import Imported, ImportOptions
    from winloss.sources.contract import Intake
    from winloss.store import View

MAP = typer.Option(None, "--map", help="A map file, as `winloss inspect --write-map` writes it.")
RATES = typer.Option(None, "--rates", help="Exchange rates (CSV or TOML), to add amounts of several currencies.")
STRICT = typer.Option(False, "--strict", help="Fail on the first bad row instead of setting bad rows aside.")
REJECTS = typer.Option(None, "--rejects", help="The folder for rejected rows; beside the file by default.")
_HELD = {"deal_stage_changes": "stage changes", "debriefs": "answers"}
"""What tables are called here, where not by their name."""


def options(mapping: Path | None, rates: Path | None, strict: bool, rejects: Path | None) -> ImportOptions:
    """The options as refresh takes them."""
    from winloss.refresh import ImportOptions

    return ImportOptions(mapping=mapping, rates=rates, strict=strict, rejects_dir=rejects, whole_map=True)


def warn(done: Imported, files: Sequence[Path]) -> None:
    """Say on stderr which files were named twice, how many rows were set aside, and where they are."""
    from winloss.sources.files.problems import twice

    for problem in twice(files):
        typer.echo(problem.message, err=True)
    rejected = sum(tally.rejected for tally in done.intake.tallies.values())
    if rejected and done.intake.rejects:
        rows = "1 row" if rejected == 1 else f"{rejected:,} rows"
        typer.echo(f"{rows} could not be read and went to {done.intake.rejects}", err=True)


def _check_deals(command: str, intake: Intake) -> None:
    """UserError where files hold no deals: it says what they hold."""
    tally = intake.tallies.get("deals")
    if tally is not None and tally.rows:
        return
    asked = f"`winloss {command}` needs an export with a row for each deal and a column that tells how each ended"
    if tally is not None:
        raise UserError(f"{intake.source} holds a header and no rows: {asked}.")
    held = [
        f"{tally.rows:,} {'row' if tally.rows == 1 else 'rows'} of {_HELD.get(table, table)}"
        for table, tally in intake.tallies.items()
    ]
    how = "If these are deals, name that column in a map and give it with --map."
    raise UserError(f"{intake.source} holds {' and '.join(held) or 'nothing'} and no deals: {asked}. {how}")


@contextmanager
def opened(
    command: str, files: list[Path], place: Path | None, at: int | None, read: ImportOptions
) -> Iterator[tuple[View, str]]:
    """A version of a book, or of one that holds these files only, and what it is called."""
    from winloss import refresh
    from winloss.cli.progress import bar
    from winloss.store import Book

    if bool(files) == (place is not None):
        raise UserError(f"Give either files or --book: winloss {command} deals.csv, or winloss {command} --book book.")
    if place is not None:
        with Book.open(place).read(at) as view:
            yield view, place.resolve().name
        return
    if at is not None:
        raise UserError(f"--at is for a book: winloss {command} --book book --at 3.")
    with ExitStack() as open_files:
        with bar() as progress:
            book, imported = open_files.enter_context(refresh.passing_book(files, options=read, progress=progress))
        warn(imported, files)
        _check_deals(command, imported.intake)
        with book.read() as view:
            yield view, imported.intake.source.split(" + ")[0]

"""Options that every command that reads files has, and what it says of the reading."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from winloss.refresh import Imported, ImportOptions

MAP = typer.Option(None, "--map", help="A map file, as `winloss inspect --write-map` writes it.")
RATES = typer.Option(None, "--rates", help="Exchange rates (CSV or TOML), to add amounts of several currencies.")
STRICT = typer.Option(False, "--strict", help="Fail on the first bad row instead of setting bad rows aside.")
REJECTS = typer.Option(None, "--rejects", help="The folder for rejected rows; beside the file by default.")


def options(mapping: Path | None, rates: Path | None, strict: bool, rejects: Path | None) -> ImportOptions:
    """The options as refresh takes them."""
    from winloss.refresh import ImportOptions

    return ImportOptions(mapping=mapping, rates=rates, strict=strict, rejects_dir=rejects)


def warn_of_rejects(done: Imported) -> None:
    """Say on stderr how many rows were set aside, and where they are."""
    rejected = sum(tally.rejected for tally in done.intake.tallies.values())
    if rejected and done.intake.rejects:
        rows = "1 row" if rejected == 1 else f"{rejected:,} rows"
        typer.echo(f"{rows} could not be read and went to {done.intake.rejects}", err=True)

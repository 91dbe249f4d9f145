"""`winloss import`: land files in a book."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from winloss.cli import reading

if TYPE_CHECKING:
    from winloss.refresh import Imported

FILES = typer.Argument(..., metavar="FILE...", help="Exports of one CRM: deals, and what joins them.")
PLACE = typer.Option(Path("book"), "--book", help="The book's folder; made where it is not there.")
AS_JSON = typer.Option(False, "--json", help="Print JSON.")


def register(app: typer.Typer) -> None:
    """Add `import`."""
    app.command("import")(import_)


def import_(
    files: list[Path] = FILES,
    place: Path = PLACE,
    mapping: Path | None = reading.MAP,
    rates: Path | None = reading.RATES,
    strict: bool = reading.STRICT,
    rejects: Path | None = reading.REJECTS,
    as_json: bool = AS_JSON,
) -> None:
    """Land exports in a book: new deals are added, changed ones updated, nothing is doubled."""
    from winloss import refresh
    from winloss.cli.progress import bar
    from winloss.store import Book

    with bar() as progress:
        done = refresh.import_files(
            Book.create(place),
            files,
            options=reading.options(mapping, rates, strict, rejects),
            progress=progress,
        )
    reading.warn(done, files)
    if as_json:
        typer.echo(json.dumps(told(done), indent=1, ensure_ascii=False))
        return
    show(done, place)


def told(done: Imported) -> dict[str, Any]:
    """An import as plain values."""
    return {
        "version": done.manifest.version,
        "fresh": done.fresh,
        "tables": {
            name: {
                "rows": tally.rows,
                "rejected": tally.rejected,
                "new": done.landed[name].new,
                "changed": done.landed[name].changed,
                "unchanged": done.landed[name].unchanged,
                "folded": done.landed[name].folded,
            }
            for name, tally in done.intake.tallies.items()
            if name in done.landed
        },
        "rejects": str(done.intake.rejects) if done.intake.rejects else None,
    }


def show(done: Imported, place: Path) -> None:
    """Print what landed, a line a table."""
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("table")
    counts = ("rows", "new", "changed", "unchanged", "folded", "rejected")
    for name in counts:
        table.add_column(name, justify="right")
    for name, row in told(done)["tables"].items():
        table.add_row(name, *(f"{row[count]:,}" for count in counts))
    console = Console(width=80)
    console.print(table)
    if done.fresh:
        console.print(f"\nVersion {done.manifest.version} of the book at {place}.", highlight=False)
        console.print(f"Next: winloss report --book {place}", highlight=False)
    else:
        console.print(f"\nNothing had changed: version {done.manifest.version} stands.", highlight=False)

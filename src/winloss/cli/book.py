"""`winloss book`: the versions of a book, what each changed, taking the last one back, and letting old ones go."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from rich.table import Table

    from winloss.store import Manifest

PLACE = typer.Option(Path("book"), "--book", help="The book's folder.")
AS_JSON = typer.Option(False, "--json", help="Print JSON.")
KEEP = typer.Option(..., "--keep", min=1, help="How many versions to keep, the current one among them.")
AT = typer.Option(None, "--at", help="The version to show; the current one by default.")
COUNTS = ("new", "changed", "unchanged", "rejected", "folded")


def register(app: typer.Typer) -> None:
    """Add `book log`, `book undo`, `book show` and `book prune`."""
    book = typer.Typer(help="The versions of a book.", no_args_is_help=True, rich_markup_mode=None)
    book.command("log")(log)
    book.command("undo")(undo)
    book.command("show")(show)
    book.command("prune")(prune)
    app.add_typer(book, name="book")


def log(place: Path = PLACE, as_json: bool = AS_JSON) -> None:
    """List the versions of the book, newest first, with what each changed."""
    from winloss.store import Book

    manifests = Book.open(place).log()
    if as_json:
        _print_json([_version(manifest) for manifest in manifests])
    elif manifests:
        _print(_log_table(manifests))
    else:
        typer.echo(f"The book at {place} is empty: `winloss import FILE --book {place}` fills it.")


def undo(place: Path = PLACE, as_json: bool = AS_JSON) -> None:
    """Take back the last import that still stands; the old version stays readable with --at."""
    from winloss.store import Book

    after = Book.open(place).undo(made_at=datetime.now(UTC))
    if as_json:
        _print_json(_version(after))
        return
    rows = sum(entry.rows for entry in after.tables.values())
    typer.echo(
        f"Version {after.version}: {after.note}. The book holds {rows:,} rows, as in version {after.content_of}."
    )


def show(place: Path = PLACE, at: int | None = AT, as_json: bool = AS_JSON) -> None:
    """Show what one version of the book holds: its tables, sources and custom columns."""
    from winloss.store import Book

    manifest = Book.open(place).manifest(at)
    if as_json:
        _print_json(json.loads(manifest.to_json()))
        return
    typer.echo(_heading(place, manifest))
    if manifest.tables:
        _print(_tables(manifest))
    if manifest.sources:
        _print(_sources(manifest))
    if any(manifest.custom.values()):
        _print(_custom(manifest))


def prune(keep: int = KEEP, place: Path = PLACE, as_json: bool = AS_JSON) -> None:
    """Let old versions go for good, with the files that no version kept needs.

    Versions replaced within the last hour stay: somebody may be reading them.
    """
    from dataclasses import asdict

    from winloss.store import Book

    done = Book.open(place).prune(keep=keep, now=datetime.now(UTC))
    if as_json:
        _print_json(asdict(done))
        return
    freed = f"{done.bytes / 1e6:,.1f} MB in {done.files:,} {'file' if done.files == 1 else 'files'}"
    gone = f"{done.versions:,} {'version' if done.versions == 1 else 'versions'}"
    if done.files or done.versions:
        typer.echo(f"Let go of {gone}, which freed {freed}. The book keeps versions {done.first} to {done.last}.")
    elif done.last:
        typer.echo(f"Nothing to let go of: the book keeps versions {done.first} to {done.last}.")
    else:
        typer.echo(f"The book at {place} is empty.")
    if done.stuck:
        left = "1 file or folder" if done.stuck == 1 else f"{done.stuck:,} files and folders"
        typer.echo(f"{left} in {place} could not be removed: see to the rights of the folder, then run this again.")


def _version(manifest: Manifest) -> dict[str, Any]:
    """What a line of the log says, as plain values."""
    return {
        "version": manifest.version,
        "made_at": manifest.made_at.isoformat() if manifest.made_at else None,
        "program": manifest.program,
        "note": manifest.note,
        "content_of": manifest.content_of,
        "rows": {table: entry.rows for table, entry in manifest.tables.items()},
        "counts": _counts(manifest),
    }


def _counts(manifest: Manifest) -> dict[str, dict[str, int]]:
    """For each table that the version's own import touched: what became of its rows."""
    counts: dict[str, dict[str, int]] = {}
    for source in manifest.sources.values():
        if source.version != manifest.version:
            continue
        tallies = source.told.get("tallies") or {}
        for table, landed in source.landed.items():
            rejected = (tallies.get(table) or {}).get("rejected", 0)
            counts[table] = {name: rejected if name == "rejected" else getattr(landed, name) for name in COUNTS}
    return counts


def _log_table(manifests: tuple[Manifest, ...]) -> Table:
    table = _table("", "made (UTC)", "what")
    for manifest in manifests:
        told = [f"{name}: {_told(counts)}" for name, counts in _counts(manifest).items() if any(counts.values())]
        if manifest.content_of != manifest.version:
            told = [f"as version {manifest.content_of}" if manifest.content_of else "empty"]
        table.add_row(str(manifest.version), _when(manifest), "\n".join([manifest.note, *told]))
    return table


def _told(counts: dict[str, int]) -> str:
    return ", ".join(f"{number:,} {name}" for name, number in counts.items() if number)


def _heading(place: Path, manifest: Manifest) -> str:
    if not manifest.version:
        return f"The book at {place} is empty."
    return f"Version {manifest.version} of {place}, made {_when(manifest)} UTC by winloss {manifest.program}: {manifest.note}"


def _tables(manifest: Manifest) -> Table:
    table = _table("table", "rows", numbers=("rows",))
    for name, entry in manifest.tables.items():
        table.add_row(name, f"{entry.rows:,}")
    return table


def _sources(manifest: Manifest) -> Table:
    table = _table("source", "last import", "in version", numbers=("in version",))
    for name, source in manifest.sources.items():
        rows = "\n".join(f"{landed.rows:,} rows of {table}" for table, landed in source.landed.items() if landed.rows)
        table.add_row(name, rows, str(source.version))
    return table


def _custom(manifest: Manifest) -> Table:
    table = _table("custom column", "header", "used as")
    for column in [column for columns in manifest.custom.values() for column in columns]:
        table.add_row(column.name, column.label, str(column.use))
    return table


def _when(manifest: Manifest) -> str:
    return f"{manifest.made_at.astimezone(UTC):%Y-%m-%d %H:%M}" if manifest.made_at else ""


def _table(*headings: str, numbers: tuple[str, ...] = ()) -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for heading in headings:
        whole = heading in numbers or heading in {"", "made (UTC)"}
        table.add_column(
            heading, justify="right" if heading in numbers else "left", overflow="fold", no_wrap=whole, header_style=""
        )
    return table


def _print(table: Table) -> None:
    from rich.console import Console

    Console(highlight=False, markup=False, emoji=False).print(table)


def _print_json(value: Any) -> None:
    typer.echo(json.dumps(value, indent=1, ensure_ascii=False))

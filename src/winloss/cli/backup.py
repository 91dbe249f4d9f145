"""`winloss backup` and `winloss restore`: the whole installation as one file, and back."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from winloss.cli import web

if TYPE_CHECKING:
    from winloss.web.house.archive import Contents

FILE = typer.Argument(..., metavar="FILE", help="The backup: a tar packed with zstd, as backup.tar.zst.")
KEYS = typer.Option(
    False, "--with-keys", help="Put secret.keys in as well: whoever has the file can read every secret."
)


def register(app: typer.Typer) -> None:
    """Add `backup` and `restore`."""
    app.command("backup")(backup)
    app.command("restore")(restore)


def backup(file: Path = FILE, home: Path | None = web.HOME, with_keys: bool = KEYS) -> None:
    """Back up database, book, uploads and settings into one file, while people work; it is read back before it counts."""
    web.ready(home)
    from winloss.cli.progress import busy
    from winloss.web.house import backup as house
    from winloss.web.house.database import answering

    with answering(), busy("Backing up"):
        done = house.make(file, with_keys=with_keys)
    about, count = done.contents.about, len(done.contents.files)
    book = f"versions {about['book'][0]} to {about['book'][1]} of the book" if about["book"] else "no book yet"
    typer.echo(f"{file}: {count:,} files, {done.contents.bytes / 1e6:,.1f} MB as {done.bytes / 1e6:,.1f} MB, {book}.")
    typer.echo("Every file in it was read back and held against its digest.")
    if not with_keys:
        typer.echo(
            "Without secret.keys: keep a copy of that file somewhere else, or second factors cannot be read again."
        )
    if done.warning:
        typer.echo(f"winloss: {done.warning} `winloss audit verify` tells more.", err=True)


def restore(file: Path = FILE, home: Path | None = web.HOME) -> None:
    """Put a backup into an empty folder; every digest is held against the file before anything else happens."""
    web.installed()
    from winloss.cli.progress import busy
    from winloss.web.house import archive

    place = (home or Path(os.environ.get("WINLOSS_HOME", "winloss-home"))).resolve()
    with busy("Reading the backup"):
        archive.unpack(file, None)
    contents, given, warning = _into(file, place)
    versions = contents.about["book"]
    book = f"version {versions[1]} of the book is in force" if versions else "it holds no book"
    typer.echo(f"{place}: {len(contents.files):,} files of {contents.about['made_at'][:10]} restored; {book}.")
    for name in given:
        typer.echo(f"{name} stayed as it was put there.")
    if not contents.about["with_keys"] and "secret.keys" not in given and not os.environ.get("WINLOSS_SECRET_KEYS"):
        typer.echo(
            f"Next: put the copy of secret.keys into {place}; without it nobody with a second factor can sign in."
        )
    typer.echo(f"winloss: {warning}" if warning else "The audit log is whole.", err=bool(warning))


def _into(file: Path, place: Path) -> tuple[Contents, list[str], str]:
    """Unpack, bring to life and check, all in a passing folder; then put in place."""
    from winloss.web.house import archive, emptied

    with emptied.place_for(place) as work:
        contents = archive.unpack(file, work)
        given = emptied.keep_given(place, work)
        web.ready(work)
        from winloss.web.house import backup as house
        from winloss.web.house.database import answering

        with answering(fresh=True):
            return contents, given, house.finish(contents, work)

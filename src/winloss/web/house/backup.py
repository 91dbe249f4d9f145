"""The whole installation as one file, taken while people work, and put back with the same numbers.

First the database, then the book, then the uploads: what the database speaks of is there then. A job that ran meanwhile runs
again after a restore, and its effect is that of once.
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone

from winloss import __version__
from winloss.errors import UserError
from winloss.store import Book
from winloss.web import config as configuration
from winloss.web import keys
from winloss.web.audit import services as audit
from winloss.web.house import archive, backups, postgresql
from winloss.web.house.archive import Contents
from winloss.web.house.emptied import RESTORING

WORK = ".winloss-work-"
"""Begins the name of a passing folder in the home folder."""
_SQLITE = "winloss.sqlite3"
_NOT_TAKEN = frozenset({"book", "static", "results", "run", ".lock", RESTORING})
_STALE_S = 24 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A backup that was made, or was put back; `warning` is what somebody should look after."""

    contents: Contents
    bytes: int = 0
    warning: str = ""


def make(target: Path, *, with_keys: bool = False) -> Done:
    """Back the installation up into the file `target`, which is read back before it counts.

    Raises
    ------
    UserError
        Where the file is there already or lies in the home folder, the book is damaged, or the disk refuses.
    """
    home: Path = settings.CONFIG.home.resolve()
    if target.exists():
        raise UserError(f"{target} is there already: name a new file.")
    if target.resolve().is_relative_to(home):
        raise UserError(f"{target} lies in the home folder, and would be lost with it: name a file somewhere else.")
    if not target.resolve().parent.is_dir():
        raise UserError(f"There is no folder {target.resolve().parent}: make it, or name another.")
    audit.record("back up", told={"with_keys": with_keys})
    warning = _head(home)
    with _work(home) as folder:
        if (home / audit.HEADS).exists():
            shutil.copyfile(home / audit.HEADS, folder / audit.HEADS)
        kind = _database(folder)
        versions = _book(folder)
        _others(home, folder, with_keys=with_keys)
        at = timezone.now().isoformat(timespec="seconds")
        about = {
            "made_at": at,
            "program": __version__,
            "database": kind,
            "migrations": _applied(),
            "book": versions,
            "with_keys": with_keys,
        }
        contents = archive.pack(folder, target, about)
    size = target.stat().st_size
    backups.note(home, backups.Made(at=at, path=str(target.resolve()), bytes=size))
    return Done(contents=contents, bytes=size, warning=warning)


def _head(home: Path) -> str:
    proof = audit.verify(home / audit.HEADS)
    if proof.wrong:
        return f"Entry {proof.wrong_id} of the audit log does not fit: {proof.wrong}."
    audit.keep_head(proof, home / audit.HEADS)
    return ""


@contextmanager
def _work(home: Path) -> Iterator[Path]:
    """A folder on the disk of the home folder, gone afterwards; what a kill left of others goes as well."""
    for old in home.glob(f"{WORK}*"):
        if old.stat().st_mtime < timezone.now().timestamp() - _STALE_S:
            shutil.rmtree(old, ignore_errors=True)
    folder = home / f"{WORK}{uuid4().hex[:12]}"
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _database(folder: Path) -> str:
    """The database as of one moment; how it was written."""
    if connection.vendor == "postgresql":
        return postgresql.dump(folder)
    with (
        closing(sqlite3.connect(str(settings.DATABASES["default"]["NAME"]), timeout=20)) as source,
        closing(sqlite3.connect(folder / _SQLITE)) as target,
    ):
        source.backup(target)
        target.execute("PRAGMA journal_mode=DELETE")
        (said,) = target.execute("PRAGMA integrity_check").fetchone()
    if said != "ok":
        raise UserError(f"The database is damaged ({said[:100]}): restore it from an earlier backup.")
    return "sqlite"


def _book(folder: Path) -> list[int]:
    if not (settings.CONFIG.book / "CURRENT").exists():
        return []
    taken = Book.open(settings.CONFIG.book).snapshot(folder / "book")
    return [taken.first, taken.last]


def _others(home: Path, folder: Path, *, with_keys: bool) -> None:
    """Uploads, settings and whatever else lies there; not what can be computed again, and keys only where asked."""
    for place, folders, files in os.walk(home):
        here = Path(place)
        top, incoming = here == home, here == home / "uploads"
        folders[:] = [
            name
            for name in folders
            if not (top and (name in _NOT_TAKEN or name.startswith(WORK))) and not (incoming and name == "incoming")
        ]
        for name in files:
            own = name in _NOT_TAKEN or name.startswith(_SQLITE) or name == audit.HEADS
            if top and (own or (name == keys.FILE and not with_keys)):
                continue
            target = folder / here.relative_to(home) / name
            if top:  # small files that are written to; the others are never changed
                shutil.copyfile(here / name, target)
            else:
                archive.link(here / name, target)


def _applied() -> list[str]:
    return sorted(".".join(key) for key in MigrationLoader(connection).applied_migrations)


def finish(contents: Contents, work: Path) -> str:
    """Bring the unpacked installation to life, Django being set up on it; a warning, or "".

    Raises
    ------
    UserError
        Where a later winloss made the backup, or the database it needs is not there or not empty.
    """
    known = {".".join(key) for key in MigrationLoader(None).disk_migrations}
    if unknown := sorted(set(contents.about["migrations"]) - known):
        raise UserError(
            f"winloss {contents.about['program']} made this backup, and this is {__version__} ({unknown[0]} is unknown): "
            "install that version."
        )
    kind = contents.about["database"]
    if (kind == "sqlite") != (connection.vendor == "sqlite"):
        wanted = "no database_url" if kind == "sqlite" else "a database_url of an empty PostgreSQL database"
        raise UserError(
            f"This backup is of {_LABELS[kind]}: put a {configuration.FILE} with {wanted} into the folder first."
        )
    if kind != "sqlite":
        postgresql.load(work, kind, contents.about["migrations"])
    call_command("migrate", verbosity=0, interactive=False)
    call_command("createcachetable", verbosity=0)
    proof = audit.verify(work / audit.HEADS)
    audit.record("restore", told={"made_at": contents.about["made_at"], "files": len(contents.files)})
    connection.close()
    return f"Entry {proof.wrong_id} of the audit log does not fit: {proof.wrong}." if proof.wrong else ""


_LABELS: dict[Any, str] = {"sqlite": "SQLite", "pg_dump": "PostgreSQL", "rows": "PostgreSQL"}


def age(home: Path, now: dt.datetime) -> dt.timedelta | None:
    """How old the last backup is; None where there is none."""
    found = backups.made(home)
    return now - dt.datetime.fromisoformat(found[-1].at) if found else None

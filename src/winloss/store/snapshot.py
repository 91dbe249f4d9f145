"""The book as it stands at one moment, in a folder of its own, taken while others import, undo and prune.

Files of rows and manifests are never changed, only added and let go of, so they are linked, which takes no room and no time.
Where one was let go of meanwhile, all is taken anew.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from winloss.errors import UserError
from winloss.store import delta
from winloss.store.damage import RESTORE
from winloss.store.folder import Folder

_TRIES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Which versions were taken."""

    first: int
    last: int


def take(folder: Folder, place: Path) -> Snapshot:
    """Put the versions of a book that are kept into `place`, which is made; see `Book.snapshot`."""
    wrong: Exception | None = None
    for _ in range(_TRIES):
        shutil.rmtree(place, ignore_errors=True)
        last, first = folder.current(), folder.first
        try:
            _take(folder, place, first, last)
        except (FileNotFoundError, UserError) as error:
            wrong = error
            continue
        return Snapshot(first=first if last else 0, last=last)
    if isinstance(wrong, UserError):
        raise wrong
    raise UserError(f"Files of the book at {folder.path} are missing: {RESTORE}") from wrong


def _take(folder: Folder, place: Path, first: int, last: int) -> None:
    copy = Folder(place)
    for path in (copy.manifests, place / "tables", copy.people.parent, copy.staging):
        path.mkdir(parents=True, exist_ok=True)
    versions = range(first, last + 1) if last else ()
    manifests = [folder.read_manifest(version) for version in versions]
    for manifest in manifests:
        copy.write_manifest(manifest)
    entries = dict.fromkeys((name, entry.delta_version) for one in manifests for name, entry in one.tables.items())
    for name in dict.fromkeys(name for name, _ in entries):
        _link_log(folder.table(name), copy.table(name))
    for name, version in entries:
        for file in delta.names(folder.table(name), version):
            _link(folder.table(name) / file, copy.table(name) / file)
    with contextlib.suppress(FileNotFoundError):
        _link(folder.people, copy.people)
    copy.set_first(first)
    copy.set_current(last)
    shutil.rmtree(copy.staging)


def _link_log(table: Path, copy: Path) -> None:
    """The Delta log; the mark of the last checkpoint first, so that what it names is there when the rest is listed."""
    log, target = table / "_delta_log", copy / "_delta_log"
    target.mkdir(parents=True)
    mark = log / "_last_checkpoint"
    if mark.exists():
        shutil.copyfile(mark, target / mark.name)
    for path in _entries(log):
        _link(path, target / path.name)


def _entries(log: Path) -> Iterator[Path]:
    """Commits and checkpoints; not what is being written."""
    return (path for path in sorted(log.iterdir()) if path.name[:20].isdigit() and path.suffix in {".json", ".parquet"})


def _link(path: Path, target: Path) -> None:
    if target.exists():
        return
    try:
        os.link(path, target)
    except FileNotFoundError:
        raise
    except OSError:  # another disk, or one that knows no links
        shutil.copyfile(path, target)

"""Where the files of a book lie, and how they are swapped so that a kill at any moment does no harm.

CURRENT                    number of the version in force; swapped last
FIRST                      number of the oldest version that is kept; 1 where there is none
manifests/00000003.json    one a version
tables/deals/              a Delta table; its Parquet files are named after the version that wrote them
people/people.parquet      the only table with names; unversioned
staging/                   what a landing is writing; worthless once it has ended
kept/                      answers kept to be read instead of asked for again; may be deleted at any time
lock                       held by the one writer
"""

from __future__ import annotations

import contextlib
import os
import shutil
import uuid
from functools import lru_cache
from pathlib import Path

from winloss.errors import UserError
from winloss.store.manifest import Manifest

_OWN = frozenset({"CURRENT", "FIRST", "manifests", "tables", "people", "staging", "kept", "lock"})


@lru_cache(maxsize=8)
def _manifest_of(written: str) -> Manifest:
    """Read once: whoever shows pages asks for the version in force at every one of them."""
    return Manifest.from_json(written)


class Folder:
    """The files of one book."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.manifests = path / "manifests"
        self.staging = path / "staging"
        self.kept = path / "kept"
        self.people = path / "people" / "people.parquet"
        self.lock = path / "lock"
        self._current = path / "CURRENT"
        self._first = path / "FIRST"

    def table(self, name: str) -> Path:
        return self.path / "tables" / name

    @property
    def is_book(self) -> bool:
        return self._current.is_file()

    def make(self) -> None:
        """Make an empty book here, or go on where making one was interrupted.

        Raises
        ------
        UserError
            Where the folder holds something else, or cannot be written.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            if not {entry.name for entry in self.path.iterdir()} <= _OWN:
                raise UserError(f"{self.path} holds other files and is no book: name an empty or a new folder.")
            if any(self.manifests.glob("*.json")):
                raise UserError(_lost(self.path, self.newest))
            shutil.rmtree(self.kept, ignore_errors=True)
            for folder in (self.manifests, self.path / "tables", self.people.parent, self.staging):
                folder.mkdir(exist_ok=True)
            self.set_current(0)
        except OSError as error:
            raise UserError(f"No book can be made at {self.path}: {error.strerror or error}.") from error

    def current(self) -> int:
        """Number of the version in force."""
        try:
            written = self._current.read_bytes().strip()
        except FileNotFoundError as error:
            raise UserError(_lost(self.path, self.newest)) from error
        except OSError as error:
            raise UserError(f"The book at {self.path} cannot be read: {error.strerror or error}.") from error
        if not written.isdigit() or len(written) > 12:
            raise UserError(_lost(self.path, self.newest))
        return int(written)

    @property
    def newest(self) -> int:
        """The highest number that a manifest carries; 0 where there is none."""
        return max((int(p.stem) for p in self.manifests.glob("*.json") if p.stem.isdecimal()), default=0)

    def set_current(self, version: int) -> None:
        self._write(self._current, f"{version:08d}\n")

    @property
    def first(self) -> int:
        """Number of the oldest version that is kept."""
        try:
            written = self._first.read_bytes().strip()
        except FileNotFoundError:
            return 1
        return int(written) if written.isdigit() and len(written) <= 12 else 1

    def set_first(self, version: int) -> None:
        if version != self.first:
            self._write(self._first, f"{version:08d}\n")

    def rows_files(self) -> list[Path]:
        """The Parquet files of all tables."""
        return sorted(self.path.glob("tables/*/[0-9]*.parquet"))

    def manifest_files(self) -> list[Path]:
        return sorted(path for path in self.manifests.glob("[0-9]*.json") if path.stem.isdecimal())

    def read_manifest(self, version: int) -> Manifest:
        """The manifest of `version`; UserError where it is missing, damaged or of a later program."""
        if version == 0:
            return Manifest()
        path = self._manifest(version)
        try:
            manifest = _manifest_of(path.read_text(encoding="utf-8"))
            if manifest.version != version:
                raise UserError(f"it is of version {manifest.version}")
        except FileNotFoundError as error:
            raise UserError(f"The book at {self.path} lacks {path.name}: restore it from a backup.") from error
        except (OSError, UnicodeDecodeError, UserError) as error:
            raise UserError(f"Version {version} of the book at {self.path} cannot be read: {error}.") from error
        return manifest

    def write_manifest(self, manifest: Manifest) -> None:
        self._write(self._manifest(manifest.version), manifest.to_json() + "\n")

    def _manifest(self, version: int) -> Path:
        return self.manifests / f"{version:08d}.json"

    def _write(self, target: Path, content: str) -> None:
        self.staging.mkdir(exist_ok=True)
        draft = self.staging / f"{uuid.uuid4().hex}.tmp"
        draft.write_text(content, encoding="utf-8")
        self.swap(draft, target)

    def swap(self, draft: Path, target: Path) -> None:
        """Put `draft` in the place of `target`, whole and lasting or not at all."""
        target.parent.mkdir(parents=True, exist_ok=True)
        sync(draft)
        draft.replace(target)
        sync(target.parent)

    def adopt(self, staged: Path, table: str, version: int, number: int) -> Path:
        """Move a staged Parquet file among those of `table`, named after the version it belongs to.

        The random end keeps a second try at a version from writing the name that a killed try left in the log.
        """
        target = self.table(table) / f"{version:08d}-{number:04d}-{uuid.uuid4().hex[:8]}.parquet"
        self.swap(staged, target)
        return target

    def clean(self) -> None:
        """Remove what an interrupted landing left: files of versions after the current one belong to nobody."""
        current = self.current()
        shutil.rmtree(self.staging, ignore_errors=True)
        self.staging.mkdir(exist_ok=True)
        for path in (*self.rows_files(), *self.manifest_files()):
            number = path.stem.partition("-")[0]
            if number.isdecimal() and int(number) > current:
                path.unlink(missing_ok=True)


def sync(path: Path) -> None:
    """Wait until `path`, a file or a folder, is on the disk; folders cannot be waited for everywhere."""
    with contextlib.suppress(PermissionError, IsADirectoryError):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _lost(path: Path, newest: int) -> str:
    return (
        f"The book at {path} has lost which version is in force: "
        f"write {newest:08d}, its newest manifest, into {path / 'CURRENT'}."
    )

"""The book: a folder of facts, its versions, its one writer and its readers."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from winloss import __version__
from winloss.errors import UserError
from winloss.store.folder import Folder
from winloss.store.manifest import Manifest

if TYPE_CHECKING:  # the engines are loaded by who lands or reads: the log of a book needs none
    from winloss.store.forget import Forgotten
    from winloss.store.landing import Landing
    from winloss.store.prune import Pruned
    from winloss.store.snapshot import Snapshot
    from winloss.store.view import View
    from winloss.tables.traces import Traces

READ_MEMORY = "1GB"
READ_TIME = dt.timedelta(hours=1)
"""The longest that somebody reads one version, a report of millions of deals included."""


class Book:
    """A book on a local disk. `create` makes it, `open` takes what is there."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder

    @property
    def path(self) -> Path:
        return self._folder.path

    @classmethod
    def create(cls, path: Path) -> Book:
        """Make an empty book at `path`, or open the one that is there.

        Raises
        ------
        UserError
            Where the folder holds something else or cannot be written.
        """
        folder = Folder(path)
        if not folder.is_book:
            folder.make()
        return cls(folder)

    @classmethod
    def open(cls, path: Path) -> Book:
        """The book at `path`; UserError where there is none."""
        folder = Folder(path)
        if not folder.is_book:
            if folder.manifests.is_dir() and folder.newest:
                folder.current()
            if path.is_file():
                raise UserError(f"{path} is a file, and a book is a folder: give the file without --book.")
            raise UserError(f"There is no book at {path}: `winloss import FILE --book {path}` makes one.")
        return cls(folder)

    def manifest(self, version: int | None = None) -> Manifest:
        """One version of the book, the current one by default; version 0 is the empty book.

        Raises
        ------
        UserError
            Where there is no such version, or it cannot be read.
        """
        current, first = self._folder.current(), self._folder.first
        if version is None:
            version = current
        if version and not first <= version <= current:
            older = "; older ones were pruned" if first > 1 else ""
            raise UserError(
                f"The book at {self.path} has no version {version}: its versions are {first} to {current}{older}."
            )
        return self._folder.read_manifest(version)

    def log(self) -> tuple[Manifest, ...]:
        """All versions that are kept, newest first."""
        numbers = range(self._folder.current(), self._folder.first - 1, -1)
        return tuple(self._folder.read_manifest(version) for version in numbers)

    def undo(self, *, made_at: dt.datetime, of: int | None = None) -> Manifest:
        """Take back the last landing that still stands: a new version equal to the one before it.

        Undoing again takes back the landing before that, and so on to the empty book; what was taken back
        stays readable as its old version, and importing the file again lands it again.

        Parameters
        ----------
        made_at
            The instant of the version.
        of
            The version that whoever asks has seen in force; any where None.

        Raises
        ------
        UserError
            Where nothing stands that could be taken back, the version before was pruned, or another version than
            `of` is in force.
        """
        with self._writer():
            current = self.manifest()
            if of is not None and current.version != of:
                raise UserError(
                    f"The book has changed: version {current.version} is in force, not {of}. Look at it again."
                )
            if current.parent is None:
                raise UserError(f"The book at {self.path} is empty: there is nothing to undo.")
            before = self.manifest(current.parent)
            after = replace(
                before,
                version=current.version + 1,
                made_at=made_at,
                program=__version__,
                note=f"undo of {current.content_of}",
            )
            self._folder.write_manifest(after)
            self._folder.set_current(after.version)
            return after

    def prune(self, *, keep: int, now: dt.datetime) -> Pruned:
        """Let go of all versions but the last `keep`, the one in force among them, and of the files only they had.

        A version that was replaced less than `READ_TIME` before `now` stays as well: somebody may be reading it.

        Raises
        ------
        UserError
            Where `keep` is under 1, or a version to keep is damaged; nothing is removed then.
        """
        from winloss.store.prune import Pruned, prune

        if keep < 1:
            raise UserError("The version in force is always kept: keep 1 or more.")
        with self._writer():
            current, oldest = self._folder.current(), self._folder.first
            if not current:
                return Pruned(versions=0, files=0, bytes=0, stuck=0, first=0, last=0)
            first = max(oldest, current - keep + 1)
            while first > oldest and _replaced_lately(self.manifest(first), now):
                first -= 1
            return prune(self._folder, [self.manifest(version) for version in range(first, current + 1)])

    def forget(self, traces: Traces, ids: Sequence[str], *, look: bool = False) -> Forgotten:
        """Take a person out of every version that is kept and out of the table of people, for good.

        Parameters
        ----------
        traces
            How the person is written, and the id that takes the place.
        ids
            Ids of the person in the table of people.
        look
            Change nothing, only count what would be.

        Raises
        ------
        UserError
            Where another process writes the book, or a version is damaged. Run again, it does what is left.
        """
        from winloss.store import forget

        if look:
            return forget.look(self._folder, traces, ids)
        with self._writer():
            return forget.forget(self._folder, traces, ids)

    def snapshot(self, place: Path) -> Snapshot:
        """Everything that the versions kept are made of, put into the folder `place`, while others may write.

        Raises
        ------
        UserError
            Where a version is damaged, or old versions are let go of again and again meanwhile.
        """
        from winloss.store.snapshot import take

        return take(self._folder, place)

    def landing(self) -> AbstractContextManager[Landing]:
        """The writer's context; leaving it without a commit changes nothing.

        Raises
        ------
        UserError
            Where another process writes this book.
        """
        return self._landing()

    @contextmanager
    def _landing(self) -> Iterator[Landing]:
        from winloss.store.landing import Landing

        with self._writer():
            landing = Landing(self._folder)
            try:
                yield landing
            finally:
                landing.close()
                shutil.rmtree(self._folder.staging, ignore_errors=True)

    def read(
        self, version: int | None = None, *, memory_limit: str | None = None, threads: int | None = None
    ) -> AbstractContextManager[View]:
        """One version on an engine.

        Parameters
        ----------
        version
            The current one by default.
        memory_limit
            What the engine may hold before it spills to the system's temporary folder, as DuckDB writes it.
        threads
            How many threads the engine may use; all processors by default.
        """
        from winloss.store.view import open_view

        return open_view(
            self._folder, self.manifest(version), memory_limit=memory_limit or READ_MEMORY, threads=threads
        )

    @contextmanager
    def _writer(self) -> Iterator[None]:
        try:
            with FileLock(self._folder.lock, timeout=0):
                self._folder.clean()
                yield
        except Timeout as error:
            raise UserError(
                f"Another winloss is writing the book at {self.path}: wait until it has ended, and try again."
            ) from error
        except PermissionError as error:
            raise UserError(f"The book at {self.path} cannot be written: {error.strerror}.") from error


def _replaced_lately(after: Manifest, now: dt.datetime) -> bool:
    """Whether `after` took the place of the version before it within the time that a reader needs."""
    return after.made_at is not None and after.made_at > now - READ_TIME

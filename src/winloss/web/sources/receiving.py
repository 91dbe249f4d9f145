"""Files as they come in: written piece by piece to where they will stay, measured and digested on the way."""

from __future__ import annotations

import os
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import IO, Any

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import HttpRequest

from winloss.errors import UserError
from winloss.web.sources.places import free_name, safe_name

MOST_FILES = 20


class Received(UploadedFile):  # type: ignore[type-arg]  # takes none while it runs
    """One file that has come in whole and lies on the disk at `path`."""

    def __init__(self, path: Path, *, size: int, digest: str, content_type: str | None) -> None:
        super().__init__(name=path.name, content_type=content_type, size=size)
        self.path = path
        self.sha256 = digest

    def close(self) -> None:
        """Nothing is held open."""

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        with self.path.open("rb") as file:
            while piece := file.read(chunk_size or self.DEFAULT_CHUNK_SIZE):
                yield piece


class Receiver(FileUploadHandler):
    """Takes the files of one request; `refused` says why it stopped, "" where it did not."""

    chunk_size = 1 << 18

    def __init__(self, request: HttpRequest | None, folder: Path, *, most_mb: int) -> None:
        super().__init__(request)
        self.folder = folder
        self._most_mb = most_mb
        self._taken: set[str] = set()
        self._file: IO[bytes] | None = None
        self.refused = ""
        self.too_large = False

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self._close()
        if len(self._taken) >= MOST_FILES:
            self._refuse(f"At most {MOST_FILES} files can be uploaded together: choose the deals and what joins them.")
        name = free_name(safe_name(self.file_name or ""), self._taken)
        self._taken.add(name.casefold())
        self._path = self.folder / name
        self._file = os.fdopen(os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
        self._digest, self._size = sha256(), 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:  # noqa: ARG002  # Django's
        assert self._file is not None
        self._size += len(raw_data)
        if self._size > self._most_mb << 20:
            self.too_large = True
            self._refuse(f"{self._path.name} is larger than {self._most_mb:,} MB, the most that is taken. {_SMALLER}")
        self._digest.update(raw_data)
        self._file.write(raw_data)

    def file_complete(self, file_size: int) -> Received:  # noqa: ARG002  # what came is counted here
        assert self._file is not None
        self._file.flush()
        os.fsync(self._file.fileno())
        self._close()
        return Received(self._path, size=self._size, digest=self._digest.hexdigest(), content_type=self.content_type)

    def upload_interrupted(self) -> None:
        self._close()

    def _refuse(self, why: str) -> None:
        self._close()
        self.refused = why
        # The rest is read and thrown away: a browser that is cut off shows its own page, not the sentence.
        raise StopUpload(connection_reset=False)

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


_SMALLER = "Export a shorter time or fewer columns, or ask whoever runs winloss to raise the limit."


def media_of(path: Path, size: int) -> str:
    """What a file is by its first bytes; UserError where it is empty or nothing that deals come in."""
    from winloss.sources.files.content import kind_of

    if not size:
        raise UserError(f"{path.name} is empty (0 bytes): export it again.")
    if path.suffix.lower() == ".toml":
        return "toml"
    return kind_of(path)

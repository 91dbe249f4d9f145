"""Answers kept beside the book, to be read instead of asked for again.

Each is named after everything that it follows from: the files of the tables that are read, what its named questions mean, and the
words of the question. So an answer is never out of date; what is missing or damaged is asked for again, and all of it may be deleted.
"""

from __future__ import annotations

import contextlib
import hashlib
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

MOST = 12
"""Answers that are kept; the oldest go first."""
_DIGEST = 16
"""Bytes of the digest behind each answer."""
_STALE_S = 3600
"""A draft so much older than the last answer was left by a program that was stopped."""


class Kept:
    """The answers in a folder that follow from `stamp`."""

    def __init__(self, folder: Path, stamp: str) -> None:
        self._folder = folder
        self._stamp = stamp

    def find(self, words: str) -> pa.Table | None:
        """The answer to a question; None where it is not kept, or not as it was written. It is mapped, not read."""
        try:
            with pa.memory_map(str(self._path(words))) as file:
                whole = file.read_buffer()
            body, digest = whole.slice(0, whole.size - _DIGEST), whole.slice(whole.size - _DIGEST)
            if whole.size <= _DIGEST or _digest(body) != digest.to_pybytes():
                return None
            return pa.ipc.open_file(pa.BufferReader(body)).read_all()
        except (OSError, IndexError, pa.ArrowException):
            return None

    def keep(self, words: str, answer: pa.Table) -> None:
        """Keep an answer, whole or not at all; where the book cannot be written to it is not kept."""
        path = self._path(words)
        draft = path.with_name(f"{uuid.uuid4().hex}.tmp")
        with contextlib.suppress(OSError, pa.ArrowException):
            self._folder.mkdir(exist_ok=True)
            try:
                _write(draft, answer)
                draft.replace(path)
            finally:
                draft.unlink(missing_ok=True)
            self._tidy()

    def _tidy(self) -> None:
        by_age = sorted((path.stat().st_mtime, path) for path in self._folder.glob("*.arrow"))
        last = by_age[-1][0] - _STALE_S
        left = [path for path in self._folder.glob("*.tmp") if path.stat().st_mtime < last]
        for old in (*(path for _, path in by_age[:-MOST]), *left):
            old.unlink(missing_ok=True)

    def _path(self, words: str) -> Path:
        name = hashlib.sha256(f"{self._stamp}\0{words}".encode()).hexdigest()
        return self._folder / f"{name[:40]}.arrow"


def _digest(body: Any) -> bytes:
    return hashlib.blake2b(body, digest_size=_DIGEST).digest()


def _write(path: Path, answer: pa.Table) -> None:
    """The answer, and a digest of it behind: what a power cut left of the file is not taken for it."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, answer.schema) as writer:
        writer.write_table(answer)
    body = sink.getvalue()
    with path.open("wb") as file:
        file.write(body)
        file.write(_digest(body))


def coded(answer: pa.Table) -> pa.Table:
    """The same rows with text as codes into its distinct values, where these are few."""
    with ThreadPoolExecutor() as hands:
        columns = list(hands.map(_coded, answer.columns))
    return pa.table(dict(zip(answer.column_names, columns, strict=True)))


def _coded(column: Any) -> Any:
    whole = column.combine_chunks()
    # More than two gigabytes of text stay in chunks.
    if not pa.types.is_string(column.type) or isinstance(whole, pa.ChunkedArray):
        return whole
    found: Any = pc.dictionary_encode(whole)
    many = len(found.dictionary)
    if many > len(whole) // 2:
        return whole
    for kind, most in ((pa.int8(), 1 << 7), (pa.int16(), 1 << 15)):
        if many <= most:
            return pa.DictionaryArray.from_arrays(found.indices.cast(kind), found.dictionary)
    return found

"""Answers kept beside the book, to be read instead of asked for again.

Each is named after everything that it follows from: the version, what its named questions mean, and the words of the
question. So an answer is never out of date; what is missing or damaged is asked for again, and all of it may be deleted.
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


class Kept:
    """The answers in a folder that follow from `stamp`."""

    def __init__(self, folder: Path, stamp: str) -> None:
        self._folder = folder
        self._stamp = stamp

    def find(self, words: str) -> pa.Table | None:
        """The answer to a question; None where it is not kept. It is mapped, not read."""
        path = self._path(words)
        try:
            with pa.memory_map(str(path)) as file:
                return pa.ipc.open_file(file).read_all()
        except (OSError, pa.ArrowException):
            return None

    def keep(self, words: str, answer: pa.Table) -> None:
        """Keep an answer, whole or not at all; where the book cannot be written to it is not kept."""
        path = self._path(words)
        draft = path.with_name(f"{uuid.uuid4().hex}.tmp")
        with contextlib.suppress(OSError):
            self._folder.mkdir(exist_ok=True)
            try:
                with pa.OSFile(str(draft), "wb") as file, pa.ipc.new_file(file, answer.schema) as writer:
                    writer.write_table(answer)
                draft.replace(path)
            finally:
                draft.unlink(missing_ok=True)
            by_age = sorted(self._folder.glob("*.arrow"), key=lambda one: one.stat().st_mtime)
            for old in by_age[:-MOST]:
                old.unlink(missing_ok=True)

    def _path(self, words: str) -> Path:
        name = hashlib.sha256(f"{self._stamp}\0{words}".encode()).hexdigest()
        return self._folder / f"{name[:40]}.arrow"


def coded(answer: pa.Table) -> pa.Table:
    """The same rows with text as codes into its distinct values, where these are few."""
    with ThreadPoolExecutor() as hands:
        columns = list(hands.map(_coded, answer.columns))
    return pa.table(dict(zip(answer.column_names, columns, strict=True)))


def _coded(column: Any) -> Any:
    if not pa.types.is_string(column.type):
        return column.combine_chunks()
    found: Any = pc.dictionary_encode(
        pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], pa.string())
    )
    many = len(found.dictionary)
    if many > len(column) // 2:
        return column.combine_chunks()
    for kind, most in ((pa.int8(), 1 << 7), (pa.int16(), 1 << 15)):
        if many <= most:
            return pa.DictionaryArray.from_arrays(found.indices.cast(kind), found.dictionary)
    return found

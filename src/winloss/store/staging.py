"""Writing pages to Parquet files while they come, one page behind the reader of the source."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from winloss.store.parts import PART_ROWS, ROW_GROUP, Part

_GROUP_BYTES = 64 * 1024**2
"""A row group of long notes is cut here, so that memory stays bounded."""

_WAITING = 2
"""Row groups that may wait for the disk."""

_SAMPLE = 10_000


class Staging:
    """Rows on their way into the book, all in the same columns; text may be encoded, and is text in the files.

    Use as a context; `parts` is complete after `close`.
    """

    def __init__(self, folder: Path) -> None:
        self.parts: list[Part] = []
        self._folder = folder
        self._group: list[pa.Table] = []
        self._group_rows = self._group_bytes = 0
        self._file: pq.ParquetWriter | None = None
        self._path = folder
        self._file_rows = 0
        self._pool = ThreadPoolExecutor(max_workers=1)
        self._waiting: deque[Future[None]] = deque()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._pool.shutdown(cancel_futures=True)
        if self._file is not None:
            self._file.close()

    def write(self, rows: pa.Table) -> None:
        """Take `rows`, in order; they are written a row group at a time."""
        if not rows.num_rows:
            return
        self._group.append(rows)
        self._group_rows += rows.num_rows
        self._group_bytes += rows.nbytes
        if self._group_rows >= ROW_GROUP or self._group_bytes >= _GROUP_BYTES:
            self._hand_over()

    def flush(self) -> None:
        """Have what is left written, without waiting for it."""
        if self._group:
            self._hand_over()

    def close(self) -> None:
        """Write what is left, and wait for the disk."""
        self.flush()
        while self._waiting:
            self._waiting.popleft().result()
        self._end_file()

    def _hand_over(self) -> None:
        group = pa.concat_tables(self._group)
        self._group, self._group_rows, self._group_bytes = [], 0, 0
        while len(self._waiting) >= _WAITING:
            self._waiting.popleft().result()
        self._waiting.append(self._pool.submit(self._write_group, group))

    def _write_group(self, group: pa.Table) -> None:
        group = group.unify_dictionaries()
        if self._file is None:
            self._path = self._folder / f"{uuid4().hex}.parquet"
            self._file = _open(self._path, group)
        self._file.write_table(group, row_group_size=ROW_GROUP)
        self._file_rows += group.num_rows
        if self._file_rows >= PART_ROWS:
            self._end_file()

    def _end_file(self) -> None:
        if self._file is not None:
            self._file.close()
            self.parts.append(Part.of(self._path))
            self._file, self._file_rows = None, 0


def _open(path: Path, first: pa.Table) -> pq.ParquetWriter:
    """A file for rows such as the first ones.

    Only columns whose values repeat are worth a dictionary; their bounds would tell no row group of text from another.
    """
    repeating = {name for name in first.column_names if _repeats(first[name])}
    bounded = [name for name in first.column_names if name not in repeating or not _is_text(first[name].type)]
    # The columns are what the file says of itself: that rows came encoded is nobody's business.
    return pq.ParquetWriter(
        path,
        first.schema,
        use_dictionary=sorted(repeating),  # type: ignore[arg-type]  # stubs know bool alone
        write_statistics=bounded,
        store_schema=False,
    )


def _repeats(column: Any) -> bool:
    if pa.types.is_dictionary(column.type):
        return 2 * len(column.chunk(0).dictionary) < len(column)
    sample = column.slice(0, _SAMPLE)
    return bool(2 * pc.count_distinct(sample).as_py() < len(sample))


def _is_text(type_: pa.DataType) -> bool:
    return pa.types.is_string(type_) or pa.types.is_dictionary(type_)


def chunks(pages: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    """Pages joined or cut to tables of about a row group, in order."""
    waiting: list[pa.RecordBatch] = []
    rows = size = 0
    for page in chain.from_iterable(_cut(page) for page in pages):
        waiting.append(page)
        rows, size = rows + page.num_rows, size + page.nbytes
        if rows >= ROW_GROUP // 2 or size >= _GROUP_BYTES:
            yield pa.Table.from_batches(waiting)
            waiting, rows, size = [], 0, 0
    if waiting:
        yield pa.Table.from_batches(waiting)


def _cut(page: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    return (page.slice(at, ROW_GROUP) for at in range(0, page.num_rows, ROW_GROUP))

"""Batches put by for a second pass: in memory while small, beyond that in a temporary Arrow stream.

A stream, for in a file an encoded column has the same values in all batches.
"""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

IN_MEMORY_BYTES = 64 << 20


class Spill:
    """Append batches of one schema, then iterate over them as often as wanted."""

    def __init__(self, work_dir: Path | None = None) -> None:
        self._dir = work_dir
        self._held: list[pa.RecordBatch] = []
        self._held_bytes = 0
        self._path: Path | None = None
        self._writer: pa.RecordBatchStreamWriter | None = None

    def append(self, batch: pa.RecordBatch) -> None:
        if self._writer is not None:
            self._writer.write_batch(batch)
            return
        self._held.append(batch)
        self._held_bytes += batch.nbytes
        if self._held_bytes > IN_MEMORY_BYTES:
            self._to_disk()

    def _to_disk(self) -> None:
        # A folder of our own and a new file in it: some systems write a file that was emptied to the disk when it is
        # closed, and this one is gone before anybody would miss it.
        folder = Path(tempfile.mkdtemp(prefix="winloss-", dir=self._dir))
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        self._path = folder / "rows.arrow"
        self._writer = pa.ipc.new_stream(str(self._path), self._held[0].schema)
        for batch in self._held:
            self._writer.write_batch(batch)
        self._held = []

    def finish(self) -> None:
        """No more batches come."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        if self._path is None:
            yield from self._held
            return
        # Read, not mapped: mapped pages would count as memory of the process.
        with pa.OSFile(str(self._path), mode="rb") as opened, pa.ipc.open_stream(opened) as reader:
            yield from reader

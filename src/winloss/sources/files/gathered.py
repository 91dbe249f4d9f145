"""Rows that come one by one (sheets, JSON) gathered into batches of text columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import pyarrow as pa

from winloss.sources.files.buffers import compute as pc
from winloss.sources.files.tidy import Rows, blank_to_null

BATCH_ROWS = 20_000

Cells = Sequence[str | None]


def gather(rows: Iterable[tuple[int, Cells]], width: int) -> Iterator[Rows]:
    """Rows with their lines as columns, `width` cells each: missing ones are null."""
    held: list[Cells] = []
    lines: list[int] = []
    for line, cells in rows:
        held.append(cells)
        lines.append(line)
        if len(held) == BATCH_ROWS:
            yield _rows(held, lines, width)
            held, lines = [], []
    if held:
        yield _rows(held, lines, width)


def _rows(held: list[Cells], lines: list[int], width: int) -> Rows:
    columns = [pa.array([row[i] if i < len(row) else None for row in held], pa.string()) for i in range(width)]
    return Rows([blank_to_null(empty_to_null(column)) for column in columns], np.array(lines, np.int64))


def empty_to_null(column: pa.StringArray) -> pa.StringArray:
    """Cells of no length become null."""
    empty = pc.equal(pc.binary_length(column), 0)
    emptied: pa.StringArray = pc.if_else(empty, pa.scalar(None, pa.string()), column)
    return emptied


def text_of(value: str) -> str:
    """Text that can be stored: half of a surrogate pair becomes U+FFFD."""
    return value if value.isascii() else value.encode("utf-8", "surrogatepass").decode("utf-8", "replace")

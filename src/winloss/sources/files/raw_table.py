"""What a file holds before anything is made of it: text cells, the line of each row, and what was left out.

Every record of a file is accounted for: it is kept, rejected (with line and reason) or skipped (blank rows,
repeated headers, footers, title lines), and `rows == kept + rejected`.
"""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import pyarrow as pa

from winloss.errors import InternalError
from winloss.sources.files.spill import Spill

REJECTS_IN_MEMORY = 10_000
COLUMNS = 5_000
"""A table of more columns is refused."""
VALUE_SHOWN = 500
"""Characters of a rejected value that are kept."""

Progress = Callable[[int, int], None]
"""Called with the bytes read so far and the bytes in all."""


@dataclass(frozen=True, slots=True)
class RawBatch:
    """Some rows of a file.

    Attributes
    ----------
    columns
        All columns of the file, each `pa.string()`, or encoded as codes into its different values, the same way in all
        batches of a table; null is an empty cell. Whitespace alone is empty.
    lines
        The line of the file (1-based) on which each row begins; the row number in sheets and typed files.
    """

    columns: pa.RecordBatch
    lines: pa.Int64Array

    @property
    def num_rows(self) -> int:
        return self.columns.num_rows


@dataclass(frozen=True, slots=True)
class RawReject:
    """A row that could not be read: where it begins, what stands there, and why it was set aside."""

    line: int
    column: str | None
    value: str
    reason: str


class RejectLog:
    """The rejected rows in order; beyond 10,000 they go to a temporary file."""

    def __init__(self) -> None:
        self._first: list[RawReject] = []
        self._rest: IO[str] | None = None
        self._count = 0

    def add(self, reject: RawReject) -> None:
        self._count += 1
        if len(self._first) < REJECTS_IN_MEMORY:
            self._first.append(reject)
            return
        if self._rest is None:
            self._rest = tempfile.TemporaryFile("w+", encoding="utf-8", errors="surrogatepass")  # noqa: SIM115
        json.dump([reject.line, reject.column, reject.value, reject.reason], self._rest)
        self._rest.write("\n")

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[RawReject]:
        yield from self._first
        if self._rest is None:
            return
        self._rest.seek(0)
        lines = iter(self._rest.readline, "")
        for line in lines:
            yield RawReject(*json.loads(line))

    def __getitem__(self, index: int) -> RawReject:
        """The reject at `index`, of the first 10,000."""
        return self._first[index]

    def __del__(self) -> None:
        if self._rest is not None:
            self._rest.close()


@dataclass(slots=True)
class Ledger:
    """What one pass over a file counts."""

    kept: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    rejects: RejectLog = field(default_factory=RejectLog)
    notes: list[str] = field(default_factory=list)
    filled_down: Counter[str] = field(default_factory=Counter)
    """Header → blank cells that took the value of the row above."""

    def reject(self, line: int, value: str, reason: str, *, column: str | None = None) -> None:
        self.rejects.add(RawReject(line, column, value[:VALUE_SHOWN], reason))


Parse = Callable[[Ledger], Iterator[RawBatch]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What is known of a table before its rows are read.

    `encoding` and `delimiter` are None where the format has none; `header` is unique and free of blanks;
    `header_line` is 0 where no header stands in the file.
    """

    label: str
    format: str
    header: tuple[str, ...]
    header_line: int = 1
    encoding: str | None = None
    delimiter: str | None = None
    notes: tuple[str, ...] = ()


class RawTable:
    """One table of a file: its shape at once, its rows by `batches()` as often as wanted.

    The first complete pass parses the file and keeps the batches (beyond 64 MB in a temporary Arrow file);
    later passes read those. The counts are there after the first complete pass.
    """

    def __init__(self, shape: Shape, parse: Parse, *, work_dir: Path | None = None) -> None:
        self.shape = shape
        self._parse = parse
        self._work_dir = work_dir
        self._ledger: Ledger | None = None
        self._spill: Spill | None = None

    @property
    def label(self) -> str:
        return self.shape.label

    @property
    def work_dir(self) -> Path | None:
        return self._work_dir

    @property
    def format(self) -> str:
        return self.shape.format

    @property
    def encoding(self) -> str | None:
        return self.shape.encoding

    @property
    def delimiter(self) -> str | None:
        return self.shape.delimiter

    @property
    def header(self) -> tuple[str, ...]:
        return self.shape.header

    @property
    def header_line(self) -> int:
        return self.shape.header_line

    @property
    def notes(self) -> tuple[str, ...]:
        found = tuple(self._ledger.notes) if self._ledger else ()
        return self.shape.notes + found

    def batches(self) -> Iterator[RawBatch]:
        """The rows, some thousands at a time; UserError where the file turns out to be damaged."""
        if self._spill is not None:
            for batch in self._spill:
                lines: Any = batch.column(batch.num_columns - 1)
                yield RawBatch(batch.select(range(batch.num_columns - 1)), lines)
            return
        ledger, spill = Ledger(), Spill(self._work_dir)
        for read in self._parse(ledger):
            ledger.kept += read.num_rows
            spill.append(read.columns.append_column("line", read.lines))
            yield read
        spill.finish()
        self._ledger, self._spill = ledger, spill

    def drain(self) -> RawTable:
        """Read every row once, for the counts."""
        if self._ledger is None:
            for _ in self.batches():
                pass
        return self

    @property
    def _counts(self) -> Ledger:
        if self._ledger is None:
            raise InternalError("the counts of a file are known after its first complete pass")
        return self._ledger

    @property
    def skipped(self) -> dict[str, int]:
        """Records that are no rows: `blank`, `repeated_header`, `footer`, `title`, `summary`; absent where zero."""
        return {kind: count for kind, count in self._counts.skipped.items() if count}

    @property
    def filled_down(self) -> dict[str, int]:
        """Header → cells of a group that were filled from the first row of it; absent where zero."""
        return {header: count for header, count in self._counts.filled_down.items() if count}

    @property
    def rejects(self) -> RejectLog:
        return self._counts.rejects

    @property
    def kept(self) -> int:
        return self._counts.kept

    @property
    def rows(self) -> int:
        """Rows kept and rejected."""
        return self.kept + len(self.rejects)

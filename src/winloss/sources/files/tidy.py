"""Rows without what is no row: blank ones, repeated headers, and the footers of reports.

Every format goes through here, so that the counts mean the same everywhere. Nothing is dropped without a count,
and footers are quoted in the notes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from winloss.sources.files.arrow import array_of, filtered
from winloss.sources.files.buffers import buffer, concat_batches, each, is_encoded, mask
from winloss.sources.files.buffers import compute as pc
from winloss.sources.files.encoding import UNDECODABLE
from winloss.sources.files.raw_table import Ledger, RawBatch
from winloss.sources.files.signs import signs
from winloss.sources.files.values.blanks import is_sheet_error

ERRORS_IN_BLANK = 2
"""A row that holds at most so many errors of a spreadsheet and nothing else is blank."""
BLOCK_COLUMNS, BLOCK_CELLS = 4, 2
"""Columns from which a table may come in groups with a header each; filled cells that a title or the sums of one have."""
_SPACE_STARTS = np.isin(np.arange(256), [9, 10, 11, 12, 13, 28, 29, 30, 31, 32, 0xC2, 0xE1, 0xE2, 0xE3])
"""First bytes of white space in UTF-8, and of some other characters."""
TAIL_ROWS = 40
"""Rows at the end of a file among which footers are looked for."""

FIGURE = re.compile(r"[-+(]?\s*(?:[€$£¥₹]|[A-Za-z]{3}\s)?\s*\d[\d.,'\s\u00a0]*[%KkMm]?\s*(?:[€$£¥₹]|[A-Z]{3})?\)?")


@dataclass(frozen=True, slots=True)
class Rows:
    """Text columns in the order of the header, some of them encoded, null where blank, with the line of each row."""

    columns: list[Any]
    lines: npt.NDArray[np.int64]
    damaged: bool = False
    """Some cell may hold `UNDECODABLE`."""


def blank_to_null(column: Any) -> Any:
    """Cells of nothing but white space (NBSP too) become null."""
    if is_encoded(column):
        values = blank_to_null(column.dictionary)
        return column if values is column.dictionary else values.take(column.indices).dictionary_encode()
    data, offsets = buffer(column, 2, np.uint8), buffer(column, 1, np.int32)
    starts = offsets[column.offset : column.offset + len(column)]
    # Few cells begin with a space: looking at first bytes is ten times faster than at all cells.
    if not len(data) or not _SPACE_STARTS[np.take(data, starts, mode="clip")].any():
        return column
    space = pc.utf8_is_space(column)
    if not pc.any(space).as_py():
        return column
    return pc.if_else(space, pa.scalar(None, pa.string()), column)


class Tidier:
    """Tidies the rows of one table, batch by batch."""

    def __init__(self, header: Sequence[str], cells: Sequence[str], ledger: Ledger) -> None:
        self._names = list(header)
        self._header = [cell.strip() or None for cell in cells]
        self._ledger = ledger
        self._blocks = False
        self.footers: list[int] = []
        """The lines of the footers, once the last batch has passed."""

    def tidy(self, batches: Iterable[Rows]) -> Iterator[RawBatch]:
        """The rows that are rows; the last batch waits until it is known to be the last."""
        held: RawBatch | None = None
        for rows in batches:
            batch = self._batch(rows)
            if not batch.num_rows:
                continue
            if held is None or batch.num_rows >= TAIL_ROWS:
                if held is not None:
                    yield held
                held = batch
            else:
                held = _joined(held, batch)
        if held is not None:
            yield self._without_footers(held)

    def _batch(self, rows: Rows) -> RawBatch:
        columns = rows.columns
        drop = self._blank(columns, len(rows.lines))
        headers = self._headers(columns, len(rows.lines))
        drop |= headers
        self._blocks |= bool(headers.any())
        if self._blocks and len(columns) >= BLOCK_COLUMNS:
            drop |= self._around_blocks(columns, headers, drop)
        if rows.damaged:
            drop |= self._undecodable(columns, rows.lines, drop)
        batch = pa.RecordBatch.from_arrays(columns, names=self._names)
        lines = pa.array(rows.lines, pa.int64())
        if not drop.any():
            return RawBatch(batch, lines)
        return RawBatch(filtered(batch, ~drop), lines.filter(array_of(~drop)))

    def _blank(self, columns: list[Any], rows: int) -> npt.NDArray[np.bool_]:
        """Rows with nothing in them, or nothing but errors of a spreadsheet (`#REF!`)."""
        if sum(column.null_count == 0 for column in columns) > ERRORS_IN_BLANK:
            return np.zeros(rows, bool)
        nulls = np.zeros(rows, np.int32)
        for column in columns:
            if column.null_count:
                nulls += mask(column.is_null())
        blank: npt.NDArray[np.bool_] = nulls == len(columns)
        for row in np.flatnonzero(~blank & (nulls >= len(columns) - ERRORS_IN_BLANK)):
            blank[row] = all(_is_nothing(column[int(row)].as_py()) for column in columns)
        self._ledger.skipped["blank"] += int(blank.sum())
        return blank

    def _headers(self, columns: list[Any], rows: int) -> npt.NDArray[np.bool_]:
        """Rows that are the header again: every named column holds its own name."""
        same = np.zeros(rows, bool)
        named = [(column, cell) for column, cell in zip(columns, self._header, strict=False) if cell]
        if len(named) < 2 and len(columns) > 1:
            return same
        for index, (column, cell) in enumerate(named):
            found = mask(each(column, partial(_says, cell, trimmed=index > 0)))
            same = found if index == 0 else same & found
            if not same.any():
                return same
        self._ledger.skipped["repeated_header"] += int(same.sum())
        return same

    def _around_blocks(
        self, columns: list[Any], headers: npt.NDArray[np.bool_], gone: npt.NDArray[np.bool_]
    ) -> npt.NDArray[np.bool_]:
        """Where the header is repeated above every group: the titles of groups and the sums below them."""
        nulls = np.zeros(len(headers), np.int32)
        for column in columns:
            if column.null_count:
                nulls += mask(column.is_null())
        found = np.zeros(len(headers), bool)
        for row in np.flatnonzero((nulls >= len(columns) - BLOCK_CELLS) & ~gone):
            cells = [column[int(row)].as_py() for column in columns]
            titled = _is_lone(cells) and row + 1 < len(headers) and headers[row + 1]
            summed = cells[0] is None and all(cell is None or FIGURE.fullmatch(cell) for cell in cells)
            found[row] = titled or summed
            if found[row]:
                self._ledger.skipped["title" if titled else "summary"] += 1
        return found

    def _undecodable(
        self, columns: list[Any], lines: npt.NDArray[np.int64], gone: npt.NDArray[np.bool_]
    ) -> npt.NDArray[np.bool_]:
        bad = np.zeros(len(gone), bool)
        for name, column in zip(self._names, columns, strict=True):
            marked = mask(each(column, partial(pc.match_substring, pattern=UNDECODABLE)))
            for row in np.flatnonzero(marked & ~bad & ~gone):
                value = (column[int(row)].as_py() or "").replace(UNDECODABLE, "\ufffd")
                self._ledger.reject(int(lines[row]), value, "bytes that are no text", column=name)
            bad |= marked
        return bad & ~gone

    def _without_footers(self, batch: RawBatch) -> RawBatch:
        first = max(0, batch.num_rows - TAIL_ROWS)
        tail = batch.columns.slice(first).to_pydict().values()
        rows = list(zip(*tail, strict=True))
        lines: list[int] = batch.lines.slice(first).to_numpy().tolist()
        kept = _first_footer(rows, lines)
        if kept == len(rows):
            return batch
        self._note_footers(rows[kept:])
        self.footers.extend(lines[kept:])
        end = first + kept
        return RawBatch(filtered(batch.columns, np.arange(batch.num_rows) < end), batch.lines.slice(0, end))

    def _note_footers(self, footers: list[tuple[str | None, ...]]) -> None:
        self._ledger.skipped["footer"] += len(footers)
        for row in footers[:5]:
            shown = " | ".join(" ".join(cell.split()) for cell in row if cell)[:120]
            self._ledger.notes.append(f"footer skipped: {shown}")


def _says(cell: str, values: Any, *, trimmed: bool) -> Any:
    return pc.equal(pc.utf8_trim_whitespace(values) if trimmed else values, cell)


def _is_nothing(cell: str | None) -> bool:
    return cell is None or is_sheet_error(cell)


def _joined(first: RawBatch, second: RawBatch) -> RawBatch:
    columns = concat_batches([first.columns, second.columns])
    return RawBatch(columns, pa.concat_arrays([first.lines, second.lines]))


def _first_footer(rows: Sequence[Sequence[str | None]], lines: Sequence[int]) -> int:
    """Where the footers begin among the last rows of a file; their number where there are none."""
    first = _legal_block(rows, lines)
    while first and is_footer(rows[first - 1]):
        first -= 1
    return first


def _legal_block(rows: Sequence[Sequence[str | None]], lines: Sequence[int]) -> int:
    """Where the legal lines at the end begin, all that follows and the title above them behind a blank line included."""
    start = len(rows)
    while start and _is_lone(rows[start - 1]):
        start -= 1
    is_legal = signs().cells.legal.match
    legal = next((i for i in range(start, len(rows)) if is_legal((rows[i][0] or "").strip())), len(rows))
    if legal == len(rows):
        return legal
    return next((i for i in range(max(start, 1), legal) if lines[i] - lines[i - 1] > 1), legal)


def _is_lone(row: Sequence[str | None]) -> bool:
    """Nothing but the first of three cells or more."""
    return len(row) > 2 and row[0] is not None and not any(row[1:])


def _stands_below(label: str) -> bool:
    return any(line.match(label) for line in (signs().cells.footer, signs().cells.legal))


def is_footer(row: Sequence[str | None]) -> bool:
    """A line below a report: a label of totals, a legal line, or one or two sums where a row would have more."""
    filled = [(i, cell.strip()) for i, cell in enumerate(row) if cell]
    if not filled or len(row) < 2:
        return bool(filled) and _stands_below(filled[0][1])
    label, others = filled[0][1], [cell for _, cell in filled[1:]]
    if signs().cells.total.fullmatch(label.rstrip(": ")) and all(FIGURE.fullmatch(cell) for cell in others):
        return len(filled) * 2 <= len(row) + 2
    if len(filled) <= 2 and (len(row) > 3 or len(filled) == 1):
        if _stands_below(label):
            return True
        return filled[0][0] > 0 and len(row) > 3 and all(FIGURE.fullmatch(cell) for _, cell in filled)
    return False

"""XLSX, XLS, XLSB and ODS: one table a visible sheet, typed cells written as plain exact text."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from winloss.errors import UserError
from winloss.sources.files import zipguard
from winloss.sources.files.gathered import gather, text_of
from winloss.sources.files.layout import Header, find_header
from winloss.sources.files.raw_table import Ledger, Progress, RawBatch, RawTable, Shape
from winloss.sources.files.sheet_errors import with_errors
from winloss.sources.files.tidy import Tidier

SAMPLE_ROWS = 400
EXACT_BELOW = 10**15
"""Spreadsheets keep 15 digits of a number."""

_ZIP = b"PK"
_OLE_BYTES = 256 << 20


def open_workbook(path: Path, *, progress: Progress | None = None, work_dir: Path | None = None) -> list[RawTable]:
    """One table for every visible sheet that holds one; UserError where none does or the file is damaged."""
    with path.open("rb") as opened:
        zipped = opened.read(2) == _ZIP
    if zipped:
        zipguard.check(path)
    elif path.stat().st_size > _OLE_BYTES:
        raise UserError(f"{path.name} is an old workbook of more than 256 MB: save it as .xlsx or .csv.")
    sheets, left_out = _sheets(path)
    tables = [(name, header, rows) for name in sheets if (found := _header(path, name)) for header, rows in [found]]
    left_out += [f"sheet {name!r} is empty: not read" for name in sheets if name not in {t[0] for t in tables}]
    if not tables:
        raise UserError(f"{path.name} has no visible sheet with a table: open it and look which sheet holds the deals.")
    return [
        _table(path, name, header, tuple(left_out), alone=len(tables) == 1, progress=progress, work_dir=work_dir)
        for name, header, _ in tables
    ]


def _open(path: Path) -> CalamineWorkbook:
    return CalamineWorkbook.from_path(str(path))


def _guarded(path: Path, error: BaseException) -> UserError:
    """What to say of a workbook that its reader could not take."""
    if isinstance(error, PasswordError) or "assword" in str(error) or "ncrypted" in str(error):
        return UserError(f"{path.name} is protected by a password: save it without one and try again.")
    return UserError(f"{path.name} is damaged, cut short or no workbook: open it, save it as .xlsx and try again.")


def _is_reading_failure(error: BaseException) -> bool:
    # The reader is written in Rust: its panics derive from BaseException alone.
    return isinstance(error, (CalamineError, OSError, ValueError)) or type(error).__name__ == "PanicException"


def _sheets(path: Path) -> tuple[list[str], list[str]]:
    """Names of the visible sheets of cells, and notes on the others."""
    try:
        found = _open(path).sheets_metadata
    except BaseException as error:
        if _is_reading_failure(error):
            raise _guarded(path, error) from None
        raise
    cells = [sheet for sheet in found if sheet.typ == SheetTypeEnum.WorkSheet]
    visible = [sheet.name for sheet in cells if sheet.visible == SheetVisibleEnum.Visible]
    return visible, [f"sheet {s.name!r} is hidden: not read" for s in cells if s.name not in visible]


def _rows(path: Path, sheet: str) -> Iterator[tuple[int, list[Any]]]:
    """Rows of a sheet with their numbers."""
    try:
        opened: CalamineSheet = _open(path).get_sheet_by_name(sheet)
        left = opened.start[1] if opened.start else 0  # empty columns on the left are not given
        yield from with_errors(enumerate(opened.iter_rows(), start=1), path, sheet, left=left)
    except BaseException as error:
        if _is_reading_failure(error):
            raise _guarded(path, error) from None
        raise


def _header(path: Path, sheet: str) -> tuple[Header, list[list[str | None]]] | None:
    sample = [[text(cell) for cell in row] for _, row in islice(_rows(path, sheet), SAMPLE_ROWS)]
    header = find_header(sample)
    return (header, sample) if header.names else None


def _table(
    path: Path,
    sheet: str,
    header: Header,
    notes: tuple[str, ...],
    *,
    alone: bool,
    progress: Progress | None,
    work_dir: Path | None,
) -> RawTable:
    label = path.name if alone else f"{path.name} [{sheet}]"
    shape = Shape(
        label=label,
        format="workbook",
        header=header.names,
        header_line=0 if header.row is None else header.row + 1,
        notes=header.notes + notes,
    )
    return RawTable(shape, partial(_parse, path, sheet, header, progress), work_dir=work_dir)


def _parse(path: Path, sheet: str, header: Header, progress: Progress | None, ledger: Ledger) -> Iterator[RawBatch]:
    rows = _rows(path, sheet)
    for _, above in islice(rows, 0 if header.row is None else header.row):
        ledger.skipped["title" if any(text(cell) for cell in above) else "blank"] += 1
    if header.row is not None:
        next(rows)
    long_numbers = _LongNumbers(header)
    read = ((line, long_numbers.read(row)) for line, row in rows)
    yield from Tidier(header.names, header.cells, ledger).tidy(
        gather(_fitting(read, header, ledger), len(header.names))
    )
    ledger.notes.extend(long_numbers.notes())
    if progress:
        progress(path.stat().st_size, path.stat().st_size)


def _fitting(
    rows: Iterator[tuple[int, list[str | None]]], header: Header, ledger: Ledger
) -> Iterator[tuple[int, list[str | None]]]:
    """Rows without those that have cells to the right of the table."""
    width = len(header.names)
    for line, row in rows:
        beyond = [cell for cell in row[width:] if cell]
        if beyond:
            reached = max(i + 1 for i, cell in enumerate(row) if cell)
            shown = ",".join(cell or "" for cell in row)
            ledger.reject(line, shown, f"{reached} cells where the header has {width}")
        else:
            yield line, row


class _LongNumbers:
    """Reads rows as text and remembers columns of numbers longer than a spreadsheet keeps."""

    def __init__(self, header: Header) -> None:
        self._names = header.names
        self._found: dict[int, int] = {}

    def read(self, row: list[Any]) -> list[str | None]:
        for index, cell in enumerate(row):
            if isinstance(cell, (float, int)) and abs(cell) >= EXACT_BELOW:
                self._found[index] = self._found.get(index, 0) + 1
        return [text(cell) for cell in row]

    def notes(self) -> list[str]:
        return [
            f"{self._names[index]}: {count:,} {'number' if count == 1 else 'numbers'} of more than 15 digits lost the last "
            "ones in the spreadsheet; export such ids as text"
            for index, count in self._found.items()
            if index < len(self._names)
        ]


def text(cell: Any) -> str | None:
    """A cell as text: ISO dates, the shortest exact number, None where it is empty.

    >>> text(3500.0), text(0.1), text(True)
    ('3500', '0.1', 'true')
    """
    if isinstance(cell, str):
        return text_of(cell).strip() or None
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, (int, float)):
        return _number(cell)
    if isinstance(cell, dt.datetime):
        return cell.isoformat(sep=" ", timespec="auto") if cell.time() != dt.time() else cell.date().isoformat()
    if isinstance(cell, dt.timedelta):
        return _duration(cell)
    return None if cell is None else str(cell)


def _number(value: float) -> str | None:
    if value != value or value in (float("inf"), float("-inf")):  # noqa: PLR0124  # NaN alone differs from itself
        return None
    return str(int(value)) if value == int(value) else format(Decimal(repr(value)), "f")


def _duration(value: dt.timedelta) -> str:
    seconds = round(value.total_seconds())
    sign = "-" if seconds < 0 else ""
    return f"{sign}{abs(seconds) // 3600}:{abs(seconds) // 60 % 60:02}:{abs(seconds) % 60:02}"

"""Workbooks are ZIP archives: what they unpack to is measured before anything parses them.

Sizes written in the archive may lie, so parts that could unpack to much are unpacked once, in pieces that are
thrown away. A sheet is laid out in memory by its last row and column, so two cells far apart are a bomb too.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from winloss.errors import UserError

UNPACKED_BYTES = 2 << 30
RATIO = 400
"""Spreadsheets shrink by 5 to 100; beyond this ratio, in parts over 64 MB, it is a bomb."""
RATIO_FROM_BYTES = 64 << 20
PARTS = 20_000
CELLS = 40_000_000
"""Rows × columns of one sheet as laid out in memory."""
_PIECE = 1 << 20

_PLACE = re.compile(rb"""r\s*=\s*["']([A-Za-z]*)(\d*)["']""")
"""Where a row or a cell says it stands."""
_CELL_START = re.compile(rb"<(?:\w+:)?c[\s/>]")
_ROW_START = re.compile(rb"<(?:\w+:)?row[\s/>]")
_REPEATED = re.compile(
    rb"<table:table-row\b([^>]*)>|<table:(?:covered-)?table-cell\b([^>]*)/?>|</table:table-row>|<table:table\b"
)
_REPEATS = re.compile(rb'table:number-(?:rows|columns)-repeated="(\d{1,9})"')

_TO_CSV = "Save the sheet with the deals as CSV and try again."


def check(path: Path) -> None:
    """UserError where the archive at `path` is damaged, no workbook, or unpacks to more than can be read."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = {info.filename for info in archive.infolist()}
            if not names & {"xl/workbook.xml", "xl/workbook.bin", "content.xml"}:
                raise UserError(f"{path.name} is a ZIP archive, not a workbook: unpack it and name the file inside.")
            _check_sizes(path.name, archive.infolist())
            for info in archive.infolist():
                _check_part(path.name, archive, info)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError):
        raise UserError(f"{path.name} is damaged or cut short: export or copy it again.") from None


def _check_sizes(name: str, parts: list[zipfile.ZipInfo]) -> None:
    total = sum(part.file_size for part in parts)
    swollen = any(p.file_size > RATIO_FROM_BYTES and p.file_size > RATIO * max(p.compress_size, 1) for p in parts)
    if total > UNPACKED_BYTES or swollen or len(parts) > PARTS:
        size = f"{total / (1 << 30):.1f} GB" if total >= 1 << 30 else f"{total >> 20} MB"
        raise UserError(f"{name} unpacks to {size}, which is no ordinary workbook: it was not opened. {_TO_CSV}")


def _check_part(name: str, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> None:
    is_sheet = info.filename.startswith("xl/worksheets/") and info.filename.endswith(".xml")
    if is_sheet:
        _check_extent(name, _pieces(name, archive, info))
    elif info.filename == "content.xml":
        _check_repeats(name, _pieces(name, archive, info))
    elif info.compress_size > _PIECE // 16:
        for _ in _pieces(name, archive, info):
            pass


def _pieces(name: str, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[bytes]:
    """The part unpacked piece by piece; more than the archive says is an error."""
    unpacked = 0
    with archive.open(info) as part:
        while piece := part.read(_PIECE):
            unpacked += len(piece)
            if unpacked > UNPACKED_BYTES:
                raise UserError(f"{name} unpacks to more than 2 GB: it was not opened. {_TO_CSV}")
            yield piece


def _check_extent(name: str, pieces: Iterator[bytes]) -> None:
    """The last row and column that a sheet reaches, as long as it is laid out by them."""
    last_row = rows = last_column = 0
    rest = b""
    for piece in pieces:
        text = rest + piece
        rest = text[-256:]
        rows += piece.count(b"<row") + piece.count(b":row")
        places = _PLACE.findall(text)
        letters, numbers = {letters for letters, _ in places}, {number for _, number in places}
        if max(map(len, letters), default=0) > 3 or max(map(len, numbers), default=0) > 7:
            # Whoever computes with such a place may lose count.
            raise zipfile.BadZipFile("a cell stands nowhere")
        last_row = max(last_row, rows, *(int(number) for number in numbers if number))
        named = sum(1 for letters, _ in places if letters)
        last_column = max(last_column, _unnamed_cells(text, named), *map(_column_number, letters))
        if last_row * last_column > CELLS:
            raise UserError(f"{name} has a sheet of {last_row:,} rows × {last_column:,} columns: too large. {_TO_CSV}")


def _unnamed_cells(text: bytes, named: int) -> int:
    """The most cells of a row, where cells do not say where they stand; 0 where all do."""
    if text.count(b"<c ") + text.count(b"<c>") + text.count(b"<c/>") + text.count(b":c") <= named + 1:
        return 0
    return max(len(_CELL_START.findall(row)) for row in _ROW_START.split(text))


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _check_repeats(name: str, pieces: Iterator[bytes]) -> None:
    """OpenDocument writes equal cells once with a count: the sum of filled ones is what it unfolds to."""
    cells = in_row = 0
    repeats = 1
    rest = b""
    for piece in pieces:
        text = rest + piece
        cut = text.rfind(b"<") if len(text) < 2 * _PIECE else len(text)
        rest, text = text[cut:], text[:cut]
        for found in _REPEATED.finditer(text):
            row, cell = found.group(1), found.group(2)
            if row is not None:
                repeats, in_row = _repeats(row), 0
            elif cell is not None:
                in_row += _repeats(cell) if b"value-type" in cell else 0
            else:
                cells += in_row * repeats
                in_row = 0
            if cells + in_row * repeats > CELLS:
                raise UserError(f"{name} has a sheet of more than {CELLS:,} cells: too large. {_TO_CSV}")


def _repeats(attributes: bytes) -> int:
    found = _REPEATS.search(attributes)
    return int(found.group(1)) if found else 1

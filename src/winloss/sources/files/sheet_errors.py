"""The cells of a workbook that hold an error (`#N/A`, `#REF!`): the reader of sheets gives them as blank.

They are found in the XML of an XLSX sheet, read in pieces beside the rows.
"""

from __future__ import annotations

import html
import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PIECE_BYTES = 1 << 20
ROW_BYTES = 16 << 20
"""Behind a longer row no more errors are looked for."""

Place = tuple[int, int, str]
"""Row and column, both from 1, and the error as written."""

_SHEET = re.compile(r"<(?:\w+:)?sheet\s[^>]*>")
_RELATION = re.compile(r"<(?:\w+:)?Relationship\s[^>]*>")
_ERROR = re.compile(
    rb"""<(?:\w+:)?c\s(?=[^>]*\bt\s*=\s*["']e["'])[^>]*\br\s*=\s*["']([A-Z]{1,3})(\d{1,7})["'][^>]*(?<!/)>"""
    rb"(?:(?!</(?:\w+:)?c>).)*?<(?:\w+:)?v>([^<]{2,20})</",
    re.S,
)
"""`<c r="D5" t="e"><f>...</f><v>#N/A</v></c>`: column, row and error."""
_ROW_END = re.compile(rb"</(?:\w+:)?row>")
_WRONG = (zipfile.BadZipFile, zlib.error, EOFError, KeyError, OSError, NotImplementedError)


Row = tuple[int, list[Any]]
"""A row's number, from 1, and its cells."""


def with_errors(rows: Iterator[Row], path: Path, sheet: str, *, left: int) -> Iterator[Row]:
    """Rows with the errors of a sheet put where its reader left blanks.

    Parameters
    ----------
    rows
        In their order.
    path, sheet
        The workbook and the sheet they come from.
    left
        How many columns of the sheet stand left of the first cell of each row.
    """
    places = _places(path, sheet)
    place = next(places, None)
    for line, row in rows:
        while place is not None and place[0] <= line:
            if place[0] == line and 0 < place[1] - left <= len(row):
                row[place[1] - left - 1] = place[2]
            place = next(places, None)
        yield line, row


def _places(path: Path, sheet: str) -> Iterator[Place]:
    """Every error of a sheet, row by row; none where the workbook is no XLSX."""
    try:
        with zipfile.ZipFile(path) as archive:
            part = _part(archive, sheet)
            if part is not None:
                with archive.open(part) as opened:
                    yield from _found(opened)
    except _WRONG:
        return


def _part(archive: zipfile.ZipFile, sheet: str) -> str | None:
    """The name of the part that holds a sheet."""
    if not {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= set(archive.namelist()):
        return None
    book = archive.read("xl/workbook.xml").decode("utf-8", "replace")
    relations = archive.read("xl/_rels/workbook.xml.rels").decode("utf-8", "replace")
    key = next((_said(tag, "id") for tag in _SHEET.findall(book) if _said(tag, "name") == sheet), None)
    target = next((_said(tag, "Target") for tag in _RELATION.findall(relations) if _said(tag, "Id") == key), None)
    return None if target is None else posixpath.normpath(posixpath.join("/xl", target)).lstrip("/")


def _said(tag: str, attribute: str) -> str | None:
    found = re.search(rf"""\s(?:\w+:)?{attribute}\s*=\s*(?:"([^"]*)"|'([^']*)')""", tag)
    return None if found is None else html.unescape(found[1] if found[1] is not None else found[2])


def _found(opened: Any) -> Iterator[Place]:
    rest = b""
    while piece := opened.read(PIECE_BYTES):
        text = rest + piece
        cut = max((found.end() for found in _ROW_END.finditer(text, max(0, len(rest) - 16))), default=0)
        if b'"e"' in text or b"'e'" in text:
            for letters, row, error in _ERROR.findall(text, 0, cut):
                yield int(row), _column(letters), html.unescape(error.decode("ascii", "replace"))
        rest = text[cut:]
        if len(rest) > ROW_BYTES:
            return


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number

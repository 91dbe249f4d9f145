"""Every table that leaves the web application as a file goes through here: streamed, and harmless to a spreadsheet."""

from __future__ import annotations

import csv
import datetime as dt
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.http import StreamingHttpResponse

from winloss.tables.escape import safe_cell

_MARK = "\ufeff"
"""Spreadsheets take a file that begins so for UTF-8."""
_ROWS = 500
"""Lines sent at once."""


class _Echo:
    def write(self, line: str) -> str:
        return line


def csv_response(name: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> StreamingHttpResponse:
    """A table as a CSV file to keep, sent while it is made.

    Parameters
    ----------
    name
        What the file is called, without its ending.
    columns
        The header.
    rows
        Cells of each row: text, numbers, dates, instants, booleans or None (a blank).
        Text that a spreadsheet would run as a formula is made harmless.
    """
    response = StreamingHttpResponse(_sent(columns, rows), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{_file_name(name)}.csv"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _sent(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    writer = csv.writer(_Echo())
    lines = [_MARK, writer.writerow([safe_cell(column) for column in columns])]
    for row in rows:
        lines.append(writer.writerow([cell(value) for value in row]))
        if len(lines) >= _ROWS:
            yield _bytes(lines)
            lines = []
    if lines:
        yield _bytes(lines)


def _bytes(lines: Sequence[str]) -> bytes:
    return "".join(lines).encode("utf-8", "replace")


def cell(value: Any) -> Any:
    """A value as it stands in a file."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return value
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat(*((" ", "seconds") if isinstance(value, dt.datetime) else ()))
    return safe_cell(str(value).replace("\0", ""))


def _file_name(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.") or "export"

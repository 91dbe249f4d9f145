"""Where the table begins: the delimiter and quotes of a text file, and the header row below titles.

Works on a sample of rows as text; knows no file.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

DELIMITERS = (",", ";", "\t", "|")
HEADER_WITHIN = 60
"""Rows from the top among which the header is looked for."""
HEADER_FILLED = 0.6
"""Share of the cells that rows usually fill, from which a row may be the header."""

Row = Sequence[str | None]

_SEP_LINE = re.compile(r"\"?sep=(.)\"?[,;\t|]*\r?\n", re.I)
_VALUE = re.compile(
    r"""[-+(]?\s*(?:[€$£¥₹]|[A-Z]{3}\s)?\s*\d[\d.,'\s]*\s*[%€$£KkMm)]?\s*$   # a number or an amount
      | \d{1,4}[-./]\d{1,2}[-./]\d{1,4}.*$                                    # a date
      | (?:true|false|yes|no)$
    """,
    re.X | re.I,
)


@dataclass(frozen=True, slots=True)
class Dialect:
    """How cells are parted and quoted; `escaped` where a backslash stands before a quote inside quotes."""

    delimiter: str
    quote: str = '"'
    escaped: bool = False
    skip_lines: int = 0
    """Lines that only say the delimiter (`sep=;`)."""


@dataclass(frozen=True, slots=True)
class Header:
    """Names of the columns, made unique; the sample row they stand in (None: there is none), and what to say."""

    names: tuple[str, ...]
    cells: tuple[str, ...]
    row: int | None
    notes: tuple[str, ...] = ()


def sniff(sample: str) -> Dialect:
    """The dialect of a text, from its first lines; whole lines are expected."""
    named = _SEP_LINE.match(sample)
    if named:
        return _quoting(sample[named.end() :], named.group(1), skip_lines=1)
    counted = {d: _fit(sample, d) for d in DELIMITERS}
    best = max(DELIMITERS, key=lambda d: (counted[d], -DELIMITERS.index(d)))
    return _quoting(sample, best if counted[best] > 0 else ",")


def split(sample: str, dialect: Dialect, *, limit: int = 400) -> list[list[str]]:
    """The first rows of `sample`; blank lines are empty rows."""
    return [row for row, _ in numbered(sample, dialect, limit=limit)]


def numbered(sample: str, dialect: Dialect, *, limit: int = 400) -> list[tuple[list[str], int]]:
    """The first rows of `sample`, each with the number of its last line (1-based)."""
    escape = "\\" if dialect.escaped else None
    lines = io.StringIO(sample.replace("\0", " "), newline="")
    reader = csv.reader(lines, delimiter=dialect.delimiter, quotechar=dialect.quote, escapechar=escape)
    rows: list[tuple[list[str], int]] = []
    # A cell longer than the csv module takes ends the sample; the reader proper has its own limit.
    with suppress(csv.Error):
        while len(rows) < limit and (row := next(reader, None)) is not None:
            rows.append((row, reader.line_num))
    return rows


def _fit(sample: str, delimiter: str) -> float:
    """How well rows agree on their number of cells, and the header with them; 0 where nothing is parted."""
    rows = [row for row in split(sample, Dialect(delimiter)) if any(cell.strip() for cell in row)]
    if not rows:
        return 0.0
    width, count = Counter(len(row) for row in rows).most_common(1)[0]
    widest = max((len(row) for row in rows[:HEADER_WITHIN]), default=0)
    if width == 1 and widest == 1:
        return 0.0
    head = _head(rows, max(width, 2))
    agree = count / len(rows) if width > 1 else 0.05
    named = sum(bool(cell.strip()) and not _VALUE.match(cell.strip()) for cell in head) / len(head)
    first = 0.5 if len(head) > 1 and rows.index(head) < HEADER_WITHIN else 0.0
    quoted = 0.2 if f'"{delimiter}"' in sample else 0.0
    return agree + first * named + quoted + 0.3 * min(width, 30) / 30


def _head(rows: list[list[str]], width: int) -> list[str]:
    """The first row of this width below titles and groups of columns, which leave most of their cells blank."""
    wide = [row for row in rows if len(row) == width]
    enough = round(_usual_width(wide) * HEADER_FILLED)
    return next((row for row in wide if _filled(row) >= enough), wide[0] if wide else rows[0])


def _quoting(sample: str, delimiter: str, *, skip_lines: int = 0) -> Dialect:
    quote = '"'
    if '"' not in sample and sample.count(f"'{delimiter}'") > sample.count("\n"):
        quote = "'"
    escaped = f"\\{quote}" in sample and _ragged(sample, Dialect(delimiter, quote)) > _ragged(
        sample, Dialect(delimiter, quote, escaped=True)
    )
    return Dialect(delimiter, quote, escaped, skip_lines)


def _ragged(sample: str, dialect: Dialect) -> int:
    widths = Counter(len(row) for row in split(sample, dialect))
    return widths.total() - max(widths.values(), default=0)


def find_header(rows: Sequence[Row]) -> Header:
    """The row that names the columns, below a title block; made-up names where every row holds values."""
    filled = [_filled(row) for row in rows[:HEADER_WITHIN]]
    usual = _usual_width(rows)
    if not any(filled):
        return Header((), (), None)
    enough = max(1, min(max(filled), max(2, round(usual * HEADER_FILLED))))
    at = next(i for i, count in enumerate(filled) if count >= enough)
    width = max(_reach(rows[at]), _common_reach(rows[at + 1 :]))
    if _holds_values(rows, at):
        names = tuple(f"column_{i + 1}" for i in range(width))
        return Header(names, (), None, ("no header row was found: the columns are numbered",))
    cells = tuple(_clean(cell) for cell in rows[at][:width])
    cells += ("",) * (width - len(cells))
    names, notes = _unique(cells)
    return Header(names, cells, at, notes)


def _filled(row: Row) -> int:
    return sum(bool(cell and cell.strip()) for cell in row)


def _reach(row: Row) -> int:
    """Cells up to the last filled one."""
    return max((i + 1 for i, cell in enumerate(row) if cell and cell.strip()), default=0)


def _usual_width(rows: Sequence[Row]) -> int:
    """Filled cells that rows usually have: the median of the rows with more than a title's."""
    counts = sorted(count for row in rows if (count := _filled(row)) > 1) or [1]
    return counts[len(counts) // 2]


def _common_reach(rows: Sequence[Row]) -> int:
    """The reach that at least half of the rows have: some rows with one cell too many do not widen the table."""
    reaches = sorted((reach for row in rows if (reach := _reach(row))), reverse=True)
    return reaches[len(reaches) // 2] if reaches else 0


def _holds_values(rows: Sequence[Row], at: int) -> bool:
    """Most cells are numbers or dates, as in the rows below: no header."""
    cells = [(i, cell.strip()) for i, cell in enumerate(rows[at]) if cell and cell.strip()]
    values = [i for i, cell in cells if _VALUE.match(cell) and not re.fullmatch(r"(?:19|20)\d\d", cell)]
    if len(values) * 3 < len(cells) or not values:
        return False
    below = [row for row in rows[at + 1 : at + 20] if _filled(row) > 1]
    alike = sum(any(i < len(row) and row[i] and _VALUE.match((row[i] or "").strip()) for i in values) for row in below)
    return bool(below) and alike * 2 > len(below)


def _clean(cell: str | None) -> str:
    return re.sub(r"\s+", " ", (cell or "").replace("\ufeff", "")).strip()


def _unique(cells: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    names: list[str] = []
    taken: set[str] = set()
    notes: list[str] = []
    reserved = set(cells)
    for index, cell in enumerate(cells):
        name = cell or f"column_{index + 1}"
        if name in taken or (not cell and name in reserved):
            name = _next_free(name, taken | reserved)
        if not cell:
            notes.append(f"column {index + 1} has no header: called {name}")
        elif name != cell:
            notes.append(f"two columns are called {cell!r}: column {index + 1} is called {name!r}")
        taken.add(name)
        names.append(name)
    return tuple(names), tuple(notes)


def _next_free(name: str, taken: set[str]) -> str:
    number = 2
    while f"{name} ({number})" in taken:
        number += 1
    return f"{name} ({number})"

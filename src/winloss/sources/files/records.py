"""Delimited text cut into chunks of whole records, with broken quoting repaired on the way.

Where every quote opens at the start of a cell and closes at its end, a line end is the end of a record when an
even number of quotes stands before it; numpy finds that at the speed of memory. A record that breaks this rule is
read leniently, cell by cell, and written back well-formed, or rejected and replaced by as many blank lines as
it had: so the line numbers of all other rows stay true.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from winloss.errors import UserError
from winloss.sources.files.layout import Dialect

RECORD_BYTES = 16 << 20
"""A longer line or record is refused."""
_LENIENT_BYTES = 1 << 20
"""How far a quote may reach that is not closed as it should be."""

Reject = Callable[[int, str, str], None]
"""Called with the line, the text and the reason."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Whole records as UTF-8, the line of the first, line ends, and how many lines stand for rejected records."""

    text: bytes
    first_line: int
    line_ends: int
    blanked: int = 0


@dataclass(frozen=True, slots=True)
class Grammar:
    """The dialect as bytes, with the patterns of its cells."""

    delimiter: bytes
    quote: bytes
    width: int
    closed: re.Pattern[bytes]
    """A quoted cell that is closed as it should be."""
    on_line: re.Pattern[bytes]
    """A quoted cell that ends on its line, whatever quotes stand in it."""
    ending: re.Pattern[bytes]
    """A quote before a delimiter or the end of a line."""
    opening: re.Pattern[bytes]
    """A quote at the start of a cell."""
    bare: re.Pattern[bytes]

    @classmethod
    def of(cls, dialect: Dialect, width: int) -> Grammar:
        d, q = dialect.delimiter.encode(), dialect.quote.encode()
        rd, rq = re.escape(d), re.escape(q)
        space = b"[ ]*+" if d == b"\t" else b"[ \\t]*+"
        after = space + b"(?=" + rd + rb"|\r?\n|\Z)"
        return cls(
            delimiter=d,
            quote=q,
            width=width,
            closed=re.compile(space + rq + b"((?:[^" + rq + b"]++|" + rq + rq + b")*+)" + rq + after),
            on_line=re.compile(space + rq + b"([^\\n]*?)" + rq + after),
            opening=re.compile(b"(?:^|" + rd + b")" + space + rq),
            ending=re.compile(rq + after),
            bare=re.compile(b"[^" + rd + b"\\n]*+"),
        )


@dataclass(frozen=True, slots=True)
class Lenient:
    """One record read cell by cell: its cells, and where it ends (after its line end)."""

    cells: list[bytes]
    end: int


def read_leniently(text: bytes, at: int, grammar: Grammar) -> Lenient | None:
    """The record of `text` that begins at `at`; None where no reading gives it the table's width.

    Tried in turn: quotes as they should be; quotes within a quoted cell of several lines; a quote that opens
    and never closes taken as text, on one line.
    """
    if (found := _unquoted(text, at, grammar)) is not None:
        return found
    attempts: list[Lenient] = []
    for reach in ("closed", "lines", "line"):
        found = _record(text, at, grammar, reach)
        if len(found.cells) == grammar.width:
            return found
        attempts.append(found)
    for found in attempts:
        if len(found.cells) < grammar.width and text.count(b"\n", at, found.end) <= 1:
            return found
    return None


def _unquoted(text: bytes, at: int, grammar: Grammar) -> Lenient | None:
    """A line in which no quote opens a cell: its quotes are text (`5" pipe`)."""
    end = text.find(b"\n", at) + 1 or len(text)
    line = text[at:end].rstrip(b"\r\n")
    if grammar.opening.search(line):
        return None
    cells = line.split(grammar.delimiter)
    return Lenient(cells, end) if len(cells) == grammar.width else None


def _record(text: bytes, at: int, grammar: Grammar, reach: str) -> Lenient:
    cells: list[bytes] = []
    while True:
        cell, at = _cell(text, at, grammar, reach)
        cells.append(cell)
        if not text.startswith(grammar.delimiter, at):
            break
        at += len(grammar.delimiter)
    at = text.find(b"\n", at) + 1 or len(text)
    return Lenient(cells, at)


def _cell(text: bytes, at: int, grammar: Grammar, reach: str) -> tuple[bytes, int]:
    found = grammar.closed.match(text, at)
    if found and (reach != "line" or b"\n" not in found.group(1)):
        return found.group(1).replace(grammar.quote * 2, grammar.quote), found.end()
    if found := grammar.on_line.match(text, at, at + _LENIENT_BYTES):
        return found.group(1), found.end()
    opened = _opening(text, at, grammar)
    if reach == "lines" and opened and (end := grammar.ending.search(text, opened, at + _LENIENT_BYTES)):
        return text[opened : end.start()], end.end()
    bare = grammar.bare.match(text, at)
    assert bare is not None  # the pattern matches the empty text
    return bare.group().rstrip(b"\r"), bare.end()


def _opening(text: bytes, at: int, grammar: Grammar) -> int:
    """Where the content begins when a quote opens at `at`; 0 where none does."""
    start = at
    while text[start : start + 1] == b" ":
        start += 1
    return start + 1 if text.startswith(grammar.quote, start) else 0


def write(cells: list[bytes], grammar: Grammar) -> bytes:
    """A record, well-formed, every cell quoted that needs it."""
    q, special = grammar.quote, (grammar.delimiter, grammar.quote, b"\n", b"\r")
    quoted = [q + c.replace(q, q + q) + q if any(s in c for s in special) else c for c in cells]
    return grammar.delimiter.join(quoted) + b"\n"


class Quotes:
    """The quotes of a text and, for records that begin at any of them, the first that stands wrong."""

    def __init__(self, text: bytes, grammar: Grammar) -> None:
        self._codes = np.frombuffer(text, np.uint8)
        self._delimiter, self._quote = grammar.delimiter[0], grammar.quote[0]
        self.at: npt.NDArray[np.int64] = np.flatnonzero(self._codes == grammar.quote[0])
        self._wrong: dict[int, npt.NDArray[np.int64]] = {}

    def _standing_wrong(self, first: int) -> npt.NDArray[np.int64]:
        """The quotes that stand wrong when those with even numbers (`first` 0) or odd ones (1) open cells."""
        opening = np.flatnonzero(~self._opens(self.at[first::2])) * 2 + first
        closing = np.flatnonzero(~self._closes(self.at[1 - first :: 2])) * 2 + 1 - first
        return np.sort(np.concatenate((opening, closing)))

    def _ends(self, codes: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_]:
        """Which are delimiters, line ends or quotes."""
        ends: npt.NDArray[np.bool_] = (codes == self._delimiter) | (codes == 10) | (codes == self._quote)
        return ends

    def _opens(self, at: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        """Whether each stands behind a delimiter, a line end or another quote, or first of all."""
        fits = self._ends(self._codes[at - 1])
        if len(at) and at[0] == 0:
            fits[0] = True
        return fits

    def _closes(self, at: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        """Whether each stands before a delimiter, a line end or another quote, or last of all."""
        after = np.take(self._codes, at + 1, mode="clip")
        fits = self._ends(after)
        if (returns := np.flatnonzero(after == 13)).size:
            fits[returns] = np.take(self._codes, at[returns] + 2, mode="clip") == 10
        if len(at) and at[-1] == len(self._codes) - 1:
            fits[-1] = True
        return fits

    def index(self, position: int) -> int:
        """How many quotes stand before `position`."""
        return int(np.searchsorted(self.at, position))

    def next_wrong(self, first: int) -> int | None:
        """The first quote that stands wrong when quote number `first` opens a cell."""
        if (parity := first % 2) not in self._wrong:
            self._wrong[parity] = self._standing_wrong(parity)
        wrong = self._wrong[parity]
        found = int(np.searchsorted(wrong, first))
        return int(wrong[found]) if found < len(wrong) else None

    def record_start(self, text: bytes, start: int, before: int) -> int:
        """Where the last record begins that has its beginning in `start … before`."""
        line_end = text.rfind(b"\n", start, before)
        first = self.index(start)
        # A line end behind an odd number of quotes stands inside a cell: look before the quote that opened it.
        while line_end >= 0 and ((quotes := self.index(line_end)) - first) % 2:
            line_end = text.rfind(b"\n", start, int(self.at[quotes - 1]))
        return line_end + 1 if line_end >= 0 else start


class Cutter:
    """Cuts blocks of text into chunks of whole records."""

    def __init__(self, grammar: Grammar, first_line: int, reject: Reject, name: str) -> None:
        self._grammar = grammar
        self._line = first_line
        self._reject = reject
        self._name = name
        self._rest = b""
        self._counted = (0, 0)

    def chunks(self, blocks: Iterable[bytes]) -> Iterator[Chunk]:
        """Chunks about as long as the blocks; UserError where a record has no end within 16 MB."""
        for block in blocks:
            yield from self._cut(self._rest + block, last=False)
        yield from self._cut(self._rest, last=True)

    def _cut(self, text: bytes, *, last: bool) -> Iterator[Chunk]:
        self._rest, self._counted = b"", (0, 0)
        parts = list(self._parts(text, last=last))
        whole = b"".join(part for part, _ in parts)
        if whole:
            line_ends = int(np.count_nonzero(np.frombuffer(whole, np.uint8) == 10))
            yield Chunk(whole, self._line, line_ends, sum(blanked for _, blanked in parts))
            self._line += line_ends

    def _keep(self, rest: bytes) -> None:
        if len(rest) > RECORD_BYTES:
            raise UserError(
                f"{self._name} has no line end within 16 MB from line {self._line}: "
                "it is no table of rows. Export it again as CSV."
            )
        self._rest = rest

    def _parts(self, text: bytes, *, last: bool) -> Iterator[tuple[bytes, int]]:
        """Well-formed text, and for each rejected record a blank line, counted."""
        if self._grammar.quote not in text:
            end = len(text) if last else text.rfind(b"\n") + 1
            yield text[:end], 0
            self._keep(text[end:])
            return
        quotes = Quotes(text, self._grammar)
        at = 0
        while (broken := self._next_broken(text, at, quotes, last=last)) is not None:
            yield text[at:broken], 0
            if not last and len(text) - broken < 2 * _LENIENT_BYTES:
                self._keep(text[broken:])
                return
            part, blanked, at = self._repair(text, broken)
            yield part, blanked
        end = len(text) if last else quotes.record_start(text, at, len(text))
        yield text[at:end], 0
        self._keep(text[end:])

    def _next_broken(self, text: bytes, at: int, quotes: Quotes, *, last: bool) -> int | None:
        """Where the next record begins whose quotes stand wrong."""
        first = quotes.index(at)
        wrong = quotes.next_wrong(first)
        if wrong is None:
            if (len(quotes.at) - first) % 2 == 0:
                return None
            start = quotes.record_start(text, at, len(text))
            if not last and (len(text) - start <= RECORD_BYTES or text.find(b"\n", start) < 0):
                return None
            wrong = len(quotes.at) - 1
        return quotes.record_start(text, at, int(quotes.at[wrong]))

    def _repair(self, text: bytes, at: int) -> tuple[bytes, int, int]:
        found = read_leniently(text, at, self._grammar)
        if found is not None:
            return write(found.cells, self._grammar), 0, found.end
        end = text.find(b"\n", at) + 1 or len(text)
        shown = text[at:end].decode("utf-8", "replace").rstrip("\r\n")
        self._reject(self._line_of(text, at), shown, "its quotes do not pair up")
        return b"\n", 1, end

    def _line_of(self, text: bytes, at: int) -> int:
        seen, lines = self._counted
        lines += text.count(b"\n", seen, at)
        self._counted = (at, lines)
        return self._line + lines

"""CSV and its kin: cut into chunks of whole records, parsed by Arrow on all cores, every record accounted for."""

from __future__ import annotations

import codecs
import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyarrow import csv as pacsv

from winloss.errors import InternalError, UserError
from winloss.sources.files import encoding as enc
from winloss.sources.files.buffers import buffer, different, is_encoded, read_csv, written_out
from winloss.sources.files.layout import Dialect, Header, find_header, numbered, sniff
from winloss.sources.files.raw_table import Ledger, Progress, RawBatch, RawTable, Shape
from winloss.sources.files.records import RECORD_BYTES, Chunk, Cutter, Grammar, read_leniently
from winloss.sources.files.tidy import TAIL_ROWS, Rows, Tidier, blank_to_null

SAMPLE_BYTES = 256 << 10
CHUNK_BYTES = 12 << 20
IN_FLIGHT = 3
"""Chunks that are parsed at a time; bounds memory."""

_ESCAPED = re.compile(rb"\\([\"'\\])")
_SURROGATES = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything needed to read the rows of a delimited file."""

    path: Path
    label: str
    version: tuple[int, int]
    """Size and time of change, when it was looked at."""
    encoding: enc.Encoding
    dialect: Dialect
    header: Header
    skip_bytes: int
    """Bytes of UTF-8 text before the first row."""
    first_line: int
    titles: int
    blanks: int
    old_line_ends: bool
    """Lines end with a carriage return alone."""
    repeating: frozenset[int]
    """The columns whose values repeat in the first rows; their cells are encoded."""


def open_delimited(
    path: Path, *, label: str | None = None, progress: Progress | None = None, work_dir: Path | None = None
) -> RawTable:
    """The table of a delimited text file; UserError where it holds none."""
    plan = _plan(path, label or path.name)
    shape = Shape(
        label=plan.label,
        format="csv",
        header=plan.header.names,
        header_line=0 if plan.header.row is None else plan.first_line - 1,
        encoding=plan.encoding.codec,
        delimiter=plan.dialect.delimiter,
        notes=_notes(plan),
    )
    return RawTable(shape, partial(_parse, plan, progress), work_dir=work_dir)


def _notes(plan: Plan) -> tuple[str, ...]:
    notes = list(plan.header.notes)
    if plan.encoding.note:
        notes.append(plan.encoding.note)
    if plan.titles:
        notes.append(f"{plan.titles} {'line' if plan.titles == 1 else 'lines'} above the header skipped")
    return tuple(notes)


def _plan(path: Path, label: str) -> Plan:
    version = _version(path)
    encoding = enc.detect(path)
    sample, whole = _sample(path, encoding, label)
    old = "\n" not in sample and "\r" in sample
    lines = sample.replace("\r", "\n") if old else sample
    dialect = sniff(lines)
    skipped = _offset(lines, dialect.skip_lines)
    rows = numbered(lines[skipped:], dialect)
    if not whole and len(rows) > 1:
        rows = rows[:-1]
    header = find_header([row for row, _ in rows])
    if not header.names:
        raise UserError(f"{label} holds no table: no row of it has a filled cell. Export it again.")
    above = rows[: header.row or 0]
    ends = 0 if header.row is None else rows[header.row][1]
    begins = skipped + _offset(lines[skipped:], ends)
    blanks = sum(not any(cell.strip() for cell in row) for row, _ in above)
    return Plan(
        path=path,
        label=label,
        version=version,
        encoding=encoding,
        dialect=dialect,
        header=_readable(header),
        skip_bytes=len(lines[:begins].encode("utf-8", "surrogateescape")),
        first_line=dialect.skip_lines + ends + 1,
        titles=len(above) - blanks,
        blanks=blanks,
        old_line_ends=old,
        repeating=_repeating(
            [row for row, _ in rows[0 if header.row is None else header.row + 1 :]], len(header.names)
        ),
    )


def _repeating(rows: Sequence[Sequence[str]], width: int) -> frozenset[int]:
    """Columns of which at most half of the filled cells differ."""
    columns = ([row[index] for row in rows if index < len(row) and row[index]] for index in range(width))
    return frozenset(index for index, cells in enumerate(columns) if 2 * len(set(cells)) <= len(cells))


def _version(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_size, found.st_mtime_ns


def _readable(header: Header) -> Header:
    """Bytes that are no text stand as U+FFFD in names."""
    names = tuple(_SURROGATES.sub("\ufffd", name) for name in header.names)
    return Header(names, tuple(_SURROGATES.sub("\ufffd", cell) for cell in header.cells), header.row, header.notes)


def _sample(path: Path, encoding: enc.Encoding, label: str) -> tuple[str, bool]:
    """The first lines as text, and whether they are all there is; UserError where the first line never ends."""
    held = b""
    for block, _ in enc.text_blocks(path, encoding, block_bytes=SAMPLE_BYTES):
        held += block
        if len(held) >= SAMPLE_BYTES and (b"\n" in held or b"\r" in held):
            return held.decode("utf-8", "surrogateescape"), False
        if len(held) > RECORD_BYTES:
            raise UserError(f"{label} has no line end within 16 MB: it is no table of rows. Export it again as CSV.")
    return held.decode("utf-8", "surrogateescape"), True


def _offset(lines: str, count: int) -> int:
    """Characters in the first `count` lines."""
    at = 0
    for _ in range(count):
        found = re.compile(r"\r\n|\n|\r").search(lines, at)
        if found is None:
            return len(lines)
        at = found.end()
    return at


def _parse(plan: Plan, progress: Progress | None, ledger: Ledger) -> Iterator[RawBatch]:
    ledger.skipped["title"] = plan.titles
    ledger.skipped["blank"] = plan.blanks
    grammar = Grammar.of(plan.dialect, len(plan.header.names))
    # What was seen to be valid is not checked again, unless the file changed since.
    proven = plan.encoding.proven and _version(plan.path) == plan.version
    parser = _Parser(grammar, proven=proven, repeating=plan.repeating)
    tidier = Tidier(plan.header.names, plan.header.cells, ledger)
    reject = partial(_reject, ledger)
    cutter = Cutter(grammar, plan.first_line, reject, plan.label)
    rows = _in_order(parser, cutter.chunks(_blocks(plan, progress)), ledger)
    yield from tidier.tidy(rows)
    padded = parser.padded - len(set(tidier.footers).intersection(parser.last_padded))
    if padded:
        rows_had = "1 row" if padded == 1 else f"{padded:,} rows"
        ledger.notes.append(f"{rows_had} had fewer cells than the header: the missing ones are blank")


def _reject(ledger: Ledger, line: int, value: str, reason: str) -> None:
    ledger.reject(line, value, reason)


def _blocks(plan: Plan, progress: Progress | None) -> Iterator[bytes]:
    """The text below the header, line feeds at the ends of lines, quotes escaped by doubling."""
    text = _below_header(plan, progress)
    return _doubling(text) if plan.dialect.escaped else text


def _below_header(plan: Plan, progress: Progress | None) -> Iterator[bytes]:
    skip = plan.skip_bytes
    for block, done in enc.text_blocks(plan.path, plan.encoding, block_bytes=CHUNK_BYTES):
        if progress:
            progress(done, plan.version[0])
        text, skip = block[skip:], max(0, skip - len(block))
        if text:
            yield text.replace(b"\r", b"\n") if plan.old_line_ends else text


def _doubling(blocks: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for block in blocks:
        text = rest + block
        cut = len(text) - (len(text) - len(text.rstrip(b"\\"))) % 2
        rest = text[cut:]
        yield _ESCAPED.sub(lambda m: m.group(1) if m.group(1) == b"\\" else m.group(1) * 2, text[:cut])
    yield rest


@dataclass(slots=True)
class _Parsed:
    """One chunk parsed: rows in order with their lines, what was set aside, and the lines of the rows that were padded."""

    rows: Rows
    rejects: list[tuple[int, str, str]] = field(default_factory=list)
    padded: list[int] = field(default_factory=list)
    blanked: int = 0


def _in_order(parser: _Parser, chunks: Iterator[Chunk], ledger: Ledger) -> Iterator[Rows]:
    """Chunks parsed on several threads, given back in order."""
    waiting: deque[Future[_Parsed]] = deque()
    with ThreadPoolExecutor(max_workers=IN_FLIGHT - 1, thread_name_prefix="winloss-read") as pool:
        for chunk in chunks:
            waiting.append(pool.submit(parser.parse, chunk))
            if len(waiting) >= IN_FLIGHT:
                yield parser.settle(waiting.popleft().result(), ledger)
        while waiting:
            yield parser.settle(waiting.popleft().result(), ledger)


class _Parser:
    """Parses chunks; safe to be called from several threads, `settle` from one."""

    def __init__(self, grammar: Grammar, *, proven: bool, repeating: frozenset[int]) -> None:
        self._grammar = grammar
        self._proven = proven
        self._repeating = repeating
        self._width = grammar.width
        self._names = [str(index) for index in range(self._width)]
        self.padded = 0
        self.last_padded: deque[int] = deque(maxlen=TAIL_ROWS)

    def settle(self, parsed: _Parsed, ledger: Ledger) -> Rows:
        """Enter in the ledger what one chunk told."""
        for line, value, reason in parsed.rejects:
            ledger.reject(line, value, reason)
        ledger.skipped["blank"] -= parsed.blanked
        self.padded += len(parsed.padded)
        self.last_padded.extend(parsed.padded)
        return parsed.rows

    def parse(self, chunk: Chunk) -> _Parsed:
        text = chunk.text
        if not self._proven and not enc.is_utf8(text):
            text = text.decode("utf-8", "winloss.undecodable").encode()
        columns, odd = self._arrow(text)
        lines, odd_lines, whole = self._lines(columns, odd, chunk)
        if not whole and b"\r" in text:
            # A carriage return alone ends a row for Arrow, for nobody else.
            text = re.sub(rb"\r(?!\n)", b" ", text)
            columns, odd = self._arrow(text)
            lines, odd_lines, whole = self._lines(columns, odd, chunk)
        if not whole:
            raise InternalError(f"the lines from {chunk.first_line} on do not add up")
        damaged = not self._proven and enc.UNDECODABLE.encode() in text
        columns = [blank_to_null(column) for column in columns]
        parsed = _Parsed(Rows(columns, lines, damaged), blanked=chunk.blanked)
        if odd:
            self._insert(parsed, [(line, row) for line, (_, row) in zip(odd_lines.tolist(), odd, strict=True)])
        return parsed

    def _arrow(self, text: bytes) -> tuple[list[Any], list[tuple[int, str]]]:
        """Columns of the rows that have the table's width; number and text of those that have not."""
        odd: list[tuple[int, str]] = []

        def keep(row: pacsv.InvalidRow) -> Literal["skip", "error"]:
            odd.append((row.number or 0, row.text))
            return "skip"

        if text.startswith(codecs.BOM_UTF8):
            # Arrow takes one mark of byte order off every text; here it is part of a cell.
            text = codecs.BOM_UTF8 + text
        table = read_csv(
            pa.BufferReader(text),
            read_options=pacsv.ReadOptions(column_names=self._names, use_threads=False, block_size=len(text) + 1),
            parse_options=pacsv.ParseOptions(
                delimiter=self._grammar.delimiter.decode(),
                quote_char=self._grammar.quote.decode(),
                newlines_in_values=True,
                ignore_empty_lines=False,
                invalid_row_handler=keep,
            ),
            convert_options=pacsv.ConvertOptions(
                column_types=dict.fromkeys(self._names, pa.string()),
                strings_can_be_null=True,
                null_values=[""],
                check_utf8=False,
            ),
        )
        columns = [c.chunk(0) if c.num_chunks == 1 else c.combine_chunks() for c in table.columns]
        return [self._encoded(index, column) for index, column in enumerate(columns)], odd

    def _encoded(self, index: int, column: Any) -> Any:
        return column.dictionary_encode() if index in self._repeating else column

    def _lines(
        self, columns: list[Any], odd: list[tuple[int, str]], chunk: Chunk
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], bool]:
        """The line of each row and of each odd row, and whether all lines of the text are accounted for."""
        tall = np.ones(len(columns[0]) + len(odd), np.int64)
        is_odd = np.zeros(len(tall), bool)
        is_odd[np.array([number - 1 for number, _ in odd], np.int64)] = True
        tall[is_odd] += np.array([row.count("\n") for _, row in odd], np.int64)
        tall[~is_odd] += _inner_line_ends(columns)
        ends = np.cumsum(tall)
        lines = chunk.first_line + ends - tall
        in_text = chunk.line_ends + (not chunk.text.endswith(b"\n"))
        return lines[~is_odd], lines[is_odd], int(tall.sum()) == in_text

    def _insert(self, parsed: _Parsed, odd: list[tuple[int, str]]) -> None:
        """Salvage rows with too few or too many cells; put those that can be read where they belong."""
        found = [piece for line, row in odd for piece in self._salvage(line, row)]
        filled_rows = [(line, len(cells)) for line, cells, _ in found if any(cell.strip() for cell in cells)]
        split = _split_rows(filled_rows, self._width)
        extra: list[tuple[int, list[bytes]]] = []
        for line, cells, shown in found:
            filled = max((i + 1 for i, cell in enumerate(cells) if cell.strip()), default=0)
            if line in split:
                parsed.rejects.append((line, shown, "a line break without quotes splits this row"))
            elif filled > self._width:
                why = f"{len(cells)} cells where the header has {self._width}"
                parsed.rejects.append((line, shown, why))
            else:
                if filled and len(cells) < self._width:
                    parsed.padded.append(line)
                extra.append((line, (cells + [b""] * self._width)[: self._width]))
        if extra:
            parsed.rows = self._merged(parsed.rows, extra)

    def _merged(self, rows: Rows, extra: list[tuple[int, list[bytes]]]) -> Rows:
        lines = np.concatenate([rows.lines, np.array([line for line, _ in extra], np.int64)])
        order = np.argsort(lines, kind="stable")
        columns = []
        for index, column in enumerate(rows.columns):
            found = pa.array([cells[index].decode().strip() or None for _, cells in extra], pa.string())
            columns.append(self._encoded(index, pa.concat_arrays([written_out(column), found]).take(order)))
        return Rows(columns, lines[order], rows.damaged)

    def _salvage(self, line: int, row: str) -> Iterator[tuple[int, list[bytes], str]]:
        """The records in an odd row: one, or several where a quote swallowed line ends."""
        text, at = row.encode(), 0
        while at < len(text):
            found = read_leniently(text, at, self._grammar)
            end = found.end if found else text.find(b"\n", at) + 1 or len(text)
            part = text[at:end]
            cells = found.cells if found else _cells(part, self._grammar)
            yield line, cells, part.decode().rstrip("\r\n")
            line += part.count(b"\n")
            at = end


def _cells(part: bytes, grammar: Grammar) -> list[bytes]:
    """The cells of one line, without a claim on their number."""
    sample = part.decode().rstrip("\r\n")
    dialect = Dialect(grammar.delimiter.decode(), grammar.quote.decode())
    rows = numbered(sample, dialect, limit=1)
    return [cell.encode() for cell in rows[0][0]] if rows else part.split(grammar.delimiter)


def _inner_line_ends(columns: list[Any]) -> npt.NDArray[np.int64]:
    """Line ends within the cells of each row."""
    counts = np.zeros(len(columns[0]), np.int64)
    for column in columns:
        values = different(column)
        ends = np.flatnonzero(buffer(values, 2, np.uint8) == 10)
        if len(ends):
            offsets = buffer(values, 1, np.int32)[: len(values) + 1]
            within = np.bincount(np.searchsorted(offsets, ends, side="right") - 1, minlength=len(values))
            counts += _of_rows(within, column) if is_encoded(column) else within
    return counts


def _of_rows(by_value: npt.NDArray[np.int64], column: Any) -> npt.NDArray[np.int64]:
    """A number for each value of an encoded column → one a row; 0 where blank."""
    rows: npt.NDArray[np.int64] = np.append(by_value, 0)[column.indices.fill_null(len(by_value)).to_numpy()]
    return rows


def _split_rows(short: list[tuple[int, int]], width: int) -> set[int]:
    """Lines of short rows that stand one below the other and together make one row of the table's width.

    Equal pieces, and widths that also stand alone, are rows whose last cells are missing: those are padded.
    """
    runs: list[list[tuple[int, int]]] = []
    for line, cells in short:
        if cells >= width:
            continue
        if runs and runs[-1][-1][0] == line - 1:
            runs[-1].append((line, cells))
        else:
            runs.append([(line, cells)])
    split: set[int] = set()
    alone: set[int] = set()
    for run in runs:
        widths = [cells for _, cells in run]
        if len(run) > 1 and sum(widths) - len(run) + 1 == width and len(set(widths)) > 1:
            split |= {line for line, _ in run}
        else:
            alone |= set(widths)
    return {line for line, cells in short if line in split and cells not in alone}

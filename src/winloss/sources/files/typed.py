"""Parquet, JSON and JSON lines: values already typed, written as text so that one way of reading serves all."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from winloss.errors import UserError
from winloss.sources.files import encoding as enc
from winloss.sources.files.buffers import compute as pc
from winloss.sources.files.gathered import empty_to_null, gather, text_of
from winloss.sources.files.raw_table import COLUMNS, Ledger, Progress, RawBatch, RawTable, Shape
from winloss.sources.files.tidy import Rows, Tidier, blank_to_null

PARQUET_ROWS = 50_000
VALUE_CHARS = 64 << 20
"""A longer object or a longer value beside the rows is refused."""
_UTC = frozenset({"utc", "etc/utc", "z", "zulu", "etc/zulu", "universal", "+00:00", "gmt", "etc/gmt"})
DEPTH = 6
"""Objects nested deeper stay JSON text."""

LINE_CHARS = 16 << 20

_SPACE = " \t\r\n"


def open_parquet(path: Path, *, progress: Progress | None = None, work_dir: Path | None = None) -> RawTable:
    """The table of a Parquet file; nested fields are joined by dots."""
    try:
        with pq.ParquetFile(path) as opened:
            schema = _flat(opened.schema_arrow.empty_table()).schema
    except (pa.ArrowException, OSError, ValueError):
        raise _damaged(path) from None
    if not schema.names:
        raise UserError(f"{path.name} has no columns: export it again.")
    header = _unique(tuple(schema.names))
    shape = Shape(label=path.name, format="parquet", header=header, header_line=0, notes=_said_zones(schema))
    return RawTable(shape, partial(_parse_parquet, path, shape.header, progress), work_dir=work_dir)


def _said_zones(schema: pa.Schema) -> tuple[str, ...]:
    """That days are those of the zone which a column of times names; UTC needs no word."""
    zones = dict.fromkeys(field.type.tz for field in schema if pa.types.is_timestamp(field.type) and field.type.tz)
    return tuple(f"times are in {zone}: days are those of that zone" for zone in zones if _is_local(zone))


def _is_local(zone: str) -> bool:
    """True for a zone other than UTC that this machine knows."""
    if zone.casefold() in _UTC:
        return False
    try:
        pc.strftime(pa.array([0], pa.timestamp("us", zone)), "%z")
    except pa.ArrowInvalid:
        return False
    return True


def _damaged(path: Path) -> UserError:
    return UserError(f"{path.name} is damaged or cut short: export or copy it again.")


def _unique(names: tuple[str, ...]) -> tuple[str, ...]:
    seen: dict[str, int] = {}
    made: list[str] = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        made.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return tuple(made)


def _flat(table: pa.Table) -> pa.Table:
    while any(pa.types.is_struct(field.type) for field in table.schema):
        table = table.flatten()
    return table


def _parse_parquet(
    path: Path, header: tuple[str, ...], progress: Progress | None, ledger: Ledger
) -> Iterator[RawBatch]:
    yield from Tidier(header, (), ledger).tidy(_parquet_rows(path, progress))


def _parquet_rows(path: Path, progress: Progress | None) -> Iterator[Rows]:
    try:
        with pq.ParquetFile(path) as opened:
            done, total = 0, opened.metadata.num_rows
            for batch in opened.iter_batches(PARQUET_ROWS):
                lines = np.arange(done + 1, done + batch.num_rows + 1)
                done += batch.num_rows
                flat = _flat(pa.Table.from_batches([batch]))
                texts = [_valid(_as_text(column)) for column in flat.columns]
                columns = [blank_to_null(empty_to_null(column)) for column in texts]
                yield Rows(columns, lines, damaged=True)
                if progress:
                    size = path.stat().st_size
                    progress(size * done // max(total, 1), size)
    except (pa.ArrowException, OSError, ValueError):
        raise _damaged(path) from None


def _valid(column: pa.StringArray) -> pa.StringArray:
    """The column with bytes that are no UTF-8 marked; Parquet does not check its texts."""
    try:
        column.validate(full=True)
    except pa.ArrowInvalid:
        loose: Any = column.cast(pa.binary()).to_pylist()
        texts = [None if one is None else one.decode("utf-8", "winloss.undecodable") for one in loose]
        return pa.array(texts, pa.string())
    return column


def _as_text(column: pa.ChunkedArray[Any]) -> pa.StringArray:
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _as_text(column.cast(kind.value_type))
    if pa.types.is_timestamp(kind):
        # Whole seconds are written without a fraction; the day is that of the column's zone.
        column = column.cast(pa.timestamp("us", kind.tz))
        if kind.tz and _is_local(kind.tz):
            text = pc.strftime(column, "%Y-%m-%dT%H:%M:%S%z")
            return _one(pc.replace_substring_regex(text, r"\.0+([-+]\d{4})$", r"\1"))
        text = pc.strftime(column.cast(pa.timestamp("us", "UTC")) if kind.tz else column, "%Y-%m-%dT%H:%M:%S")
        text = pc.replace_substring_regex(text, r"\.0+$", "")
        return _one(pc.binary_join_element_wise(text, "Z", "") if kind.tz else text)
    if pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return pa.array([_json_text(value) for value in column.to_pylist()], pa.string())
    if pa.types.is_null(kind):
        return pa.nulls(len(column), pa.string())
    if pa.types.is_floating(kind):
        return _float_text(_one(column.cast(pa.string())))
    return _one(column.cast(pa.string()))


def _float_text(text: pa.StringArray) -> pa.StringArray:
    """Numbers written out: no exponent, no `nan`."""
    odd = pc.match_substring_regex(text, "[eni]").fill_null(False)
    if not pc.any(odd).as_py():
        return text
    values = [
        _written_out(value) if is_odd else value
        for value, is_odd in zip(text.to_pylist(), odd.to_pylist(), strict=True)
    ]
    return pa.array(values, pa.string())


def _written_out(value: str | None) -> str | None:
    number = Decimal(value or "nan")
    return format(number, "f") if number.is_finite() else None


def _one(column: Any) -> pa.StringArray:
    one: Any = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    assert isinstance(one, pa.StringArray)
    return one


def _json_text(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, list) and not any(isinstance(one, (dict, list)) for one in value):
        return "; ".join(str(one) for one in value if one is not None)
    try:
        return text_of(json.dumps(value, ensure_ascii=False, default=str))
    except RecursionError:
        return "nested too deep"


def open_json(path: Path, *, progress: Progress | None = None, work_dir: Path | None = None) -> list[RawTable]:
    """One table for every array of objects, or one for JSON lines; UserError where there is neither."""
    encoding = enc.detect(path)
    places = _Document(path, encoding).arrays()
    tables = [_json_table(path, encoding, place, progress, work_dir, alone=len(places) == 1) for place in places]
    full = [table for table in tables if table.header]
    if not full:
        raise UserError(
            f"{path.name} holds no array of objects: export the deals as CSV, or as JSON with one object a deal."
        )
    return full


def _json_table(
    path: Path, encoding: enc.Encoding, place: str, progress: Progress | None, work_dir: Path | None, *, alone: bool
) -> RawTable:
    names: dict[str, None] = {}
    for _, row in _Document(path, encoding, progress).rows(place, Ledger()):
        names.update(dict.fromkeys(flatten(row)))
        if len(names) > COLUMNS:
            raise UserError(f"{path.name} has more than {COLUMNS:,} different fields: export it as a table.")
    label = path.name if alone else f"{path.name} [{place}]"
    kind = "jsonl" if place == LINES else "json"
    shape = Shape(label=label, format=kind, header=tuple(names), header_line=0, encoding=encoding.codec)

    def parse(ledger: Ledger) -> Iterator[RawBatch]:
        rows = _Document(path, encoding, progress).rows(place, ledger)
        cells = ((line, _cells(row, shape.header)) for line, row in rows)
        yield from Tidier(shape.header, (), ledger).tidy(gather(cells, len(shape.header)))

    return RawTable(shape, parse, work_dir=work_dir)


def _cells(row: dict[str, Any], header: tuple[str, ...]) -> list[str | None]:
    flat = flatten(row)
    return [flat.get(name) for name in header]


def flatten(row: dict[str, Any], prefix: str = "") -> dict[str, str | None]:
    """An object as names joined by dots and text; lists of plain values are joined by `; `."""
    flat: dict[str, str | None] = {}
    for key, value in row.items():
        name = text_of(prefix + key) or "column"
        if isinstance(value, dict) and value and prefix.count(".") < DEPTH:
            found = flatten(value, f"{name}.")
        else:
            found = {name: _plain_text(value)}
        for one, written in found.items():
            # `a.b` beside `a: {b: …}`: both are kept.
            flat[one if one not in flat else f"{one} (2)"] = written
    return flat


def _plain_text(value: Any) -> str | None:
    if value is None or value == {}:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    return _json_text(value) if isinstance(value, (dict, list)) else text_of(str(value))


LINES = "lines"
"""The place of rows that stand one object a line."""
ROOT = ""
"""The place of rows in an array that is the whole document."""


def _decoder() -> json.JSONDecoder:
    # Numbers stay as written: no digit of an id or an amount is lost.
    return json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=lambda _: None, strict=False)


class _Document:
    """A JSON text read piece by piece; never more than one row of it is held."""

    def __init__(self, path: Path, encoding: enc.Encoding, progress: Progress | None = None) -> None:
        self._path = path
        self._blocks = enc.text_blocks(path, encoding, block_bytes=1 << 20)
        self._bytes_decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._progress = progress
        self._size = path.stat().st_size
        self._text = ""
        self._at = 0
        self._ended = False
        self._decode = _decoder()

    def arrays(self) -> list[str]:
        """Where rows stand: `LINES`, `ROOT`, or the names of the fields that hold arrays of objects."""
        first = self._peek()
        if first == "[":
            return [ROOT]
        if first != "{":
            return []
        if self._is_lines():
            return [LINES]
        found = [name for name in self._fields() if self._skips_objects()]
        if self._peek():
            raise self._broken()
        return list(dict.fromkeys(found))

    def rows(self, place: str, ledger: Ledger) -> Iterator[tuple[int, dict[str, Any]]]:
        """The objects at `place` with their line or number."""
        if place == LINES:
            yield from self._lines(ledger)
            return
        if place != ROOT:
            for name in self._fields():
                if name == place:
                    break
                self._skips_objects()
        yield from self._array(ledger)

    def _more(self) -> bool:
        if self._ended:
            return False
        block, done = next(self._blocks, (None, self._size))
        self._text = self._text[self._at :]
        self._at = 0
        if len(self._text) > VALUE_CHARS:
            raise UserError(f"{self._path.name} has a value of more than 64 MB: it is no list of deals.")
        if block is None:
            self._ended = True
            return False
        self._text += self._bytes_decoder.decode(block)
        if self._progress:
            self._progress(done, self._size)
        return True

    def _peek(self) -> str:
        """The next character that is no space; empty at the end."""
        while True:
            while self._at < len(self._text) and self._text[self._at] in _SPACE:
                self._at += 1
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def _take(self, wanted: str) -> None:
        if self._peek() != wanted:
            raise self._broken()
        self._at += 1

    def _broken(self) -> UserError:
        return UserError(f"{self._path.name} is no complete JSON: it is damaged or cut short. Export it again.")

    def _value(self) -> Any:
        self._peek()
        wanted = 1 << 16
        while True:
            try:
                value, end = self._decode.raw_decode(self._text, self._at)
            except (ValueError, RecursionError) as error:
                if isinstance(error, RecursionError) or not self._grow(wanted):
                    raise self._broken() from None
                wanted *= 2
                continue
            # A number or word at the end of what is held may go on in the next block.
            open_ended = end == len(self._text) and self._text[end - 1] not in '}]"'
            if not (open_ended and self._more()):
                self._at = end
                return value

    def _grow(self, wanted: int) -> bool:
        """Hold at least `wanted` more characters; False where nothing more comes."""
        held = len(self._text) - self._at
        grew = False
        while len(self._text) - self._at < held + wanted and self._more():
            grew = True
        return grew

    def _fields(self) -> Iterator[str]:
        """Names of the fields of the document; whoever asks reads the value."""
        self._take("{")
        while self._peek() != "}":
            name = self._value()
            if not isinstance(name, str):
                raise self._broken()
            self._take(":")
            yield name
            if self._peek() != ",":
                break
            self._at += 1
        self._take("}")

    def _skips_objects(self) -> bool:
        """Read past a value; whether it is an array with an object in it."""
        if self._peek() != "[":
            self._value()
            return False
        return sum(1 for _ in self._array(Ledger())) > 0

    def _array(self, ledger: Ledger) -> Iterator[tuple[int, dict[str, Any]]]:
        self._take("[")
        number = 0
        while self._peek() != "]":
            value = self._value()
            number += 1
            if isinstance(value, dict):
                yield number, value
            else:
                ledger.reject(number, _json_text([value]) or "", "is no object")
            if self._peek() != ",":
                break
            self._at += 1
        self._take("]")

    def _is_lines(self) -> bool:
        """The first line is an object of its own, and more follow or it holds no rows itself."""
        while "\n" not in self._text[self._at :] and len(self._text) < LINE_CHARS and self._more():
            pass
        line, _, rest = self._text[self._at :].partition("\n")
        try:
            value = self._decode.decode(line)
        except (ValueError, RecursionError):
            return False
        return bool(rest.strip()) or not any(_has_objects(one) for one in value.values())

    def _lines(self, ledger: Ledger) -> Iterator[tuple[int, dict[str, Any]]]:
        number = 0
        while (line := self._line()) is not None:
            number += 1
            if not line.strip():
                ledger.skipped["blank"] += 1
                continue
            value = self._decoded(line)
            if isinstance(value, dict):
                yield number, value
            else:
                ledger.reject(number, line.strip(), "is no JSON object")

    def _line(self) -> str | None:
        """The next line; None at the end."""
        while (end := self._text.find("\n", self._at)) < 0:
            if not self._more():
                line, self._at = self._text[self._at :], len(self._text)
                return line or None
        line, self._at = self._text[self._at : end], end + 1
        return line

    def _decoded(self, line: str) -> Any:
        try:
            return self._decode.decode(line)
        except (ValueError, RecursionError):
            return None


def _has_objects(value: Any) -> bool:
    return isinstance(value, list) and any(isinstance(one, dict) for one in value)

"""A person taken out of a file that was imported or written: text of any encoding, workbooks, Parquet, and what gzip packed.

A file is replaced as a whole or not at all. One that cannot be written anew is told, with why.
"""

from __future__ import annotations

import codecs
import gzip
import os
import shutil
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pyarrow as pa
import pyarrow.parquet as pq

from winloss.sources.files import encoding
from winloss.tables.traces import Traces

_BLOCK = 1 << 20
_TAIL = 1024
"""Characters at the end of a block that are looked at again with the next one: a name may lie across."""
_BEFORE = 2
"""Characters before a name that tell whether it begins there."""
_XML = (".xml", ".rels", ".vml", ".txt", ".csv", ".tsv", ".json", ".html")
_OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"
DRAFT = ".forgetting"


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """One file: how often the person stood in it, and why they still do; None where they do not."""

    path: Path
    found: int
    left: str | None = None


def erase(path: Path, traces: Traces, *, look: bool = False) -> Erased:
    """Take the person out of the file at `path`; where `look`, only count."""
    draft = path.with_name(path.name + DRAFT)
    try:
        return _erase(path, draft, traces, look)
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        pa.ArrowException,
        UnicodeError,
        NotImplementedError,
        OSError,
    ) as error:
        return Erased(path=path, found=0, left=f"it cannot be read or written ({type(error).__name__})")
    finally:
        draft.unlink(missing_ok=True)


def _erase(path: Path, draft: Path, traces: Traces, look: bool) -> Erased:
    with path.open("rb") as file:
        head = file.read(8)
    if head.startswith(_OLD_WORKBOOK):
        found = _in_cells(path, traces)
        return Erased(
            path=path, found=found, left="a workbook of the old format cannot be rewritten" if found else None
        )
    write: Callable[[Path, Path, Traces], int] = _text
    for start, kind in ((b"PK\x03\x04", _zip), (b"PAR1", _parquet), (b"\x1f\x8b", _gzip)):
        write = kind if head.startswith(start) else write
    found = write(path, draft, traces)
    left = _in_cells(draft, traces) if write is _zip and _is_workbook(draft) else 0
    if found and not look:
        _swap(draft, path)
    named = _renamed(path, traces, look)
    return Erased(path=path, found=found + left + named, left="a name is put together of parts in it" if left else None)


def _swap(draft: Path, path: Path) -> None:
    shutil.copystat(path, draft)
    with draft.open("rb") as file:
        os.fsync(file.fileno())
    draft.replace(path)


def _renamed(path: Path, traces: Traces, look: bool) -> int:
    """Take the person out of the file's own name; how often they stood in it."""
    name, count = traces.rewrite(path.name)
    if count and not look and not path.with_name(name).exists():
        path.rename(path.with_name(name))
    return count


def _text(path: Path, draft: Path, traces: Traces) -> int:
    told = encoding.detect(path)
    with path.open("rb") as source, draft.open("wb") as target:
        target.write(source.read(told.mark_bytes))
        return _rewritten(source, target, told.codec, traces)


def _gzip(path: Path, draft: Path, traces: Traces) -> int:
    plain = draft.with_name(draft.name + ".plain")
    try:
        with gzip.open(path) as source, plain.open("wb") as unpacked:
            shutil.copyfileobj(source, unpacked)
        told = encoding.detect(plain)
        with plain.open("rb") as source, gzip.open(draft, "wb") as packed:
            packed.write(source.read(told.mark_bytes))
            return _rewritten(source, packed, told.codec, traces)
    finally:
        plain.unlink(missing_ok=True)


def _rewritten(source: IO[bytes], target: IO[bytes] | gzip.GzipFile, codec: str, traces: Traces) -> int:
    count = 0
    encoder = codecs.getincrementalencoder(codec)("surrogateescape")
    for text, found in pieces(_decoded(source, codec), traces):
        count += found
        target.write(encoder.encode(text))
    return count


def _decoded(source: IO[bytes], codec: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(codec)("surrogateescape")
    while block := source.read(_BLOCK):
        yield decoder.decode(block)
    yield decoder.decode(b"", final=True)


def pieces(blocks: Iterator[str], traces: Traces) -> Iterator[tuple[str, int]]:
    """The text of all blocks without the person, piece by piece, each with how often they stood in it."""
    told, rest = "", ""
    for block in blocks:
        text = told + rest + block
        first = len(told)
        end = max(len(text) - _TAIL, first)
        end = max(text.rfind(mark, first, end) + 1 for mark in "\n ") or end  # not in the middle of a word
        spans = [span for span in traces.spans(text) if first <= span[0] < end]
        end = max([end, *(span[1] for span in spans)])
        if end == len(text):  # what follows may belong to it
            end, spans = (spans[-1][0], spans[:-1]) if spans else (first, [])
        yield _spliced(text, first, end, spans), len(spans)
        told, rest = text[:end][-_BEFORE:], text[end:]
    text = told + rest
    spans = [span for span in traces.spans(text) if span[0] >= len(told)]
    yield _spliced(text, len(told), len(text), spans), len(spans)


def _spliced(text: str, first: int, end: int, spans: list[tuple[int, int, str]]) -> str:
    parts, at = [], first
    for start, stop, id_ in spans:
        parts += [text[at:start], id_]
        at = stop
    return "".join([*parts, text[at:end]])


def _zip(path: Path, draft: Path, traces: Traces) -> int:
    count = 0
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as target:
        for info in source.infolist():
            content = source.read(info)
            if info.filename.lower().endswith(_XML):
                text, found = traces.rewrite(content.decode("utf-8", "surrogateescape"))
                content, count = text.encode("utf-8", "surrogateescape"), count + found
            target.writestr(info, content)
    return count


def _is_workbook(path: Path) -> bool:
    with zipfile.ZipFile(path) as archive:
        return bool({"xl/workbook.xml", "xl/workbook.bin", "content.xml"} & set(archive.namelist()))


def _in_cells(path: Path, traces: Traces) -> int:
    """In how many cells of a workbook the person stands."""
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_path(str(path))
        rows = (row for name in book.sheet_names for row in book.get_sheet_by_name(name).to_python())
        return sum(1 for row in rows for cell in row if isinstance(cell, str) and traces.found(cell))
    except CalamineError:
        raw = path.read_bytes()
        return int(any(traces.found(raw.decode(codec, "ignore")) for codec in ("latin-1", "utf-16-le")))


def _parquet(path: Path, draft: Path, traces: Traces) -> int:
    count = 0
    with pq.ParquetFile(path) as file, pq.ParquetWriter(draft, file.schema_arrow) as writer:
        for batch in file.iter_batches():
            columns = []
            for column in batch.columns:
                texts = pa.types.is_string(column.type) or pa.types.is_large_string(column.type)
                told = [traces.rewrite(text) if text else (text, 0) for text in column.to_pylist()] if texts else []
                found = sum(1 for _, times in told if times)
                columns.append(pa.array([text for text, _ in told], column.type) if found else column)
                count += found
            writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=batch.schema))
    return count

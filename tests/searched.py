"""Everything under a folder as text, whatever it is packed in: for who must prove that something is in no file."""

from __future__ import annotations

import gzip
import re
import sqlite3
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq


def everything(folder: Path) -> Iterator[tuple[str, str]]:
    """Name and text of every file under `folder`, of what is inside it, and of its bytes as they are."""
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        yield name, name
        if not path.is_file():
            continue
        raw = path.read_bytes()
        for codec in ("utf-8", "latin-1", "utf-16-le", "utf-16-be"):
            yield f"{name} ({codec})", raw.decode(codec, "replace")
        yield from ((f"{name}: inside", text) for text in inside(path, raw))


def inside(path: Path, raw: bytes) -> Iterator[str]:
    if raw.startswith(b"PAR1"):
        yield repr(pq.read_table(path).to_pylist())
        yield repr(pq.read_metadata(path).to_dict())
    elif path.suffix == ".arrow":
        yield repr(pa.ipc.open_file(pa.BufferReader(raw[:-16])).read_all().to_pylist())
    elif raw.startswith(b"SQLite format 3"):
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
            yield from database.iterdump()
        database.close()
    elif raw.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(path) as archive:
            yield from (archive.read(member).decode("utf-8", "replace") for member in archive.namelist())
    elif raw.startswith(b"\x1f\x8b"):
        yield gzip.decompress(raw).decode("utf-8", "replace")
    elif path.suffix == ".json":
        yield re.sub(r"\\u([0-9a-f]{4})", lambda found: chr(int(found[1], 16)), raw.decode())


def holding(folder: Path, *words: str) -> list[str]:
    """Names of what holds one of the words, in whatever case."""
    folded = [word.casefold() for word in words]
    return [name for name, text in everything(folder) if any(word in text.casefold() for word in folded)]

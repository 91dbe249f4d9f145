"""Rows, pages and books for the tests of the book."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from winloss.store import Book, Landed, Manifest
from winloss.tables import TABLES
from winloss.tables.custom import CustomColumn, Use

MADE_AT = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)


def day(number: int) -> dt.datetime:
    return dt.datetime(2026, 1, number, tzinfo=dt.UTC)


def custom(name: str, use: Use) -> CustomColumn:
    return CustomColumn(name=name, label=name.removeprefix("x_").title(), use=use)


def page(
    rows: Sequence[dict[str, Any]], *, table: str = "deals", types: dict[str, pa.DataType] | None = None
) -> pa.RecordBatch:
    """Rows as a page with the columns that any of them names; custom columns are text unless `types` says else."""
    known = {field.name: field.type for field in TABLES[table].schema} | (types or {})
    names = list(dict.fromkeys(name for row in rows for name in row))
    schema = pa.schema([(name, known.get(name, pa.string())) for name in names])
    return pa.RecordBatch.from_pylist(list(rows), schema=schema)


def land(
    book: Book,
    *pages: pa.RecordBatch,
    table: str = "deals",
    source: str = "crm",
    told: dict[str, Any] | None = None,
    settings: dict[str, Any] | None = None,
    custom: Sequence[CustomColumn] = (),
    schema: pa.Schema | None = None,
) -> tuple[Landed, Manifest]:
    """One landing of one table, committed."""
    with book.landing() as landing:
        landed = landing.land(table, pages, custom=custom, schema=schema)
        return landed, landing.commit(source=source, told=told or {}, settings=settings or {}, made_at=MADE_AT)


def stored(book: Book, *names: str, table: str = "deals", version: int | None = None) -> list[tuple[Any, ...]]:
    """The rows of a version in the named columns, sorted by the table's key."""
    with book.read(version) as view:
        rows = view.ask(view.tables[table].order_by(list(TABLES[table].key)).select(*names))
    return [tuple(row[name] for name in names) for row in rows.to_pylist()]


def files_of(folder: Path, pattern: str = "tables/*/*.parquet") -> set[str]:
    return {path.name for path in folder.glob(pattern)}


def many(numbers: Iterable[int], **values: Any) -> pa.RecordBatch:
    return page([{"deal_id": f"D{number:06d}", **values} for number in numbers])

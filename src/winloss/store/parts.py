"""Parquet files of a table as one relation with fixed columns, whichever of them each file holds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import accumulate
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from winloss.errors import InternalError

AT = "_at"
"""Position of a row among all rows of its parts, in order; first is 0."""

ROW_GROUP = 131_072
"""Rows of one row group: what one thread reads at a time."""

PART_ROWS = 4 * ROW_GROUP
"""Rows of one file at most: what a change of one row makes us write again."""


@dataclass(frozen=True, slots=True)
class Part:
    """One Parquet file: where, how many rows, and its columns with their types."""

    path: Path
    rows: int
    schema: pa.Schema

    @classmethod
    def of(cls, path: Path) -> Part:
        """Read the footer of `path`."""
        footer = pq.read_metadata(path)
        return cls(path, footer.num_rows, footer.schema.to_arrow_schema())


def starts(parts: Sequence[Part]) -> list[int]:
    """Position of the first row of every part, and one past the last row of all."""
    return list(accumulate((part.rows for part in parts), initial=0))


def connect(*, memory_limit: str, threads: int, spill: Path) -> duckdb.DuckDBPyConnection:
    """A DuckDB in memory that spills to `spill`, speaks UTC and asks no network."""
    connection = duckdb.connect(
        config={
            "memory_limit": memory_limit,
            "threads": threads,
            "temp_directory": str(spill),
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
        }
    )
    connection.execute("SET TimeZone = 'UTC'")
    return connection


def quote(name: str) -> str:
    """`name` as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def columns(names: Iterable[str]) -> str:
    return ", ".join(quote(name) for name in names)


def relation(
    connection: duckdb.DuckDBPyConnection, parts: Sequence[Part], wanted: pa.Schema, *, at: bool = False
) -> duckdb.DuckDBPyRelation:
    """The rows of `parts` in the columns `wanted`: null where a file lacks one, text where a type was widened.

    `at` adds the column `_at`. `parts` must not be empty.
    """
    if not at:
        alike: dict[pa.Schema, list[Part]] = {}
        for part in parts:
            alike.setdefault(part.schema.remove_metadata(), []).append(part)
        return _union(_read(connection, group, wanted) for group in alike.values())
    return _union(
        _read(connection, [part], wanted, first=first) for part, first in zip(parts, starts(parts), strict=False)
    )


def _union(relations: Iterable[duckdb.DuckDBPyRelation]) -> duckdb.DuckDBPyRelation:
    return reduce(lambda above, below: above.union(below), relations)


def _read(
    connection: duckdb.DuckDBPyConnection, parts: Sequence[Part], wanted: pa.Schema, first: int | None = None
) -> duckdb.DuckDBPyRelation:
    chosen = [f"{expression(part_field(parts[0], f.name), f)} AS {quote(f.name)}" for f in wanted]
    if first is not None:
        chosen.append(f"file_row_number + {first} AS {AT}")
    paths = [str(part.path) for part in parts]
    return connection.read_parquet(paths, file_row_number=first is not None).project(", ".join(chosen))


def part_field(part: Part, name: str) -> pa.Field[Any] | None:
    index = part.schema.get_field_index(name)
    return part.schema.field(index) if index >= 0 else None


def expression(found: pa.Field[Any] | None, wanted: pa.Field[Any]) -> str:
    """SQL for the column `wanted` where a relation has `found` of that name, or has none."""
    if found is None:
        return f"CAST(NULL AS {sql_type(wanted.type)})"
    name = quote(found.name)
    if found.type == wanted.type:
        return name
    if pa.types.is_floating(found.type) and pa.types.is_string(wanted.type):
        whole = f"{name} = trunc({name}) AND abs({name}) < 1e15"  # 12.0 is 12 to whoever wrote it
        return f"CASE WHEN {whole} THEN CAST(CAST({name} AS BIGINT) AS VARCHAR) ELSE CAST({name} AS VARCHAR) END"
    return f"CAST({name} AS {sql_type(wanted.type)})"


def sql_type(type_: pa.DataType) -> str:
    """DuckDB's word for a type that a column of the book may have."""
    for is_type, word in _SQL_TYPES:
        if is_type(type_):
            return word
    raise InternalError(f"No column of the book is of type {type_}.")


_SQL_TYPES = (
    (pa.types.is_string, "VARCHAR"),
    (pa.types.is_int64, "BIGINT"),
    (pa.types.is_float64, "DOUBLE"),
    (pa.types.is_date32, "DATE"),
    (pa.types.is_timestamp, "TIMESTAMPTZ"),
    (pa.types.is_boolean, "BOOLEAN"),
)

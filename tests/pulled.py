"""Files written for a test, and what a source makes of them."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from winloss.sources.contract import Intake, Problem
from winloss.sources.files import FileSource


@dataclass(frozen=True)
class Pulled:
    """Every table of a source as rows, and what was told."""

    tables: dict[str, pa.Table]
    told: Intake
    kinds: dict[str, int]

    def rows(self, table: str = "deals") -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.tables[table].to_pylist()
        return rows

    def column(self, name: str, table: str = "deals") -> list[Any]:
        return self.tables[table][name].to_pylist()

    def problem(self, code: str) -> Problem | None:
        return next((p for p in self.told.problems if p.code == code), None)

    def target(self, header: str) -> str | None:
        return next(c.target for c in self.told.columns if c.header == header)

    def use(self, header: str) -> str:
        return next(c.use for c in self.told.columns if c.header == header)


def write(path: Path, rows: Sequence[Mapping[str, object]]) -> Path:
    """Rows as a CSV file."""
    with path.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.DictWriter(opened, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def pull(*paths: Path, **more: Any) -> Pulled:
    """Pull every table that the files offer."""
    more.setdefault("keep_rejects", False)
    source = FileSource(paths, **more)
    tables = {table: _whole(source, table) for table in source.offers}
    return Pulled(tables, source.told(), source.kinds)


def _whole(source: FileSource, table: str) -> pa.Table:
    schema = source.schema(table)
    return pa.Table.from_batches([batch.cast(schema) for batch in source.pull(table)], schema=schema)

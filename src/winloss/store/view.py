"""One version of the book on an engine: every declared table as an Ibis expression over its Parquet files."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir
import pyarrow as pa

from winloss import __version__
from winloss.store import delta
from winloss.store.damage import reading
from winloss.store.folder import Folder
from winloss.store.kept import Kept, coded
from winloss.store.manifest import Manifest
from winloss.store.parts import ROW_GROUP, Part, expression, quote, relation
from winloss.tables import TABLES, TableSpec

_WORTH_KEEPING_S = 0.1
"""An answer that took this long is kept beside the book."""
_MOST_CODED = 1000
"""Values of a column of held rows that are looked for: columns of more are written as they are, without a try."""


class _Opened(Mapping[str, ir.Table]):
    """Every declared table: those that hold something are opened at once, empty ones when they are first looked at."""

    def __init__(self, open_table: Callable[[TableSpec], ir.Table], *, at_once: Iterable[str]) -> None:
        self._open = open_table
        self._opened = {name: open_table(TABLES[name]) for name in at_once if name in TABLES}

    def __getitem__(self, name: str) -> ir.Table:
        if name not in self._opened:
            self._opened[name] = self._open(TABLES[name])
        return self._opened[name]

    def __iter__(self) -> Iterator[str]:
        return iter(TABLES)

    def __len__(self) -> int:
        return len(TABLES)


class View:
    """A version of the book, read-only.

    Attributes
    ----------
    manifest
        The version.
    tables
        Every declared table by its name, empty where nothing was landed; custom columns after those declared.
    connection
        The Ibis back end (DuckDB).
    """

    def __init__(self, folder: Folder, manifest: Manifest, connection: Any, *, spill: Path) -> None:
        self.manifest = manifest
        self.connection = connection
        self._folder = folder
        self._spill = spill
        self._held = 0
        self._named: dict[str, ir.Table] = {}
        self._meanings: dict[str, str] = {}
        self._files: dict[str, str] = {}
        self.tables: Mapping[str, ir.Table] = _Opened(self._table, at_once=manifest.tables)

    def ask(self, question: ir.Expr) -> pa.Table:
        """Run one expression and return its rows.

        Raises
        ------
        UserError
            Where a file of the book turns out to be missing or damaged.
        """
        with reading(self._folder.path), _as_written():
            answer = question.to_pyarrow()
        if isinstance(answer, pa.Table):
            return answer
        column = answer if isinstance(answer, pa.ChunkedArray | pa.Array) else pa.array([answer.as_py()], answer.type)
        return pa.table({question.get_name(): column})

    def recall(self, question: ir.Expr) -> pa.Table:
        """The same as `ask`, from beside the book where this version was asked it before. Text may come as codes.

        Only what took its time is kept.
        """
        stamp = self._stamp(question)
        if stamp is None:
            return self.ask(question)
        kept, words = Kept(self._folder.kept, stamp), str(ibis.to_sql(question, dialect="duckdb"))
        answer = kept.find(words)
        if answer is None:
            begun = time.monotonic()
            answer = coded(self.ask(question))
            if time.monotonic() - begun >= _WORTH_KEEPING_S:
                kept.keep(words, answer)
        return answer

    def _stamp(self, question: ir.Expr) -> str | None:
        """What the answer to a question follows from beside its words; None where that cannot be told."""
        if question.op().find(ops.InMemoryTable):
            return None
        told = [__version__]
        for name in sorted({table.name for table in question.op().find(ops.DatabaseTable)}):
            if name in self._named:
                asked = self._named[name]
                told += [name, self._meaning(name)]
                names = {table.name for table in asked.op().find(ops.DatabaseTable)}
            else:
                names = {name}
            # The names of people are in no version, and what is held is of this view only.
            if not names <= self.tables.keys() - {"people"}:
                return None
            # Files have names of their own; numbers of versions come again where a book is restored.
            told += [f"{name} {self.tables[name].schema()} {self._files[name]}" for name in sorted(names)]
        return "\0".join(told)

    def _meaning(self, name: str) -> str:
        """Everything that a named question says: its words, and what stands in the small tables it is made of."""
        if name not in self._meanings:
            asked = "SELECT sql FROM duckdb_views() WHERE view_name = ?"
            ((words,),) = self.connection.con.execute(asked, [name]).fetchall()
            parts = []
            for place, small in enumerate(self._named[name].op().find(ops.InMemoryTable)):
                words = words.replace(small.name, f"small_{place}")
                parts.append(repr(small.data.to_pyarrow(small.schema).to_pydict()))
            self._meanings[name] = "\0".join([*parts, words])
        return self._meanings[name]

    def hold(self, name: str, question: ir.Table) -> ir.Table:
        """Run `question` once and keep its rows as the table `name` while the view lives.

        They are kept in a passing Parquet file: a third of the memory of a table, and no slower to count over.
        """
        self._held += 1
        path = self._spill / f"held-{self._held}.parquet"
        with reading(self._folder.path), _as_written():
            question.to_parquet(path, row_group_size=ROW_GROUP, dictionary_size_limit=_MOST_CODED)
            held: ir.Table = self.connection.read_parquet(str(path), table_name=name)
        return held

    def name(self, name: str, question: ir.Table) -> ir.Table:
        """Give a question a name while the view lives: asked anew each time, but put in the engine's words only once."""
        self._named[name] = question  # with the small tables it is made of
        self._meanings.pop(name, None)
        named: ir.Table = self.connection.create_view(name, question, overwrite=True)
        return named

    def _table(self, spec: TableSpec) -> ir.Table:
        parts, schema = self._content(spec)
        with reading(self._folder.path):
            rows = relation(self.connection.con, parts, schema) if parts else self._empty(schema)
            rows.create_view(spec.name)
            return self.connection.table(spec.name)

    def _content(self, spec: TableSpec) -> tuple[list[Part], pa.Schema]:
        if spec.name == "people":
            path = self._folder.people
            return ([Part.of(path)] if path.exists() else []), spec.schema
        entry = self.manifest.tables.get(spec.name)
        if entry is None:
            self._files[spec.name] = ""
            return [], spec.schema
        parts, stored = delta.read(self._folder.table(spec.name), entry.delta_version)
        self._files[spec.name] = " ".join(sorted(part.path.name for part in parts))
        declared = set(spec.schema.names)
        return parts, pa.schema([*spec.schema, *(field for field in stored if field.name not in declared)])

    def _empty(self, schema: pa.Schema) -> duckdb.DuckDBPyRelation:
        chosen = ", ".join(f"{expression(None, field)} AS {quote(field.name)}" for field in schema)
        con: duckdb.DuckDBPyConnection = self.connection.con
        return con.sql("FROM range(0)").project(chosen)


@contextmanager
def _as_written() -> Iterator[None]:
    """Hand selects to the engine one inside the other: it joins them quicker than Ibis does."""
    before = ibis.options.sql.fuse_selects
    ibis.options.sql.fuse_selects = False
    try:
        yield
    finally:
        ibis.options.sql.fuse_selects = before


@contextmanager
def open_view(folder: Folder, manifest: Manifest, *, memory_limit: str, threads: int | None) -> Iterator[View]:
    """A view of `manifest`; the engine and what it spilled are gone afterwards. Nothing is written to the book."""
    with TemporaryDirectory(prefix="winloss-") as spill:
        options: dict[str, Any] = {} if threads is None else {"threads": threads}
        connection = ibis.duckdb.connect(
            memory_limit=memory_limit,
            temp_directory=spill,
            allocator_background_threads="true",  # memory goes back when a question is answered
            autoinstall_known_extensions="false",
            autoload_known_extensions="false",
            **options,
        )
        try:
            with reading(folder.path):
                view = View(folder, manifest, connection, spill=Path(spill))
            yield view
        finally:
            connection.disconnect()

"""One refresh of the book: rows of any tables come in, one new version goes out, or nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from winloss import __version__
from winloss.errors import DataError, InternalError
from winloss.store import delta
from winloss.store.columns import Columns, columns_of, merged_custom
from winloss.store.damage import writing
from winloss.store.folder import Folder
from winloss.store.manifest import Landed, Manifest, SourceEntry, TableEntry, plain
from winloss.store.merge import Merge
from winloss.store.parts import Part, connect
from winloss.store.pull import Hashes, Pulled, Stored, hashes
from winloss.store.staging import Staging, chunks
from winloss.tables import TABLES, TableSpec
from winloss.tables.custom import PREFIX, CustomColumn
from winloss.tables.deals import DEALS

UNVERSIONED = "people"
"""The one table with names: swapped as a whole, so that a person can be forgotten."""
_KEYS_KEPT = 200
"""Hashes of deals by which a later pull is known to hold those of an earlier one."""


@dataclass(frozen=True, slots=True)
class _Content:
    """A table as this landing sees it: its files, its columns and its custom columns."""

    parts: Sequence[Part] = ()
    schema: pa.Schema | None = None
    custom: tuple[CustomColumn, ...] = ()


class Landing:
    """The only way to write a book; `Book.landing()` gives one and holds the writer's lock meanwhile."""

    def __init__(self, folder: Folder, *, memory_limit: str = "512MB", threads: int = 2) -> None:
        self._folder = folder
        self._base = folder.read_manifest(folder.current())
        self._connection = connect(memory_limit=memory_limit, threads=threads, spill=folder.staging / "spill")
        self._contents: dict[str, _Content] = {}
        self._landed: dict[str, Landed] = {}
        self._altered: set[str] = set()
        self._deals: list[Hashes] = []
        self._ended = False

    @property
    def base(self) -> Manifest:
        """The version that stood when the landing began."""
        return self._base

    def close(self) -> None:
        self._ended = True
        self._connection.close()

    def land(
        self,
        table: str,
        pages: Iterable[pa.RecordBatch],
        *,
        schema: pa.Schema | None = None,
        custom: Sequence[CustomColumn] = (),
    ) -> Landed:
        """Hold the rows of `pages` against what is stored, by the table's key; nothing is seen before `commit`.

        Parameters
        ----------
        table
            One of `winloss.tables.TABLES`.
        pages
            Rows in canonical columns; every page has the same.
        schema
            The columns that the source carries, where the pages hold more (blank ones). A column that is not
            carried leaves stored values untouched, and is null on new rows. Default: the columns of the pages.
        custom
            What the custom columns among them are. Those of use `ignored` are not landed.

        Returns
        -------
        Landed
            Counts of this pull; `rows == new + changed + unchanged + folded`.

        Raises
        ------
        DataError
            Where a row has no key.
        UserError
            Where the book cannot be read or written.
        """
        spec = TABLES.get(table)
        if spec is None or self._ended:
            raise InternalError(f"Nothing can be landed in {table!r} here.")
        with writing(self._folder.path):
            return self._land(spec, pages, schema, custom)

    def _land(
        self,
        spec: TableSpec,
        pages: Iterable[pa.RecordBatch],
        schema: pa.Schema | None,
        custom: Sequence[CustomColumn],
    ) -> Landed:
        before = self._content(spec.name)
        pages, found = _peek(pages)
        columns = columns_of(spec, schema or found or spec.schema, custom, before.schema)
        index = Stored.of(self._connection, before.parts, columns)
        pulled = Pulled()
        staged = self._stage(pages, columns, index, pulled)
        merge = Merge(self._connection, columns, before.parts, staged, self._folder.staging)
        verdict = merge.decide(index, pulled)
        if spec.name == DEALS.name:
            self._deals.append(pulled.keys())
        described = merged_custom(before.custom, [c for c in custom if c.name in columns.whole.names], columns.whole)
        after = _Content(before.parts, before.schema, described)
        if verdict.landed.alters or _reshaped(before.schema, columns.whole):
            after = _Content(merge.parts(verdict), columns.whole, described)
            self._altered.add(spec.name)
        self._contents[spec.name] = after
        self._landed[spec.name] = _sum(self._landed.get(spec.name, Landed()), verdict.landed)
        return verdict.landed

    def _stage(
        self, pages: Iterable[pa.RecordBatch], columns: Columns, index: Stored, pulled: Pulled
    ) -> Sequence[Part]:
        with Staging(self._folder.staging) as staging:
            for chunk in chunks(pages):
                rows = columns.cast(self._connection, chunk)
                _check_keys(rows, columns)
                staging.write(self._differing(rows, columns, index, pulled))
            staging.flush()
            pulled.twice()
            staging.close()
        return staging.parts

    def _differing(self, rows: pa.Table, columns: Columns, index: Stored, pulled: Pulled) -> pa.Table:
        """The rows that do not stand in the book as they are."""
        arrow = self._connection.from_arrow(rows)
        if not len(index.keys):
            (keys,) = hashes(arrow, columns.key)
            pulled.add(keys, np.zeros(len(keys), np.bool_), np.empty(0, np.uint64))
            return rows
        keys, values = hashes(arrow, columns.key, columns.compared)
        standing = index.holds(keys, values)
        pulled.add(keys, standing, values[~standing])
        return rows.filter(pa.array(~standing)).cast(columns.carried)

    def met(self, entry: SourceEntry) -> float:
        """Share of the deals of an earlier source, of which some are known, that were landed here too; 0 where none is."""
        return float(np.isin(np.array(entry.keys, np.uint64), self._keys()).mean()) if entry.keys else 0.0

    def _keys(self) -> Hashes:
        return np.concatenate(self._deals) if self._deals else np.empty(0, np.uint64)

    def _content(self, table: str) -> _Content:
        if table in self._contents:
            return self._contents[table]
        if table == UNVERSIONED:
            parts = [Part.of(self._folder.people)] if self._folder.people.exists() else []
            return _Content(parts, parts[0].schema if parts else None)
        entry = self._base.tables.get(table)
        if entry is None:
            return _Content()
        parts, schema = delta.read(self._folder.table(table), entry.delta_version)
        return _Content(parts, schema, self._base.custom.get(table, ()))

    def commit(
        self,
        *,
        source: str | None,
        told: dict[str, Any],
        settings: dict[str, Any],
        made_at: dt.datetime,
        note: str = "",
        told_anew: Collection[str] = (),
    ) -> Manifest:
        """Make what was landed the next version of the book, all of it or nothing; ends the landing.

        Parameters
        ----------
        source
            Stable name of what was pulled; what it told before is replaced. None where only settings change.
        told
            What the source told of the pull; plain values.
        settings
            Taxonomy, mapping, picklist and the like, in force from this version on; plain values.
        made_at
            The instant of the version.
        note
            One line for the log; "import" and the source, or "settings", where it is empty.
        told_anew
            Earlier sources whose rows this one told again.

        Returns
        -------
        Manifest
            The new version; the one that stood before where neither rows nor `told` nor `settings` differ.
        """
        if self._ended:
            raise InternalError("This landing has ended.")
        self._ended = True
        with writing(self._folder.path):
            self._swap_people()
            return self._commit(source, plain(told), plain(settings), made_at, note, told_anew)

    def _commit(
        self,
        source: str | None,
        told: dict[str, Any],
        settings: dict[str, Any],
        made_at: dt.datetime,
        note: str,
        told_anew: Collection[str],
    ) -> Manifest:
        altered = [table for table in self._contents if table != UNVERSIONED and self._alters(table)]
        if not altered and self._told_before(source, told) and self._base.settings == settings:
            return self._base
        version = self._base.version + 1
        tables = {table: self._commit_table(table, version) for table in altered}
        entry = SourceEntry(told=told, landed=dict(self._landed), version=version, keys=_some(self._keys()))
        before = {
            name: replace(one, told_anew=one.told_anew or name in told_anew) for name, one in self._base.sources.items()
        }
        manifest = Manifest(
            version=version,
            made_at=made_at,
            program=__version__,
            note=note or (f"import {source}" if source else "settings"),
            parent=self._base.version,
            content_of=version,
            tables=self._base.tables | tables,
            custom=self._base.custom | {table: self._contents[table].custom for table in altered},
            sources=before | ({source: entry} if source else {}),
            settings=settings,
        )
        self._folder.write_manifest(manifest)
        self._folder.set_current(version)
        return manifest

    def _alters(self, table: str) -> bool:
        return table in self._altered or self._contents[table].custom != self._base.custom.get(table, ())

    def _told_before(self, source: str | None, told: dict[str, Any]) -> bool:
        before = self._base.sources.get(source) if source else None
        return source is None or (before is not None and before.told == told)

    def _commit_table(self, table: str, version: int) -> TableEntry:
        content = self._contents[table]
        staging, folder = self._folder.staging, self._folder.table(table)
        parts = [
            replace(part, path=self._folder.adopt(part.path, table, version, number))
            if part.path.parent == staging
            else part
            for number, part in enumerate(content.parts)
        ]
        schema = content.schema or TABLES[table].schema
        delta_version = delta.commit(folder, parts, schema, book_version=version)
        return TableEntry(delta_version=delta_version, rows=sum(part.rows for part in parts))

    def _swap_people(self) -> None:
        """Put the table of people in place first: a name too many harms nobody, a version without its names would."""
        landed = self._landed.get(UNVERSIONED)
        if landed is None or not landed.alters:
            return
        schema = TABLES[UNVERSIONED].schema
        rows = pa.concat_tables(
            [pq.read_table(part.path) for part in self._contents[UNVERSIONED].parts], promote_options="default"
        )
        draft = self._folder.staging / "people.parquet"
        pq.write_table(_in_columns(rows, schema), draft)
        self._folder.swap(draft, self._folder.people)


def _some(keys: Hashes) -> tuple[int, ...]:
    """The smallest hashes: of any two pulls with the same deals they are the same."""
    few = 4 * _KEYS_KEPT
    low = np.partition(keys, few)[:few] if len(keys) > few else keys
    return tuple(np.unique(low)[:_KEYS_KEPT].tolist())


def _reshaped(before: pa.Schema | None, after: pa.Schema) -> bool:
    """Whether a custom column came or changed its type."""
    held = {field.name: field.type for field in before or ()}
    return before is not None and any(
        held.get(field.name) != field.type for field in after if field.name.startswith(PREFIX)
    )


def _in_columns(rows: pa.Table, schema: pa.Schema) -> pa.Table:
    columns = [rows[f.name] if f.name in rows.column_names else pa.nulls(rows.num_rows, f.type) for f in schema]
    return pa.table(columns, names=schema.names).cast(schema)


def _peek(pages: Iterable[pa.RecordBatch]) -> tuple[Iterator[pa.RecordBatch], pa.Schema | None]:
    """`pages` as they were, and the columns of the first."""
    rest = iter(pages)
    first = next(rest, None)
    return (iter(()), None) if first is None else (chain([first], rest), first.schema)


def _check_keys(rows: pa.Table, columns: Columns) -> None:
    for name in columns.key:
        if blank := rows[name].null_count:
            raise DataError(
                f"{blank:,} rows of {columns.spec.name} have no {name}: a row without its key cannot be kept. "
                "Nothing was changed."
            )


def _sum(one: Landed, other: Landed) -> Landed:
    return Landed(
        rows=one.rows + other.rows,
        new=one.new + other.new,
        changed=one.changed + other.changed,
        unchanged=one.unchanged + other.unchanged,
        folded=one.folded + other.folded,
    )

"""A person taken out of the book: out of every version that is kept, and out of the table of people.

Files of rows are never changed. Those that name the person are written anew under new names, every version that names one
of them gets a new Delta version, its manifest is swapped, and last the old files go. Stopped at any moment, every version
opens, and forgetting the person again does what is left.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from winloss.store import delta
from winloss.store.damage import writing
from winloss.store.folder import Folder
from winloss.store.manifest import Manifest, TableEntry
from winloss.store.parts import ROW_GROUP, Part
from winloss.store.staging import Staging
from winloss.tables import TABLES
from winloss.tables.traces import Traces


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """What was rewritten, or would be: cells of tables, versions, words in manifests, and rows of people removed."""

    cells: int = 0
    files: int = 0
    versions: int = 0
    words: int = 0
    people: int = 0

    @property
    def anything(self) -> bool:
        return bool(self.cells or self.words or self.people)


def look(folder: Folder, traces: Traces, ids: Sequence[str]) -> Forgotten:
    """What forgetting would rewrite; nothing is changed."""
    manifests = _kept(folder)
    cells = {part.path: _count(part, traces) for _, _, part in _parts(folder, manifests)}
    touched = [
        manifest.version for manifest in manifests if any(cells[part.path] for _, _, part in _parts(folder, [manifest]))
    ]
    words = sum(_reworded(manifest, traces)[1] for manifest in manifests)
    return Forgotten(
        cells=sum(cells.values()),
        files=sum(1 for count in cells.values() if count),
        versions=len(touched),
        words=words,
        people=_people(folder, traces, ids)[1],
    )


def forget(folder: Folder, traces: Traces, ids: Sequence[str]) -> Forgotten:
    """Take the person out; the writer's lock is held.

    Parameters
    ----------
    folder
        The book's.
    traces
        How the person is written, and the id that takes the place.
    ids
        Ids of the person in the table of people; their rows are removed, last.

    Raises
    ------
    UserError
        Where a version is damaged or the disk is full; every version opens still.
    """
    with writing(folder.path):
        told = _forget_versions(folder, traces)
        _remove_unnamed(folder)
        people, removed = _people(folder, traces, ids)
        if removed and people is not None:
            draft = folder.staging / "people.parquet"
            pq.write_table(people, draft)
            folder.swap(draft, folder.people)
        return replace(told, people=removed)


def _kept(folder: Folder) -> list[Manifest]:
    current = folder.current()
    return [folder.read_manifest(version) for version in range(folder.first, current + 1)] if current else []


def _parts(folder: Folder, manifests: Sequence[Manifest]) -> Iterator[tuple[str, int, Part]]:
    """Every file that these versions name, once, with its table and Delta version."""
    seen: set[Path] = set()
    for name, version in dict.fromkeys(_entries(manifests)):
        for part in delta.read(folder.table(name), version)[0]:
            if part.path not in seen:
                seen.add(part.path)
                yield name, version, part


def _entries(manifests: Sequence[Manifest]) -> Iterator[tuple[str, int]]:
    for manifest in manifests:
        yield from ((name, entry.delta_version) for name, entry in manifest.tables.items())


class _Rewriting:
    """Files and Delta versions that were written anew, so that each is written once."""

    def __init__(self, folder: Folder, traces: Traces) -> None:
        self.folder, self.traces = folder, traces
        self.files: dict[Path, tuple[Part, ...]] = {}
        self.versions: dict[tuple[str, int], int] = {}
        self.cells = 0

    def entry(self, table: str, entry: TableEntry, book_version: int) -> TableEntry:
        """The table in this version without the person: as it was, or of a new Delta version."""
        key = (table, entry.delta_version)
        if key not in self.versions:
            parts, schema = delta.read(self.folder.table(table), entry.delta_version)
            after = [new for part in parts for new in self._parts(table, part)]
            self.versions[key] = (
                entry.delta_version
                if [part.path for part in after] == [part.path for part in parts]
                else delta.commit(self.folder.table(table), after, schema, book_version=book_version)
            )
        return replace(entry, delta_version=self.versions[key])

    def _parts(self, table: str, part: Part) -> tuple[Part, ...]:
        if part.path not in self.files:
            self.files[part.path] = self._written(table, part) if _count(part, self.traces) else (part,)
        return self.files[part.path]

    def _written(self, table: str, part: Part) -> tuple[Part, ...]:
        with Staging(self.folder.staging) as staging:
            for rows in _row_groups(part):
                clean, count = _rewritten(rows, self.traces)
                self.cells += count
                staging.write(clean)
            staging.close()
        version, number = (int(piece) for piece in part.path.stem.split("-")[:2])
        return tuple(replace(new, path=self.folder.adopt(new.path, table, version, number)) for new in staging.parts)


def _forget_versions(folder: Folder, traces: Traces) -> Forgotten:
    rewriting, versions, words = _Rewriting(folder, traces), 0, 0
    for manifest in _kept(folder):
        tables = {name: rewriting.entry(name, entry, manifest.version) for name, entry in manifest.tables.items()}
        after, count = _reworded(replace(manifest, tables=tables), traces)
        words += count
        if after != manifest:
            folder.write_manifest(after)
            versions += tables != manifest.tables
    files = sum(1 for path, parts in rewriting.files.items() if [part.path for part in parts] != [path])
    return Forgotten(cells=rewriting.cells, files=files, versions=versions, words=words)


def _reworded(manifest: Manifest, traces: Traces) -> tuple[Manifest, int]:
    """A manifest without the person: what was told of sources, settings, notes and labels."""
    row = json.loads(manifest.to_json())
    custom = row.pop("custom")
    clean, count = traces.rewrite_plain(row)
    for column in (column for columns in custom.values() for column in columns):
        for name in ("label", "why"):  # its own name is that of a column in the files
            column[name], found = traces.rewrite(column[name])
            count += found
    return (Manifest.from_json(json.dumps({**clean, "custom": custom})) if count else manifest), count


def _row_groups(part: Part) -> Iterator[pa.Table]:
    with pq.ParquetFile(part.path) as file:
        for batch in file.iter_batches(batch_size=ROW_GROUP):
            yield pa.Table.from_batches([batch])


def _count(part: Part, traces: Traces) -> int:
    """Cells of a file in which the person stands."""
    names = [field.name for field in part.schema if _is_text(field.type)]
    with pq.ParquetFile(part.path) as file:
        batches = file.iter_batches(batch_size=ROW_GROUP, columns=names)
        return sum(_rewritten(pa.Table.from_batches([batch]), traces)[1] for batch in batches)


def _is_text(type_: pa.DataType) -> bool:
    return pa.types.is_string(type_) or pa.types.is_large_string(type_)


def _rewritten(rows: pa.Table, traces: Traces) -> tuple[pa.Table, int]:
    """The rows without the person, and in how many cells they stood."""
    count = 0
    for place, field in enumerate(rows.schema):
        if not _is_text(field.type):
            continue
        column, found = _without(rows.column(place).combine_chunks(), traces)
        if found:
            rows = rows.set_column(place, field, pa.chunked_array([column], field.type))
            count += found
    return rows, count


def _without(column: Any, traces: Traces) -> tuple[Any, int]:
    """A column without the person. Few cells hold a piece of the name or address: only they are read."""
    pieces = [pc.match_substring(column, piece, ignore_case=True) for piece in traces.needles or ()]
    mask = pieces[0] if pieces else pc.is_valid(column)
    for more in pieces[1:]:
        mask = pc.or_(mask, more)
    mask = pc.fill_null(mask, False)
    if not pc.any(mask).as_py():
        return column, 0
    told = [traces.rewrite(text) for text in column.filter(mask).to_pylist()]
    count = sum(1 for _, found in told if found)
    if not count:
        return column, 0
    return pc.replace_with_mask(column, mask, pa.array([text for text, _ in told], column.type)), count


def _people(folder: Folder, traces: Traces, ids: Sequence[str]) -> tuple[pa.Table | None, int]:
    """The table of people without the person, and how many rows they had or were named in."""
    if not folder.people.exists():
        return None, 0
    rows = pq.read_table(folder.people, schema=TABLES["people"].schema)
    gone = pc.is_in(rows["person_id"], value_set=pa.array(list(ids), pa.string()))
    kept, named = _rewritten(rows.filter(pc.invert(gone)), traces)
    return kept, (rows.num_rows - kept.num_rows) + named


def _remove_unnamed(folder: Folder) -> None:
    """Files that no version kept names, manifests before the first kept, and answers kept beside the book."""
    manifests = _kept(folder)
    needed = {part.path for _, _, part in _parts(folder, manifests)}
    first = manifests[0].version if manifests else 0
    spare = [path for path in folder.rows_files() if path not in needed]
    spare += [path for path in folder.manifest_files() if int(path.stem) < first]
    for path in spare:
        path.unlink(missing_ok=True)
    shutil.rmtree(folder.kept, ignore_errors=True)

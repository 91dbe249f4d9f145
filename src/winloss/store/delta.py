"""A Delta table as a set of Parquet files that changes from version to version.

Only manifests say which Delta version counts: one that a killed landing left behind, or that an undo
stepped back from, is put right by the next commit, which states the whole set of files.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, PostCommitHookProperties
from deltalake.exceptions import DeltaError
from deltalake.transaction import AddAction, RemoveAction

from winloss.errors import UserError
from winloss.store.damage import RESTORE
from winloss.store.folder import sync
from winloss.store.parts import Part

_CONFIGURATION = {
    # a manifest may pin any version, so no version of the log ever expires
    "delta.enableExpiredLogCleanup": "false",
    "delta.logRetentionDuration": "interval 36500 days",
}
_HOOKS = PostCommitHookProperties(create_checkpoint=True, cleanup_expired_logs=False)


def read(folder: Path, version: int) -> tuple[list[Part], pa.Schema]:
    """Files and columns of one version.

    Raises
    ------
    UserError
        Where the version, or a file it names, is missing or damaged.
    """
    try:
        table = DeltaTable(folder, version=version)
        return [Part.of(folder / name) for name in _names(table)], _schema(table)
    except FileNotFoundError as error:
        raise UserError(f"A file of {folder} is missing: {RESTORE}") from error
    except (DeltaError, OSError, pa.ArrowException) as error:
        raise UserError(f"{folder} is damaged: {RESTORE}") from error


def names(folder: Path, version: int) -> list[str]:
    """Names of the files of one version; UserError where it is missing or damaged."""
    try:
        return _names(DeltaTable(folder, version=version))
    except (DeltaError, OSError) as error:
        raise UserError(f"{folder} is damaged: {RESTORE}") from error


def commit(folder: Path, parts: Sequence[Part], schema: pa.Schema, *, book_version: int) -> int:
    """Make `parts`, all lying in `folder`, the whole content of the table; returns its new Delta version."""
    table = _open_or_make(folder, schema)
    properties = CommitProperties(custom_metadata={"winloss_book_version": str(book_version)})
    if _schema(table) != schema:
        table.create_write_transaction(
            [], "overwrite", schema, commit_properties=properties, post_commithook_properties=_HOOKS
        )
        table = DeltaTable(folder)
    standing = set(_names(table))
    wanted = {part.path.name: part for part in parts}
    actions: list[AddAction | RemoveAction] = [_add(part) for name, part in wanted.items() if name not in standing]
    actions += [
        RemoveAction(path=name, data_change=True, deletion_timestamp=0) for name in sorted(standing - wanted.keys())
    ]
    if actions:
        table.create_write_transaction(
            actions, "append", schema, commit_properties=properties, post_commithook_properties=_HOOKS
        )
    version = DeltaTable(folder).version()
    _sync_log(folder, version)
    return version


def _open_or_make(folder: Path, schema: pa.Schema) -> DeltaTable:
    if DeltaTable.is_deltatable(str(folder)):
        return DeltaTable(folder)
    folder.mkdir(parents=True, exist_ok=True)
    return DeltaTable.create(folder, schema, configuration=_CONFIGURATION)


def _names(table: DeltaTable) -> list[str]:
    """The table's files, oldest first: their names begin with the version that wrote them.

    All lie in the table's own folder; the rest of a URI is left alone, for it may be quoted.
    """
    return sorted(uri.rpartition("/")[2] for uri in table.file_uris())


def _schema(table: DeltaTable) -> pa.Schema:
    return pa.schema(table.schema().to_arrow())  # type: ignore[arg-type]  # Arrow's C interface, unknown to the stubs


def _add(part: Part) -> AddAction:
    return AddAction(
        path=part.path.name,
        size=part.path.stat().st_size,
        partition_values={},
        modification_time=int(part.path.stat().st_mtime * 1000),
        data_change=True,
        stats=json.dumps({"numRecords": part.rows}),
    )


def _sync_log(folder: Path, version: int) -> None:
    log = folder / "_delta_log"
    sync(log / f"{version:020d}.json")
    sync(log)

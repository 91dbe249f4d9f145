"""Open any file of deals: what it is is told by its content, and its tables come as text, row by row.

`open_raw(path)` gives one `RawTable` a sheet or array, usually one.
"""

from __future__ import annotations

import gzip
import shutil
import tempfile
import weakref
import zlib
from pathlib import Path

from winloss.errors import UserError
from winloss.sources.files.content import check_readable, kind_of
from winloss.sources.files.raw_table import COLUMNS, Progress, RawBatch, RawReject, RawTable, RejectLog

UNPACKED_BYTES = 8 << 30
RATIO = 200
RATIO_FROM_BYTES = 256 << 20

__all__ = ["Progress", "RawBatch", "RawReject", "RawTable", "RejectLog", "open_raw"]


def open_raw(path: Path, *, progress: Progress | None = None, work_dir: Path | None = None) -> list[RawTable]:
    """The tables in a file of deals.

    Parameters
    ----------
    path
        CSV, TSV and the like (also gzipped), XLSX, XLS, XLSB, ODS, Parquet, JSON or JSON lines.
    progress
        Called with bytes read and bytes in all.
    work_dir
        Where temporary files go; the system's place where None. They vanish with the tables.

    Raises
    ------
    UserError
        Where the file cannot be read; one sentence that names it and says what to do. Damage further down the
        file may show only while `batches()` is drained.
    """
    path = Path(path)
    check_readable(path)
    kind = kind_of(path)
    if kind == "gzip":
        tables = _open_gzip(path, progress, work_dir)
    else:
        tables = _open(kind, path, path.name, progress, work_dir)
    for table in tables:
        _check_width(table)
    return tables


def _check_width(table: RawTable) -> None:
    if (width := len(table.header)) > COLUMNS:
        raise UserError(
            f"{table.label} has {width:,} columns, and at most {COLUMNS:,} are read: "
            "export the deals one a row, with the columns you need."
        )


def _open(kind: str, path: Path, label: str, progress: Progress | None, work_dir: Path | None) -> list[RawTable]:
    # Each reader brings a library of its own; only the one that is wanted is loaded.
    if kind == "workbook":
        from winloss.sources.files.workbook import open_workbook

        return open_workbook(path, progress=progress, work_dir=work_dir)
    if kind == "parquet":
        from winloss.sources.files.typed import open_parquet

        return [open_parquet(path, progress=progress, work_dir=work_dir)]
    if kind == "json":
        from winloss.sources.files.typed import open_json

        return open_json(path, progress=progress, work_dir=work_dir)
    from winloss.sources.files.delimited import open_delimited

    return [open_delimited(path, label=label, progress=progress, work_dir=work_dir)]


def _open_gzip(path: Path, progress: Progress | None, work_dir: Path | None) -> list[RawTable]:
    """The file inside, unpacked beside; it is removed with the last of its tables."""
    folder = Path(tempfile.mkdtemp(prefix="winloss-", dir=work_dir))
    inside = folder / (path.stem or "unpacked")
    try:
        _unpack(path, inside)
        if not inside.stat().st_size:
            raise UserError(f"{path.name} holds an empty file: export it again.")
        kind = kind_of(inside)
        if kind == "gzip":
            raise UserError(f"{path.name} is packed twice: unpack it and name the file inside.")
        tables = _open(kind, inside, path.name, progress, work_dir)
    except BaseException:
        _remove(folder)
        raise
    _Folder(folder).kept_by(tables)
    return tables


def _unpack(path: Path, inside: Path) -> None:
    packed, unpacked = path.stat().st_size, 0
    try:
        with gzip.open(path) as source, inside.open("wb") as target:
            while piece := source.read(1 << 20):
                unpacked += len(piece)
                if unpacked > UNPACKED_BYTES or (unpacked > RATIO_FROM_BYTES and unpacked > RATIO * packed):
                    raise UserError(f"{path.name} unpacks to far more than an export holds: it was not read.")
                target.write(piece)
    except (OSError, EOFError, zlib.error):
        raise UserError(f"{path.name} is damaged or cut short: export or copy it again.") from None


class _Folder:
    """A temporary folder that lives as long as any of its tables."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._left = 0

    def kept_by(self, tables: list[RawTable]) -> None:
        self._left = len(tables)
        for table in tables:
            weakref.finalize(table, self._let_go)

    def _let_go(self) -> None:
        self._left -= 1
        if not self._left:
            _remove(self._folder)


def _remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)

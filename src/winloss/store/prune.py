"""Old versions of a book let go, with the files that no version kept names.

The first version kept is written down, whole or not at all, before any file goes: from then on older versions are
gone, and what a kill leaves of their files is cleared by the next prune.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from winloss.store import delta
from winloss.store.folder import Folder
from winloss.store.manifest import Manifest


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruned:
    """What a prune did: versions that are gone, files removed (manifests among them) with their bytes, and what is kept.

    `stuck` are the files that could not be removed, for want of a right or because something holds them.
    """

    versions: int
    files: int
    bytes: int
    stuck: int
    first: int
    last: int


def prune(folder: Folder, kept: Sequence[Manifest]) -> Pruned:
    """Remove every version before the first of `kept`, and every file of a table that none of them names.

    Parameters
    ----------
    folder
        The book's, whose writer's lock is held.
    kept
        Neighbouring versions, oldest first, the one in force among them.

    Raises
    ------
    UserError
        Where a version kept is damaged: nothing is removed.
    """
    needed = _named(folder, kept)
    versions = kept[0].version - folder.first
    folder.set_first(kept[0].version)
    spare = [path for path in folder.rows_files() if path not in needed]
    spare += [path for path in folder.manifest_files() if int(path.stem) < kept[0].version]
    sizes = [_removed(path) for path in spare]
    gone = [size for size in sizes if size is not None]
    stuck: list[str] = []
    if folder.kept.exists():
        shutil.rmtree(folder.kept, onerror=lambda _, path, __: stuck.append(path))
    return Pruned(
        versions=versions,
        files=len(gone),
        bytes=sum(gone),
        stuck=len(sizes) - len(gone) + len(stuck),
        first=kept[0].version,
        last=kept[-1].version,
    )


def _removed(path: Path) -> int | None:
    """The bytes of a file that is gone now; None where it could not be removed."""
    try:
        size = path.stat().st_size
        path.unlink()
    except FileNotFoundError:
        return 0
    except OSError:
        return None
    return size


def _named(folder: Folder, kept: Sequence[Manifest]) -> set[Path]:
    """The Parquet files of all tables of these versions."""
    entries = {(name, entry.delta_version) for manifest in kept for name, entry in manifest.tables.items()}
    return {part.path for name, version in sorted(entries) for part in delta.read(folder.table(name), version)[0]}

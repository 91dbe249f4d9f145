"""The watched folder: exports that a person or a program puts there are imported as if uploaded, once each.

Files of one folder belong together, as if chosen together; each folder directly inside is a set of its own.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from stat import S_ISREG
from typing import Any

from django.conf import settings
from django.utils import timezone

from winloss.errors import UserError
from winloss.web.sources import places, services
from winloss.web.sources.models import Upload, Watched
from winloss.web.sources.receiving import MOST_FILES, Received

STABLE_S = 60
"""A file is taken when nothing changed in it for so long."""
SUFFIXES = frozenset(
    {".csv", ".tsv", ".txt", ".tab", ".xlsx", ".xlsm", ".xls", ".xlsb", ".ods", ".parquet"}
    | {".json", ".jsonl", ".ndjson", ".gz", ".toml"}
)
_ABANDONED_S = 24 * 3600
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Found:
    """One file of the folder, and what shows that it changed."""

    path: Path
    size: int
    changed: tuple[int, int]


def look(now: float | None = None) -> dict[str, Any]:
    """Take what is new and finished in the watched folder.

    Parameters
    ----------
    now
        Seconds since 1970; the clock where None.

    Returns
    -------
    dict
        `taken`, `known`, `waiting` and `refused`: how many folders each.
    """
    counts = dict.fromkeys(("taken", "known", "waiting", "refused"), 0)
    moment = timezone.now().timestamp() if now is None else now
    folder = settings.CONFIG.watch_folder
    sweep(moment)
    if folder is None or not folder.is_dir():
        return counts
    for place, files in _sets(folder):
        if not files:
            continue
        if any(moment - STABLE_S < max(f.changed) / 1e9 <= moment + STABLE_S for f in files):
            counts["waiting"] += 1
            continue
        signature = _signature(files)
        if not Watched.objects.filter(place=place, signature=signature).exists():
            counts[_take(place, files, signature)] += 1
    return counts


def _sets(folder: Path) -> Iterator[tuple[str, list[Found]]]:
    yield "", _files(folder)
    for child in sorted(folder.iterdir()):
        ours = child.is_dir() and not child.is_symlink() and not child.name.startswith(".")
        if ours and os.access(child, os.R_OK | os.X_OK):
            yield child.name.encode("utf-8", "replace").decode()[:400], _files(child)


def _files(folder: Path) -> list[Found]:
    """Ordinary files that exports come in; links, hidden files and half downloads are none."""
    found = []
    for path in sorted(folder.iterdir()):
        if path.name.startswith((".", "~")) or path.suffix.lower() not in SUFFIXES:
            continue
        told = path.lstat()
        if S_ISREG(told.st_mode):
            found.append(Found(path, told.st_size, (told.st_mtime_ns, told.st_ctime_ns)))
    return found


def _signature(files: list[Found]) -> str:
    return sha256(
        "\n".join(f"{f.path.name}\0{f.size}\0{f.changed[0]}" for f in files).encode("utf-8", "replace")
    ).hexdigest()


def _take(place: str, files: list[Found], signature: str) -> str:
    """Upload one set; what became of it."""
    upload: Upload | None = None
    problem, outcome = "", "taken"
    try:
        with places.incoming() as folder:
            received = [_copied(file, folder) for file in _few(files)]
            if _signature(_files(files[0].path.parent)) != signature:
                return "waiting"  # somebody writes while it is read
            receipt = services.receive(received, folder, watched=True)
            upload, outcome = receipt.upload, "known" if receipt.known else "taken"
    except UserError as error:
        problem, outcome = str(error), "refused"
    except PermissionError as error:
        problem, outcome = f"{Path(error.filename or '').name} may not be read: give winloss the right to.", "refused"
    except FileNotFoundError:
        return "waiting"
    Watched.objects.update_or_create(
        place=place, defaults={"signature": signature, "upload": upload, "problem": problem}
    )
    return outcome


def _few(files: list[Found]) -> list[Found]:
    if len(files) > MOST_FILES:
        raise UserError(
            f"There are {len(files)} files, and at most {MOST_FILES} are read together: put each export in a folder."
        )
    return files


def _copied(file: Found, folder: Path) -> Received:
    most = settings.CONFIG.upload_most_mb
    if file.size > most << 20:
        raise UserError(f"{places.safe_name(file.path.name)} is larger than {most:,} MB, the most that is taken.")
    taken = {path.name.casefold() for path in folder.iterdir()}
    target = folder / places.free_name(places.safe_name(file.path.name), taken)
    digest, size = sha256(), 0
    with file.path.open("rb") as source, target.open("xb") as copy:
        while piece := source.read(_PIECE):
            digest.update(piece)
            copy.write(piece)
            size += len(piece)
        copy.flush()
        os.fsync(copy.fileno())
    return Received(target, size=size, digest=digest.hexdigest(), content_type=None)


def sweep(now: float) -> int:
    """Remove what came in and was never acknowledged, a day after; how many folders there were."""
    gone = list(places.abandoned(now - _ABANDONED_S))
    for folder in gone:
        places.remove(folder)
    return len(gone)

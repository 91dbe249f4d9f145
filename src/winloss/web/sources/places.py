"""Where uploads lie on the disk, and how a file comes to lie there for good.

uploads/incoming/<random>/   files that are still coming, or that nobody acknowledged: worthless after a day
uploads/<id>/files/          the originals, under their own names made harmless
uploads/<id>/rejects/        rows that could not be read
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import unicodedata
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

LONGEST_NAME = 120
_FORBIDDEN = re.compile(r'[<>:"/\\|?*]')
_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,10}$")


def root() -> Path:
    place: Path = settings.CONFIG.uploads
    return place


def files_of(upload_id: uuid.UUID) -> Path:
    return root() / str(upload_id) / "files"


def rejects_of(upload_id: uuid.UUID) -> Path:
    return root() / str(upload_id) / "rejects"


def safe_name(given: str) -> str:
    r"""A name that is harmless on every disk, page and log, and still the reader's: no path, no control character.

    >>> safe_name("../../Deals Q3.csv"), safe_name("a\u202eb.csv"), safe_name("..")
    ('Deals Q3.csv', 'ab.csv', 'file')
    """
    name = unicodedata.normalize("NFC", given.encode("utf-8", "replace").decode()).replace("\\", "/").rpartition("/")[2]
    # Format characters turn names around or hide in them; half characters and controls have no place in any.
    kept = "".join(c for c in name if unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
    bare = " ".join(_FORBIDDEN.sub("_", kept).split()).strip(". ")
    if len(bare.encode()) > LONGEST_NAME:
        found = _SUFFIX.search(bare)
        end = found.group(0) if found else ""
        bare = bare.removesuffix(end).encode()[: LONGEST_NAME - len(end)].decode("utf-8", "ignore").rstrip(". ") + end
    return bare or "file"


def free_name(name: str, taken: set[str]) -> str:
    """The name, with a number where it is taken; disks that ignore case are thought of."""
    found, number = name, 1
    while found.casefold() in taken:
        number += 1
        end = _SUFFIX.search(name)
        suffix = end.group(0) if end else ""
        found = f"{name.removesuffix(suffix)} ({number}){suffix}"
    return found


@contextmanager
def incoming() -> Iterator[Path]:
    """A folder for files that are coming; whatever was not moved out of it is gone afterwards."""
    folder = root() / "incoming" / uuid.uuid4().hex
    folder.mkdir(parents=True, mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def keep(folder: Path, upload_id: uuid.UUID) -> None:
    """Make a folder of files, each already on the disk, the originals of an upload: whole, lasting, or not at all."""
    target = files_of(upload_id)
    target.parent.mkdir(parents=True, mode=0o700)
    sync(folder)
    folder.rename(target)
    for place in (target, target.parent, root()):
        sync(place)


def forget(upload_id: uuid.UUID) -> None:
    remove(root() / str(upload_id))


def remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)


def abandoned(before: float) -> Iterator[Path]:
    """Folders of files that came in, were never kept, and last changed before an instant (seconds since 1970)."""
    folder = root() / "incoming"
    for place in folder.iterdir() if folder.is_dir() else ():
        if place.stat().st_mtime < before:
            yield place


def sync(path: Path) -> None:
    """Wait until a file or folder is on the disk; folders cannot be waited for everywhere."""
    with contextlib.suppress(PermissionError, IsADirectoryError):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

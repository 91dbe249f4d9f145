"""A backup as a file: one tar, packed with zstd, its list of contents with digests first. Knows no database and no book."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any

import pyarrow as pa

from winloss.errors import UserError

CONTENTS = "winloss-backup.json"
FORMAT = "winloss.backup/1"
_PIECE = 1 << 20
_LONGEST_LIST = 256 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What a backup says of itself, and of every file in it: bytes and SHA-256."""

    about: Mapping[str, Any]
    files: Mapping[str, tuple[int, str]]

    @property
    def bytes(self) -> int:
        return sum(size for size, _ in self.files.values())


def pack(folder: Path, target: Path, about: Mapping[str, Any]) -> Contents:
    """Pack everything under `folder` into `target`, whole and read back, or not at all.

    Raises
    ------
    UserError
        Where the file is there already, or the disk refuses.
    """
    if target.exists():
        raise UserError(f"{target} is there already: name a new file.")
    draft = target.with_name(f"{target.name}.part")
    try:
        contents = Contents(about=about, files={name: _digest(folder / name) for name in _names(folder)})
        os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
        _write(folder, draft, contents)
        if unpack(draft, None) != contents:
            raise UserError(f"{target} could not be read back as it was written: try another disk.")
        with draft.open("rb") as file:
            os.fsync(file.fileno())
        draft.replace(target)
    except OSError as error:
        raise UserError(f"The backup {target} cannot be written: {error.strerror or error}.") from error
    finally:
        draft.unlink(missing_ok=True)
    return contents


def _names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def _digest(path: Path) -> tuple[int, str]:
    with path.open("rb") as file:
        return path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest()


def _write(folder: Path, draft: Path, contents: Contents) -> None:
    listed = {name: {"bytes": size, "sha256": digest} for name, (size, digest) in contents.files.items()}
    told = json.dumps({"format": FORMAT, **contents.about, "files": listed}, indent=1, ensure_ascii=False).encode()
    with (
        pa.output_stream(str(draft), compression="zstd") as packed,
        tarfile.open(fileobj=packed, mode="w|", format=tarfile.PAX_FORMAT) as tar,
    ):
        _add(tar, CONTENTS, len(told), io.BytesIO(told))
        for name, (size, _) in contents.files.items():
            with (folder / name).open("rb") as file:
                _add(tar, name, size, file)


def _add(tar: tarfile.TarFile, name: str, size: int, file: IO[bytes]) -> None:
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o600
    tar.addfile(info, file)


def unpack(source: Path, into: Path | None) -> Contents:
    """Read a backup from end to end, hold every file against its digest, and put them into the folder `into` where given.

    Raises
    ------
    UserError
        Where the file is no backup, is cut, or differs in anything from what was written.
    """
    if not source.is_file():
        raise UserError(f"There is no backup at {source}.")
    with (
        _told(source),
        pa.input_stream(str(source), compression="zstd") as packed,
        tarfile.open(fileobj=packed, mode="r|") as tar,
    ):
        members = iter(tar)
        contents = _contents(tar, next(members, None), source)
        seen = {_checked(tar, member, contents, into, source) for member in members}
    if lacking := sorted(contents.files.keys() - seen):
        raise UserError(f"{source} is cut: {lacking[0]} is not in it. Take another backup.")
    return contents


@contextmanager
def _told(source: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, EOFError, tarfile.TarError, pa.ArrowException, ValueError, KeyError, TypeError) as error:
        if isinstance(error, OSError) and error.errno and error.strerror:
            raise UserError(f"{source} cannot be unpacked: {error.strerror}.") from error
        raise UserError(f"{source} is no backup of winloss, or is damaged or cut: take another one.") from error


def _contents(tar: tarfile.TarFile, first: tarfile.TarInfo | None, source: Path) -> Contents:
    if first is None or first.name != CONTENTS or not first.isreg() or first.size > _LONGEST_LIST:
        raise UserError(f"{source} is no backup of winloss.")
    file = tar.extractfile(first)
    assert file is not None
    row = json.loads(file.read())
    if row.pop("format") != FORMAT:
        raise UserError(f"{source} was written by a later winloss: restore it with that version.")
    listed = row.pop("files")
    return Contents(about=row, files={name: (int(one["bytes"]), str(one["sha256"])) for name, one in listed.items()})


def _checked(tar: tarfile.TarFile, member: tarfile.TarInfo, contents: Contents, into: Path | None, source: Path) -> str:
    name = member.name
    if not member.isreg() or name not in contents.files or not _is_harmless(name):
        raise UserError(f"{source} holds {name!r}, which no backup of winloss does: it was changed, do not use it.")
    file = tar.extractfile(member)
    assert file is not None
    if _copied(file, into / name if into else None) != contents.files[name]:
        raise UserError(f"{source} is damaged or was changed: {name} is not what was backed up. Take another backup.")
    return name


def _is_harmless(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts and "\\" not in name and ":" not in path.parts[0]


def _copied(file: IO[bytes], target: Path | None) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    if target is None:
        while piece := file.read(_PIECE):
            digest.update(piece)
            size += len(piece)
        return size, digest.hexdigest()
    target.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        while piece := file.read(_PIECE):
            digest.update(piece)
            size += len(piece)
            out.write(piece)
    return size, digest.hexdigest()


def link(path: Path, target: Path) -> None:
    """Have `path` at `target` as well, without room or time where the disk can; a file that is gone is left out."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(path, target)
    except FileNotFoundError:
        return
    except OSError:
        shutil.copyfile(path, target)

"""The empty folder that a backup is put into: what may be there before, and how what was unpacked takes its place."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from winloss.errors import UserError
from winloss.web import config as configuration
from winloss.web import keys

RESTORING = ".restoring"
_ALLOWED = frozenset({keys.FILE, configuration.FILE, RESTORING})


@contextmanager
def place_for(home: Path) -> Iterator[Path]:
    """A passing folder in a home folder that holds nothing but keys and settings; its content is put in place at the end.

    Where anything goes wrong meanwhile, the home folder is as it was.

    Raises
    ------
    UserError
        Where it holds anything else: nothing is ever overwritten.
    """
    made = not home.exists()
    there = {path.name for path in home.iterdir()} if home.is_dir() else set()
    if others := sorted(there - _ALLOWED):
        raise UserError(
            f"{home} is not empty ({others[0]} is there): restore into a new folder. "
            f"Only {keys.FILE} and {configuration.FILE} may be there before."
        )
    work = home / RESTORING
    try:
        shutil.rmtree(work, ignore_errors=True)
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        work.mkdir(mode=0o700)
    except OSError as error:
        raise UserError(f"{home} cannot be written: {error.strerror}.") from error
    try:
        yield work
    except BaseException:
        shutil.rmtree(work, ignore_errors=True)
        if made:
            with contextlib.suppress(OSError):
                home.rmdir()
        raise
    for path in sorted(work.iterdir()):
        path.replace(home / path.name)
    work.rmdir()


def keep_given(home: Path, work: Path) -> list[str]:
    """Keys and settings that were put there before stand instead of those of the backup; their names."""
    given = [name for name in (keys.FILE, configuration.FILE) if (home / name).exists()]
    for name in given:
        shutil.copy2(home / name, work / name)
    return given

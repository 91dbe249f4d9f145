"""Which backups were made: a line each in the home folder, so that it can be said how old the last is and where they lie."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

LOG = "backups.log"


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """One backup: when (UTC), where, and how large."""

    at: str
    path: str
    bytes: int


def note(home: Path, made: Made) -> None:
    """Write down that a backup was made."""
    with os.fdopen(os.open(home / LOG, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(made), ensure_ascii=False) + "\n")


def made(home: Path) -> list[Made]:
    """Backups that were made, oldest first; lines that cannot be read are passed over."""
    path = home / LOG
    found = []
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines() if path.exists() else ():
        try:
            found.append(Made(**json.loads(line)))
        except (ValueError, TypeError):
            continue
    return found

"""The rejects file: every row that was set aside, with its line, the column, the value and the reason."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from winloss.errors import UserError
from winloss.tables.escape import safe_cell
from winloss.tables.written import REJECTS

KEPT_IN_MEMORY = 5
WHYS = 100
"""Different reasons that are counted; what comes after is in the file."""


@dataclass(slots=True)
class SetAside:
    """Rows set aside for one reason: how many, and the lines and values of the first of them."""

    label: str
    column: str | None
    reason: str
    count: int = 0
    lines: list[int] = field(default_factory=list)
    values: list[str] = field(default_factory=list)


class Rejects:
    """Rows set aside, counted by file, and written where a folder is given. The file appears with the first row."""

    def __init__(self, path: Path | None) -> None:
        self._target = path
        self._open: IO[str] | None = None
        self._writer: Any = None
        self._begun = False
        self.counts: dict[str, int] = {}
        self._whys: dict[tuple[str, str | None, str], SetAside] = {}
        self.first: list[tuple[str, int, str | None, str, str]] = []

    @property
    def path(self) -> Path | None:
        """Where the rows went; None where there were none, or no folder was given."""
        return self._target if self.counts and self._target is not None else None

    def add(self, label: str, line: int, column: str | None, value: str, reason: str) -> None:
        """Set one row aside."""
        self.counts[label] = self.counts.get(label, 0) + 1
        self._count(label, line, column, value, reason)
        if len(self.first) < KEPT_IN_MEMORY:
            self.first.append((label, line, column, value, reason))
        if self._target is not None:
            self._row((safe_cell(label), line, safe_cell(column or ""), safe_cell(value), safe_cell(reason)))

    @property
    def whys(self) -> list[SetAside]:
        """Why rows were set aside, the most frequent reason first."""
        return sorted(self._whys.values(), key=lambda one: -one.count)

    def _count(self, label: str, line: int, column: str | None, value: str, reason: str) -> None:
        key = label, column, reason
        if key not in self._whys and len(self._whys) >= WHYS:
            return
        why = self._whys.setdefault(key, SetAside(*key))
        why.count += 1
        if len(why.lines) < KEPT_IN_MEMORY:
            why.lines.append(line)
            why.values.append(value)

    def _row(self, row: tuple[object, ...]) -> None:
        if self._writer is None:
            self._begin()
        self._writer.writerow(row)

    def _begin(self) -> None:
        assert self._target is not None
        try:
            self._target.parent.mkdir(parents=True, exist_ok=True)
            mode = "a" if self._begun else "w"
            self._open = self._target.open(mode, encoding="utf-8", errors="replace", newline="")
        except OSError as error:
            raise UserError(f"The rejects file {self._target} cannot be written ({error.strerror}).") from None
        self._writer = csv.writer(self._open)
        if not self._begun:
            self._writer.writerow(REJECTS)
        self._begun = True

    def close(self) -> None:
        """No more rows come for now."""
        if self._open is not None:
            self._open.close()
            self._open = self._writer = None

    def __del__(self) -> None:
        self.close()

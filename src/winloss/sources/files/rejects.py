"""The rejects file: every row that was set aside, with its line, the column, the value and the reason."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import IO, Any

from winloss.errors import UserError
from winloss.tables.escape import safe_cell
from winloss.tables.written import REJECTS

KEPT_IN_MEMORY = 5


class Rejects:
    """Rows set aside, counted by file, and written where a folder is given. The file appears with the first row."""

    def __init__(self, path: Path | None) -> None:
        self._target = path
        self._open: IO[str] | None = None
        self._writer: Any = None
        self._begun = False
        self.counts: dict[str, int] = {}
        self.first: list[tuple[str, int, str | None, str, str]] = []

    @property
    def path(self) -> Path | None:
        """Where the rows went; None where there were none, or no folder was given."""
        return self._target if self.counts and self._target is not None else None

    def add(self, label: str, line: int, column: str | None, value: str, reason: str) -> None:
        """Set one row aside."""
        self.counts[label] = self.counts.get(label, 0) + 1
        if len(self.first) < KEPT_IN_MEMORY:
            self.first.append((label, line, column, value, reason))
        if self._target is not None:
            self._row((safe_cell(label), line, safe_cell(column or ""), safe_cell(value), safe_cell(reason)))

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

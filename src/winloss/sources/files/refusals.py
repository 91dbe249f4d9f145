"""Rows of a batch that are set aside: the first reason of each row counts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from winloss.sources.files.arrow import Array

VALUE_SHOWN = 500
"""Characters of a refused value that are kept."""


class Refusals:
    """Refused rows of one batch of `rows` rows."""

    def __init__(self, rows: int) -> None:
        self.any = np.zeros(rows, dtype=bool)
        self._found: list[tuple[np.ndarray, str, Array, str]] = []

    def add(self, mask: np.ndarray, column: str, values: Array, reason: str) -> None:
        """Refuse the rows of `mask` that were not refused before."""
        fresh = np.flatnonzero(mask & ~self.any)
        if len(fresh):
            self._found.append((fresh, column, values, reason))
            self.any[fresh] = True

    def rows(self) -> Iterator[tuple[int, str, str, str]]:
        """Row, column, value and reason of each refused row, in the order of the rows."""
        every = [
            (int(row), column, _shown(values[int(row)]), reason)
            for rows, column, values, reason in self._found
            for row in rows
        ]
        yield from sorted(every)


def _shown(value: Any) -> str:
    return str(value.as_py() or "")[:VALUE_SHOWN]

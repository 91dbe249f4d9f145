"""What is known of the rows of a pull, and of the stored rows, without holding them: a hash of the key, one of the row.

Equal keys have equal hashes, so a hash that occurs once proves that nothing doubles. Keys that share a hash are
told apart by their values in `merge`. A row is taken to be unchanged where both hashes agree, 128 bits together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from winloss.store.columns import Columns
from winloss.store.parts import Part, columns, relation

Hashes = npt.NDArray[np.uint64]
Positions = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


def hashes(rows: duckdb.DuckDBPyRelation, *sets: Sequence[str]) -> list[Hashes]:
    """One hash a row for each set of columns, in the order of the rows."""
    chosen = ", ".join(f"hash({columns(names)}) AS h{at}" for at, names in enumerate(sets))
    found = rows.project(chosen).to_arrow_table()
    return [found[f"h{at}"].to_numpy() for at in range(len(sets))]


@dataclass(frozen=True, slots=True)
class Stored:
    """Hashes of the stored rows, sorted by that of the key; `at` is each row's position among the parts."""

    keys: Hashes
    rows: Hashes
    at: Positions

    @classmethod
    def of(cls, connection: duckdb.DuckDBPyConnection, parts: Sequence[Part], asked: Columns) -> Stored:
        if not parts:
            return cls(np.empty(0, np.uint64), np.empty(0, np.uint64), np.empty(0, np.int64))
        wanted = pa.schema([field for field in asked.whole if field.name in asked.carried.names])
        found = [hashes(relation(connection, [part], wanted), asked.key, asked.compared) for part in parts]
        keys = np.concatenate([key for key, _ in found])
        rows = np.concatenate([row for _, row in found])
        order = np.argsort(keys, kind="stable")
        return cls(keys[order], rows[order], order.astype(np.int64, copy=False))

    def find(self, keys: Hashes) -> tuple[Positions, Mask]:
        """Where in the sorted arrays the first row of each hash stands, and whether there is one."""
        if not len(self.keys):
            return np.zeros(len(keys), np.int64), np.zeros(len(keys), np.bool_)
        place = np.searchsorted(self.keys, keys).astype(np.int64, copy=False)
        place[place == len(self.keys)] = 0
        return place, self.keys[place] == keys

    def holds(self, keys: Hashes, rows: Hashes) -> Mask:
        """Which rows stand in the book as they are."""
        place, found = self.find(keys)
        return found & (self.rows[place] == rows) if len(self.keys) else found

    def sharing(self, keys: Hashes) -> tuple[Positions, Hashes]:
        """Positions and row hashes of all stored rows whose key has one of these hashes."""
        mask = np.isin(self.keys, keys)
        return self.at[mask], self.rows[mask]


@dataclass(slots=True)
class Pulled:
    """Hashes of the pulled rows, in order; rows that stand in the book as they are were not staged."""

    _keys: list[Hashes] = field(default_factory=list)
    _standing: list[Mask] = field(default_factory=list)
    _staged_rows: list[Hashes] = field(default_factory=list)
    _twice: Mask | None = None

    def add(self, keys: Hashes, standing: Mask, staged_rows: Hashes) -> None:
        self._keys.append(keys)
        self._standing.append(standing)
        self._staged_rows.append(staged_rows)
        self._twice = None

    def count(self) -> int:
        return sum(len(keys) for keys in self._keys)

    def keys(self) -> Hashes:
        return np.concatenate(self._keys) if self._keys else np.empty(0, np.uint64)

    def twice(self) -> Mask:
        """Which rows have the key hash of another; counted once, so that it can be asked while rows are being written."""
        if self._twice is None:
            self._twice = doubled(self.keys())
        return self._twice

    def standing(self) -> Mask:
        return np.concatenate(self._standing) if self._standing else np.empty(0, np.bool_)

    def staged_rows(self) -> Hashes:
        """Row hashes of the staged rows; empty where nothing was stored to compare with."""
        return np.concatenate(self._staged_rows) if self._staged_rows else np.empty(0, np.uint64)


def doubled(keys: Hashes) -> Mask:
    """Which hashes occur more than once."""
    out = np.zeros(len(keys), np.bool_)
    # To sort takes a tenth of what it takes to rank, and mostly no key stands twice.
    ranked = np.sort(keys)
    if not (ranked[1:] == ranked[:-1]).any():
        return out
    order = np.argsort(keys, kind="stable")
    ranked = keys[order]
    same = ranked[1:] == ranked[:-1]
    out[order[1:][same]] = True
    out[order[:-1][same]] = True
    return out

"""Which pulled rows win, and the files of the table that follow from it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from winloss.store.columns import Columns
from winloss.store.manifest import Landed
from winloss.store.parts import AT, ROW_GROUP, Part, columns, quote, relation, starts
from winloss.store.pull import Hashes, Mask, Positions, Pulled, Stored
from winloss.store.staging import Staging

_SMALL_ROWS = ROW_GROUP // 2
_SMALL_PARTS = 8
"""So many small files are written together into one."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Positions among the staged rows that are landed; those that change a stored row, and the row each replaces."""

    landed: Landed
    new: Positions
    changed: Positions
    replaced: Positions


@dataclass(frozen=True, slots=True)
class Merge:
    """One table's stored parts and staged parts, about to become its next parts."""

    connection: duckdb.DuckDBPyConnection
    columns: Columns
    stored: Sequence[Part]
    staged: Sequence[Part]
    folder: Path

    def decide(self, index: Stored, pulled: Pulled) -> Verdict:
        """Fold equal keys of the pull, then hold the winners against what is stored.

        Within the pull the latest `latest_by` wins, of equals the later row; a row without one wins over all
        rows before it. Against the stored row a pulled row loses only where both are dated and the stored is later.
        """
        keys, standing = pulled.keys(), pulled.standing()
        winners = self._winners(index, keys, standing, pulled.twice())
        staged = np.flatnonzero(winners[~standing]).astype(np.int64)
        hashes = keys[~standing][staged]
        _, met = index.find(hashes)
        pairs = self._pairs(index, staged[met], hashes[met], pulled.staged_rows())
        fresh = np.setdiff1d(staged, pairs.staged, assume_unique=True) if len(pairs.staged) else staged
        landed = Landed(
            rows=len(keys),
            new=len(fresh),
            changed=int(pairs.changes.sum()),
            unchanged=int((winners & standing).sum() + (~pairs.changes).sum()),
            folded=int(len(keys) - winners.sum()),
        )
        return Verdict(landed, fresh, pairs.staged[pairs.changes], pairs.stored[pairs.changes])

    def _winners(self, index: Stored, keys: Hashes, standing: Mask, twice: Mask) -> Mask:
        winners = ~twice
        if not twice.any():
            return winners
        of_staged = np.cumsum(~standing) - 1
        fresh = np.flatnonzero(twice & ~standing)
        rivals = self._dated(self.staged, of_staged[fresh], fresh)
        again = np.flatnonzero(twice & standing)
        if len(again):
            place, _ = index.find(keys[again])
            rivals += self._dated(self.stored, index.at[place], again)
        winners[self._latest(pa.concat_tables(rivals))] = True
        return winners

    def _dated(self, parts: Sequence[Part], at: Positions, order: Positions) -> list[pa.Table]:
        """Key, date and place in the pull of the rows at these positions; `order` may name one position twice."""
        if not len(at):
            return []
        places = self.connection.from_arrow(pa.table({AT: at.astype(np.int64), "_order": order.astype(np.int64)}))
        return [self._narrow(parts).join(places, AT).to_arrow_table()]

    def _narrow(self, parts: Sequence[Part]) -> duckdb.DuckDBPyRelation:
        """Key and date of every row, with its position."""
        names = [*self.columns.key, *([self.columns.latest_by] if self.columns.latest_by else [])]
        wanted = pa.schema([self.columns.whole.field(name) for name in names])
        dated = quote(self.columns.latest_by) if self.columns.latest_by else "CAST(NULL AS TIMESTAMPTZ)"
        rows = relation(self.connection, parts, wanted, at=True)
        return rows.project(f"{columns(self.columns.key)}, {dated} AS _dated, {AT}")

    def _latest(self, rivals: pa.Table) -> Positions:
        """Place in the pull of the winner of every key."""
        key = columns(self.columns.key)
        last = (
            "max({'dated': _dated, 'place': _order}) FILTER (_dated IS NOT NULL) AS dated, "
            "max(_order) FILTER (_dated IS NULL) AS undated"
        )
        best = self.connection.from_arrow(rivals).aggregate(f"{key}, {last}", key)
        found: pa.Table = best.project("greatest(dated.place, undated) AS place").to_arrow_table()
        return found["place"].to_numpy()

    def _pairs(self, index: Stored, staged: Positions, keys: Hashes, staged_rows: Hashes) -> _Pairs:
        if not len(staged):
            return _Pairs.none()
        stored, stored_rows = index.sharing(keys)
        left = self._narrow(self.staged).join(_places(self.connection, staged), AT, how="semi").set_alias("l")
        right = self._narrow(self.stored).join(_places(self.connection, stored), AT, how="semi").set_alias("r")
        same = " AND ".join(f"l.{quote(name)} = r.{quote(name)}" for name in self.columns.key)
        found = (
            left.join(right, same)
            .project(f"l.{AT} AS l, r.{AT} AS r, coalesce(r._dated > l._dated, false) AS older")
            .order("l")
            .to_arrow_table()
        )
        at_staged, at_stored = found["l"].to_numpy(), found["r"].to_numpy()
        order = np.argsort(stored)
        differs = staged_rows[at_staged] != stored_rows[order][np.searchsorted(stored[order], at_stored)]
        return _Pairs(at_staged, at_stored, differs & ~found["older"].to_numpy(zero_copy_only=False))

    def parts(self, verdict: Verdict) -> list[Part]:
        """The table's next parts; files in which nothing changes are kept as they are."""
        gone = np.sort(verdict.replaced)
        ranges = zip(self.stored, starts(self.stored), strict=False)
        lost = [(part, gone[slice(*np.searchsorted(gone, [at, at + part.rows]))] - at) for part, at in ranges]
        small = [part for part, gone in lost if not len(gone) and part.rows < _SMALL_ROWS]
        small = small if len(small) >= _SMALL_PARTS else []
        kept = [part for part, gone in lost if not len(gone) and self._fits(part) and part not in small]
        again = [(part, gone) for part, gone in lost if part not in kept and len(gone) < part.rows]
        return kept + self._write((self._without(*each) for each in again), self.columns.whole) + self._landed(verdict)

    def _fits(self, part: Part) -> bool:
        """Whether the part's columns have the types they have from now on."""
        whole = self.columns.whole
        return all(field.name in whole.names and whole.field(field.name).type == field.type for field in part.schema)

    def _without(self, part: Part, gone: Positions) -> duckdb.DuckDBPyRelation:
        rows = relation(self.connection, [part], self.columns.whole, at=True)
        if len(gone):
            rows = rows.join(_places(self.connection, gone), AT, how="anti")
        return rows.project(columns(self.columns.whole.names))

    def _landed(self, verdict: Verdict) -> list[Part]:
        """Parts of the rows that are landed: the staged files themselves where all of them are, and are complete."""
        count = len(verdict.new) + len(verdict.changed)
        complete = not (self.columns.untouched and len(verdict.changed))
        if complete and count == sum(part.rows for part in self.staged):
            return list(self.staged)
        at = np.concatenate([verdict.new, verdict.changed])
        before = np.concatenate([np.full(len(verdict.new), -1, np.int64), verdict.replaced])
        order = np.argsort(at)
        chosen = self._chosen(at[order], before[order], complete=complete)
        return self._write(chosen, self.columns.carried if complete else self.columns.whole)

    def _chosen(self, at: Positions, before: Positions, *, complete: bool) -> Iterator[duckdb.DuckDBPyRelation]:
        """Staged rows at these sorted positions, a part at a time; `before` is the stored row of each, -1 where none."""
        for part, first in zip(self.staged, starts(self.staged), strict=False):
            low, high = np.searchsorted(at, [first, first + part.rows])
            if low < high:
                places = pa.table({AT: at[low:high] - first, "_stored": before[low:high]})
                yield self._rows(part, places) if complete else self._completed(part, places)

    def _rows(self, part: Part, places: pa.Table) -> duckdb.DuckDBPyRelation:
        rows = relation(self.connection, [part], self.columns.carried, at=True)
        chosen = rows.join(self.connection.from_arrow(places), AT, how="semi")
        return chosen.project(columns(self.columns.carried.names))

    def _completed(self, part: Part, places: pa.Table) -> duckdb.DuckDBPyRelation:
        """The rows with the stored values of the columns that the pull lacks."""
        lacking = pa.schema([self.columns.whole.field(name) for name in self.columns.untouched])
        before = relation(self.connection, self.stored, lacking, at=True)
        before = before.project(f"{columns(lacking.names)}, {AT} AS _stored")
        rows = relation(self.connection, [part], self.columns.carried, at=True)
        rows = rows.join(self.connection.from_arrow(places), AT).join(before, "_stored", how="left")
        return rows.project(columns(self.columns.whole.names))

    def _write(self, relations: Iterable[duckdb.DuckDBPyRelation], schema: pa.Schema) -> list[Part]:
        with Staging(self.folder) as staging:
            for rows in relations:
                for batch in rows.to_arrow_reader(ROW_GROUP):
                    staging.write(pa.Table.from_batches([batch]).cast(schema))
            staging.close()
        return staging.parts


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Staged rows that have a stored row of the same key, and whether they change it."""

    staged: Positions
    stored: Positions
    changes: Mask

    @classmethod
    def none(cls) -> _Pairs:
        return cls(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.bool_))


def _places(connection: duckdb.DuckDBPyConnection, at: Positions) -> duckdb.DuckDBPyRelation:
    return connection.from_arrow(pa.table({AT: at}))

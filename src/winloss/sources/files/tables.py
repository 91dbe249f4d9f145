"""Files beside the deals to the tables of the book: accounts, leads, spend, touches, stage changes, debriefs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction

import numpy as np
import pyarrow as pa

from winloss.errors import UserError
from winloss.sources.files import rowkinds
from winloss.sources.files.answers import role_of
from winloss.sources.files.arrow import Array, filtered, page, same
from winloss.sources.files.arrow import kernels as pc
from winloss.sources.files.cells import Cells, Readers, mask_of, valid
from winloss.sources.files.currencies import iso_code
from winloss.sources.files.kinds import Recognised
from winloss.sources.files.mapfile import MapFile
from winloss.sources.files.outcomes import override_keys, read_value
from winloss.sources.files.persons import People
from winloss.sources.files.planning import fold_of
from winloss.sources.files.raw_table import RawBatch
from winloss.sources.files.refusals import Refusals
from winloss.sources.files.rejects import Rejects
from winloss.sources.files.rowids import Occurrences, content_hashes, made_ids
from winloss.sources.files.tabled import Tabled
from winloss.sources.files.troubles import Troubles
from winloss.sources.files.values.money import scaled
from winloss.tables import TABLES
from winloss.tables.people import opaque

_KEYS = {"accounts": "account_id", "leads": "lead_id", "spend": "spend_id", "touches": "touch_id"}
_KEYS |= {"deal_stage_changes": "change_id", "debriefs": "debrief_id"}
_REQUIRED = {"deal_stage_changes": ("deal_id", "to_stage"), "debriefs": ("deal_id",)}
_ALSO = {
    ("spend", "amount"): ("amount_cents", "currency"),
    ("touches", "person"): ("person_id",),
    ("debriefs", "person"): ("person_id",),
    ("deal_stage_changes", "to_stage"): ("to_kind",),
}
"""Target of a table → the columns that it fills, where they are not called the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TablePlan:
    """How one file beside the deals is converted."""

    label: str
    table: str
    columns: Mapping[str, int]
    outcomes: Mapping[str, str] = field(default_factory=dict)
    currency: str | None = None
    scales: Mapping[int, int | Fraction] = field(default_factory=dict)

    @property
    def filled(self) -> frozenset[str]:
        """The columns that the file fills: its key, what is mapped, and what is made of that."""
        made = {name for target in self.columns for name in _ALSO.get((self.table, target), ())}
        if self.table == "accounts":
            made.add("source_file")
        return frozenset({_KEYS[self.table], *self.columns, *made})


@dataclass(frozen=True, slots=True)
class _Rows:
    """One batch, and those of its rows that are set aside."""

    cells: Cells
    refused: Refusals


class TableConverter:
    """Converts batch after batch of one file; what it counts is complete after the last."""

    def __init__(
        self,
        plan: TablePlan,
        readers: Readers,
        *,
        schema: pa.Schema,
        rejects: Rejects,
        people: People,
        deal_ids: Array | None = None,
    ) -> None:
        """`deal_ids` are the deals of the same files, where rows without one are to be told."""
        self.plan = plan
        self.readers = readers
        self.rejects = rejects
        self.people = people
        self.deal_ids = deal_ids
        self.troubles = Troubles()
        self.kept = 0
        self.rejected = 0
        self._occurrences = Occurrences()
        self._schema = schema

    def convert(self, raw: RawBatch) -> pa.RecordBatch:
        """One batch: its good rows; the others are set aside, with the reason."""
        rows = _Rows(Cells(raw, self.readers), Refusals(raw.num_rows))
        cells, refused = rows.cells, rows.refused
        made = {name: self._column(name, rows) for name in self._schema.names}
        self._require(rows)
        for row, column, value, reason in refused.rows():
            self.rejects.add(self.plan.label, int(cells.lines[row]), column, value, reason)
        batch = page(made, self._schema, cells.rows)
        if refused.any.any():
            batch = filtered(batch, ~refused.any)
        self.kept += batch.num_rows
        self.rejected += int(refused.any.sum())
        return batch

    def _require(self, rows: _Rows) -> None:
        for target in _REQUIRED.get(self.plan.table, ()):
            position = self.plan.columns[target]
            header = self.readers.header[position]
            rows.refused.add(
                ~rows.cells.filled(position), header, rows.cells.written(position), f"the {target} is blank"
            )

    def _column(self, name: str, rows: _Rows) -> Array | None:
        if name == _KEYS[self.plan.table]:
            return self._key(name, rows)
        if (special := _SPECIAL.get((self.plan.table, name))) is not None:
            return special(self, rows)
        position = self.plan.columns.get(name)
        if position is None:
            return None
        kind = self._schema.field(name).type
        if pa.types.is_date32(kind) or pa.types.is_timestamp(kind):
            return self._date(position, kind, rows)
        if pa.types.is_int64(kind):
            return self._count(position, rows.cells)
        return rows.cells.folded(position)

    def _key(self, name: str, rows: _Rows) -> Array:
        position = self.plan.columns.get(name)
        if position is None and self.plan.table == "accounts":
            position = self.plan.columns["account_name"]
        if position is None:
            hashes = content_hashes(rows.cells.batch)
            occurrences = self._occurrences.number(hashes)
            self._repeated(occurrences > 1, rows.cells)
            return made_ids(hashes, occurrences)
        ids = rows.cells.text(position)
        rows.refused.add(~valid(ids), self.readers.header[position], rows.cells.written(position), "the id is blank")
        return ids

    def _repeated(self, mask: np.ndarray, cells: Cells) -> None:
        said = f"{{count}} rows of {self.plan.label} like an earlier row in every column; they are kept."
        self.troubles.add("repeated_rows", said, mask, cells.lines, column=self.plan.label)

    def _date(self, position: int, kind: pa.DataType, rows: _Rows) -> Array:
        read, instants = rows.cells.date(position)
        rows.refused.add(
            read.bad, self.readers.header[position], rows.cells.written(position), "no date that can be read"
        )
        if pa.types.is_date32(kind):
            return read.values
        return read.values.cast(kind) if instants is None else instants

    def _count(self, position: int, cells: Cells) -> Array:
        read = cells.number(position)
        said = "{count} numbers not readable, left blank."
        header = self.readers.header[position]
        self.troubles.add(
            "unreadable_value", said, read.bad, cells.lines, column=header, values=cells.written(position)
        )
        return pc.round(read.values).cast(pa.int64())

    def amount(self, rows: _Rows) -> Array | None:
        """Hundredths of what was spent."""
        position = self.plan.columns.get("amount")
        if position is None:
            return None
        read, _ = rows.cells.money(position)
        rows.refused.add(
            read.bad, self.readers.header[position], rows.cells.written(position), "no amount that can be read"
        )
        return scaled(read.values, self.plan.scales.get(position, 1))

    def currency(self, rows: _Rows) -> Array | None:
        """The code named in a column, by the values or by the header."""
        position, amount = self.plan.columns.get("currency"), self.plan.columns.get("amount")
        named = None if amount is None else rows.cells.money(amount)[1]
        if position is not None:
            written = rows.cells.each(position, iso_code, pa.string())
            named = written if named is None else pc.coalesce(written, named)
        if named is None:
            named = pa.nulls(rows.cells.rows, pa.string())
        return named if self.plan.currency is None else pc.fill_null(named, self.plan.currency)

    def person(self, rows: _Rows) -> Array | None:
        """The contact as an opaque id."""
        position = self.plan.columns.get("person")
        if position is None:
            return None
        if position not in self.readers.wide:
            self.people.meet_all(rows.cells.coded(position).values.to_pylist())
        return rows.cells.each(position, opaque, pa.string())

    def deal_id(self, rows: _Rows) -> Array:
        """The deal that was spoken of; answers for deals that the files do not have are told."""
        position = self.plan.columns["deal_id"]
        ids = pc.utf8_trim_whitespace(rows.cells.text(position))
        if self.deal_ids is not None:
            strange = valid(ids) & ~mask_of(pc.is_in(ids, value_set=self.deal_ids))
            self._tell(
                "debrief_without_deal",
                "{count} answers for a deal that is not in these files.",
                strange,
                position,
                rows,
            )
        return ids

    def role(self, rows: _Rows) -> Array | None:
        """Rep, manager or buyer."""
        position = self.plan.columns.get("role")
        if position is None:
            return None
        roles = rows.cells.each(position, role_of, pa.string())
        unknown = rows.cells.filled(position) & ~valid(roles)
        self._tell(
            "unreadable_value", "{count} roles that are not rep, manager or buyer, left blank.", unknown, position, rows
        )
        return roles

    def _tell(self, code: str, said: str, mask: np.ndarray, position: int, rows: _Rows) -> None:
        values = rows.cells.written(position)
        self.troubles.add(code, said, mask, rows.cells.lines, column=self.readers.header[position], values=values)

    def to_kind(self, rows: _Rows) -> Array:
        """What the deal stage after the move says."""
        codes = rows.cells.codes(self.plan.columns["to_stage"], self._kind_of)
        return rowkinds.named(codes)

    def _kind_of(self, value: str) -> int:
        return rowkinds.CODES[read_value(value, self.plan.outcomes).kind]

    def source_file(self, rows: _Rows) -> Array:
        """The file's name."""
        return same(self.plan.label, rows.cells.rows)


_SPECIAL: dict[tuple[str, str], Callable[[TableConverter, _Rows], Array | None]] = {
    ("spend", "amount_cents"): TableConverter.amount,
    ("spend", "currency"): TableConverter.currency,
    ("touches", "person_id"): TableConverter.person,
    ("deal_stage_changes", "to_kind"): TableConverter.to_kind,
    ("accounts", "source_file"): TableConverter.source_file,
    ("debriefs", "deal_id"): TableConverter.deal_id,
    ("debriefs", "person_id"): TableConverter.person,
    ("debriefs", "role"): TableConverter.role,
}


def plan_table(recognised: Recognised, tabled: Tabled, mapped: MapFile) -> tuple[TablePlan, Readers]:
    """How one file beside the deals is converted, and how its columns are read."""
    columns = recognised.mapping.columns
    for target in _REQUIRED.get(recognised.kind, ()):
        if target not in columns:
            raise _unfilled(recognised, target)
    amount = columns.get("amount")
    unit = None if amount is None else recognised.facts[amount].unit
    plan = TablePlan(
        label=recognised.label,
        table=recognised.kind,
        columns=columns,
        outcomes=override_keys(mapped.outcomes),
        currency=(unit.currency if unit is not None else None) or mapped.currency,
        scales={amount: unit.scale} if amount is not None and unit is not None else {},
    )
    attributes = {c.name for c in TABLES[recognised.kind].attributes}
    folds = {p: fold_of(recognised.facts[p], mapped)[0] for target, p in columns.items() if target in attributes}
    return plan, replace(tabled.readers, folds={p: rows for p, rows in folds.items() if rows})


def _unfilled(recognised: Recognised, target: str) -> UserError:
    label, kind = recognised.label, recognised.kind
    seen = ", ".join(repr(facts.header) for facts in recognised.facts[:12])
    return UserError(
        f"{label} is to hold {kind.replace('_', ' ')}, but no column of it is the {target} (seen: {seen}). "
        f'Name it in the map: [files."{label}".columns] "My column" = "{target}".'
    )

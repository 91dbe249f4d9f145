"""Which columns a pull carries, of which types, and what the table looks like once they are landed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import duckdb
import pyarrow as pa

from winloss.errors import InternalError
from winloss.store.parts import expression
from winloss.tables import TableSpec
from winloss.tables.column import DATE, TEXT, Role
from winloss.tables.custom import PREFIX, CustomColumn, Use

NUMBER = pa.float64()


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of one landing.

    Parameters
    ----------
    spec
        The table's declaration.
    carried
        What the pull carries, in the types in which it is landed.
    whole
        Every column of the table afterwards: those declared, then the custom ones.
    """

    spec: TableSpec
    carried: pa.Schema
    whole: pa.Schema

    @property
    def key(self) -> list[str]:
        return list(self.spec.key)

    @property
    def compared(self) -> list[str]:
        """Columns in which a difference is a change of the row."""
        provenance = {column.name for column in self.spec.columns if column.role is Role.PROVENANCE}
        return [name for name in self.carried.names if name not in provenance]

    @property
    def latest_by(self) -> str | None:
        """The column whose latest value wins, where the pull carries it."""
        name = self.spec.latest_by
        return name if name in self.carried.names else None

    @property
    def untouched(self) -> list[str]:
        """Columns that the pull lacks: stored values stay."""
        return [name for name in self.whole.names if name not in self.carried.names]

    def cast(self, connection: duckdb.DuckDBPyConnection, page: pa.Table) -> pa.Table:
        """`page` in the carried columns and types; text that is encoded may stay so."""
        page = page.select(self.carried.names)
        if all(_plain_text(found.type) == wanted.type for found, wanted in zip(page.schema, self.carried, strict=True)):
            return page
        if not any(_must_spell(page.schema.field(field.name), field) for field in self.carried):
            return page.cast(self.carried)
        page = page.cast(pa.schema([pa.field(f.name, _plain(f.type)) for f in page.schema]))
        chosen = ", ".join(f'{expression(page.schema.field(f.name), f)} AS "{f.name}"' for f in self.carried)
        spelled: pa.Table = connection.from_arrow(page).project(chosen).to_arrow_table()
        return spelled.cast(self.carried)


def columns_of(
    spec: TableSpec, incoming: pa.Schema, custom: Sequence[CustomColumn], stored: pa.Schema | None
) -> Columns:
    """What a pull of the columns `incoming` carries, beside what is stored.

    A custom column that is text on either side, or of two types, is text from then on.
    """
    uses = {column.name: column.use for column in custom}
    ignored = {name for name, use in uses.items() if use is Use.IGNORED}
    names = [name for name in incoming.names if name not in ignored]
    _check(spec, names)
    declared = {field.name: field.type for field in spec.schema}
    types = {name: declared.get(name) or _custom_type(uses.get(name), incoming.field(name).type) for name in names}
    held = {field.name: field.type for field in stored or () if field.name not in declared}
    for name in types.keys() & held.keys():
        types[name] = held[name] = types[name] if types[name] == held[name] else TEXT
    extra = held | {name: type_ for name, type_ in types.items() if name not in declared}
    return Columns(
        spec=spec,
        carried=pa.schema([pa.field(name, type_) for name, type_ in types.items()]),
        whole=pa.schema([*spec.schema, *(pa.field(name, type_) for name, type_ in extra.items())]),
    )


def merged_custom(
    stored: Iterable[CustomColumn], landed: Iterable[CustomColumn], whole: pa.Schema
) -> tuple[CustomColumn, ...]:
    """Custom columns of the table afterwards: the newer word on each, with a use that its type can have."""
    kept = {column.name: column for column in stored}
    for column in landed:
        before = kept.get(column.name)
        kept[column.name] = _agreed(before, column) if before else column
    return tuple(_as_text(column) if _is_widened(column, whole) else column for column in kept.values())


def _agreed(before: CustomColumn, after: CustomColumn) -> CustomColumn:
    typed = (Use.NUMBER, Use.DATE)
    return replace(after, use=before.use, why=before.why) if after.use in typed and before.use not in typed else after


def _is_widened(column: CustomColumn, whole: pa.Schema) -> bool:
    return column.use in (Use.NUMBER, Use.DATE) and column.name in whole.names and whole.field(column.name).type == TEXT


def _as_text(column: CustomColumn) -> CustomColumn:
    return replace(column, use=Use.ATTRIBUTE, why=f"{column.use} in one export, something else in another")


def _check(spec: TableSpec, names: Sequence[str]) -> None:
    known = {column.name for column in spec.columns}
    for name in names:
        if name not in known and not (spec.open_ended and name.startswith(PREFIX)):
            raise InternalError(f"The table {spec.name} has no column {name!r}.")
    if missing := [name for name in spec.key if name not in names]:
        raise InternalError(f"A pull of {spec.name} lacks its key {', '.join(missing)}.")


def _custom_type(use: Use | None, found: pa.DataType) -> pa.DataType:
    if use is Use.NUMBER or (use is None and (pa.types.is_integer(found) or pa.types.is_floating(found))):
        return NUMBER
    if use is Use.DATE or (use is None and pa.types.is_date(found)):
        return DATE
    return TEXT


def _plain_text(type_: pa.DataType) -> pa.DataType:
    """The type, of encoded text that of text."""
    return TEXT if pa.types.is_dictionary(type_) and type_.value_type == TEXT else type_


def _plain(type_: pa.DataType) -> pa.DataType:
    """The type without its dictionary; any number is a float."""
    if pa.types.is_dictionary(type_):
        return _plain(type_.value_type)
    return NUMBER if pa.types.is_integer(type_) else type_


def _must_spell(found: pa.Field[Any], wanted: pa.Field[Any]) -> bool:
    """Whether a number becomes text: that is done in one way everywhere."""
    plain = _plain(found.type)
    return pa.types.is_floating(plain) and pa.types.is_string(wanted.type)

"""How a table of the book is declared: its columns with type, unit, meaning and personal-data mark."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import pyarrow as pa


class Personal(StrEnum):
    """What a column holds of a person. Ids are opaque; names live in `people` alone."""

    NO = "no"
    ID = "id"
    NAME = "name"
    FREE_TEXT = "free text"


class Role(StrEnum):
    """What a column is for."""

    KEY = "key"
    FACT = "fact"
    ATTRIBUTE = "attribute"
    """Describes the deal before it closed: joins the comparison of segments."""
    PROVENANCE = "provenance"
    """Says where the row came from; a difference here alone is no change of the row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column: what it is called, holds, is measured in, and means."""

    name: str
    type: pa.DataType
    meaning: str
    unit: str = ""
    role: Role = Role.FACT
    personal: Personal = Personal.NO
    label: str = ""
    """What a reader sees; the name with spaces where it is empty."""

    @property
    def title(self) -> str:
        return self.label or self.name.replace("_", " ").capitalize()


@dataclass(frozen=True, slots=True, kw_only=True)
class TableSpec:
    """One table: its key, its columns, and the column whose latest value wins among equal keys."""

    name: str
    meaning: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    latest_by: str | None = None
    open_ended: bool = False
    """True where custom columns named `x_…` may stand beside the declared ones."""

    @property
    def schema(self) -> pa.Schema:
        """Arrow schema of the declared columns, in order."""
        return pa.schema([pa.field(c.name, c.type) for c in self.columns])

    def column(self, name: str) -> Column:
        """The column called `name`; KeyError where there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    @property
    def attributes(self) -> tuple[Column, ...]:
        return tuple(c for c in self.columns if c.role is Role.ATTRIBUTE)


TEXT = pa.string()
DATE = pa.date32()
INSTANT = pa.timestamp("us", tz="UTC")
CENTS = pa.int64()
COUNT = pa.int64()


def text(name: str, meaning: str, **more: object) -> Column:
    """A text column; `more` goes to Column."""
    return Column(name=name, type=TEXT, meaning=meaning, **more)  # type: ignore[arg-type]  # forwarded as given


def date(name: str, meaning: str, **more: object) -> Column:
    """A calendar date, as written in the source."""
    return Column(name=name, type=DATE, meaning=meaning, unit="date", **more)  # type: ignore[arg-type]  # forwarded


def instant(name: str, meaning: str, **more: object) -> Column:
    """An instant in UTC."""
    return Column(name=name, type=INSTANT, meaning=meaning, unit="UTC", **more)  # type: ignore[arg-type]  # forwarded


def attribute(name: str, meaning: str, **more: object) -> Column:
    """A text column that describes the deal before it closed."""
    return Column(name=name, type=TEXT, meaning=meaning, role=Role.ATTRIBUTE, **more)  # type: ignore[arg-type]  # forwarded

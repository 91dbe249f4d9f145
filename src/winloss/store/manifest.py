"""A version of the book as a value, and its JSON.

A manifest says which Delta version of every table belongs to the version, what was told of every source,
and the settings in force. It holds no name of a person.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from winloss.errors import UserError
from winloss.tables.custom import CustomColumn

FORMAT_NAME = "winloss.book"
FORMAT = 1
"""Raised when an older program could misread a manifest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Landed:
    """What became of the rows of one pull: `rows == new + changed + unchanged + folded`.

    `folded` rows lost to another row of the same key in the same pull. `unchanged` counts keys whose stored
    row stands: it is equal, or later than what was pulled.
    """

    rows: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    folded: int = 0

    @property
    def alters(self) -> bool:
        """Whether the stored rows differ afterwards."""
        return bool(self.new or self.changed)


@dataclass(frozen=True, slots=True, kw_only=True)
class TableEntry:
    """One table in one version: the Delta version that holds its rows, and how many they are."""

    delta_version: int
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceEntry:
    """What a source told at its last pull, what landed, and the version of the book that this made.

    `keys` are hashes of some of the deals that it held, and `told_anew` says that a later source held them, too: an export
    that is made every week under a new name. Its counts are then those of the past.
    """

    told: dict[str, Any]
    landed: dict[str, Landed]
    version: int
    keys: tuple[int, ...] = ()
    told_anew: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """One version of the book.

    `parent` is the version that an undo returns to, None where there is none. `content_of` is the version
    that landed what stands here: its own number, except after an undo. Version 0 is the empty book.
    """

    version: int = 0
    made_at: dt.datetime | None = None
    program: str = ""
    note: str = ""
    parent: int | None = None
    content_of: int = 0
    tables: dict[str, TableEntry] = field(default_factory=dict)
    custom: dict[str, tuple[CustomColumn, ...]] = field(default_factory=dict)
    sources: dict[str, SourceEntry] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> str:
        """The manifest as it stands on disk."""
        row = asdict(replace(self, custom={}))
        row["made_at"] = self.made_at.isoformat() if self.made_at else None
        row["custom"] = {table: [column.to_dict() for column in columns] for table, columns in self.custom.items()}
        return json.dumps({"format": f"{FORMAT_NAME}/{FORMAT}", **row}, indent=1, ensure_ascii=False)

    @classmethod
    def from_json(cls, written: str) -> Manifest:
        """The opposite of `to_json`.

        Raises
        ------
        UserError
            Where the manifest is of a later format, is damaged, or is of something else.
        """
        try:
            row = json.loads(written)
        except ValueError as error:
            raise UserError("it is damaged (no JSON)") from error
        _check_format(row)
        try:
            return cls(
                version=int(row["version"]),
                made_at=dt.datetime.fromisoformat(row["made_at"]) if row["made_at"] else None,
                program=row["program"],
                note=row["note"],
                parent=row["parent"],
                content_of=row["content_of"],
                tables={name: TableEntry(**entry) for name, entry in row["tables"].items()},
                custom={name: tuple(map(CustomColumn.from_dict, rows)) for name, rows in row["custom"].items()},
                sources={name: _source(entry) for name, entry in row["sources"].items()},
                settings=row["settings"],
            )
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise UserError(f"it is damaged ({type(error).__name__}: {error})") from error


def _source(entry: dict[str, Any]) -> SourceEntry:
    landed = {table: Landed(**counts) for table, counts in entry["landed"].items()}
    return SourceEntry(
        told=entry["told"],
        landed=landed,
        version=entry["version"],
        keys=tuple(entry.get("keys", ())),
        told_anew=entry.get("told_anew", False),
    )


def _check_format(row: Any) -> None:
    name, _, number = str(row.get("format", "") if isinstance(row, dict) else "").partition("/")
    if name != FORMAT_NAME or not number.isdecimal():
        raise UserError("it is not a manifest of winloss")
    if int(number) > FORMAT:
        raise UserError(f"a later winloss wrote it (format {number}, this one reads {FORMAT}): install that version")


def plain(value: Any) -> Any:
    """`value` as JSON gives it back (tuples become lists, dates text), so that it compares equal to what is stored."""
    return json.loads(json.dumps(value, default=str, ensure_ascii=False))

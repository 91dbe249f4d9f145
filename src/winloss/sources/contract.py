"""What every source of deals offers, and what it tells of a pull.

A source yields canonical pages (Arrow record batches in the columns of `winloss.tables`, values as the
CRM gave them) and an `Intake`: how many rows were read, kept, set aside and skipped, and everything that
was decided about them. Nothing is lost silently: for every table `rows == kept + rejected`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa

from winloss.tables.custom import CustomColumn


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One kind of trouble in the data, with how often it occurs.

    `code` is stable (snake_case); `message` is a sentence for a person; `lines` are at most ten lines of the
    file where it occurs; `examples` at most five values. `fact` is the message without what a person at a terminal
    does about it; "" where it says nothing of that.
    """

    code: str
    message: str
    count: int
    column: str | None = None
    examples: tuple[str, ...] = ()
    lines: tuple[int, ...] = ()
    fact: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnReading:
    """What became of one column of the source.

    `target` is the canonical column, a custom column `x_…`, or None where it is ignored; `use` is
    `canonical` or a `tables.custom.Use`; `filled` counts non-blank values; `how` says how values were read
    ("day first: 13.02.2024 settles it", "decimal comma").
    """

    header: str
    target: str | None
    use: str
    why: str
    filled: int
    distinct: int | None
    samples: tuple[str, ...] = ()
    how: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueReading:
    """How one value that decides an outcome was read: `column`, `value`, its count, the kind and why."""

    column: str
    value: str
    count: int
    read_as: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fold:
    """Spellings of one category that were joined: `kept` with its count, the others with theirs."""

    column: str
    kept: str
    folded: tuple[tuple[str, int], ...]
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Join:
    """One file joined to the deals: by which columns, how many deals found a partner, which did not."""

    left: str
    right: str
    on_left: str
    on_right: str
    matched: int
    unmatched: int
    blank: int
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Rows of one table of one source. Blank rows, repeated headers and footers are no rows: they are `skipped`."""

    rows: int = 0
    kept: int = 0
    rejected: int = 0
    skipped: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """Everything a pull has to tell, complete once its pages are drained."""

    source: str
    """Stable name of what was read; a later pull of the same name replaces its counts."""
    tallies: dict[str, Tally]
    columns: tuple[ColumnReading, ...] = ()
    outcomes: tuple[ValueReading, ...] = ()
    folds: tuple[Fold, ...] = ()
    joins: tuple[Join, ...] = ()
    problems: tuple[Problem, ...] = ()
    custom: tuple[CustomColumn, ...] = ()
    """Custom columns of `deals`."""
    rejects: Path | None = None
    mapping: dict[str, Any] = field(default_factory=dict)
    """The mapping used, as it stands in a map file."""


class Source(Protocol):
    """A connector. `offers` names the tables it can fill; `check` says who it is and what it may read.

    Text in the pages of `pull` may be encoded, as codes into its different values.
    """

    @property
    def name(self) -> str: ...

    @property
    def offers(self) -> tuple[str, ...]: ...

    def check(self) -> str: ...

    def pull(self, table: str, since: str | None = None) -> Iterator[pa.RecordBatch]: ...

    def told(self) -> Intake: ...

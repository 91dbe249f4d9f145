"""The closed deals as arrays: each attribute a column of small whole numbers.

Counting a hundred thousand segments over arrays costs less than asking an engine for each.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from winloss.tables.segment import Condition

Column: TypeAlias = "pa.ChunkedArray[Any]"
Codes = NDArray[np.int32]
Marks = NDArray[np.bool_]
Floats = NDArray[np.float64]

BLANK, UNKNOWN = -1, -2
"""Codes of deals without a value, and of deals whose value says that nobody knows."""

PLACEHOLDERS = frozenset(
    (
        "unknown",
        "unkown",
        "not known",
        "unbekannt",
        "inconnu",
        "desconocido",
        "desconhecido",
        "неизвестно",
        "n/a",
        "na",
        "n.a.",
        "not available",
        "not applicable",
        "not specified",
        "not set",
        "not provided",
        "unspecified",
        "undefined",
        "null",
        "tbd",
        "tbc",
        "-",
        "--",
        "---",
        "?",
        "??",
        ".",
        "select",
        "-select-",
        "--select--",
        "- select -",
        "-none-",
        "--none--",
        "please select",
        "choose",
        "#n/a",
        "#ref!",
        "#value!",
        "nan",
        "(blank)",
        "(not set)",
        "[blank]",
    )
)
"""Values that stand for "nobody knows"; compared without case and outer spaces."""


@cache
def _nobody() -> pa.Array[Any]:
    return pa.array(sorted(PLACEHOLDERS | {""}), pa.string())


@dataclass(frozen=True, slots=True)
class Level:
    """One value of an attribute. `condition` is None where no condition gives its deals (rare values folded)."""

    label: str
    condition: Condition | None
    kind: str = "value"


_RANGE = re.compile(r"(?P<low>.+?)(?:\s*[-–—]\s*|\s+to\s+)(?P<high>.+)")
_FROM, _UNDER = " and over", "under "


def _run_label(first: str, last: str) -> str:
    """`10-49` and `200-499` are `10-499`; `under 5` and `5-9` are `up to 9`; `5-9` and `50 and over` are `5 and over`."""
    low, high = (_RANGE.fullmatch(label) for label in (first, last))
    start, end = low["low"] if low else first, high["high"] if high else last
    if first.startswith(_UNDER):
        return end if end.startswith(_UNDER) else f"up to {end}"
    if last.endswith(_FROM):
        return f"{start}{_FROM}"
    return f"{start}-{end}" if low and high and "-" in first and not end.startswith(_UNDER) else f"{start} to {end}"


def _run_condition(parts: Sequence[Condition | None]) -> Condition | None:
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return None
    if all(part.kind == "=" for part in known) and not _all_numbers(known):
        return Condition(known[0].field, "in", tuple(part.values[0] for part in known))
    return Condition(known[0].field, "between", (known[0].values[0], known[-1].values[-1]))


def joined(parts: Sequence[Level]) -> Level:
    """Neighbouring values of an ordered attribute as one."""
    if len(parts) == 1:
        return parts[0]
    return Level(_run_label(parts[0].label, parts[-1].label), _run_condition([part.condition for part in parts]))


def _all_numbers(parts: Sequence[Condition]) -> bool:
    return all(value.replace(".", "", 1).lstrip("-").isdigit() for part in parts for value in part.values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Coded:
    """One attribute: a code a deal (an index into `levels`, or BLANK, or UNKNOWN)."""

    name: str
    label: str
    field: str
    codes: Codes
    levels: tuple[Level, ...]
    ordered: bool = False
    note: str = ""

    def run(self, low: int, high: int) -> Level:
        """Neighbouring levels of an ordered attribute as one."""
        return joined(self.levels[low : high + 1])

    @property
    def filled(self) -> Marks:
        return np.asarray(self.codes >= 0)

    def counts(self, marks: Marks | None = None) -> NDArray[np.int64]:
        """Deals of each level, of those marked."""
        codes = self.codes if marks is None else self.codes[marks]
        return np.bincount(codes + np.int32(2), minlength=len(self.levels) + 2)[2:].astype(np.int64)

    def crossed(self, classes: Codes, count: int, *, first: int = 0) -> NDArray[np.int64]:
        """Deals of each value (rows: unknown, blank, then each level) in each of `count` classes from `first` on (columns)."""
        rows = len(self.levels) + 2
        keys = self.codes * np.int32(count) + classes
        keys += np.int32(2 * count - first)
        return np.bincount(keys, minlength=rows * count).reshape(rows, count).astype(np.int64)


@dataclass(frozen=True, slots=True)
class Words:
    """A text column: a code a deal into `values` (sorted by count, then by themselves), or BLANK, or UNKNOWN."""

    codes: Codes
    values: tuple[str, ...]


def read_words(column: Column | None, n: int) -> Words:
    """Codes of a text column; of an absent one all BLANK. Empty and whitespace-only text is blank."""
    if column is None:
        return Words(np.full(n, BLANK, np.int32), ())
    coded: Any = _whole(column)
    if not pa.types.is_dictionary(column.type):
        coded = pc.dictionary_encode(coded if pa.types.is_string(column.type) else coded.cast(pa.string()))
    raw = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int32)
    return _ranked(raw, coded.dictionary.to_pylist())


def read_groups(column: Column | None, n: int) -> Codes:
    """Codes of a text column whose values need no name, in order of appearance; BLANK where there is none."""
    if column is None:
        return np.full(n, BLANK, np.int32)
    coded: Any = pc.dictionary_encode(_whole(column.cast(pa.string())))
    raw = coded.indices.fill_null(BLANK).to_numpy(zero_copy_only=False).astype(np.int32)
    nobody = np.asarray(pc.is_in(pc.utf8_trim_whitespace(pc.utf8_lower(coded.dictionary)), _nobody()))
    return np.asarray(np.where((raw >= 0) & nobody[np.maximum(raw, 0)], BLANK, raw), np.int32) if len(nobody) else raw


def _whole(column: Column) -> Any:
    """One array of a column in chunks."""
    if column.num_chunks == 1:
        return column.chunk(0)
    return pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)


def _ranked(raw: Codes, values: list[str]) -> Words:
    counts = np.bincount(raw[raw >= 0], minlength=len(values))
    kinds = [_kind(value) for value in values]
    order = sorted((i for i, kind in enumerate(kinds) if kind == 0), key=lambda i: (-counts[i], values[i]))
    place = np.full(len(values) + 1, BLANK, np.int32)
    for new, old in enumerate(order):
        place[old] = new
    for i, kind in enumerate(kinds):
        if kind:
            place[i] = kind
    return Words(place[raw], tuple(values[i] for i in order))


def _kind(value: str) -> int:
    plain = value.strip()
    if not plain:
        return BLANK
    return UNKNOWN if plain.casefold() in PLACEHOLDERS else 0


def read_numbers(column: Column | None, n: int) -> Floats:
    """A numeric column as floats with NaN where there is none; infinities count as none."""
    if column is None:
        return np.full(n, np.nan)
    values = _whole(column.cast(pa.float64())).to_numpy(zero_copy_only=False).astype(float)
    return np.asarray(np.where(np.isfinite(values), values, np.nan))


def read_marks(column: Column | None, n: int) -> Marks:
    """A boolean column; nulls are false."""
    if column is None:
        return np.zeros(n, bool)
    filled: Any = _whole(column).fill_null(False)
    return np.asarray(filled.to_numpy(zero_copy_only=False), bool)


def read_days(column: Column | None, n: int) -> NDArray[np.int64]:
    """Dates as days since 1970; the smallest whole number where there is none."""
    if column is None:
        return np.full(n, NO_DAY)
    days: Any = _whole(column.cast(pa.date32()).cast(pa.int32()).cast(pa.int64())).fill_null(int(NO_DAY))
    return np.asarray(days.to_numpy(zero_copy_only=False), np.int64)


NO_DAY = np.iinfo(np.int64).min
_EPOCH = dt.date(1970, 1, 1)


def month_of(days: NDArray[np.int64]) -> Codes:
    """Months since January of year 0 for days since 1970; BLANK where there is no day."""
    known = days != NO_DAY
    months = np.full(len(days), BLANK, np.int32)
    months[known] = days[known].astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) + 1970 * 12
    return months


def day_number(day: dt.date) -> int:
    return (day - _EPOCH).days


@dataclass(frozen=True, slots=True)
class Clusters:
    """Which deals belong together: a code a deal, or BLANK for a deal that stands alone.

    `word` names the kind ("reps", "accounts", "months").
    """

    word: str
    codes: Codes
    count: int


def clusters(word: str, codes: Codes) -> Clusters | None:
    """Clusters of two deals or more; None where there are fewer than two clusters or no deal shares one."""
    known = codes[codes >= 0]
    sizes = np.bincount(known) if len(known) else np.zeros(0, np.int64)
    shared = np.flatnonzero(sizes > 1)
    alone = int((sizes == 1).sum()) + int((codes < 0).sum())
    if len(shared) + alone < 2 or not len(shared):
        return None
    place = np.full(len(sizes) + 1, BLANK, np.int32)
    place[shared] = np.arange(len(shared), dtype=np.int32)
    return Clusters(word, place[np.maximum(codes, -1)], len(shared))


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """All closed deals of a book, one place a deal in every array.

    `lost_reason` and `lost_rival` are codes on losses (lost or no decision) with a reason given, or with an answer
    about the competitor; BLANK on all other deals. A reason that nobody could read, and "none", are the code after the
    last name.
    """

    won: Marks
    attributes: tuple[Coded, ...]
    lost_reason: Codes
    reasons: tuple[str, ...]
    lost_rival: Codes
    rivals: tuple[str, ...]
    stage: Coded | None
    cycle: Coded | None
    months: Codes
    amounts: Floats
    currency_single: bool
    dimensions: tuple[Clusters, ...]
    owners: Codes = field(default_factory=lambda: np.zeros(0, np.int32))

    @property
    def n(self) -> int:
        return len(self.won)

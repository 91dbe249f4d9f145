"""Arrow columns from indices and numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from winloss.demo.draw import Flags, Ints, Rng

if TYPE_CHECKING:
    Column: TypeAlias = pa.Array[Any]
else:
    Column = pa.Array

DAY_US = 86_400_000_000
INSTANT = pa.timestamp("us", tz="UTC")


def named(index: npt.NDArray[np.integer], names: Iterable[str]) -> Column:
    """The name at each index; null where the index is negative."""
    return at_rows(pa.array(list(names), pa.string()), pa.array(index, mask=index < 0))


def at_rows(column: Column, rows: Any) -> Column:
    """The column's values at `rows`, an array of indices; null where the index is."""
    taken: Column = column.take(rows if isinstance(rows, pa.Array) else pa.array(rows))
    return taken


def chosen(rng: Rng, texts: Sequence[str], count: int) -> Column:
    """`count` of `texts`, each as often as it stands there."""
    return named(rng.integers(0, len(texts), count), texts)


def joined(*parts: Column | str, between: str = "") -> Column:
    """The parts of each row as one text, words repeated on every row; null where a part is."""
    whole: list[Any] = [pa.scalar(part) if isinstance(part, str) else part for part in parts]
    text: Column = pc.binary_join_element_wise(*whole, pa.scalar(between))
    return text


def digits(numbers: Ints, *, width: int = 0) -> Column:
    """Each number as text, with leading zeros up to `width`."""
    text: Any = pa.array(numbers).cast(pa.string())
    padded: Column = pc.utf8_lpad(text, width=width, padding="0")
    return padded


def numbered(prefix: str, numbers: Ints, *, width: int = 0) -> Column:
    """`prefix` and each number, with leading zeros up to `width`."""
    return joined(prefix, digits(numbers, width=width))


def blank_where(column: Column, blank: Flags) -> Column:
    """The column with nulls where `blank` holds."""
    kept: Column = pc.if_else(pa.array(blank), nothing(1, column.type)[0], column)
    return kept


def either(first: Flags, column: Column, other: Column) -> Column:
    """`column` where `first` holds, else `other`."""
    mixed: Column = pc.if_else(pa.array(first), column, other)
    return mixed


def dates(days: Ints) -> Column:
    """Dates of days since 1970."""
    return pa.array(days.astype(np.int32)).cast(pa.date32())


def instants(microseconds: Ints) -> Column:
    """Instants of microseconds since 1970."""
    return pa.array(microseconds).cast(INSTANT)


def office_hours(rng: Rng, days: Ints) -> Ints:
    """A moment between 8:00 and 18:00 of each day, in microseconds since 1970, to the second."""
    return days * DAY_US + rng.integers(8 * 3600, 18 * 3600, len(days)) * 1_000_000


def nothing(count: int, kind: Any) -> Column:
    """`count` nulls."""
    empty: Column = pa.nulls(count, kind)
    return empty


def flat(groups: Sequence[Sequence[str]]) -> tuple[list[str], Ints, Ints]:
    """All names of all groups, where each group begins, and how many it has."""
    sizes = np.array([len(group) for group in groups])
    return [name for group in groups for name in group], np.concatenate([[0], np.cumsum(sizes)[:-1]]), sizes

"""Arrow columns from indices and numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from winloss.demo.draw import Flags, Ints

DAY_US = 86_400_000_000
INSTANT = pa.timestamp("us", tz="UTC")


def named(index: npt.NDArray[np.integer], names: Iterable[str]) -> pa.Array:
    """The name at each index; null where the index is negative."""
    return pa.array(list(names), pa.string()).take(pa.array(index, mask=index < 0))


def blank_where(column: pa.Array, blank: Flags) -> pa.Array:
    """The column with nulls where `blank` holds."""
    return pc.if_else(pa.array(blank), pa.scalar(None, column.type), column)


def numbered(prefix: str, numbers: Ints, *, width: int = 0) -> pa.Array:
    """`prefix` and each number, with leading zeros up to `width`."""
    digits = pa.array(numbers).cast(pa.string())
    if width:
        digits = pc.utf8_lpad(digits, width=width, padding="0")
    return pc.binary_join_element_wise(pa.scalar(prefix), digits, "")


def dates(days: Ints) -> pa.Array:
    """Dates of days since 1970."""
    return pa.array(days.astype(np.int32)).cast(pa.date32())


def instants(microseconds: Ints) -> pa.Array:
    """Instants of microseconds since 1970."""
    return pa.array(microseconds).cast(INSTANT)


def office_hours(rng: np.random.Generator, days: Ints) -> Ints:
    """A moment between 8:00 and 18:00 of each day, in microseconds since 1970, to the second."""
    return days * DAY_US + rng.integers(8 * 3600, 18 * 3600, len(days)) * 1_000_000


def nothing(count: int, kind: pa.DataType) -> pa.Array:
    """`count` nulls."""
    return pa.nulls(count, kind)


def flat(groups: Sequence[Sequence[str]]) -> tuple[list[str], Ints, Ints]:
    """All names of all groups, where each group begins, and how many it has."""
    sizes = np.array([len(group) for group in groups])
    return [name for group in groups for name in group], np.concatenate([[0], np.cumsum(sizes)[:-1]]), sizes

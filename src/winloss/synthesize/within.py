"""Which rows of an Arrow table are in a segment: the same as the engine says, in the time of a page.

A condition is answered once a distinct value where a column holds codes, else once a deal.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from winloss.synthesize.coded import Marks
from winloss.tables.segment import Condition, Segment


def marks(segment: Segment, table: pa.Table) -> Marks:
    """True where a row is in the segment.

    Parameters
    ----------
    segment
        Its fields are columns of the table.
    table
        Columns without chunks; text may come as codes.

    Raises
    ------
    UserError
        Where a field is not there, or a value is none of its kind; the words are those of `Segment.predicate`.
    """
    inside = np.ones(table.num_rows, bool)
    segment.predicate(_shape(table))
    for condition in segment.conditions:
        inside &= _marks(condition, table)
    return inside


def _shape(table: pa.Table) -> Any:
    """A table of no rows with the same columns, on no engine: its expressions say what is wrong with a segment."""
    kinds = {field.name: _plain(field.type) for field in table.schema}
    return ibis.table({name: ibis.dtype(kind) for name, kind in kinds.items()}, name="deals")


def _plain(kind: pa.DataType) -> str:
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    names = {pa.string(): "string", pa.bool_(): "boolean", pa.date32(): "date"}
    return names.get(kind) or ("timestamp" if pa.types.is_timestamp(kind) else str(kind).replace("double", "float64"))


def _marks(condition: Condition, table: pa.Table) -> Marks:
    column: Any = table[condition.field].combine_chunks()
    if isinstance(column, pa.ChunkedArray):
        column = pa.concat_arrays(column.chunks)
    if condition.kind == "blank":
        return np.asarray(pc.is_null(column))
    if pa.types.is_dictionary(column.type):
        held = _holds(condition, column.dictionary)
        # No value is code −1: the last place, which is False.
        return np.asarray(np.append(held, False)[np.asarray(column.indices.fill_null(-1))])
    return _holds(condition, column)


def _holds(condition: Condition, values: Any) -> Marks:
    bounds = [_literal(value, values.type) for value in condition.values]
    if condition.kind == "between":
        low, high = _inward(bounds, values.type)
        if low is None or high is None:
            return np.zeros(len(values), bool)
        found = pc.and_(pc.greater_equal(values, low), pc.less_equal(values, high))
    elif len(bounds) == 1:
        found = pc.equal(values, bounds[0])
    else:
        found = pc.is_in(values, value_set=pa.array([bound.as_py() for bound in bounds], _of(values.type)))
    return np.asarray(found.fill_null(False))


def _inward(bounds: list[Any], kind: pa.DataType) -> tuple[Any, Any]:
    """The bounds as values of the column's kind: comparing is then without a copy. None where no value can reach one."""
    low, high = bounds
    if not pa.types.is_signed_integer(kind):
        return low, high
    most = 2 ** (kind.bit_width - 1) - 1
    least = -most - 1
    first, last = max(np.ceil(low.as_py()), least), min(np.floor(high.as_py()), most)
    if not first <= last:  # also where one is no number
        return None, None
    return pa.scalar(min(int(first), most), kind), pa.scalar(min(int(last), most), kind)


def _of(kind: pa.DataType) -> pa.DataType:
    return pa.float64() if pa.types.is_integer(kind) else kind


def _literal(value: str, kind: pa.DataType) -> Any:
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return pa.scalar(float(value), pa.float64())
    if pa.types.is_date(kind):
        return pa.scalar(dt.date.fromisoformat(value[:10]), kind)
    if pa.types.is_timestamp(kind):
        return pa.scalar(dt.datetime.fromisoformat(value), kind)
    if pa.types.is_boolean(kind):
        return pa.scalar(value.lower() == "true", kind)
    return pa.scalar(value, kind)

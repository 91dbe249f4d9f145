"""Arrow's arrays and kernels with loose types: the stubs know fewer combinations than the library."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import pyarrow
import pyarrow.compute

from winloss.sources.files.buffers import encoded_again, is_encoded

Array: TypeAlias = Any
"""A `pyarrow.Array`."""
kernels: Any = pyarrow.compute


def array_of(values: object, kind: Any = None, *, mask: np.ndarray | None = None) -> Array:
    """`values` as an Arrow array; null where None, or where `mask` is true. A numpy array gives its memory."""
    loose: Any = pyarrow.array
    if not isinstance(values, np.ndarray) or values.dtype.kind not in "biuf":
        return loose(values, kind, mask=mask)
    kind = kind or pyarrow.from_numpy_dtype(values.dtype)
    if pyarrow.types.is_boolean(kind):
        held = np.packbits(values, bitorder="little")
    else:
        held = np.ascontiguousarray(values, kind.to_pandas_dtype())
    blanks = 0 if mask is None else int(np.count_nonzero(mask))
    valid = np.packbits(~mask, bitorder="little") if mask is not None and blanks else None
    memory: Any = pyarrow.py_buffer
    whole: Any = pyarrow.Array.from_buffers
    return whole(kind, len(values), [None if valid is None else memory(valid), memory(held)], blanks)


def numpy_of(values: Array) -> np.ndarray:
    """An Arrow array without nulls as a numpy array."""
    found: np.ndarray = values.to_numpy(zero_copy_only=False)
    return found


def same(value: str, rows: int) -> Array:
    """`rows` times the same text, encoded."""
    return encoded(np.zeros(rows, np.int32), [value])


def encoded(places: np.ndarray, values: Sequence[str]) -> Array:
    """Text as the places of its values; null where a place is below zero."""
    blank = places < 0
    codes = array_of(places.astype(np.int32, copy=False), mask=blank if blank.any() else None)
    return pyarrow.DictionaryArray.from_arrays(codes, array_of(values, pyarrow.string()))


def page(made: Mapping[str, Array | None], schema: pyarrow.Schema, rows: int) -> pyarrow.RecordBatch:
    """A batch in the columns of `schema`: null where nothing was made; what is encoded stays so."""
    arrays = {f.name: pyarrow.nulls(rows, f.type) if (a := made.get(f.name)) is None else a for f in schema}
    fields = [f.with_type(arrays[f.name].type) if is_encoded(arrays[f.name]) else f for f in schema]
    return pyarrow.RecordBatch.from_arrays(list(arrays.values()), schema=pyarrow.schema(fields))


def filtered(batch: pyarrow.RecordBatch, mask: np.ndarray) -> pyarrow.RecordBatch:
    """The rows of a batch under `mask`, with no value of any other row."""
    left = batch.filter(array_of(mask))
    return pyarrow.RecordBatch.from_arrays([encoded_again(column) for column in left.columns], schema=batch.schema)

"""Arrow's arrays and kernels with loose types: the stubs know fewer combinations than the library."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import pyarrow
import pyarrow.compute

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


def same(value: object, rows: int) -> Array:
    """`rows` times the same text."""
    return array_of([value], pyarrow.string()).take(array_of(np.zeros(rows, np.int8)))

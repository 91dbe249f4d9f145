"""Arrow's arrays and kernels with loose types: the stubs know fewer combinations than the library."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import pyarrow
import pyarrow.compute

Array: TypeAlias = Any
"""A `pyarrow.Array`."""
kernels: Any = pyarrow.compute


def array_of(values: object, kind: object = None, *, mask: np.ndarray | None = None) -> Array:
    """`values` as an Arrow array."""
    loose: Any = pyarrow.array
    return loose(values, kind, mask=mask)


def numpy_of(values: Array) -> np.ndarray:
    """An Arrow array without nulls as a numpy array."""
    found: np.ndarray = values.to_numpy(zero_copy_only=False)
    return found


def same(value: object, rows: int) -> Array:
    """`rows` times the same text."""
    return array_of([value], pyarrow.string()).take(array_of(np.zeros(rows, np.int8)))

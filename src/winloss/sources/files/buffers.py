"""Arrow's functions and buffers as they are: the type stubs refuse forms that Arrow takes, so they are not asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute
import pyarrow.csv

compute: Any = pyarrow.compute
read_csv: Any = pyarrow.csv.read_csv
concat_batches: Any = pa.concat_batches  # type: ignore[attr-defined]  # the stubs do not know it


def mask(column: Any) -> npt.NDArray[np.bool_]:
    """A boolean column as numpy; null is False."""
    values: npt.NDArray[np.bool_] = column.fill_null(False).to_numpy(zero_copy_only=False)
    return values


def is_encoded(column: Any) -> bool:
    """Whether a column holds codes into its different values."""
    return isinstance(column, pa.DictionaryArray)


def different(column: Any) -> Any:
    """What `column` holds, where it is encoded each value once."""
    return column.dictionary if is_encoded(column) else column


def each(column: Any, read: Callable[[Any], Any]) -> Any:
    """`read` of a column, one result a row; where it is encoded, each different value is read once."""
    return read(column.dictionary).take(column.indices) if is_encoded(column) else read(column)


def written_out(column: Any) -> Any:
    """The column with its values written out."""
    return column.dictionary_decode() if is_encoded(column) else column


def encoded_again(column: Any) -> Any:
    """An encoded column without the values that no row holds any more."""
    return column.dictionary_decode().dictionary_encode() if is_encoded(column) else column


def buffer(column: Any, index: int, kind: type[Any]) -> npt.NDArray[Any]:
    """One of the buffers of a column as numpy, without a copy; empty where there is none."""
    held = column.buffers()[index]
    return np.zeros(0, kind) if held is None else np.frombuffer(held, kind)

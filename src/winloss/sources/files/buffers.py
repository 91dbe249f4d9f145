"""Arrow's functions and buffers as they are: the type stubs refuse forms that Arrow takes, so they are not asked."""

from __future__ import annotations

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


def buffer(column: Any, index: int, kind: type[Any]) -> npt.NDArray[Any]:
    """One of the buffers of a column as numpy, without a copy; empty where there is none."""
    held = column.buffers()[index]
    return np.zeros(0, kind) if held is None else np.frombuffer(held, kind)

"""Work on distinct values: a column is encoded once, its distinct values are converted, the result spread out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa

from winloss.sources.files.buffers import compute as pc

FEW = 0.7
"""Where more than this share of the rows differ, encoding gains nothing."""
_LOOKED_AT = 2_000


def spread(column: pa.StringArray, convert: Callable[[pa.StringArray], list[Any]]) -> list[Any]:
    """`convert` applied to the distinct values of `column`, each result as long as the column."""
    head = column.slice(0, _LOOKED_AT)
    if pc.count_distinct(head).as_py() > FEW * len(head):
        return convert(column)
    encoded: Any = column.dictionary_encode()
    return [result.take(encoded.indices) for result in convert(encoded.dictionary)]

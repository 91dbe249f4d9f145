"""Ids for rows that have none: made from what the row holds, and from how often the same row came before.

The same file gives the same ids, whatever the order of its columns; blank cells do not count, so that a column added
later and left blank changes nothing.
"""

from __future__ import annotations

from hashlib import blake2b

import numpy as np
import pyarrow as pa

from winloss.sources.files.arrow import Array, array_of, numpy_of
from winloss.sources.files.arrow import kernels as pc
from winloss.sources.files.words import plain

_HEX = np.array([f"{byte:02x}".encode() for byte in range(256)])


def content_hashes(batch: pa.RecordBatch) -> np.ndarray:
    """One unsigned 64-bit number a row, equal for rows that hold the same under the same headers."""
    total = np.zeros(batch.num_rows, dtype=np.uint64)
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        total += _column_hashes(plain(name).encode(), column)
    return total


def _column_hashes(salt: bytes, column: Array) -> np.ndarray:
    encoded = column.dictionary_encode()
    distinct = [int.from_bytes(_digest(salt, value), "little") for value in encoded.dictionary.to_pylist()]
    hashes = np.array([*distinct, 0], dtype=np.uint64)
    positions = numpy_of(pc.fill_null(encoded.indices, len(distinct)))
    found: np.ndarray = hashes[positions]
    return found


def _digest(salt: bytes, value: str | None) -> bytes:
    written = (value or "").encode("utf-8", "surrogatepass")
    return blake2b(salt + b"\0" + written, digest_size=8).digest()


class Occurrences:
    """Counts, over all batches, the how manieth row of its content each row is."""

    def __init__(self) -> None:
        self._known = np.zeros(0, dtype=np.uint64)
        self._counts = np.zeros(0, dtype=np.int64)

    def number(self, hashes: np.ndarray) -> np.ndarray:
        """1 for the first row of its content, 2 for the second, and so on."""
        distinct, inverse, counts = np.unique(hashes, return_inverse=True, return_counts=True)
        before = self._before(distinct)
        order = np.argsort(inverse, kind="stable")
        starts = np.concatenate(([0], np.cumsum(counts)[:-1])) if len(counts) else np.zeros(0, dtype=np.int64)
        within = np.empty(len(hashes), dtype=np.int64)
        within[order] = np.arange(len(hashes)) - np.repeat(starts, counts)
        self._remember(distinct, before + counts)
        return before[inverse] + within + 1

    def _before(self, distinct: np.ndarray) -> np.ndarray:
        if len(self._known) == 0:
            return np.zeros(len(distinct), dtype=np.int64)
        places = np.minimum(np.searchsorted(self._known, distinct), len(self._known) - 1)
        return np.where(self._known[places] == distinct, self._counts[places], 0)

    def _remember(self, distinct: np.ndarray, counts: np.ndarray) -> None:
        hashes = np.concatenate((self._known, distinct))
        numbers = np.concatenate((self._counts, counts))
        order = np.argsort(hashes, kind="stable")
        hashes, numbers = hashes[order], numbers[order]
        last = np.append(hashes[1:] != hashes[:-1], True) if len(hashes) else np.zeros(0, dtype=bool)
        self._known, self._counts = hashes[last], numbers[last]


def made_ids(hashes: np.ndarray, occurrences: np.ndarray, prefix: str = "r_") -> Array:
    """`r_` and 16 hexadecimal digits; `-2` behind the second row of the same content, and so on."""
    octets = hashes.astype(">u8").view(np.uint8).reshape(len(hashes), 8)
    digits = np.ascontiguousarray(_HEX[octets]).view("S16").reshape(len(hashes))
    ids = pc.binary_join_element_wise(prefix, array_of(digits, pa.binary()).cast(pa.string()), "")
    repeated = pc.binary_join_element_wise(ids, array_of(occurrences).cast(pa.string()), "-")
    return pc.if_else(array_of(occurrences > 1), repeated, ids)

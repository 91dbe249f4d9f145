"""Values grouped by shape: `15.06.2024` and `01.12.2023` are both `00.00.0000`.

What a value means depends on its shape, so it is decided once for each shape; the figures of all values of one
shape are then computed at once from their digits.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from winloss.sources.files.buffers import buffer

MAX_BYTES = 80
"""Longer values are neither dates nor numbers."""
BLOCK = 50_000
_PEELED = 48
"""Shapes peeled off at the speed of memory, one by one; the rest is sorted."""

Bytes = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Group:
    """Values of one shape: the shape with every digit as 0, their rows, and their digits as numbers."""

    shape: str
    rows: Ints
    digits: Bytes

    def number(self, first: int, count: int) -> Ints:
        """The whole number written by `count` digits from digit `first` on; at most 18."""
        value = np.zeros(len(self.rows), np.int64)
        for index in range(first, first + count):
            value = value * 10 + self.digits[:, index]
        return value


def groups(values: pa.StringArray) -> Iterator[Group]:
    """The values that are no longer than 80 bytes, in groups; nulls and longer ones are in none."""
    for start in range(0, len(values), BLOCK):
        for group in _block(values.slice(start, BLOCK)):
            yield Group(group.shape, group.rows + start, group.digits)


def _block(values: pa.StringArray) -> Iterator[Group]:
    rows, codes = _matrix(values)
    digit = codes - np.uint8(48) < 10
    shapes = np.where(digit, np.uint8(48), codes)
    if len(rows) and (shapes == shapes[0]).all():
        columns = np.flatnonzero(shapes[0] == 48)
        yield Group(_named(shapes[0]), rows, codes[:, columns] - np.uint8(48))
        return
    left, words = np.arange(len(rows)), _words(shapes)
    for _ in range(_PEELED):
        if not len(left):
            return
        same = np.logical_and.reduce([word[left] == word[left[0]] for word in words])
        yield _group(rows, codes, shapes, left[same])
        left = left[~same]
    for members in _sorted(shapes, left):
        yield _group(rows, codes, shapes, members)


def _matrix(values: pa.StringArray) -> tuple[Ints, Bytes]:
    """Rows of the values that count, and their bytes, padded with zeros to the longest."""
    offsets = buffer(values, 1, np.int32)[values.offset : values.offset + len(values) + 1].astype(np.int64)
    lengths = np.diff(offsets)
    valid = (lengths > 0) & (lengths <= MAX_BYTES)
    if values.null_count:
        valid &= values.is_valid().to_numpy(zero_copy_only=False)
    rows = np.flatnonzero(valid)
    if not len(rows):
        return rows, np.zeros((0, 1), np.uint8)
    data = buffer(values, 2, np.uint8)
    width = int(lengths[rows].max())
    if offsets[-1] - offsets[0] == width * len(rows) == lengths[rows].sum():
        return rows, data[offsets[0] : offsets[-1]].reshape(len(rows), width)  # one long: no byte has to be moved
    starts, sizes = offsets[rows], lengths[rows]
    codes = np.empty((width, len(rows)), np.uint8)
    for at in range(width):
        np.take(data, starts + at, mode="clip", out=codes[at])
        codes[at] *= at < sizes
    return rows, np.ascontiguousarray(codes.T)


def _words(shapes: Bytes) -> list[npt.NDArray[np.uint64]]:
    """The bytes of all rows, eight at a time as one number."""
    count, width = shapes.shape
    padded = np.zeros((count, -(-width // 8) * 8), np.uint8)
    padded[:, :width] = shapes
    return list(np.ascontiguousarray(padded.view(np.uint64).T))


def _group(rows: Ints, codes: Bytes, shapes: Bytes, members: Ints) -> Group:
    pattern = shapes[members[0]]
    digits = codes[np.ix_(members, np.flatnonzero(pattern == 48))] - np.uint8(48)
    return Group(_named(pattern), rows[members], digits)


def _named(pattern: Bytes) -> str:
    return pattern.tobytes().rstrip(b"\0").decode("utf-8", "replace")


def _sorted(shapes: Bytes, left: Ints) -> Iterator[Ints]:
    """The remaining rows, those of one shape together."""
    if not len(left):
        return
    width = shapes.shape[1]
    keys = np.ascontiguousarray(shapes[left]).view(np.dtype((np.void, width)))[:, 0]
    _, inverse = np.unique(keys, return_inverse=True)
    order = np.argsort(inverse, kind="stable")
    yield from (left[part] for part in np.split(order, np.flatnonzero(np.diff(inverse[order])) + 1))


def plain(shape: str) -> str:
    """A shape with all kinds of spaces as one space, minus signs as `-` and apostrophes as `'`."""
    return shape.translate(_PLAIN).strip()


_PLAIN = str.maketrans(
    {
        **dict.fromkeys("\u00a0\u202f\u2007\u2009\u2008\u2002\u2003\t\r\n", " "),
        "−": "-",
        "–": "-",
        "’": "'",
        "`": "'",
        "´": "'",
    }
    | dict.fromkeys("\u200b\u200e\u200f\ufeff", "")
)

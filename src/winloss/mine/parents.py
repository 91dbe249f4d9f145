"""Where the segments with one condition less are found among counted segments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from winloss.mine.bits import Conjunctions
from winloss.mine.exact import has_numba
from winloss.mine.table import MOST_LEVELS_OF_RUNS

Counts = NDArray[Any]  # int32 where that is wide enough, else int64
Places = NDArray[np.intp]

NONE = -1
_BITS, _SMALL_BITS = 63, 31
_VALUES = 256
_HASH_BITS = 20
_MOST_SPAN = 1 << 22
"""Parents are found in a table where so many places name them all."""
_ODD = np.uint64(0x9E3779B97F4A7C15)


class Lineage:
    """Counted segments, findable by their conditions.

    Parameters
    ----------
    segments
        Attributes, first and last levels of every segment, (m, depth) each.
    """

    def __init__(self, segments: Conjunctions) -> None:
        self.segments = segments
        self.depth = segments.attribute.shape[1]
        self._numbers, count = _numbered(segments)
        self._width = max(1, count.bit_length())
        if self._width * self.depth > _BITS:
            raise ValueError(f"{count} conditions at depth {self.depth} are too many to name")
        span = 1 << self._width * (self.depth - 1)
        self._place: NDArray[np.int32] | None = None
        if span <= _MOST_SPAN:
            self._place, self._born = self._descended(span)
            return
        if self._width * self.depth > _SMALL_BITS:
            self._numbers = self._numbers.astype(np.int64)
        keys = self._keys(self._numbers, range(self.depth))
        self._order = np.arange(len(keys)) if (np.diff(keys) > 0).all() else np.argsort(keys, kind="stable")
        self._sorted = keys[self._order]

    def _descended(self, span: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Where each parent stands, and how many children it has, by its key."""
        place, born = np.full(span, NONE, np.int32), np.zeros(span, np.int32)
        if has_numba():
            from winloss.mine.parents_kernel import descend

            descend(self._numbers, self._width, place, born)
            return place, born
        parent = np.flatnonzero(self._numbers[:, -1] == 0)
        place[self._keys(self._numbers[parent], range(self.depth))] = parent
        born += np.bincount(self.parent_keys(slice(None)).ravel(), minlength=span).astype(np.int32)
        return place, born

    def parents(self, places: Places) -> Places:
        """Places of the parents, (len(places), depth): in column j the one without condition j.

        NONE where there is no such condition, where nothing would be left, or where the parent was not counted because
        it is its whole base.
        """
        return self.placed(self.parent_keys(places))

    def placed(self, keys: Counts) -> Places:
        """Places of the parents with these keys; NONE where there is none."""
        if self._place is not None:
            return np.where(keys > 0, self._place[keys], NONE)
        at = np.minimum(np.searchsorted(self._sorted, keys), len(self._sorted) - 1)
        found = (keys > 0) & (self._sorted[at] == keys)
        return np.where(found, self._order[at], NONE)

    def parent_keys(self, places: Places | slice) -> Counts:
        """A number for each parent, (len(places), depth); 0 where there is none."""
        numbers = self._numbers[places]
        keys = np.zeros(numbers.shape, numbers.dtype)
        for dropped in range(self.depth):
            left = [column for column in range(self.depth) if column != dropped]
            keys[:, dropped] = np.where(numbers[:, dropped] > 0, self._keys(numbers, left), 0)
        return keys

    def children(self, keys: Counts) -> Counts:
        """How many counted segments have each of these parents."""
        if not keys.size:
            return np.zeros(keys.shape, np.int64)
        if self._place is not None:
            return np.asarray(self._born[keys])
        born = self.parent_keys(slice(None)).ravel()
        wanted, of = np.unique(keys, return_inverse=True)
        # Most have none of these parents: a table of hashes tells, and few are left to be looked up.
        marked = np.zeros(1 << _HASH_BITS, bool)
        marked[_hash(wanted)] = True
        born = born[marked[_hash(born)]]
        at = np.minimum(np.searchsorted(wanted, born), len(wanted) - 1)
        counts = np.bincount(at[wanted[at] == born], minlength=len(wanted))
        return np.asarray(counts[of.ravel()].reshape(keys.shape))

    def _keys(self, numbers: NDArray[Any], columns: Sequence[int]) -> Counts:
        """One number for some columns of condition numbers (empty places at the end weigh nothing)."""
        key = np.zeros(len(numbers), numbers.dtype)
        for column in columns:
            given = numbers[:, column]
            key = np.where(given > 0, (key << self._width) | given, key)
        return key


def _hash(keys: Counts) -> Counts:
    """The upper bits of a product with an odd number (Fibonacci hashing)."""
    return ((keys.astype(np.uint64) * _ODD) >> np.uint64(64 - _HASH_BITS)).astype(np.int64)


def _numbered(segments: Conjunctions) -> tuple[NDArray[Any], int]:
    """A number from 1 for each condition, (m, depth), 0 where there is none; how many there are."""
    attribute = segments.attribute
    if has_numba():
        from winloss.mine.parents_kernel import CODES, number

        number_of = np.zeros((int(attribute.max(initial=NONE)) + 1) * CODES, np.int32)
        numbers = np.empty(attribute.shape, np.int32)
        return numbers, int(number(attribute, segments.low, segments.high, number_of, numbers))
    codes = _codes(segments)
    present = np.zeros(int(codes.max(initial=NONE)) + 2, bool)
    present[codes + 1] = True
    present[0] = False
    counted = np.cumsum(present, dtype=np.int32)
    return counted[codes + 1], int(counted[-1])


def _codes(segments: Conjunctions) -> NDArray[np.int32]:
    """A number for each condition, without many gaps; NONE where there is none."""
    first = segments.attribute * np.int32(_VALUES + MOST_LEVELS_OF_RUNS**2)
    codes = np.asarray(first + segments.low)
    runs = segments.low != segments.high
    if runs.any():
        low, high = segments.low[runs].astype(np.int32), segments.high[runs]
        codes[runs] = first[runs] + _VALUES + low * MOST_LEVELS_OF_RUNS + high
    codes[segments.attribute < 0] = NONE
    return codes

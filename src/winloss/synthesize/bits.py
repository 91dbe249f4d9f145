"""Sets of closed deals as packed bits: a pair of values is one `&` of an eighth of a byte a deal.

Deals are laid out once for every kind of cluster, so that each cluster's bits stand in bytes (or words) of its own: the
deals of a set in every cluster are then counted without looking at any deal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from winloss.mine.bits import pack
from winloss.mine.clusters import Places
from winloss.synthesize.coded import BLANK, Clusters, Codes, Marks

Bits = NDArray[np.uint64]

FILLED = -9
"""In place of a level: any of them."""
_BYTE, _WORD = 8, 64
_KEPT_BYTES = 80_000_000
"""Packed sets that are kept at most; those longest unused go first."""


def unpack(bits: Bits, n: int) -> Marks:
    """The marks of `n` deals."""
    return np.unpackbits(bits.view(np.uint8), count=n, bitorder="little").view(np.bool_)


def count(bits: Bits) -> int:
    return int(np.bitwise_count(bits).sum(dtype=np.int64))


class Is(NamedTuple):
    """The deals whose code in a column (its place) is `level`, or any where `level` is FILLED.

    Where `last` is given: any code from `level` to `last`.
    """

    column: int
    level: int
    last: int = FILLED


@dataclass(frozen=True, slots=True)
class Layout:
    """The deal at each bit (−1 at bits that are none's), and where each cluster's bits are."""

    deals: NDArray[np.int32]
    places: Places

    @classmethod
    def plain(cls, n: int) -> Layout:
        """Deals one after the other."""
        return cls(np.arange(n, dtype=np.int32), Places(0, 0, np.zeros(0, np.intp), 0))

    @classmethod
    def of(cls, clusters: Clusters) -> Layout:
        """Deals by their clusters."""
        order = np.argsort(clusters.codes, kind="stable").astype(np.int32)
        sizes = np.bincount(clusters.codes + np.int32(1), minlength=clusters.count + 1)
        first = np.cumsum(sizes) - sizes
        sizes, lone = sizes[1:], int(sizes[0])
        fits = sizes <= _BYTE
        small, words = int(fits.sum()), -(-sizes[~fits] // _WORD)
        large = -(-small * _BYTE // _WORD)
        starts = np.cumsum(words) - words
        alone = large + int(words.sum())
        bit = np.empty(len(sizes) + 1, np.int64)
        bit[0] = alone * _WORD
        bit[1:][fits] = np.arange(small) * _BYTE
        bit[1:][~fits] = (large + starts) * _WORD
        deals = np.full((alone + -(-lone // _WORD)) * _WORD, -1, np.int32)
        deals[np.arange(len(order)) + np.repeat(bit - first, [lone, *sizes])] = order
        return cls(deals, Places(small, large, starts, alone))

    def lay(self, codes: Codes) -> Codes:
        """Codes in the order of the bits; BLANK where no deal stands."""
        return np.asarray(np.append(codes, codes.dtype.type(BLANK))[self.deals])


@dataclass(slots=True)
class Sets:
    """The sets that coded columns make, packed on demand; layout 0 has deals one after the other."""

    columns: Sequence[Codes]
    layouts: Sequence[Layout]
    _laid: dict[tuple[int, int], Codes] = field(default_factory=dict)
    _packed: dict[tuple[int, tuple[Is, ...]], Bits] = field(default_factory=dict)
    _bytes: int = 0

    @classmethod
    def of(cls, columns: Sequence[Codes], clusters: Sequence[Clusters]) -> Sets:
        n = len(columns[0])
        return cls([_narrow(column) for column in columns], [Layout.plain(n), *map(Layout.of, clusters)])

    def bits(self, layout: int, *wanted: Is) -> Bits:
        """The deals that are all of `wanted`."""
        key = (layout, wanted)
        found = self._packed.pop(key, None)
        if found is None:
            found = self._made(layout, wanted)
            self._bytes += found.nbytes
        self._packed[key] = found
        while self._bytes > _KEPT_BYTES and len(self._packed) > 1:
            self._bytes -= self._packed.pop(next(iter(self._packed))).nbytes
        return found

    def _made(self, layout: int, wanted: tuple[Is, ...]) -> Bits:
        if len(wanted) > 1:
            return np.asarray(self.bits(layout, *wanted[:-1]) & self.bits(layout, wanted[-1]))
        column, level, last = wanted[0]
        codes = self._codes(layout, column)
        if level == FILLED:
            return pack(np.asarray(codes >= 0))
        return pack(np.asarray(codes == level if last == FILLED else (codes >= level) & (codes <= last)))

    def _codes(self, layout: int, column: int) -> Codes:
        if layout == 0:
            return self.columns[column]
        if (layout, column) not in self._laid:
            self._laid[layout, column] = self.layouts[layout].lay(self.columns[column])
        return self._laid[layout, column]


def _narrow(codes: Codes) -> Codes:
    """The same codes in the smallest type."""
    largest = int(codes.max(initial=0))
    for kind in (np.int8, np.int16):
        if largest <= np.iinfo(kind).max:
            return np.asarray(codes.astype(kind))
    return codes

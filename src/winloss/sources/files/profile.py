"""What a column holds, gathered batch by batch: how many values, which, and what decides how they are read.

While a column has at most 20,000 different values all are counted. Beyond that the first ones stay as a sample, and
of the later values only those are kept that decide something: the heads of dates (`15.06.2024`, without the time)
and figures that show their decimal sign.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa

from winloss.sources.files.buffers import buffer, different, each, mask, written_out
from winloss.sources.files.buffers import compute as pc
from winloss.sources.files.raw_table import RawTable

DISTINCT = 20_000
CHARACTERS = 20_000_000
"""Of all different values together; beyond it they are no longer counted."""
HEAD_CHARS = 10
HEADS = 50_000
_WITNESSES = 20
"""Deciding values kept of each batch and kind."""
_ENOUGH = 200
"""Of one kind, after which no more of it are looked for."""

_DATE_LIKE = re.compile(r"\s*(?:\d{1,4}[-/.\s]\d{1,2}[-/.\s]\d{1,4}|\d{4}-?\d\d-?\d\d)")
_FIGURE_LIKE = re.compile(r"[^\d\w]{0,4}\s*(?:[A-Za-z]{1,3}\.?\s?)?[-+(]?\s*\d[\d.,' \u00a0\u202f]*\D{0,8}")
_DECISIVE = (
    r"^[^\d]{0,8}[\d' \x{a0}.]*,(?:\d{1,2}|\d{4,})[^\d.,]{0,8}$",
    r"^[^\d]{0,8}[\d' \x{a0},]*\.(?:\d{1,2}|\d{4,})[^\d.,]{0,8}$",
    r"^[^\d]{0,8}\d{1,3}(?:\.\d{3}){2,}",
    r"^[^\d]{0,8}\d{1,3}(?:,\d{3}){2,}",
    r"^[^\d]{0,8}0[.,]\d",
    r"^\D{0,8}\d{4,}\D{0,8}$",
)
"""Comma as decimal, point as decimal, points as thousands, commas as thousands, a leading zero, no sign at all;
none tells one digit from another, but zero."""

_NINES = np.arange(256, dtype=np.uint8)
_NINES[ord("1") : ord("9")] = ord("9")


class ColumnProfile:
    """One column over the whole table.

    Attributes
    ----------
    header
        The column's name.
    rows, filled
        Rows seen, and those whose cell is not empty.
    counts
        Value → rows, over all values while `distinct` is a number; a sample of the first ones afterwards.
    distinct
        How many different values there are; None where there are more than 20,000.
    max_length
        Bytes of the longest value as UTF-8; 0 where all are empty.
    heads
        First ten characters → rows, of columns of many values that look like dates; over the whole column.
    """

    def __init__(self, header: str) -> None:
        self.header = header
        self.rows = 0
        self.filled = 0
        self.counts: dict[str, int] = {}
        self.distinct: int | None = 0
        self.max_length = 0
        self.heads: dict[str, int] = {}
        self._witnesses: dict[str, int] = {}
        self._found: Counter[str] = Counter()
        self._chars = 0
        self._looks: frozenset[str] | None = None

    @property
    def values(self) -> dict[str, int]:
        """The values from which decisions are made: those counted, and of the others those that decide."""
        return {**self._witnesses, **self.counts}

    @property
    def sample(self) -> tuple[str, ...]:
        """The ten most frequent values, of those counted."""
        return tuple(sorted(self.counts, key=lambda value: (-self.counts[value], value))[:10])

    def add(self, column: pa.Array[Any]) -> None:
        """Take in the cells of one batch."""
        self.rows += len(column)
        filled = len(column) - column.null_count
        self.filled += filled
        if not filled:
            return
        self.max_length = max(self.max_length, _longest(different(column)))
        if self.distinct is not None:
            self._count(column)
        else:
            self._look(written_out(column))

    def _count(self, column: pa.Array[Any]) -> None:
        encoded: Any = column.dictionary_encode()
        places = encoded.indices.drop_null().to_numpy()
        values: list[Any] = encoded.dictionary.to_pylist()
        counts = np.bincount(places, minlength=len(values)).tolist()
        known = self.counts
        for value, count in zip(values, counts, strict=True):
            if value in known:
                known[value] += count
            else:
                known[value] = count
                self._chars += len(value)
        self.distinct = len(known)
        if len(known) > DISTINCT or self._chars > CHARACTERS:
            self._overflow()

    def _overflow(self) -> None:
        self.distinct = None
        self._looks = self._what_it_looks_like()
        if "dates" in self._looks:
            for value, count in self.counts.items():
                head = value[:HEAD_CHARS]
                self.heads[head] = self.heads.get(head, 0) + count

    def _what_it_looks_like(self) -> frozenset[str]:
        """Dates or figures, where at least half of a sample does."""
        shown = list(self.counts)[:1000]
        found = []
        if sum(bool(_DATE_LIKE.match(value)) for value in shown) * 2 > len(shown):
            found.append("dates")
        if sum(bool(_FIGURE_LIKE.fullmatch(value)) for value in shown) * 2 > len(shown):
            found.append("figures")
        return frozenset(found)

    def _look(self, column: pa.Array[Any]) -> None:
        """Of values that are no longer counted, keep what decides."""
        looks = self._looks or frozenset()
        if "dates" in looks and len(self.heads) < HEADS:
            for found in pc.value_counts(pc.utf8_slice_codeunits(column, 0, HEAD_CHARS).drop_null()).to_pylist():
                self.heads[found["values"]] = self.heads.get(found["values"], 0) + found["counts"]
        if "figures" in looks:
            shapes = _shapes(column).dictionary_encode()
            for pattern in _DECISIVE:
                if self._found[pattern] < _ENOUGH:
                    self._keep(column, pattern, shapes)

    def _keep(self, column: pa.Array[Any], pattern: str, shapes: Any) -> None:
        matched = each(shapes, partial(pc.match_substring_regex, pattern=pattern)).fill_null(False)
        witnesses: list[Any] = column.filter(matched).slice(0, _WITNESSES).to_pylist()
        self._found[pattern] += len(witnesses)
        for value in witnesses:
            self._witnesses[value] = self._witnesses.get(value, 0) + 1


def _longest(values: Any) -> int:
    """Bytes of the longest value."""
    ends = buffer(values, 1, np.int32)[values.offset : values.offset + len(values) + 1]
    lengths = ends[1:] - ends[:-1]
    return int((lengths[mask(values.is_valid())] if values.null_count else lengths).max(initial=0))


def _shapes(column: pa.Array[Any]) -> pa.Array[Any]:
    """The values with 9 for every digit but zero: few differ."""
    valid, offsets, _ = column.buffers()
    memory: Any = pa.py_buffer
    nines = memory(_NINES[buffer(column, 2, np.uint8)])
    return pa.Array.from_buffers(column.type, len(column), [valid, offsets, nines], column.null_count, column.offset)


def profile(table: RawTable) -> tuple[ColumnProfile, ...]:
    """The profile of every column, in the order of the header; reads the table through."""
    profiles = tuple(ColumnProfile(name) for name in table.header)
    for batch in table.batches():
        add(profiles, batch.columns)
    return profiles


def add(profiles: Iterable[ColumnProfile], columns: pa.RecordBatch) -> None:
    """Take in one batch, column by column."""
    for one, column in zip(profiles, columns.columns, strict=True):
        one.add(column)

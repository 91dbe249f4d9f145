"""The cells of one batch, read by the decisions made over the whole column.

A value is looked at once for each different value of a batch, not once for each row; columns of very many different
values are read as they stand.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from winloss.sources.files.arrow import Array, array_of, numpy_of
from winloss.sources.files.arrow import kernels as pc
from winloss.sources.files.buffers import written_out
from winloss.sources.files.decisions import Decisions
from winloss.sources.files.raw_table import RawBatch
from winloss.sources.files.values import blanks, dates, money, numbers

PLACEHOLDER_BYTES = 48


@dataclass(frozen=True, slots=True, kw_only=True)
class Readers:
    """How each column of one table is read, by position.

    `folds` is value → kept spelling; `wide` are the columns whose values are nearly all different; `blank` are the
    placeholders of the others, all of them known since every value was counted.
    """

    header: tuple[str, ...]
    decisions: Decisions
    folds: Mapping[int, Mapping[str, str]] = field(default_factory=dict)
    wide: frozenset[int] = frozenset()
    blank: Mapping[int, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Coded:
    """A column of a batch: its different values, and for each row the place of its value (null: blank)."""

    values: Array
    places: Array

    def spread(self, by_value: Array) -> Array:
        """One result a value → one result a row."""
        return by_value.take(self.places)

    def encoded(self, by_value: Array) -> Array:
        """One result a value → one result a row, encoded: nothing is written a row but where its result stands."""
        found = by_value.dictionary_encode()
        same = len(found.dictionary) == len(by_value)  # as many results as values: each stands where its value does
        places = self.places if same else found.indices.take(self.places)
        return pa.DictionaryArray.from_arrays(places, found.dictionary)


@dataclass(frozen=True, slots=True)
class Read:
    """A column read as something else: its values, and the rows whose value could not be read."""

    values: Array
    bad: np.ndarray


class Cells:
    """One batch and the readers of its table."""

    def __init__(self, raw: RawBatch, readers: Readers) -> None:
        self.readers = readers
        self.rows = self.num_rows = raw.num_rows
        self.batch = raw.columns
        self.lines: np.ndarray = numpy_of(raw.lines)
        self._coded: dict[int, Coded] = {}
        self._texts: dict[int, Array] = {}
        self._dates: dict[int, tuple[Read, Array | None]] = {}
        self._money: dict[int, tuple[Read, Array | None]] = {}

    def written(self, position: int) -> Array:
        """The text as it stands; where values repeat it may be encoded."""
        return self.batch.column(position)

    def coded(self, position: int) -> Coded:
        """The different values, trimmed; placeholders are blank."""
        if position not in self._coded:
            encoded = self.written(position).dictionary_encode()
            values = pc.utf8_trim_whitespace(self._cleaned(position, encoded.dictionary))
            self._coded[position] = Coded(values, encoded.indices)
        return self._coded[position]

    def _cleaned(self, position: int, values: Array) -> Array:
        if position in self.readers.wide:
            return _without_placeholders(values)
        blank = self.readers.blank.get(position)
        if not blank:
            return values
        return pc.if_else(pc.is_in(values, array_of(sorted(blank), pa.string())), None, values)

    def text(self, position: int) -> Array:
        """The text, placeholders blank; trimmed where values repeat."""
        if position not in self._texts:
            self._texts[position] = self._text(position)
        return self._texts[position]

    def _text(self, position: int) -> Array:
        if position in self.readers.wide:
            return self._cleaned(position, written_out(self.written(position)))
        coded = self.coded(position)
        return coded.spread(coded.values)

    def folded(self, position: int) -> Array:
        """The text with spellings of one category joined."""
        folds = self.readers.folds.get(position)
        if not folds:
            return self.text(position)
        return self.each(position, lambda value: folds.get(value, value), pa.string())

    def landed(self, position: int, *, folded: bool = True) -> Array:
        """The text, with or without its spellings joined, of a column that is only passed on: encoded where values repeat."""
        folds = self.readers.folds.get(position) if folded else None
        if position in self.readers.wide:
            return self.folded(position) if folds else self.text(position)
        if folds:
            return self.encoded(position, lambda value: folds.get(value, value))
        coded = self.coded(position)
        return coded.encoded(coded.values)

    def each(self, position: int, read: Callable[[str], object], kind: pa.DataType) -> Array:
        """`read` of every value; null where blank, or where `read` gives None."""
        return self.coded(position).spread(self._by_value(position, read, kind))

    def encoded(self, position: int, read: Callable[[str], str | None]) -> Array:
        """The same of a `read` that gives text, encoded."""
        return self.coded(position).encoded(self._by_value(position, read, pa.string()))

    def _by_value(self, position: int, read: Callable[[str], object], kind: pa.DataType) -> Array:
        values = self.coded(position).values.to_pylist()
        return array_of([None if value is None else read(value) for value in values], kind)

    def codes(self, position: int, read: Callable[[str], int]) -> np.ndarray:
        """`read` of every value as small numbers; -1 where blank."""
        found = self.each(position, read, pa.int8())
        return numpy_of(pc.fill_null(found, pa.scalar(-1, pa.int8())))

    def filled(self, position: int) -> np.ndarray:
        """True where a value stands."""
        return valid(self.text(position))

    def date(self, position: int) -> tuple[Read, Array | None]:
        """The dates, and the instants where the column has times."""
        if position not in self._dates:
            self._dates[position] = self._date(position)
        return self._dates[position]

    def _date(self, position: int) -> tuple[Read, Array | None]:
        decision = self.readers.decisions.dates(position)
        if position in self.readers.wide:
            days, instants, bad = dates.convert(self.text(position), decision)
            return Read(days, mask_of(bad)), instants
        coded = self.coded(position)
        days, instants, bad = dates.convert(coded.values, decision)
        spread = None if instants is None else coded.spread(instants)
        return Read(coded.spread(days), self._spread_mask(coded, bad)), spread

    def money(self, position: int) -> tuple[Read, Array | None]:
        """Hundredths, and the currencies where the values name any."""
        if position not in self._money:
            self._money[position] = self._amounts(position)
        return self._money[position]

    def _amounts(self, position: int) -> tuple[Read, Array | None]:
        decision = self.readers.decisions.money(position)
        if position in self.readers.wide:
            cents, currencies, bad = money.convert(self.text(position), decision)
            return Read(cents, mask_of(bad)), currencies
        coded = self.coded(position)
        cents, currencies, bad = money.convert(coded.values, decision)
        spread = None if currencies is None else coded.spread(currencies)
        return Read(coded.spread(cents), self._spread_mask(coded, bad)), spread

    def number(self, position: int) -> Read:
        """Plain numbers as float64."""
        decision = self.readers.decisions.numbers(position)
        if position in self.readers.wide:
            values, bad = numbers.convert(self.text(position), decision)
            return Read(values, mask_of(bad))
        coded = self.coded(position)
        values, bad = numbers.convert(coded.values, decision)
        return Read(coded.spread(values), self._spread_mask(coded, bad))

    def _spread_mask(self, coded: Coded, bad: object) -> np.ndarray:
        by_value = mask_of(bad)
        if not by_value.any():
            return np.zeros(self.rows, dtype=bool)
        return mask_of(coded.spread(array_of(by_value)))


def _without_placeholders(values: Array) -> Array:
    """`values` with placeholders blank; what begins with a digit or is long is none, and most values are that."""
    likely = array_of(_first_bytes(values))
    if not pc.any(likely).as_py():
        return values
    short = values.filter(likely)
    cleaned = blanks.cleaned(short)
    return values if cleaned.null_count == short.null_count else pc.replace_with_mask(values, likely, cleaned)


def _first_bytes(values: Array) -> np.ndarray:
    """True for values of at most `PLACEHOLDER_BYTES` bytes that do not begin with a digit."""
    _, offsets, written = values.buffers()
    if written is None or len(values) == 0:
        return np.zeros(len(values), dtype=bool)
    ends = np.frombuffer(offsets, np.int32)[values.offset : values.offset + len(values) + 1]
    lengths = np.diff(ends)
    text = np.frombuffer(written, np.uint8)
    first = text[np.minimum(ends[:-1], len(text) - 1)]
    digit = (first >= ord("0")) & (first <= ord("9"))
    likely: np.ndarray = (lengths > 0) & (lengths <= PLACEHOLDER_BYTES) & ~digit & valid(values)
    return likely


def valid(values: Array) -> np.ndarray:
    """True where a value stands, as a numpy array."""
    if values.null_count == 0:
        return np.ones(len(values), dtype=bool)
    return numpy_of(values.is_valid())


def mask_of(mask: Array) -> np.ndarray:
    """A mask, null counted as false, as a numpy array."""
    if isinstance(mask, np.ndarray):
        return mask
    return numpy_of(pc.fill_null(mask, False))


def days_of(values: Array) -> np.ndarray:
    """Days since 1970; -1 where blank (dates before 1970 are no dates here)."""
    return numpy_of(pc.fill_null(values.cast(pa.int32()), -1)).astype(np.int64)

"""The cells of one batch, read by the decisions made over the whole column.

A value is looked at once for each different value of a batch, not once for each row; columns of very many different
values are read as they stand.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from winloss.sources.files.raw_table import RawBatch
from winloss.sources.files.values import blanks, dates, money, numbers

NO_ROWS: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Readers:
    """How each column of one table is read, by position.

    `folds` is value → kept spelling; `wide` are the columns whose values are nearly all different.
    """

    header: tuple[str, ...]
    dates: Mapping[int, dates.DateDecision] = field(default_factory=dict)
    money: Mapping[int, money.MoneyDecision] = field(default_factory=dict)
    numbers: Mapping[int, numbers.NumberDecision] = field(default_factory=dict)
    folds: Mapping[int, Mapping[str, str]] = field(default_factory=dict)
    wide: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Coded:
    """A column of a batch: its different values, and for each row the place of its value (null: blank)."""

    values: pa.StringArray
    places: pa.Int32Array

    def spread(self, by_value: pa.Array) -> pa.Array:
        """One result a value → one result a row."""
        return by_value.take(self.places)


@dataclass(frozen=True, slots=True)
class Read:
    """A column read as something else: its values, and the rows whose value could not be read."""

    values: pa.Array
    bad: np.ndarray


class Cells:
    """One batch and the readers of its table."""

    def __init__(self, raw: RawBatch, readers: Readers) -> None:
        self.readers = readers
        self.rows = raw.num_rows
        self.batch = raw.columns
        self.lines: np.ndarray = raw.lines.to_numpy(zero_copy_only=False)
        self._coded: dict[int, Coded] = {}

    def written(self, position: int) -> pa.Array:
        """The text as it stands."""
        return self.batch.column(position)

    def coded(self, position: int) -> Coded:
        """The different values; placeholders are blank."""
        if position not in self._coded:
            encoded = self.written(position).dictionary_encode()
            values = blanks.cleaned(encoded.dictionary)
            self._coded[position] = Coded(values, encoded.indices)
        return self._coded[position]

    def text(self, position: int) -> pa.Array:
        """The text, placeholders blank."""
        if position in self.readers.wide:
            return blanks.cleaned(self.written(position))
        coded = self.coded(position)
        return coded.spread(coded.values)

    def folded(self, position: int) -> pa.Array:
        """The text with spellings of one category joined."""
        folds = self.readers.folds.get(position)
        if not folds:
            return self.text(position)
        return self.each(position, lambda value: folds.get(value, value), pa.string())

    def each(self, position: int, read: Callable[[str], object], kind: pa.DataType) -> pa.Array:
        """`read` of every value; null where blank, or where `read` gives None."""
        coded = self.coded(position)
        found = [None if value is None else read(value) for value in coded.values.to_pylist()]
        return coded.spread(pa.array(found, kind))

    def codes(self, position: int, read: Callable[[str], int]) -> np.ndarray:
        """`read` of every value as small numbers; -1 where blank."""
        found = self.each(position, read, pa.int8())
        return pc.fill_null(found, pa.scalar(-1, pa.int8())).to_numpy(zero_copy_only=False)

    def filled(self, position: int) -> np.ndarray:
        """True where a value stands."""
        return valid(self.text(position))

    def date(self, position: int) -> tuple[Read, pa.Array | None]:
        """The dates, and the instants where the column has times."""
        decision = self.readers.dates[position]
        if position in self.readers.wide:
            days, instants, bad = dates.convert(self.text(position), decision)
            return Read(days, mask_of(bad)), instants
        coded = self.coded(position)
        days, instants, bad = dates.convert(coded.values, decision)
        spread = None if instants is None else coded.spread(instants)
        return Read(coded.spread(days), self._spread_mask(coded, bad)), spread

    def money(self, position: int) -> tuple[Read, pa.Array | None]:
        """Hundredths, and the currencies where the values name any."""
        decision = self.readers.money[position]
        if position in self.readers.wide:
            cents, currencies, bad = money.convert(self.text(position), decision)
            return Read(cents, mask_of(bad)), currencies
        coded = self.coded(position)
        cents, currencies, bad = money.convert(coded.values, decision)
        spread = None if currencies is None else coded.spread(currencies)
        return Read(coded.spread(cents), self._spread_mask(coded, bad)), spread

    def number(self, position: int) -> Read:
        """Plain numbers as float64."""
        decision = self.readers.numbers[position]
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
        return mask_of(coded.spread(pa.array(by_value)))


def valid(values: pa.Array) -> np.ndarray:
    """True where a value stands, as a numpy array."""
    if values.null_count == 0:
        return np.ones(len(values), dtype=bool)
    return values.is_valid().to_numpy(zero_copy_only=False)


def mask_of(mask: object) -> np.ndarray:
    """A mask, null counted as false, as a numpy array."""
    if isinstance(mask, np.ndarray):
        return mask
    assert isinstance(mask, pa.Array)
    return pc.fill_null(mask, False).to_numpy(zero_copy_only=False)


def days_of(values: pa.Array) -> np.ndarray:
    """Days since 1970; -1 where blank (dates before 1970 are no dates here)."""
    return pc.fill_null(values.cast(pa.int32()), -1).to_numpy(zero_copy_only=False).astype(np.int64)

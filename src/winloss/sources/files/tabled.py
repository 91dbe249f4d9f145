"""One table of one file: its raw rows, what is known of its columns, and how they are read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from winloss.sources.files.cells import Readers, mask_of
from winloss.sources.files.currencies import iso_code
from winloss.sources.files.facts import ColumnFacts
from winloss.sources.files.mapfile import MapFile
from winloss.sources.files.outcomes import SAYS_NOTHING, decisiveness, read_values, vocabulary
from winloss.sources.files.profile import ColumnProfile
from winloss.sources.files.raw_table import RawBatch, RawTable
from winloss.sources.files.synonyms import synonyms
from winloss.sources.files.values import blanks, dates, money, numbers
from winloss.sources.files.values.currencies import CODES
from winloss.sources.files.words import plain

LOOKED_AT = 400
"""Values of a column that are tried as dates, numbers and so on: the most frequent."""
OUTCOME_LEVELS = 500
WIDE_FROM = 20_000

Tell = Callable[[str, int, int | None], None]


@dataclass(frozen=True, slots=True)
class Tabled:
    """One table, read through once."""

    label: str
    parts: tuple[RawTable, ...]
    profiles: tuple[ColumnProfile, ...]
    facts: tuple[ColumnFacts, ...]
    readers: Readers

    @property
    def header(self) -> tuple[str, ...]:
        return self.parts[0].header

    def batches(self) -> Iterator[tuple[RawTable, RawBatch]]:
        """The rows of every part, with the columns in the order of the first."""
        for part in self.parts:
            for batch in part.batches():
                if part.header == self.header:
                    yield part, batch
                else:
                    yield part, RawBatch(batch.columns.select(list(self.header)), batch.lines)

    def whole(self) -> RawBatch:
        """Every row at once; for tables that are joined to others."""
        batches = [batch for _, batch in self.batches()]
        schema = pa.schema([pa.field(name, pa.string()) for name in self.header])
        table = pa.Table.from_batches([b.columns for b in batches], schema=schema).combine_chunks()
        lines = pa.concat_arrays([b.lines for b in batches]) if batches else pa.array([], pa.int64())
        columns = [_one(column) for column in table.columns]
        return RawBatch(pa.RecordBatch.from_arrays(columns, schema=schema), lines)


def _one(column: pa.ChunkedArray) -> pa.Array:
    return (
        column.chunk(0)
        if column.num_chunks == 1
        else pa.concat_arrays(column.chunks)
        if column.num_chunks
        else pa.array([], column.type)
    )


def read_through(
    parts: Sequence[RawTable], *, mapped: MapFile, overrides: Mapping[str, str], tell: Tell | None
) -> Tabled:
    """Read every row once and decide how each column is read.

    Parameters
    ----------
    parts
        Tables with the same columns, in the order in which their rows follow.
    mapped
        The map: it may set the order of dates and the decimal sign.
    overrides
        The map's `[outcomes]`, from `outcomes.override_keys`.
    tell
        Told of progress.
    """
    first = parts[0]
    profiles = tuple(ColumnProfile(name) for name in first.header)
    for part in parts:
        rows = 0
        for batch in part.batches():
            for profile, name in zip(profiles, first.header, strict=True):
                profile.add(batch.columns.column(name))
            rows += batch.num_rows
            if tell is not None:
                tell(f"looking at {part.label}", rows, None)
    looks = [_look(position, profile, mapped, overrides) for position, profile in enumerate(profiles)]
    readers = Readers(
        header=first.header,
        dates={look.facts.position: look.dates for look in looks},
        money={look.facts.position: look.money for look in looks},
        numbers={look.facts.position: look.numbers for look in looks},
        wide=frozenset(look.facts.position for look in looks if look.facts.distinct is None),
    )
    return Tabled(first.label, tuple(parts), profiles, tuple(look.facts for look in looks), readers)


@dataclass(frozen=True, slots=True)
class _Look:
    facts: ColumnFacts
    dates: dates.DateDecision
    money: money.MoneyDecision
    numbers: numbers.NumberDecision


def _look(position: int, profile: ColumnProfile, mapped: MapFile, overrides: Mapping[str, str]) -> _Look:
    """What one column holds, tried on its most frequent values."""
    header = profile.header
    by_dates = dates.decide(profile, order=_order(header, mapped))
    by_money = money.decide(profile, decimal=mapped.decimal)
    by_numbers = numbers.decide(profile, decimal=mapped.decimal)
    counts = {value: n for value, n in profile.counts.items() if not blanks.is_placeholder(value)}
    placeholders = sum(profile.counts.values()) - sum(counts.values())
    shown = dict(sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:LOOKED_AT])
    values = pa.array(list(shown), pa.string())
    weights = pa.array(list(shown.values()), pa.int64())

    def share(bad: object) -> float:
        return 1.0 - _share(bad, weights)

    few = profile.distinct is not None and profile.distinct <= OUTCOME_LEVELS
    facts = ColumnFacts(
        header=header,
        position=position,
        rows=profile.rows,
        filled=profile.filled - placeholders,
        distinct=None if profile.distinct is None else len(counts),
        counts=counts,
        placeholders=placeholders,
        dates=share(dates.convert(values, by_dates)[2]) if _may_be_dates(values, header) else 0.0,
        money=share(money.convert(values, by_money)[2]),
        numbers=share(numbers.convert(values, by_numbers)[1]),
        currencies=1.0 - _share(_no_currency(values), weights),
        flags=1.0 - _share(_no_flag(values), weights),
        id_like=1.0 - _share(pc.match_substring_regex(values, r"\s"), weights),
        max_length=profile.max_length,
        mean_words=_mean_words(values),
        outcome=decisiveness(read_values(header, counts, overrides)) if few else SAYS_NOTHING,
    )
    return _Look(facts, by_dates, by_money, by_numbers)


def _order(header: str, mapped: MapFile) -> str | None:
    loose = {plain(name): order for name, order in mapped.date_orders.items()}
    return loose.get(plain(header), mapped.date_order)


def _share(mask: object, weights: pa.Int64Array) -> float:
    """Share of the rows under `mask`, 0 to 1; 1 where there is no row, so that nothing is taken for anything."""
    total = pc.sum(weights).as_py() or 0
    if total == 0:
        return 1.0
    hit = mask_of(mask)
    return float(weights.to_numpy()[hit].sum()) / total


def _may_be_dates(values: pa.Array, header: str) -> bool:
    """Bare numbers are dates only where the header speaks of dates."""
    bare = pc.all(pc.match_substring_regex(values, r"^\s*\d+(?:[.,]\d+)?\s*$")).as_py()
    if not bare or len(values) == 0:
        return True
    lists = synonyms()
    return any(
        lists.tables[table][match.target].values == "date"
        for table in lists.tables
        for match in lists.matches(table, header)
    )


def _no_currency(values: pa.Array) -> np.ndarray:
    return np.array([iso_code(value) not in CODES for value in values.to_pylist()], dtype=bool)


def _no_flag(values: pa.Array) -> np.ndarray:
    known = vocabulary()
    return np.array([known.flag(value) is None for value in values.to_pylist()], dtype=bool)


def _mean_words(values: pa.Array) -> float:
    if len(values) == 0:
        return 0.0
    return float(pc.mean(pc.count_substring_regex(pc.utf8_trim_whitespace(values), r"\s+")).as_py()) + 1.0

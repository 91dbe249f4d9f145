"""One table of one file: its raw rows, what is known of its columns, and how they are read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from winloss.sources.files.ahead import ahead
from winloss.sources.files.arrow import Array, array_of
from winloss.sources.files.arrow import kernels as pc
from winloss.sources.files.buffers import written_out
from winloss.sources.files.cells import Readers, mask_of
from winloss.sources.files.currencies import iso_code
from winloss.sources.files.decisions import Decisions
from winloss.sources.files.facts import ColumnFacts, frequent
from winloss.sources.files.groups import ungrouped
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
THREADS = 2
READS_AS = 0.8
"""Share of the rows that must be dates for the column to be one of dates, and so on."""

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
        pieces = [
            pa.RecordBatch.from_arrays([written_out(column) for column in b.columns.columns], schema=schema)
            for b in batches
        ]
        table = pa.Table.from_batches(pieces, schema=schema).combine_chunks()
        lines = pa.concat_arrays([b.lines for b in batches]) if batches else array_of([], pa.int64())
        columns = [_one(column) for column in table.columns]
        return RawBatch(pa.RecordBatch.from_arrays(columns, schema=schema), lines)


def _one(column: Any) -> Array:
    if column.num_chunks == 1:
        return column.chunk(0)
    return pa.concat_arrays(column.chunks) if column.num_chunks else array_of([], column.type)


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
    with ThreadPoolExecutor(max_workers=THREADS) as workers:
        for part in parts:
            rows = 0
            for batch in ahead(part.batches()):
                columns = [batch.columns.column(name) for name in first.header]
                for _ in workers.map(ColumnProfile.add, profiles, columns):
                    pass
                rows += batch.num_rows
                if tell is not None:
                    tell(f"looking at {part.label}", rows, None)
    plain_parts = [ungrouped(part, profiles) or part for part in parts]
    if any(one is not part for one, part in zip(plain_parts, parts, strict=True)):
        return read_through(plain_parts, mapped=mapped, overrides=overrides, tell=tell)
    decisions = Decisions(profiles, orders=_orders(first.header, mapped), decimal=mapped.decimal)
    facts = tuple(_facts(position, profile, decisions, overrides) for position, profile in enumerate(profiles))
    decisions.agree(
        date_columns=[f.position for f in facts if f.dates >= READS_AS],
        figure_columns=[f.position for f in facts if f.money >= READS_AS and f.dates < READS_AS],
    )
    readers = Readers(
        header=first.header,
        decisions=decisions,
        wide=frozenset(f.position for f in facts if f.distinct is None),
        blank={
            f.position: blank
            for f in facts
            if (blank := frozenset(profiles[f.position].counts.keys() - f.counts.keys()))
        },
    )
    return Tabled(first.label, tuple(parts), profiles, facts, readers)


def _facts(position: int, profile: ColumnProfile, decisions: Decisions, overrides: Mapping[str, str]) -> ColumnFacts:
    """What one column holds, tried on its most frequent values."""
    header, kept = profile.header, _kept_signs(profile)
    counts = _without_placeholders(profile.counts, kept)
    placeholders = sum(profile.counts.values()) - sum(counts.values())
    gone = profile.counts.keys() - counts.keys()
    errors = sum(profile.counts[value] for value in gone if blanks.is_sheet_error(value))
    shown = frequent(counts, LOOKED_AT)
    values = array_of(list(shown), pa.string())
    weights = array_of(list(shown.values()), pa.int64())
    given = {0: order} if (order := decisions.order(position)) else {}
    tried = ColumnProfile(header)
    tried.add(values)
    trial = Decisions([tried], orders=given, decimal=decisions.decimal)
    figures = _may_be_figures(values, weights)
    as_dates = figures and _may_be_dates(values, header)
    few = profile.distinct is not None and profile.distinct <= OUTCOME_LEVELS
    return ColumnFacts(
        header=header,
        position=position,
        rows=profile.rows,
        filled=profile.filled - placeholders,
        distinct=None if profile.distinct is None else len(counts),
        counts=counts,
        placeholders=placeholders,
        errors=errors,
        dates=1.0 - _share(dates.convert(values, trial.dates(0))[2], weights) if as_dates else 0.0,
        money=1.0 - _share(money.convert(values, trial.money(0))[2], weights) if figures else 0.0,
        numbers=1.0 - _share(numbers.convert(values, trial.numbers(0))[1], weights) if figures else 0.0,
        currencies=1.0 - _share(_no_currency(values), weights),
        flags=1.0 - _share(_no_flag(values), weights),
        id_like=1.0 - _share(pc.match_substring_regex(values, r"\s"), weights),
        max_length=profile.max_length,
        mean_words=_mean_words(values),
        outcome=decisiveness(read_values(header, counts, overrides)) if few else SAYS_NOTHING,
    )


def _without_placeholders(counts: Mapping[str, int], kept: frozenset[str]) -> dict[str, int]:
    values = array_of(list(counts), pa.string())
    cleaned = blanks.cleaned(values)
    if cleaned.null_count == 0:
        return dict(counts)
    blank = {value for value, filled in zip(counts, cleaned.is_valid().to_pylist(), strict=True) if not filled} - kept
    return {value: n for value, n in counts.items() if value not in blank}


def _kept_signs(profile: ColumnProfile) -> frozenset[str]:
    """A slash among paths is a page, no placeholder."""
    if "/" not in profile.counts:
        return frozenset()
    paths = sum(value.startswith("/") for value in profile.counts)
    return frozenset({"/"}) if paths > 1 and paths * 2 >= len(profile.counts) else frozenset()


def _may_be_figures(values: Array, weights: Array) -> bool:
    """At least half of the rows hold a short value with a digit in it."""
    short = pc.less_equal(pc.utf8_length(values), 40)
    return _share(pc.and_(short, pc.match_substring_regex(values, r"\d")), weights) >= 0.5 and len(values) > 0


def _orders(header: Sequence[str], mapped: MapFile) -> dict[int, str]:
    given = {position: _order(name, mapped) for position, name in enumerate(header)}
    return {position: order for position, order in given.items() if order is not None}


def _order(header: str, mapped: MapFile) -> str | None:
    loose = {plain(name): order for name, order in mapped.date_orders.items()}
    return loose.get(plain(header), mapped.date_order)


def _share(mask: Array, weights: Array) -> float:
    """Share of the rows under `mask`, 0 to 1; 1 where there is no row, so that nothing is taken for anything."""
    total = pc.sum(weights).as_py() or 0
    if total == 0:
        return 1.0
    hit = mask_of(mask)
    return float(weights.to_numpy()[hit].sum()) / total


def _may_be_dates(values: Array, header: str) -> bool:
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


def _no_currency(values: Array) -> np.ndarray:
    return np.array([iso_code(value) not in CODES for value in values.to_pylist()], dtype=bool)


def _no_flag(values: Array) -> np.ndarray:
    known = vocabulary()
    return np.array([known.flag(value) is None for value in values.to_pylist()], dtype=bool)


def _mean_words(values: Array) -> float:
    if len(values) == 0:
        return 0.0
    return float(pc.mean(pc.count_substring_regex(pc.utf8_trim_whitespace(values), r"\s+")).as_py()) + 1.0

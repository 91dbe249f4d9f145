"""All deals of one version as arrays, held by whoever shows pages: any segment of them is counted in a moment.

The counts have the form of the engine's answers (`winloss.aggregate`), so that figures, intervals and words come from the same
functions as those of a study.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from winloss.synthesize.attributes import known_amounts
from winloss.synthesize.closed import read_closed
from winloss.synthesize.coded import NO_DAY, Closed, Codes, Floats, Marks, read_days, read_marks, read_numbers
from winloss.synthesize.study import LeftOut
from winloss.tables import OUTCOMES
from winloss.tables.custom import CustomColumn

Places = NDArray[np.int64]
LEFT_ASIDE = frozenset(("other", "unknown"))
KINDS = ("competitor", "none", "unknown", "blank")
_EPOCH = dt.date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class _Named:
    """A text column: a code a deal into `values`, −1 where there is none."""

    codes: Codes
    values: tuple[str, ...]

    @classmethod
    def of(cls, table: pa.Table, name: str) -> _Named:
        if name not in table.column_names:
            return cls(np.full(table.num_rows, -1, np.int32), ())
        column: Any = table[name].combine_chunks()
        coded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
        return cls(np.asarray(coded.indices.fill_null(-1)).astype(np.int32), tuple(coded.dictionary.to_pylist()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """One version's deals. `table` holds them as they are shown; `closed` the closed ones as the search codes them.

    `place` is where each closed deal stands in `table`; `outcomes` are places in `tables.OUTCOMES`.
    """

    table: pa.Table
    outcomes: Codes
    won: Marks
    cents: Floats
    """Known amounts, NaN where none is known."""
    closed_days: NDArray[np.int64]
    cycle_days: Floats
    currency: _Named
    reason: _Named
    reason_given: Marks
    loss_reason_on_won: Marks
    rival: _Named
    rival_kind: Codes
    """Places in `KINDS`; a competitor that was met and not named is of kind competitor."""
    closed: Closed
    place: Places
    left_out: tuple[LeftOut, ...]

    @property
    def n(self) -> int:
        return len(self.outcomes)


def read(table: pa.Table, custom: Sequence[CustomColumn], *, as_of: dt.date | None) -> Shelf:
    """Take the answer to `aggregate.shelved.deals`.

    Parameters
    ----------
    custom
        The custom columns of the deals.
    as_of
        The day of the study; closings after it are in no month.
    """
    table = table.combine_chunks()
    n = table.num_rows
    is_closed = read_marks(table["is_closed"], n)
    place = np.flatnonzero(is_closed)
    closed, chosen = read_closed(table.filter(pa.array(is_closed)), custom, left_aside=LEFT_ASIDE, as_of=as_of)
    ended = _Named.of(table, "outcome")
    outcomes = np.array([*(OUTCOMES.index(value) for value in ended.values), OUTCOMES.index("unclassified")], np.int32)
    return Shelf(
        table=table,
        outcomes=outcomes[ended.codes],
        won=read_marks(table["is_won"], n),
        cents=known_amounts(table),
        closed_days=read_days(table["closed_on"], n),
        cycle_days=read_numbers(table["cycle_days"], n),
        currency=_Named.of(table, "currency"),
        reason=_Named.of(table, "reason"),
        reason_given=read_marks(table["reason_given"], n),
        loss_reason_on_won=read_marks(table["loss_reason_on_won"], n),
        rival=_Named.of(table, "competitor"),
        rival_kind=_kinds(table, n),
        closed=closed,
        place=place,
        left_out=chosen.left_out,
    )


def _kinds(table: pa.Table, n: int) -> Codes:
    told = _Named.of(table, "competitor_kind")
    places = np.array([*(KINDS.index(value) for value in told.values), KINDS.index("blank")], np.int32)[told.codes]
    met = read_marks(table["competitor_present"], n) & (places == KINDS.index("unknown"))
    return np.where(met, KINDS.index("competitor"), places).astype(np.int32)


@dataclass(frozen=True, slots=True)
class Part:
    """The deals of one segment, at `at` (places in the shelf, in order); `of_closed` are their places in `shelf.closed`."""

    shelf: Shelf
    at: Places
    of_closed: Places

    @classmethod
    def of(cls, shelf: Shelf, inside: Marks) -> Part:
        return cls(shelf, np.flatnonzero(inside), np.flatnonzero(inside[shelf.place]))

    @property
    def ended(self) -> Places:
        """Places of the closed deals."""
        return self.shelf.place[self.of_closed]

    def closed(self) -> Closed:
        """The closed deals as the tables of attributes take them."""
        whole, at = self.shelf.closed, self.of_closed
        if len(at) == whole.n:
            return whole
        return replace(
            whole,
            won=whole.won[at],
            attributes=tuple(replace(one, codes=one.codes[at]) for one in whole.attributes),
            lost_reason=whole.lost_reason[at],
            lost_rival=whole.lost_rival[at],
            amounts=whole.amounts[at],
            months=whole.months[at],
            stage=None,
            cycle=None,
            dimensions=(),
            owners=whole.owners[at],
        )

    def outcomes(self) -> list[dict[str, Any]]:
        """As `aggregate.totals.outcomes`."""
        cents, ended = self.shelf.cents[self.at], self.shelf.outcomes[self.at]
        known, n = ~np.isnan(cents), len(OUTCOMES)
        sums = _sums(ended, cents, known, n)
        return [
            {"outcome": OUTCOMES[i], **{name: column[i] for name, column in sums.items()}, "median_cents": middle}
            for i in np.flatnonzero(np.bincount(ended, minlength=n)).tolist()
            for middle in [_median(cents[known & (ended == i)])]
        ]

    def currencies(self) -> list[dict[str, Any]]:
        """As `aggregate.totals.currencies`."""
        at = self.ended[~np.isnan(self.shelf.cents[self.ended])]
        named = self.shelf.currency
        counts = np.bincount(named.codes[at] + 1, minlength=len(named.values) + 1).tolist()
        return [{"currency": name, "n": n} for name, n in zip((None, *named.values), counts, strict=True) if n]

    def cycles(self) -> Iterator[dict[str, Any]]:
        """As `aggregate.totals.cycles`."""
        at = self.ended[~np.isnan(self.shelf.cycle_days[self.ended])]
        days, ended = self.shelf.cycle_days[at].astype(np.int64), self.shelf.outcomes[at]
        for i in np.unique(ended).tolist():
            counts = np.bincount(days[ended == i])
            for took in np.flatnonzero(counts).tolist():
                yield {"outcome": OUTCOMES[i], "cycle_days": took, "n": int(counts[took])}

    def closings(self) -> list[dict[str, Any]]:
        """As `aggregate.periods.closings`."""
        at = self.ended[self.shelf.closed_days[self.ended] != NO_DAY]
        if not len(at):
            return []
        days = self.shelf.closed_days[at]
        first = int(days.min())
        won, cents = self.shelf.won[at], self.shelf.cents[at]
        known = won & ~np.isnan(cents)
        sums = _sums(days - first, np.where(won, cents, np.nan), known, int(days.max()) - first + 1)
        of_won = np.bincount(days[won] - first, minlength=len(sums["n"]))
        return [
            {
                "closed_on": _EPOCH + dt.timedelta(days=first + i),
                "n": sums["n"][i],
                "won": int(of_won[i]),
                "n_amount": sums["n_amount"][i],
                "won_amount_cents": sums["amount_cents"][i],
            }
            for i in np.flatnonzero(sums["n"]).tolist()
        ]

    def by_reason(self) -> list[dict[str, Any]]:
        """As `aggregate.reasons.by_reason`."""
        shelf = self.shelf
        at = self.ended[~shelf.loss_reason_on_won[self.ended]]
        codes = (None, *shelf.reason.values)
        place = (shelf.reason.codes[at] + 1) * 4 + shelf.won[at] * 2 + shelf.reason_given[at]
        sums = _sums(place, shelf.cents[at], ~np.isnan(shelf.cents[at]), len(codes) * 4)
        return [
            {
                "is_won": bool(i & 2),
                "reason": codes[i >> 2],
                "reason_given": bool(i & 1),
                **{name: column[i] for name, column in sums.items()},
            }
            for i in np.flatnonzero(sums["n"]).tolist()
        ]

    def by_competitor(self) -> list[dict[str, Any]]:
        """As `aggregate.competitors.by_competitor`."""
        shelf, at = self.shelf, self.ended
        names = (None, *shelf.rival.values)
        place = shelf.rival_kind[at] * len(names) + shelf.rival.codes[at] + 1
        cents, lost = shelf.cents[at], ~shelf.won[at]
        known = lost & ~np.isnan(cents)
        sums = _sums(place, np.where(lost, cents, np.nan), known, len(KINDS) * len(names))
        won = np.bincount(place[~lost], minlength=len(KINDS) * len(names)).tolist()
        return [
            {
                "competitor_kind": KINDS[i // len(names)],
                "competitor": names[i % len(names)],
                "closed": sums["n"][i],
                "won": won[i],
                "n_amount_lost": sums["n_amount"][i],
                "amount_lost_cents": sums["amount_cents"][i],
            }
            for i in np.flatnonzero(sums["n"]).tolist()
        ]


def _sums(place: NDArray[Any], cents: Floats, known: Marks, size: int) -> dict[str, list[Any]]:
    """Deals, deals of known amount, their cents and their squares (in whole units) at each place."""
    at, worth = place[known], cents[known]
    units = worth / 100
    return {
        "n": np.bincount(place, minlength=size).tolist(),
        "n_amount": np.bincount(at, minlength=size).tolist(),
        "amount_cents": np.rint(np.bincount(at, worth, minlength=size)).astype(np.int64).tolist(),
        "amount_squares": np.bincount(at, units * units, minlength=size).tolist(),
    }


def _median(values: Floats) -> float | None:
    return float(np.median(values)) if len(values) else None

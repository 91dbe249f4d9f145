"""All deals of one version as arrays, held by whoever shows pages: any segment of them is counted in a moment.

The counts have the form of the engine's answers (`winloss.aggregate`), so that figures, intervals and words come from the same
functions as those of a study.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from winloss.synthesize.against import told_by_reason
from winloss.synthesize.attributes import known_amounts
from winloss.synthesize.closed import read_closed
from winloss.synthesize.coded import NO_DAY, Closed, Codes, Floats, Marks, read_days, read_marks, read_numbers
from winloss.synthesize.study import LeftOut
from winloss.synthesize.totals import Took
from winloss.tables import OUTCOMES
from winloss.tables.custom import CustomColumn

Places = NDArray[np.int64]
LEFT_ASIDE = frozenset(("other", "unknown"))
KINDS = ("competitor", "none", "unknown", "blank")
ASKED = (*KINDS, "met")
"""What the field or a debrief says of the competitor by itself."""
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
class Kinds:
    """Deals that ended alike, taken together: the same outcome, reason, competitor, currency, an amount known or not.

    There are a few thousand kinds, however many deals. `of` is the kind of each deal; the others have a place a kind.
    """

    of: Codes
    outcome: Codes
    """Places in `tables.OUTCOMES`."""
    closed: Marks
    won: Marks
    priced: Marks
    """An amount is known."""
    currency: Codes
    """Places in the names of the shelf, −1 where there is none; so are `reason` and `rival`."""
    reason: Codes
    reason_given: Marks
    loss_reason_on_won: Marks
    rival: Codes
    rival_kind: Codes
    """Places in `KINDS`; a competitor that was met and not named is of kind competitor."""
    rival_asked: Codes
    """Places in `ASKED`."""

    @classmethod
    def read(cls, columns: dict[str, NDArray[Any]]) -> Kinds:
        """From one array a property, a place a deal."""
        codes, of = np.zeros(len(columns["outcome"]), np.int64), np.zeros(1, np.int64)
        for column in columns.values():
            low = int(column.min(initial=0))
            codes *= int(column.max(initial=0)) - low + 1
            codes += column
            codes -= low
            codes, of = _renumbered(codes)
        where = np.zeros(len(of), np.int64)
        where[codes] = np.arange(len(codes))
        return cls(of=codes.astype(np.int32), **{name: column[where] for name, column in columns.items()})

    def __len__(self) -> int:
        return len(self.outcome)


def _renumbered(codes: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The codes numbered from 0 without gaps, and the old code of each number."""
    if int(codes.max(initial=0)) > 8 * len(codes) + 1_000:
        met, numbered = np.unique(codes, return_inverse=True)
        return numbered, met
    met = np.flatnonzero(np.bincount(codes))
    numbers = np.zeros(int(codes.max(initial=0)) + 1, np.int64)
    numbers[met] = np.arange(len(met))
    return numbers[codes], met


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """One version's deals. `table` holds them as they are shown; `closed` the closed ones as the search codes them.

    `place` is where each closed deal stands in `table`; `outcomes` are places in `tables.OUTCOMES`.
    """

    table: pa.Table
    won: Marks
    cents: Floats
    """Known amounts, NaN where none is known."""
    closed_days: NDArray[np.int64]
    kinds: Kinds
    worth: Floats
    """Amounts in cents, 0 where none is known."""
    by_amount: tuple[Places, ...]
    """Per outcome its deals of known amount, the smallest first."""
    closings: Codes
    """Per deal, 3 a day from `first_day` on: one more than 0 not won, 1 won, 2 won for a known amount. 0: not closed, or undated."""
    first_day: int
    cycles: Codes
    """Per deal, which of the columns of `took` it is; one more than the last: not closed, or without days."""
    took: Places
    """Place in `tables.OUTCOMES` and days to close, a column each pair that is met, in order."""
    currencies: tuple[str, ...]
    reasons: tuple[str, ...]
    rivals: tuple[str, ...]
    closed: Closed
    place: Places
    of_reason: Marks
    """Losses of which the reason alone tells that a competitor was met."""
    left_out: tuple[LeftOut, ...]

    @property
    def n(self) -> int:
        return len(self.won)


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
    is_closed, won, cents = read_marks(table["is_closed"], n), read_marks(table["is_won"], n), known_amounts(table)
    closed, chosen = read_closed(table.filter(pa.array(is_closed)), custom, left_aside=LEFT_ASIDE, as_of=as_of)
    ended, currency, reason, rival = (
        _Named.of(table, name) for name in ("outcome", "currency", "reason", "competitor")
    )
    outcomes = np.array([*(OUTCOMES.index(value) for value in ended.values), OUTCOMES.index("unclassified")], np.int32)
    outcome, priced, days = outcomes[ended.codes], ~np.isnan(cents), read_days(table["closed_on"], n)
    first, closings = _closings(np.where(is_closed, days, NO_DAY), won, priced)
    took, cycles = _cycles(np.where(is_closed, read_numbers(table["cycle_days"], n), np.nan), outcome)
    return Shelf(
        table=table,
        won=won,
        cents=cents,
        closed_days=days,
        kinds=Kinds.read(
            {
                "outcome": outcome,
                "closed": is_closed,
                "won": won,
                "priced": priced,
                "currency": currency.codes,
                "reason": reason.codes,
                "reason_given": read_marks(table["reason_given"], n),
                "loss_reason_on_won": read_marks(table["loss_reason_on_won"], n),
                "rival": rival.codes,
                "rival_kind": _rival_kinds(table, n),
                "rival_asked": _places(table, "competitor_asked", ASKED),
            }
        ),
        worth=np.nan_to_num(cents),
        by_amount=_by_amount(cents, outcome, priced),
        closings=closings,
        first_day=first,
        cycles=cycles,
        took=took,
        currencies=currency.values,
        reasons=reason.values,
        rivals=rival.values,
        closed=closed,
        place=np.flatnonzero(is_closed),
        of_reason=is_closed & told_by_reason(table),
        left_out=chosen.left_out,
    )


def _rival_kinds(table: pa.Table, n: int) -> Codes:
    places = _places(table, "competitor_kind", KINDS)
    met = read_marks(table["competitor_present"], n) & (places == KINDS.index("unknown"))
    return np.where(met, KINDS.index("competitor"), places).astype(np.int32)


def _places(table: pa.Table, name: str, kinds: Sequence[str]) -> Codes:
    told = _Named.of(table, name)
    return np.array([*(kinds.index(value) for value in told.values), kinds.index("blank")], np.int32)[told.codes]


def _closings(days: NDArray[np.int64], won: Marks, priced: Marks) -> tuple[int, Codes]:
    dated = days != NO_DAY
    first = int(days[dated].min()) if dated.any() else 0
    codes = 3 * (days - first) + won * (1 + priced) + 1
    return first, np.where(dated, codes, 0).astype(np.int32)


def _cycles(days: Floats, outcome: Codes) -> tuple[Places, Codes]:
    timed = ~np.isnan(days)
    whole = days[timed].astype(np.int64)
    width = int(whole.max(initial=0)) + 1
    places, rows = _renumbered(outcome[timed] * width + whole)
    codes = np.full(len(days), len(rows), np.int32)
    codes[timed] = places
    return np.stack(np.divmod(rows, width)), codes


def _by_amount(cents: Floats, outcome: Codes, priced: Marks) -> tuple[Places, ...]:
    order = np.argsort(cents)[: np.count_nonzero(priced)]
    ended = outcome[order]
    return tuple(order[ended == i] for i in range(len(OUTCOMES)))


def closed_within(shelf: Shelf, inside: Marks) -> Closed:
    """The closed deals of a segment as the tables of attributes take them."""
    whole, at = shelf.closed, np.flatnonzero(inside[shelf.place])
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The deals of one segment, `at` their places in the shelf; `n`, `cents` and `squares` (of whole units) are sums a kind."""

    shelf: Shelf
    inside: Marks
    at: Places | slice
    worth: Floats
    """Cents of each deal."""
    n: NDArray[np.int64]
    cents: Floats
    squares: Floats

    @classmethod
    def of(cls, shelf: Shelf, inside: Marks) -> Part:
        at = slice(None) if inside.all() else np.flatnonzero(inside)
        kinds, worth, size = shelf.kinds.of[at], shelf.worth[at], len(shelf.kinds)
        units = worth / 100
        return cls(
            shelf=shelf,
            inside=inside,
            at=at,
            worth=worth,
            n=np.bincount(kinds, minlength=size),
            cents=np.bincount(kinds, worth, minlength=size).astype(float),
            squares=np.bincount(kinds, units * units, minlength=size).astype(float),
        )

    @property
    def whole(self) -> bool:
        """Whether it is all of the shelf."""
        return isinstance(self.at, slice)

    def outcomes(self) -> list[dict[str, Any]]:
        """As `aggregate.totals.outcomes`."""
        sums = self._sums(self.shelf.kinds.outcome, len(OUTCOMES))
        return [
            {
                "outcome": OUTCOMES[i],
                **{name: column[i] for name, column in sums.items()},
                "median_cents": self._median(i),
            }
            for i, n in enumerate(sums["n"])
            if n
        ]

    def _median(self, outcome: int) -> float | None:
        """Of the known amounts of an outcome."""
        order = self.shelf.by_amount[outcome]
        ranks = np.flatnonzero(self.inside[order])
        if not len(ranks):
            return None
        middle = order[ranks[[(len(ranks) - 1) // 2, len(ranks) // 2]]]
        return float(self.shelf.cents[middle].mean())

    def currencies(self) -> list[dict[str, Any]]:
        """As `aggregate.totals.currencies`."""
        kinds, names = self.shelf.kinds, (None, *self.shelf.currencies)
        counts = self._sums(kinds.currency + 1, len(names), kinds.closed & kinds.priced)["n"]
        return [{"currency": name, "n": n} for name, n in zip(names, counts, strict=True) if n]

    def took(self) -> dict[str, Took]:
        """How long closed deals took, by outcome."""
        took = self.shelf.took
        counts = np.bincount(self.shelf.cycles[self.at], minlength=took.shape[1] + 1)[:-1]
        found: dict[str, Took] = {}
        for i in np.unique(took[0]).tolist():
            met = (took[0] == i) & (counts > 0)
            found[OUTCOMES[i]] = list(zip(took[1, met].tolist(), counts[met].tolist(), strict=True))
        return found

    def closings(self) -> list[dict[str, Any]]:
        """As `aggregate.periods.closings`."""
        shelf = self.shelf
        codes = shelf.closings[self.at]
        size = 3 * (int(codes.max(initial=0)) // 3 + 1) + 1
        counts = np.bincount(codes, minlength=size)[1:].reshape(-1, 3)
        worth = np.bincount(codes, self.worth, minlength=size)[1:].reshape(-1, 3)[:, 2]
        n = counts.sum(1)
        return [
            {
                "closed_on": _EPOCH + dt.timedelta(days=shelf.first_day + i),
                "n": closed,
                "won": unpriced + priced,
                "n_amount": priced,
                "won_amount_cents": cents,
            }
            for i, closed, (_, unpriced, priced), cents in zip(
                np.flatnonzero(n).tolist(),
                n[n > 0].tolist(),
                counts[n > 0].tolist(),
                np.rint(worth[n > 0]).astype(np.int64).tolist(),
                strict=True,
            )
        ]

    def by_reason(self) -> list[dict[str, Any]]:
        """As `aggregate.reasons.by_reason`."""
        kinds, codes = self.shelf.kinds, (None, *self.shelf.reasons)
        place = (kinds.reason + 1) * 4 + kinds.won * 2 + kinds.reason_given
        sums = self._sums(place, len(codes) * 4, kinds.closed & ~kinds.loss_reason_on_won)
        return [
            {
                "is_won": bool(i & 2),
                "reason": codes[i >> 2],
                "reason_given": bool(i & 1),
                **{name: column[i] for name, column in sums.items()},
            }
            for i, n in enumerate(sums["n"])
            if n
        ]

    def by_competitor(self) -> list[dict[str, Any]]:
        """As `aggregate.competitors.by_competitor`."""
        kinds, names = self.shelf.kinds, (None, *self.shelf.rivals)
        place = (kinds.rival_kind * len(ASKED) + kinds.rival_asked) * len(names) + kinds.rival + 1
        size = len(KINDS) * len(ASKED) * len(names)
        won = self._sums(place, size, kinds.closed & kinds.won)["n"]
        lost = self._sums(place, size, kinds.closed & ~kinds.won)
        return [
            {
                "competitor_kind": KINDS[i // len(names) // len(ASKED)],
                "asked": ASKED[i // len(names) % len(ASKED)],
                "competitor": names[i % len(names)],
                "closed": won[i] + lost["n"][i],
                "won": won[i],
                "n_amount_lost": lost["n_amount"][i],
                "amount_lost_cents": lost["amount_cents"][i],
            }
            for i in range(size)
            if won[i] + lost["n"][i]
        ]

    def _sums(self, place: NDArray[Any], size: int, among: Marks | None = None) -> dict[str, list[Any]]:
        """Deals, deals of known amount, their cents and their squares, at each place; `place` and `among` are of kinds."""
        n = self.n if among is None else np.where(among, self.n, 0)
        among = self.shelf.kinds.priced if among is None else among & self.shelf.kinds.priced
        return {
            "n": np.bincount(place, n, minlength=size).astype(np.int64).tolist(),
            "n_amount": np.bincount(place, np.where(among, n, 0), minlength=size).astype(np.int64).tolist(),
            "amount_cents": np.rint(np.bincount(place, np.where(among, self.cents, 0), minlength=size))
            .astype(np.int64)
            .tolist(),
            "amount_squares": np.bincount(place, np.where(among, self.squares, 0), minlength=size).tolist(),
        }

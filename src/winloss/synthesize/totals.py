"""The first figures: how many deals ended how, what they were worth, how long they took."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any, TypeAlias

from winloss.errors import InternalError
from winloss.stats.amounts import ratio_share
from winloss.stats.estimate import Estimate
from winloss.stats.medians import of_sorted
from winloss.stats.shares import wilson
from winloss.synthesize import phrases
from winloss.synthesize.intake import IntakeFacts
from winloss.synthesize.study import Counts, CurrencyRow, Totals
from winloss.tables import OUTCOMES

Took: TypeAlias = Sequence[tuple[int, int]]
"""Days to close and how many deals took them, the fewest days first."""
FILLED_GAP = 0.2
"""A field filled on so many more of one outcome than of the other says nothing of either by comparison."""
ONE_SIDED = 20
"""So many closed deals, all won or none, are an export of one side rather than a sales team."""
FILLED_LEAST = 0.5
"""Amounts are compared where at least this share of wins and of losses carries one."""


@dataclass(frozen=True, slots=True)
class Sums:
    """Deals of one outcome, or of several, and their amounts (in cents; squares in whole units)."""

    n: int = 0
    n_amount: int = 0
    amount_cents: int = 0
    amount_squares: float = 0.0
    median_cents: float | None = None

    @property
    def filled(self) -> float:
        return self.n_amount / self.n if self.n else 0.0

    def __add__(self, other: Sums) -> Sums:
        return Sums(
            n=self.n + other.n,
            n_amount=self.n_amount + other.n_amount,
            amount_cents=self.amount_cents + other.amount_cents,
            amount_squares=self.amount_squares + other.amount_squares,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """Whether amounts can be added.

    Parameters
    ----------
    currency
        The only currency named, or None.
    currencies
        Each currency of closed deals of known amount with its count; "" where none is named.
    why_not
        Why amounts are not added: several currencies. "" where they can be.
    """

    currency: str | None = None
    currencies: tuple[tuple[str, int], ...] = ()
    why_not: str = ""

    @property
    def adds(self) -> bool:
        return not self.why_not


@dataclass(frozen=True, slots=True)
class ByOutcome:
    """The deals of a book by outcome."""

    of: Mapping[str, Sums] = field(default_factory=dict)

    def __getitem__(self, outcome: str) -> Sums:
        return self.of.get(outcome, Sums())

    @property
    def closed(self) -> Sums:
        return self["won"] + self.not_won

    @property
    def not_won(self) -> Sums:
        return self["lost"] + self["no_decision"]


def read(outcomes: Iterable[Mapping[str, Any]]) -> ByOutcome:
    """Take the rows of `aggregate.totals.outcomes`."""
    return ByOutcome({row["outcome"]: Sums(**{k: v for k, v in row.items() if k != "outcome"}) for row in outcomes})


def counts(by: ByOutcome, intake: IntakeFacts) -> Counts:
    """Divide the rows of the sources; every row is in exactly one count.

    Raises
    ------
    InternalError
        Where an outcome has no name of ours, or the counts do not add up to the rows that the sources counted.
    """
    strange = set(by.of) - set(OUTCOMES)
    if strange:
        raise InternalError(f"deals have outcomes without a meaning: {sorted(map(str, strange))}")
    told = Counts(**{name: by[name].n for name in OUTCOMES}, rejected=intake.rejected, folded=intake.folded)
    if intake.rows is not None and intake.rows != told.rows:
        raise InternalError(f"the sources have {intake.rows} rows, and the counts add up to {told.rows}")
    return told


def money(currencies: Iterable[Mapping[str, Any]]) -> Money:
    """Decide whether amounts can be added; rows of `aggregate.totals.currencies`."""
    found = sorted(((row["currency"] or "", row["n"]) for row in currencies), key=lambda pair: (-pair[1], pair[0]))
    named = [name for name, _ in found if name]
    why = ""
    if len(named) > 1:
        why = f"Amounts are in {phrases.listed(named[:5])}; they are added only with a file of rates."
    return Money(currency=named[0] if len(named) == 1 else None, currencies=tuple(found), why_not=why)


def by_currency(rows: Iterable[Mapping[str, Any]]) -> tuple[CurrencyRow, ...]:
    """What was won and lost in each currency, that of most deals first; rows of `aggregate.totals.by_currency`."""
    sums: dict[str, dict[bool, tuple[int, int]]] = defaultdict(dict)
    for row in rows:
        sums[row["currency"] or ""][bool(row["is_won"])] = row["n"], row["amount_cents"]
    told = []
    for currency, sides in sums.items():
        (won, won_cents), (lost, lost_cents) = (sides.get(side, (0, 0)) for side in (True, False))
        told.append(
            CurrencyRow(currency=currency, won=won, won_amount_cents=won_cents, lost=lost, lost_amount_cents=lost_cents)
        )
    return tuple(sorted(told, key=lambda row: (-row.won - row.lost, row.currency)))


def no_amounts(by: ByOutcome) -> str:
    """That no closed deal carries an amount, or no deal at all; else ""."""
    if not by.closed.n or by.closed.n_amount:
        return ""
    return (
        "No closed deal carries an amount."
        if any(part.n_amount for part in by.of.values())
        else "No column was recognised as the amount of a deal."
    )


def far_apart(won: float, lost: float) -> tuple[float, float] | None:
    """Shares of wins and of losses that fill a field, where they are too far apart to compare; else None."""
    return (won, lost) if abs(won - lost) >= FILLED_GAP else None


def uneven_amounts(by: ByOutcome) -> str:
    """Why wins and losses cannot be compared by amount, or ""."""
    won, lost = by["won"], by.not_won
    if why := no_amounts(by):
        return why
    if not lost.n_amount:
        return f"None of {phrases.count(lost.n, 'lost or no-decision deal')} carries an amount."
    if not won.n_amount:
        return f"None of {phrases.count(won.n, 'won deal')} carries an amount."
    if abs(won.filled - lost.filled) >= FILLED_GAP or min(won.filled, lost.filled) < FILLED_LEAST:
        return (
            f"Amounts are filled on {phrases.percent(won.filled)} of won and {phrases.percent(lost.filled)} "
            "of lost or no-decision deals: too uneven to compare."
        )
    return ""


def one_sided(by: ByOutcome) -> str:
    """Why no win rate can be given where all closed deals are won, or none is; else ""."""
    return ended_alike(by["won"].n, by.closed.n, unread=by["unclassified"].n)


def ended_alike(won: int, closed: int, *, unread: int = 0) -> str:
    """The same of so many won deals among so many closed ones; of `unread` more nobody knows how they ended."""
    for kind, other, n in (("won", "lost", won), ("lost", "won", closed - won)):
        if n == closed >= ONE_SIDED and unread:
            return (
                f"All {n:,} closed deals are {kind}; how {unread:,} more ended could not be read, "
                f"and {other} ones may be among them."
            )
        if n == closed >= ONE_SIDED:
            return f"All {n:,} closed deals are {kind}: the {other} ones seem to be missing from the data."
    return ""


def totals(
    by: ByOutcome,
    took: Mapping[str, Took],
    purse: Money,
    closings: Iterable[Mapping[str, Any]] = (),
    *,
    why: str | None = None,
) -> Totals:
    """The first figures.

    Parameters
    ----------
    by
        Deals by outcome.
    took
        How long closed deals took, by outcome, as `by_days` gives it.
    purse
        Whether amounts can be added.
    closings
        Rows of `aggregate.periods.closings` on credible dates; the first and the last are told.
    why
        Why no win rate can be given, "" where it can; what `one_sided` says of these deals where None. Of a segment it is
        asked of the whole book: that all of its own deals ended alike says nothing of the data.
    """
    won, closed = by["won"], by.closed
    days = [row["closed_on"] for row in closings]
    why = one_sided(by) if why is None else why
    return Totals(
        win_rate=_share(won.n, closed.n, why),
        competitive_win_rate=_share(won.n, won.n + by["lost"].n, why),
        win_rate_by_amount=_by_amount(by, purse, why),
        win_rate_with_junk=_share(won.n, closed.n + by["disqualified"].n, why),
        won_amount_cents=_sum(won, purse),
        lost_amount_cents=_sum(by.not_won, purse),
        median_won_cents=None if won.median_cents is None or not purse.adds else round(won.median_cents),
        average_won_cents=_average(won, purse),
        average_lost_cents=_average(by.not_won, purse),
        cycle_days_won=_median(took.get("won", ()), "won"),
        cycle_days_lost=_median(took.get("lost", ()), "lost"),
        cycle_days_no_decision=_median(took.get("no_decision", ()), "no-decision"),
        closed_from=min(days, default=None),
        closed_to=max(days, default=None),
        amounts_why=purse.why_not or no_amounts(by),
        n_amount_won=won.n_amount,
        n_amount_lost=by.not_won.n_amount,
    )


def _share(won: int, n: int, why: str) -> Estimate:
    if why:
        return Estimate.refused(why, n=n)
    return wilson(won, n) if n else Estimate.refused("No deal has closed yet.")


def _by_amount(by: ByOutcome, purse: Money, one_side: str) -> Estimate:
    won, closed = by["won"], by.closed
    why = "No deal has closed yet." if not closed.n else one_side or purse.why_not or uneven_amounts(by)
    if why:
        return Estimate.refused(why, n=closed.n_amount)
    return ratio_share(
        total=closed.amount_cents / 100,
        part=won.amount_cents / 100,
        squares=closed.amount_squares,
        part_squares=won.amount_squares,
        n=closed.n_amount,
    )


def _sum(part: Sums, purse: Money) -> int | None:
    return part.amount_cents if part.n_amount and purse.adds else None


def _average(part: Sums, purse: Money) -> int | None:
    return round(part.amount_cents / part.n_amount) if part.n_amount and purse.adds else None


def by_days(cycles: Iterable[Mapping[str, Any]]) -> dict[str, Took]:
    """Rows of `aggregate.totals.cycles` by outcome."""
    timed: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for row in cycles:
        timed[row["outcome"]].append((row["cycle_days"], row["n"]))
    return {outcome: sorted(rows) for outcome, rows in timed.items()}


def _median(took: Took, which: str) -> Estimate:
    """The median of counted days."""
    passed = list(accumulate(n for _, n in took))
    if not passed:
        return Estimate.refused(f"No {which} deal has both dates.")
    return of_sorted(lambda rank: float(took[bisect_left(passed, rank)][0]), passed[-1])

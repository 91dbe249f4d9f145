"""Why deals were lost, and why they were won: the top reasons by count and by amount."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from winloss.stats.amounts import ratio_share
from winloss.stats.estimate import Estimate
from winloss.stats.shares import wilson
from winloss.synthesize import phrases
from winloss.synthesize.glossary import OTHER, UNKNOWN, UNREAD, Glossary
from winloss.synthesize.study import ReasonRow
from winloss.synthesize.totals import FILLED_LEAST, Money

TOP = 5
_RESIDUAL = (OTHER, UNKNOWN)
_RAW_SHOWN = 12
FLIP_LEAST = 10
FLIP_LEAD = 0.01
"""A lead of less than a point, in deals or in amount, turns no order."""
_SIDES = {False: "lost_or_no_decision", True: "won"}


@dataclass(slots=True)
class _Bar:
    n: int = 0
    n_amount: int = 0
    amount_cents: int = 0
    amount_squares: float = 0.0
    raw: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def add(self, row: Mapping[str, Any]) -> None:
        self.n += row["n"]
        self.n_amount += row["n_amount"]
        self.amount_cents += row["amount_cents"]
        self.amount_squares += row["amount_squares"]


@dataclass(frozen=True, slots=True)
class Side:
    """All reasons of one side (losses or wins): a bar for each code, for unread reasons and for none."""

    won: bool
    bars: Mapping[str | None, _Bar]

    @property
    def n(self) -> int:
        return sum(bar.n for bar in self.bars.values())

    def share(self, code: str | None) -> Estimate:
        """The share of one code in all deals of the side, whether they carry a reason or not."""
        bar = self.bars.get(code)
        return wilson(bar.n if bar else 0, self.n) if self.n else Estimate.refused("No deal to divide by.")

    @property
    def told(self) -> int:
        """Deals with a reason that was understood, Unknown among them."""
        return sum(bar.n for code, bar in self.bars.items() if code not in (None, UNREAD))


def read(by_reason: Iterable[Mapping[str, Any]], raw_values: Iterable[Mapping[str, Any]]) -> tuple[Side, Side]:
    """Take the rows of `aggregate.reasons`: the losses (with no decision), then the wins."""
    bars: dict[bool, dict[str | None, _Bar]] = {False: defaultdict(_Bar), True: defaultdict(_Bar)}
    for row in by_reason:
        bars[row["is_won"]][_code(row["reason"], given=row["reason_given"])].add(row)
    for row in raw_values:
        bars[row["is_won"]][_code(row["reason"], given=True)].raw[row["reason_value"]] += row["n"]
    return Side(False, dict(bars[False])), Side(True, dict(bars[True]))


def _code(reason: str | None, *, given: bool) -> str | None:
    return reason if reason is not None else (UNREAD if given else None)


def unread(*sides: Side) -> tuple[tuple[str, int], ...]:
    """Raw reasons that the taxonomy does not know, most frequent first."""
    found: dict[str, int] = defaultdict(int)
    for side in sides:
        for value, n in (side.bars[UNREAD].raw if UNREAD in side.bars else {}).items():
            found[value] += n
    return tuple(sorted(found.items(), key=lambda pair: (-pair[1], pair[0])))


def table(side: Side, glossary: Glossary, purse: Money) -> tuple[ReasonRow, ...]:
    """The rows of one side: at most five reasons by count, then the other ones, then what is not known.

    Parameters
    ----------
    side
        Losses or wins.
    glossary
        Labels, and whom each reason points at.
    purse
        Whether amounts can be added.

    Returns
    -------
    tuple of ReasonRow
        Shares are of all deals of the side, so that they add up to 1; `share_by_amount` is of all known amounts of the
        side. Rows of no deals are left out, and the whole table where nobody gave a reason of a win.
    """
    if not side.n or (side.won and set(side.bars) <= {None}):
        return ()
    named = sorted(_named(side), key=lambda code: (-side.bars[code].n, code))
    top, rest = named[:TOP], named[TOP:]
    lump = _merged([side.bars[code] for code in [*rest, OTHER] if code in side.bars])
    shown: list[tuple[str | None, _Bar]] = [(code, side.bars[code]) for code in top]
    shown += [(OTHER, lump)] if lump.n else []
    shown += [(code, side.bars[code]) for code in (UNKNOWN, UNREAD, None) if code in side.bars]
    by_amount = _ranks(side, named)
    write = _writer(side, glossary, purse)
    return tuple(
        write(code, bar, rank, by_amount.get(code) if purse.adds and code in top else None)
        for rank, (code, bar) in enumerate(shown, start=1)
    )


def _named(side: Side) -> list[str]:
    return [code for code in side.bars if code is not None and code not in (*_RESIDUAL, UNREAD)]


def _merged(bars: Iterable[_Bar]) -> _Bar:
    lump = _Bar()
    for bar in bars:
        lump.n += bar.n
        lump.n_amount += bar.n_amount
        lump.amount_cents += bar.amount_cents
        lump.amount_squares += bar.amount_squares
        for value, n in bar.raw.items():
            lump.raw[value] += n
    return lump


def _ranks(side: Side, named: list[str]) -> dict[str | None, int]:
    if not _amounts_known(side):
        return {}
    ordered = sorted(named, key=lambda code: (-side.bars[code].amount_cents, code))
    return {code: rank for rank, code in enumerate(ordered, start=1)}


def _amounts_known(side: Side) -> bool:
    return sum(bar.n_amount for bar in side.bars.values()) >= FILLED_LEAST * side.n


def _writer(side: Side, glossary: Glossary, purse: Money) -> Callable[[str | None, _Bar, int, int | None], ReasonRow]:
    everything = _merged(side.bars.values())

    def write(code: str | None, bar: _Bar, rank: int, rank_by_amount: int | None) -> ReasonRow:
        return ReasonRow(
            code=code,
            label=glossary.label(code),
            outcome=_SIDES[side.won],
            count=bar.n,
            share=wilson(bar.n, side.n),
            amount_cents=bar.amount_cents if bar.n_amount and purse.adds else None,
            share_by_amount=_share_by_amount(bar, everything, side, purse),
            points_at=glossary.points_at(code),
            content_gap="" if side.won else glossary.content_gap(code),
            raw_values=tuple(sorted(bar.raw.items(), key=lambda pair: (-pair[1], pair[0]))[:_RAW_SHOWN]),
            rank=rank,
            rank_by_amount=rank_by_amount,
        )

    return write


def _share_by_amount(bar: _Bar, everything: _Bar, side: Side, purse: Money) -> Estimate:
    kind = "won" if side.won else "lost or no-decision"
    if purse.why_not:
        return Estimate.refused(purse.why_not, n=everything.n_amount)
    if not _amounts_known(side):
        of = phrases.count(side.n, f"{kind} deal")
        some = f"{everything.n_amount:,} of {of} carry an amount."
        why = some if everything.n_amount else f"None of {of} carries an amount."
        return Estimate.refused(why, n=everything.n_amount)
    return ratio_share(
        total=everything.amount_cents / 100,
        part=bar.amount_cents / 100,
        squares=everything.amount_squares,
        part_squares=bar.amount_squares,
        n=everything.n_amount,
    )


def flip(side: Side, glossary: Glossary, purse: Money) -> str:
    """A sentence where the first reason by count is not the first by amount, else "".

    Told only where either reason is given for 10 deals or more (one large deal turns the order of fewer), and where
    each leads by a point or more of all deals, or amounts, of the side: less is no order that a reader sees.
    """
    named = _named(side)
    if len(named) < 2 or not purse.adds or not _amounts_known(side):
        return ""
    first = min(named, key=lambda code: (-side.bars[code].n, code))
    worth = min(named, key=lambda code: (-side.bars[code].amount_cents, code))
    most, dearest = side.bars[first], side.bars[worth]
    if dearest.n < FLIP_LEAST or most.n - dearest.n < FLIP_LEAD * side.n or dearest is most:
        return ""
    worth_all = sum(bar.amount_cents for bar in side.bars.values())
    if dearest.amount_cents - most.amount_cents < max(FLIP_LEAD * worth_all, 1):
        return ""
    return (
        f"By count the first reason is {_lower(glossary.label(first))} ({most.n:,} deals against {dearest.n:,}); "
        f"by amount it is {_lower(glossary.label(worth))} ({phrases.money(dearest.amount_cents, purse.currency)} "
        f"against {phrases.money(most.amount_cents, purse.currency)})."
    )


def _lower(words: str) -> str:
    return words[:1].lower() + words[1:]

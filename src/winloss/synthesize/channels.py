"""What each channel brought and cost, what junk does to it, and which segments' spend should be questioned."""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from winloss.stats.estimate import Estimate
from winloss.stats.exact import fisher_p
from winloss.stats.multiplicity import benjamini_hochberg
from winloss.stats.shares import newcombe, wilson
from winloss.synthesize import phrases
from winloss.synthesize.study import ChannelRow, PauseRow
from winloss.synthesize.totals import Money
from winloss.tables.segment import Segment

BLANK = "Not filled in"
REST = "Other channels"
_CHANNELS_SHOWN = 40
PAUSE_DAYS = 90
PAUSE_SHARE = 0.15
PAUSE_DEALS = 30
PAUSE_RATE = 0.05
"""At most this share of the segments named may be there by chance (Benjamini-Hochberg over all looked at)."""
SPEND_FIELDS = ("lead_source", "campaign", "content")
PAUSE_FIELDS = (*SPEND_FIELDS, "product", "size_band")
_JUNK_POINTS = 0.02
_JUNK_CLOSED = 30
_JUNK_SHOWN = 3


class Came(StrEnum):
    """How buyers come by a channel: for money, by what one makes or does oneself, sent by others; unknown else."""

    PAID = "paid"
    OWNED = "owned"
    REFERRAL = "referral"
    UNKNOWN = "unknown"


_PAID = (
    r"\bpaid\b|\bads?\b|\badwords|advert|\bpp[ck]\b|\bcp[cm]\b|\bsem\b|sponsor|\bdisplay\b|banner|retarget|remarket|affiliate|"
    r"blogger|influencer|trade ?(show|fair)|\bfairs?\b|\bmesse|\bexpo\b|conference|purchased|bought"
)
_REFERRED = r"referr|\bpartner|word.of.mouth|recommend|\bfriends?\b|reseller|empfehlung|parrain|recomend"
_OWNED = (
    r"organic|\bseo\b|\bweb ?(site|page)?\b|\bonline form|\bblog\b|newsletter|e-?mail|\bdirect\b|inbound|outbound|\bcold\b|"
    r"outreach|prospecting|\bsdr\b|webinar|podcast|white ?paper|\bchat\b|free trial"
)
_CAME = ((Came.PAID, _PAID), (Came.REFERRAL, _REFERRED), (Came.OWNED, _OWNED))
"""Words of lead sources as the usual CRMs ship them and as people write them; the first that fits counts."""


def came(value: str) -> Came:
    """How buyers came, by the name of their lead source or campaign alone."""
    return next((how for how, words in _CAME if re.search(words, value, re.I)), Came.UNKNOWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spend:
    """What was spent by the values of one field.

    Parameters
    ----------
    cents
        By value, its letters' case folded; "" where blank.
    taken
        The sources name no currency: it is taken to be the one of the deals.
    why_not
        Why spend cannot be added (several currencies), or why there is none.
    """

    cents: Mapping[str, int] = field(default_factory=dict)
    currency: str | None = None
    taken: bool = False
    why_not: str = "No spend is recorded."
    first_on: dt.date | None = None
    last_on: dt.date | None = None

    @classmethod
    def read(cls, spend: Iterable[Mapping[str, Any]], *, deals_in: str | None = None) -> Spend:
        """Take the rows of `aggregate.channels.spend_by`; spend that names no currency is in that of the deals."""
        rows = list(spend)
        currencies = {row["currency"] for row in rows if row["currency"] and row["spend_cents"]}
        if not rows:
            return cls()
        if len(currencies) > 1:
            return cls(why_not=f"Spend is in {phrases.listed(sorted(currencies))}; it is added only with rates.")
        cents: dict[str, int] = defaultdict(int)
        for row in rows:
            cents[_fold(row["value"])] += row["spend_cents"]
        return cls(
            cents=dict(cents),
            currency=next(iter(currencies), deals_in),
            taken=not currencies and deals_in is not None,
            why_not="",
            first_on=min((row["first_on"] for row in rows if row["first_on"]), default=None),
            last_on=max((row["last_on"] for row in rows if row["last_on"]), default=None),
        )

    @property
    def total_cents(self) -> int:
        return sum(self.cents.values())

    def of(self, value: str | None) -> int | None:
        """What was spent on one value; None where nothing is recorded for it."""
        return self.cents.get(_fold(value)) if value is not None else None


def _fold(value: str | None) -> str:
    return " ".join((value or "").split()).casefold()


def table(by_channel: Iterable[Mapping[str, Any]], spend: Spend, purse: Money) -> tuple[ChannelRow, ...]:
    """The channels by closed deals, at most 40, the rest in one row; empty where no channel is filled in.

    The cost of a won deal is all spend recorded for the channel over all its won deals.
    """
    rows = [row for row in by_channel if row["closed"]]
    if not any(row["lead_source"] for row in rows):
        return ()
    rows.sort(key=lambda row: (-row["closed"], row["lead_source"] or ""))
    shown, rest = rows[:_CHANNELS_SHOWN], rows[_CHANNELS_SHOWN:]
    out = [_row(row["lead_source"] or BLANK, row, spend.of(row["lead_source"]), spend, purse) for row in shown]
    if rest:
        lump = {key: sum(row[key] for row in rest) for key in ("closed", "won", "n_amount", "won_amount_cents")}
        spent = [cents for row in rest if (cents := spend.of(row["lead_source"])) is not None]
        out.append(_row(REST, lump, sum(spent) if spent else None, spend, purse))
    return tuple(out)


def _other_currency(spend: Spend, purse: Money) -> str:
    if not spend.currency or not purse.currency or spend.currency == purse.currency:
        return ""
    return f"Spend is in {spend.currency} and deals are in {purse.currency}; give a file of rates."


def _row(name: str, row: Mapping[str, Any], spent: int | None, spend: Spend, purse: Money) -> ChannelRow:
    won = row["won"]
    why = spend.why_not or _other_currency(spend, purse)
    spent = None if why else spent
    why = why or ("No spend is recorded for it." if spent is None else "" if won else "No deal was won.")
    return ChannelRow(
        lead_source=name,
        closed=row["closed"],
        won=won,
        win_rate=wilson(won, row["closed"]),
        won_amount_cents=row["won_amount_cents"] if row["n_amount"] and purse.adds else None,
        spend_cents=spent,
        cost_per_won_cents=None if why or spent is None else round(spent / won),
        why_no_cost=why,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class JunkMove:
    """A channel whose win rate moves when junk leaves the denominator."""

    lead_source: str
    without: Estimate
    with_junk: Estimate

    @property
    def points(self) -> float:
        return (self.without.value or 0.0) - (self.with_junk.value or 0.0)


def junk_moves(by_channel: Iterable[Mapping[str, Any]]) -> tuple[JunkMove, ...]:
    """Channels that move most when junk leaves the denominator, at most three.

    Of 30 closed deals or more, and by two points more than all channels together: junk that is spread evenly moves every
    channel and tells nothing of any.
    """
    counted = list(by_channel)
    won, closed, junk = (sum(row[name] for row in counted) for name in ("won", "closed", "disqualified"))
    everywhere = won / closed - won / (closed + junk) if closed else 0.0
    moves = [
        JunkMove(
            lead_source=row["lead_source"],
            without=wilson(row["won"], row["closed"]),
            with_junk=wilson(row["won"], row["closed"] + row["disqualified"]),
        )
        for row in counted
        if row["lead_source"] and row["closed"] >= _JUNK_CLOSED
    ]
    large = [move for move in moves if move.points >= everywhere + _JUNK_POINTS]
    return tuple(sorted(large, key=lambda move: (-move.points, move.lead_source))[:_JUNK_SHOWN])


@dataclass(frozen=True, slots=True)
class _Value:
    segment: Segment
    value: str
    n: int
    k: int
    undated: int
    """Won deals without a closing date: they may have closed in these days as well."""


@dataclass(frozen=True, slots=True)
class Recent:
    """Closed (`n`) and won (`k`) deals of the last 90 days by one field's values, and what was spent on each."""

    values: tuple[_Value, ...]
    spent: Spend


def recent(
    name: str, by_value: Iterable[Mapping[str, Any]], spent: Spend, undated: Iterable[Mapping[str, Any]] = ()
) -> Recent:
    """Take the rows of `aggregate.channels.by_value`, and those of deals without a date; blanks are left out."""
    lost_in_time = {row["value"]: row["won"] for row in undated}
    values = [
        _Value(
            Segment.of(**{name: row["value"]}),
            row["value"],
            row["closed"],
            row["won"],
            lost_in_time.get(row["value"], 0),
        )
        for row in by_value
        if row["value"] is not None
    ]
    return Recent(tuple(sorted(values, key=lambda one: str(one.segment))), spent)


@dataclass(frozen=True, slots=True)
class _Look:
    value: _Value
    rest_n: int
    rest_k: int
    spent: int | None
    currency: str | None

    @property
    def at_best(self) -> tuple[int, int]:
        """Won and closed deals if every won deal without a date had closed in these days."""
        return self.value.k + self.value.undated, self.value.n + self.value.undated

    def passes(self) -> bool:
        k, n = self.at_best
        return (wilson(k, n).high or 1.0) < PAUSE_SHARE and (newcombe(k, n, self.rest_k, self.rest_n).high or 0.0) < 0


def pause(parts: Iterable[Recent], as_of: dt.date) -> tuple[PauseRow, ...]:
    """Segments whose spend should be questioned.

    Listed is a value with at least 30 deals closed in the 90 days to `as_of`, whose win rate and its upper Wilson bound
    are under 15 %, which lies below the other filled values (Newcombe's upper bound under 0), and which stays when all
    values looked at are one family (Benjamini-Hochberg at 5 %, Fisher's exact test). Won deals without a closing date are
    counted in its favour: it must hold even if all of them closed in these days.

    Returns
    -------
    tuple of PauseRow
        Most deals first. `spend_cents` is what was spent on it in the same days, None where nothing is recorded.
    """
    looks = [look for part in parts for look in _looks(part)]
    if not looks:
        return ()
    p = fisher_p(
        [look.at_best[0] for look in looks],
        [look.at_best[1] for look in looks],
        [look.rest_k for look in looks],
        [look.rest_n for look in looks],
    )
    kept = [look for look, q in zip(looks, benjamini_hochberg(p), strict=True) if q <= PAUSE_RATE and look.passes()]
    kept.sort(key=lambda look: (-look.value.n, str(look.value.segment)))
    return tuple(_question(look, as_of) for look in kept)


def _looks(part: Recent) -> Iterable[_Look]:
    n, k = sum(one.n for one in part.values), sum(one.k for one in part.values)
    for one in part.values:
        if one.n >= PAUSE_DEALS and n - one.n >= PAUSE_DEALS:
            yield _Look(one, n - one.n, k - one.k, part.spent.of(one.value), part.spent.currency)


def _question(look: _Look, as_of: dt.date) -> PauseRow:
    rate, rest = wilson(look.value.k, look.value.n), wilson(look.rest_k, look.rest_n)
    words = (
        f"Closed in the {PAUSE_DAYS} days to {phrases.day(as_of)}: {phrases.of(rate)} won, the rest {phrases.of(rest)}."
    )
    if look.value.undated:
        words += f" This holds even if its {phrases.count(look.value.undated, 'won deal')} without a date closed then."
    if look.spent:
        words += f" {phrases.money(look.spent, look.currency)} was spent meanwhile."
    return PauseRow(segment=str(look.value.segment), win_rate=rate, rest=rest, spend_cents=look.spent, words=words)

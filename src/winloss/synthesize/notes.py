"""Sentences that belong on the first page: what bends the figures, and by how much."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from winloss.stats.shares import newcombe, wilson
from winloss.synthesize import phrases
from winloss.synthesize.as_of import AsOf
from winloss.synthesize.channels import JunkMove, Spend
from winloss.synthesize.glossary import UNREAD
from winloss.synthesize.intake import ColumnFact, JoinFact, ProblemFact
from winloss.synthesize.reasons import Side
from winloss.synthesize.remedies import AT_A_TERMINAL, Remedies
from winloss.synthesize.ripeness import Ripeness
from winloss.synthesize.study import Issue, Totals
from winloss.synthesize.totals import ByOutcome, Money, one_sided
from winloss.tables.segment import Condition, Segment

_KNOWN_BUYER = re.compile(
    r"renew|expan|upsell|up-sell|cross.?sell|existing|upgrade|add.?on|extension|verl.ngerung|bestand|renouvel|renova",
    re.I,
)
"""Deal types whose buyer is a customer already, in the words of the usual CRMs."""
_BENDING = frozenset(
    {
        "ids_unknown",
        "ids_differ",
        "amount_unknown",
        "amounts_of_periods",
        "closing_expected",
        "join_found_nobody",
        "file_not_joined",
        "open_by_blanks",
    }
)
"""Codes of what reading met that the first page tells."""
_OF_DATA = (
    *("stage_against_outcome", "loss_reason_on_won", "closed_before_created", "rejected_rows", "folded_rows"),
    *("repeated_rows", "same_deal_twice"),
)
"""Codes of what was counted that the first page tells where it is not small."""
_OF_DATA_SHARE = 0.05
_OF_DATA_TOLD = 3
_AMBIGUOUS = re.compile(r"ambiguous, no day over 12: (?P<read>[^;]*)")
_SWAMP_SHARE = 0.1
_SWAMP_POINTS = 0.03
_UNDATED_SHARE = 0.05
_UNMATCHED_SHARE = 0.1
_UNREAD_SHARE = 0.1
_SPAN_DAYS = 31
_MISSING_SHARE = 0.5


def reading(problems: Iterable[ProblemFact], remedies: Remedies = AT_A_TERMINAL) -> list[str]:
    """What reading met that bends the figures: deals that may count twice, files whose columns describe no deal."""
    return [remedies.telling(problem) for problem in problems if problem.code in _BENDING]


def in_the_data(issues: Iterable[Issue], by: ByOutcome) -> list[str]:
    """What bends the figures on more than a twentieth as many deals as are closed, the most frequent first, three at most."""
    found = [one for one in issues if one.code in _OF_DATA and one.count > _OF_DATA_SHARE * by.closed.n]
    found.sort(key=lambda one: -one.count)
    return [_counted(one) for one in found[:_OF_DATA_TOLD]]


def _counted(issue: Issue) -> str:
    what = phrases.count(issue.count, "row" if issue.code.endswith("_rows") else "deal")
    out = f", kept out of {issue.kept_out_of}" if issue.kept_out_of else ""
    return f"{issue.message.rstrip('.')}: {what}{out}."


def ambiguous_dates(columns: Iterable[ColumnFact]) -> list[str]:
    """That nothing settles whether the day or the month stands first in columns of dates, and how they were read."""
    read: dict[str, list[str]] = {}
    for column in columns:
        if column.target and (said := _AMBIGUOUS.search(column.how)):
            read.setdefault(said["read"], []).append(column.header)
    return [
        f"No day is over 12 in {phrases.listed(headers)}, so that nothing settles whether the day or the month stands first: "
        f"{how}. Months, trends and durations rest on that."
        for how, headers in read.items()
    ]


def joins(made: Iterable[JoinFact], problems: Iterable[ProblemFact]) -> list[str]:
    """Joined files in which more than a twentieth of the deals with a key find no row, unless nearly none does."""
    lonely = {problem.column for problem in problems if problem.code == "join_found_nobody"}
    return [
        f"{one.unmatched:,} of {one.matched + one.unmatched:,} deals find no row in {one.right} by {one.on_left}: "
        "what it tells is blank on them."
        for one in made
        if one.on_left not in lonely and one.unmatched > _OF_DATA_SHARE * (one.matched + one.unmatched)
    ]


def junk(by: ByOutcome, totals: Totals, moves: Sequence[JunkMove], values: Iterable[Mapping[str, Any]]) -> list[str]:
    """What leaving junk out does to the win rate, and to which channels most."""
    n = by["disqualified"].n
    if not n or totals.win_rate.value is None or totals.win_rate_with_junk.value is None:
        return []
    words = list(values)
    named = [f"{row['reason_value']} ({row['n']:,})" for row in words][:4]
    by_status = n - sum(row["n"] for row in words)
    called = f" ({phrases.listed(named)})" if named else ""
    what = (
        phrases.count(n, "junk deal")
        if named
        else f"{phrases.count(n, 'deal')} that {'its' if n == 1 else 'their'} status disqualifies or deletes"
    )
    some = f", {by_status:,} of them by their status," if named and by_status else ""
    # How a deal would have ended that its status takes out, deleted ones among them, nobody knows.
    would = ("if all of them were losses" if n > 1 else "if it were a loss") if by_status else "with junk"
    left = "is" if n == 1 else "are"
    told = (
        f"{what}{called}{some} {left} left out of every rate: {would} the win rate would be "
        f"{phrases.percent(totals.win_rate_with_junk.value)} instead of {phrases.percent(totals.win_rate.value)}."
    )
    return [told, *(_moved(move, first=i == 0) for i, move in enumerate(moves))]


def _moved(move: JunkMove, *, first: bool) -> str:
    lead = f"{move.lead_source} moves most when junk is left out" if first else f"{move.lead_source} without junk"
    return f"{lead}: {phrases.of(move.without)} won instead of {phrases.of(move.with_junk)}."


def renewals(by_deal_type: Iterable[Mapping[str, Any]], remedies: Remedies = AT_A_TERMINAL) -> list[str]:
    """Whether deals with known buyers swamp the rate: their share and win rate, and what the others alone have."""
    rows = [row for row in by_deal_type if row["deal_type"]]
    known = [row for row in rows if _KNOWN_BUYER.search(row["deal_type"])]
    new = [row for row in rows if row not in known]
    n1, k1 = sum(r["closed"] for r in known), sum(r["won"] for r in known)
    n0, k0 = sum(r["closed"] for r in new), sum(r["won"] for r in new)
    if not n0 or n1 < _SWAMP_SHARE * (n1 + n0):
        return []
    alone, all_types = wilson(k0, n0), wilson(k1 + k0, n1 + n0)
    apart = newcombe(k1, n1, k0, n0)
    moved = abs((all_types.value or 0) - (alone.value or 0))
    if moved < _SWAMP_POINTS or (apart.low or 0) <= 0 <= (apart.high or 0):
        return []
    names = phrases.listed([row["deal_type"] for row in sorted(known, key=lambda r: -r["closed"])[:3]])
    every = Segment((Condition("deal_type", "in", tuple(sorted(row["deal_type"] for row in known))),))
    one = Segment.of(deal_type=known[0]["deal_type"])
    how = remedies.leaving_out(one if len(known) == 1 else every)
    said = (
        f"{names} deals swamp the win rate: they are {n1:,} of {n1 + n0:,} closed deals and win {phrases.of(wilson(k1, n1))}. "
        f"The other deals alone win {phrases.of(alone)}; {how}."
    )
    return [said]


def amounts(purse: Money, remedies: Remedies = AT_A_TERMINAL) -> list[str]:
    """That amounts are in several currencies."""
    if purse.adds:
        return []
    each = phrases.listed([f"{name or 'none named'} ({n:,} deals)" for name, n in purse.currencies[:5]])
    return [f"Amounts are in several currencies, {each}: {remedies.add_rates}."]


def negative_amounts(n: int, cents: int, purse: Money) -> list[str]:
    """Closed deals with an amount below zero, and what they come to: they are in no sum."""
    if not n:
        return []
    worth = f", {phrases.money(cents, purse.currency)} in all" if purse.adds else ""
    carry, they = ("carries", "It counts as a deal, and is") if n == 1 else ("carry", "They count as deals, and are")
    return [
        f"{phrases.count(n, 'closed deal')} {carry} an amount below zero{worth}. {they} in no sum, average or rate by amount."
    ]


def dates(by: ByOutcome, as_of: AsOf, undated: int, after: int) -> list[str]:
    """Closed deals without a date, and closings later than the day of the study."""
    closed = by.closed.n
    told = []
    if closed and as_of.first_closed is None:
        told.append("No closed deal has a closing date: there is no trend, and nothing is said of recent months.")
    elif closed and undated > _UNDATED_SHARE * closed:
        told.append(
            f"{undated:,} of {closed:,} closed deals have no closing date: they are in the totals, in no period."
        )
    if after and as_of.day:
        one = "deal has a closing date" if after == 1 else "deals have a closing date"
        told.append(f"{after:,} closed {one} after {phrases.day(as_of.day)}: in the totals, in no period.")
    return told


def uneven_dates(shares: tuple[float, float] | None) -> str:
    """That wins and losses carry a closing date unequally often, so that rates by period are bent; else ""."""
    if shares is None:
        return ""
    won, lost = shares
    way = "low" if won < lost else "high"
    return (
        f"Closing dates are filled on {phrases.percent(won)} of won and {phrases.percent(lost)} of lost or no-decision deals: "
        f"win rates by period are too {way}, and only their course can be compared."
    )


def missing_reasons(losses: Side) -> list[str]:
    """That most losses carry no reason."""
    none = losses.bars[None].n if None in losses.bars else 0
    if not losses.n or none < _MISSING_SHARE * losses.n:
        return []
    if none == losses.n:
        return [
            f"No reason is given for any of {phrases.count(none, 'lost or no-decision deal')}: why deals are lost cannot be said."
        ]
    of = f"{none:,} of {losses.n:,} lost or no-decision deals"
    return [f"No reason is given for {of}: the reasons shown speak for the others only."]


def unclassified(by: ByOutcome, remedies: Remedies = AT_A_TERMINAL) -> list[str]:
    """How many deals say no outcome that was understood; they are in no rate."""
    n = by["unclassified"].n
    if not n:
        return []
    told = "is in no rate, for no value of its" if n == 1 else "are in no rate, for no value of their"
    return [f"{phrases.count(n, 'deal')} {told} stage or status was understood: {remedies.name_values}."]


def unread_reasons(losses: Side, remedies: Remedies = AT_A_TERMINAL) -> list[str]:
    """That more than a tenth of the reasons of losses were not understood."""
    unread = losses.bars[UNREAD].n if UNREAD in losses.bars else 0
    given = losses.told + unread
    if unread <= _UNREAD_SHARE * given:
        return []
    told = (
        f"The reason was not understood on {phrases.of(wilson(unread, given))} lost or no-decision deals that carry one"
    )
    return [f"{told}, so that each other reason may be given more often than shown: {remedies.name_values}."]


def ripeness(ripe: Ripeness) -> list[str]:
    """Months that have not had their time, and months of which the book holds a part only."""
    told = []
    young = [row for row in ripe.cohorts if not row.ripe and row.created]
    if young and ripe.after_days is not None and len(young) < len([row for row in ripe.cohorts if row.created]):
        closed, created = sum(row.closed for row in young), sum(row.created for row in young)
        # Where all of them have closed, it is those still open that the data lacks.
        those = f"({closed:,} of {created:,} have closed)" if closed < created else "(the data lacks those still open)"
        told.append(
            f"Deals created since {phrases.day(young[0].start)} are not ripe {those}: "
            f"nine of ten closings happen within {phrases.count(ripe.after_days, 'day')}."
        )
    cut = [row for row in ripe.cohorts if row.left_cut]
    if cut:
        told.append(
            f"The book begins with closings later than its first deals: of the {sum(row.created for row in cut):,} created "
            "before, the fast ones are missing, so those months cannot be compared."
        )
    return told


def only_closed(by: ByOutcome, whole: ByOutcome | None = None) -> list[str]:
    """That the export holds closed deals alone, or won ones alone, or lost ones alone.

    `whole` counts what was left out on request, too: open deals may be among them.
    """
    if why := one_sided(by):
        return [why]
    every = by if whole is None else whole
    if by.closed.n and not every["open"].n and not every["unclassified"].n:
        return ["The data holds closed deals only: what is still open is not counted anywhere."]
    return []


def spend(spent: Spend, by: ByOutcome, matched: Mapping[str, int] | None, as_of: AsOf) -> list[str]:
    """What was spent in all, how far campaigns match, and whether spend and closings cover the same days."""
    if spent.why_not:
        return [spent.why_not] if spent.cents else []
    won = by["won"].n
    told = []
    if spent.total_cents and won:
        total, each = (phrases.money(cents, spent.currency) for cents in (spent.total_cents, spent.total_cents // won))
        taken = f" It names no currency and is taken as {spent.currency}, as deals are." if spent.taken else ""
        told.append(f"Spend is {total} in all, {each} for each of {won:,} won deals whatever their channel.{taken}")
    if matched and (away := matched["deals"] - matched["matched"]) > _UNMATCHED_SHARE * matched["deals"]:
        missing = matched["campaigns"] - matched["campaigns_matched"]
        told.append(
            f"{away:,} of {matched['deals']:,} deals with a campaign ({phrases.percent(away / matched['deals'])}) name one "
            f"that is not in the spend ({missing:,} of {matched['campaigns']:,} campaigns): it cannot be said what they cost."
        )
    return told + _spans(spent, as_of)


def _spans(spent: Spend, as_of: AsOf) -> list[str]:
    if not (spent.first_on and spent.last_on and as_of.first_closed and as_of.day):
        return []
    apart = max(abs((spent.first_on - as_of.first_closed).days), abs((spent.last_on - as_of.day).days))
    if apart <= _SPAN_DAYS:
        return []
    said = (
        f"Spend covers {phrases.day(spent.first_on)} to {phrases.day(spent.last_on)}, closings "
        f"{phrases.day(as_of.first_closed)} to {phrases.day(as_of.day)}: cost per won deal compares different days."
    )
    return [said]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOutDeals:
    """What was left out on request: the segments, and how many deals (closed, won) they hold."""

    segments: tuple[str, ...] = ()
    deals: int = 0
    closed: int = 0
    won: int = 0


def left_out(out: LeftOutDeals) -> list[str]:
    """What was left out on request."""
    if not out.segments:
        return []
    named = phrases.listed(out.segments)
    if not out.deals:
        return [f"Left out on request: {named}, which matches no deal."]
    won = (
        f"{phrases.of(wilson(out.won, out.closed))} of those closed were won"
        if out.closed
        else "none of them is closed"
    )
    left = f"{phrases.count(out.deals, 'deal')} left out on request ({named})"
    return [f"{left}: {won}; no figure but the count of rows holds them."]


def set_by_hand(as_of: AsOf, later: int) -> list[str]:
    """How many deals count as open because they closed after the day that was set."""
    if not later or as_of.day is None:
        return []
    return [
        f"As of {phrases.day(as_of.day)}, set by hand: {phrases.count(later, 'deal')} closed later and count as open."
    ]

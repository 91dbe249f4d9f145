"""How far the data can be trusted: coverage, contradictions, the shape in which it was entered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from winloss.stats.estimate import Estimate
from winloss.stats.shares import wilson
from winloss.synthesize import phrases
from winloss.synthesize.as_of import AsOf
from winloss.synthesize.glossary import OTHER, UNKNOWN, Glossary
from winloss.synthesize.intake import IntakeFacts, ProblemFact
from winloss.synthesize.reasons import Side
from winloss.synthesize.remedies import AT_A_TERMINAL, Remedies
from winloss.synthesize.ripeness import Ripeness
from winloss.synthesize.study import CoverageRow, Issue
from winloss.synthesize.totals import ByOutcome, Money, far_apart
from winloss.tables import TABLES, Role
from winloss.tables.custom import CustomColumn, Use

LABELS = {"reason_raw": "Reason", "competitor_raw": "Competitor", "amount_cents": "Amount", "account_id": "Account"}
CORE = (
    "amount_cents",
    "created_on",
    "closed_on",
    "owner_id",
    "account_id",
    "lead_source",
    "reason_raw",
    "competitor_raw",
)
"""Shown even where no deal fills them: a report wants these."""
_NOT_SHOWN = frozenset(
    [
        "created_at",
        "closed_at",
        "modified_at",
        "deal_stage_kind",
        "stage_kind",
        "loss_reason_raw",
        "win_reason_raw",
        "account_name",
        "deal_name",
        "currency",
    ]
)

_SAME_AS = {
    "loss_reason_on_open": "reason_on_open",
    "stray_closing_dates": "closed_after_as_of",
    "repeated_ids": "folded_rows",
}
"""What reading calls a trouble that is counted here over the whole book."""

REP_LOSSES = 20
REP_SHARE = 0.8
USUAL_REASON_SHARE = 0.5
"""Where one reason is so frequent in the whole book, a rep who gives mostly that one is no surprise."""
MONTH_END_SHARE = 0.5
DAY_SHARE = 0.1
ENTRY_DEALS = 30
SAME_SECOND_DEALS = 20


def fields(custom: Sequence[CustomColumn]) -> dict[str, str]:
    """The fields whose coverage is told, with their labels."""
    declared = {
        column.name: LABELS.get(column.name, column.title)
        for column in TABLES["deals"].columns
        if column.role not in (Role.KEY, Role.PROVENANCE) and column.name not in _NOT_SHOWN
    }
    return declared | {column.name: column.label for column in custom if column.use is not Use.IGNORED}


def coverage(counted: Iterable[Mapping[str, Any]], labels: Mapping[str, str]) -> tuple[CoverageRow, ...]:
    """How often each field is filled on closed deals; rows of `aggregate.quality.coverage`.

    Fields that no closed deal fills are left out, but for the ones that a report wants.
    """
    sides = {row["is_won"]: row for row in counted}
    closed = sum(row["n_closed"] for row in sides.values())
    if not closed:
        return ()
    rows = []
    for name, label in labels.items():
        filled = sum(row[name] for row in sides.values())
        if filled or name in CORE:
            rows.append(
                CoverageRow(
                    field=name,
                    label=label,
                    filled=filled,
                    closed=closed,
                    share=filled / closed,
                    share_won=_part(sides.get(True), name),
                    share_lost=_part(sides.get(False), name),
                )
            )
    return tuple(rows)


def uneven(rows: Iterable[CoverageRow], name: str) -> tuple[float, float] | None:
    """Shares of won and of other closed deals that fill a field, where they are too far apart to compare; else None."""
    row = next((row for row in rows if row.field == name), None)
    if row is None or row.share_won is None or row.share_lost is None:
        return None
    return far_apart(row.share_won, row.share_lost)


def _part(side: Mapping[str, Any] | None, name: str) -> float | None:
    return None if side is None else side[name] / side["n_closed"]


def reason_coverage(losses: Side) -> Estimate:
    """Share of losses that carry a reason, understood or not."""
    if not losses.n:
        return Estimate.refused("No loss yet.")
    return wilson(losses.n - (losses.bars[None].n if None in losses.bars else 0), losses.n)


def other_or_unknown(losses: Side) -> Estimate:
    """Share of the losses with an understood reason for which it is Other or Unknown."""
    if not losses.told:
        return Estimate.refused("No reason yet.")
    return wilson(sum(losses.bars[code].n for code in (OTHER, UNKNOWN) if code in losses.bars), losses.told)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What the entry of the deals looks like; rows of `aggregate.quality` and of `aggregate.periods.closings`."""

    contradictions: Mapping[str, int]
    outside: Mapping[str, int]
    reasons_by_rep: Sequence[Mapping[str, Any]]
    same_instant: Mapping[str, int]
    closings: Sequence[Mapping[str, Any]]
    repeated: Mapping[str, int]
    repeated_names: bool
    """The repeated rows are deals of equal name, account, amount and dates with ids of their own."""
    several_competitors: int = 0
    """Closed deals that name more than one."""
    negative: int = 0
    """Closed deals with an amount below zero."""
    zeros: tuple[int, int] = (0, 0)
    """Won deals, and lost or no-decision ones, with an amount of 0."""


def issues(  # noqa: PLR0913  # what was counted, and how it is said
    shape: Shape,
    *,
    by: ByOutcome,
    as_of: AsOf,
    ripeness: Ripeness,
    losses: Side,
    purse: Money,
    intake: IntakeFacts,
    glossary: Glossary,
    remedies: Remedies = AT_A_TERMINAL,
) -> tuple[Issue, ...]:
    """All trouble in the data, what was counted here first, then what reading met."""
    ours = [
        *_set_aside(intake, remedies),
        *_contradictions(shape.contradictions),
        *_dates(shape.outside, as_of),
        *_entry(shape, losses, glossary),
        *_repeated(shape),
        *_several(shape.several_competitors),
        *_negative(shape.negative),
        *_zeros(*shape.zeros),
        *_unread(by, losses, remedies),
        *_immature(ripeness),
        *_unnamed_currency(purse),
    ]
    said = {problem.code for problem in intake.problems}
    # Reading knows the line to add to the map, so its word on what it could not classify is the better one.
    ours = [issue for issue in ours if not (issue.code == "unclassified_deals" and "unclassified_outcome" in said)]
    met = [problem for problem in intake.problems if not _told_already(problem, ours)]
    return (*ours, *(_met(problem, remedies) for problem in met))


def _met(problem: ProblemFact, remedies: Remedies) -> Issue:
    """What reading met, and what to do about it in the words of where that is read."""
    return Issue(code=problem.code, message=remedies.telling(problem), count=problem.count, examples=problem.examples)


def _told_already(problem: ProblemFact, ours: Iterable[Issue]) -> bool:
    """True where the book was counted for the same trouble; repeated rows of another file are another trouble."""
    name = _SAME_AS.get(problem.code, problem.code)
    return any(issue.code == name and (name != "repeated_rows" or issue.count == problem.count) for issue in ours)


def _set_aside(intake: IntakeFacts, remedies: Remedies) -> Iterable[Issue]:
    if intake.rejected:
        where = f" They are in {intake.rejects}." if intake.rejects and remedies.names_files else ""
        yield Issue(
            code="rejected_rows",
            message=f"Rows with a value that could not be read were set aside.{where}",
            count=intake.rejected,
            kept_out_of="everything",
        )
    if intake.folded:
        yield Issue(
            code="folded_rows",
            message=f"Rows repeat the id of another one: {_kept(intake)}.",
            count=intake.folded,
            kept_out_of="everything",
        )


def _kept(intake: IntakeFacts) -> str:
    """Which of several rows with one id counts."""
    if any(column.target == "modified_at" for column in intake.columns):
        return "the last changed was kept"
    if intake.columns:
        return "no column says which is the latest, so the last one read was kept"
    return "the last changed was kept, or the last one read where no column says which that is"


_CONTRADICTIONS = {
    "closed_before_created": ("Deals closed before they were created.", "sales cycle, maturity"),
    "loss_reason_on_won": ("Won deals carry a reason of a loss.", "reasons"),
    "stage_against_outcome": ("The deal stage says another outcome than the status.", "deal stages at loss"),
    "undated": ("{undated} have no closing date.", "trend, sales cycle, the last 90 days, recovery"),
    "reason_on_open": ("Deals that are not closed carry a reason.", "reasons"),
}


def _contradictions(counted: Mapping[str, int]) -> Iterable[Issue]:
    for code, (message, kept_out_of) in _CONTRADICTIONS.items():
        if counted[code]:
            name = "closed_without_date" if code == "undated" else code
            told = message.format(undated=_undated(counted["closed_without_date"], counted[code]))
            yield Issue(code=name, message=told, count=counted[code], kept_out_of=kept_out_of)


def _undated(closed: int, ended: int) -> str:
    """Which deals have no closing date: the closed ones, of which the first page speaks, and junk."""
    if ended == closed:
        return "Closed deals"
    if not closed:
        return "Disqualified deals"
    return f"{closed:,} closed deals and {phrases.count(ended - closed, 'disqualified one')}"


def _dates(outside: Mapping[str, int], as_of: AsOf) -> Iterable[Issue]:
    if as_of.day and outside.get("after"):
        yield Issue(
            code="closed_after_as_of",
            message=f"Closing dates lie after {phrases.day(as_of.day)}, the last credible date.",
            count=outside["after"],
            kept_out_of="trend, the last 90 days, recovery",
        )
    if as_of.first_closed and outside.get("before"):
        yield Issue(
            code="closed_before_first",
            message=f"Closing dates lie alone, long before {phrases.day(as_of.first_closed)}.",
            count=outside["before"],
            kept_out_of="trend",
        )


def _entry(shape: Shape, losses: Side, glossary: Glossary) -> Iterable[Issue]:
    yield from _month_ends(shape.closings)
    yield from _one_day(shape.closings)
    yield from _one_reason(shape.reasons_by_rep, losses, glossary)
    if shape.same_instant["deals"]:
        yield Issue(
            code="closed_in_one_second",
            message=f"Deals were closed in the same second as others, up to {shape.same_instant['most']:,} at once: "
            "closed in bulk, so that their dates say when somebody tidied up.",
            count=shape.same_instant["deals"],
        )


def _month_ends(closings: Sequence[Mapping[str, Any]]) -> Iterable[Issue]:
    total = sum(row["n"] for row in closings)
    last = sum(row["n"] for row in closings if (row["closed_on"] + dt.timedelta(days=1)).day == 1)
    first = sum(row["n"] for row in closings if row["closed_on"].day == 1)
    if total < ENTRY_DEALS or len(closings) < 3:
        return
    for code, n, which in (("closed_at_month_end", last, "last"), ("closed_at_month_start", first, "first")):
        if n >= MONTH_END_SHARE * total:
            yield Issue(
                code=code,
                message=f"{phrases.percent(n / total)} of closings are dated on the {which} day of a month: "
                "the dates say the month, not the day.",
                count=n,
            )


def _one_day(closings: Sequence[Mapping[str, Any]]) -> Iterable[Issue]:
    total = sum(row["n"] for row in closings)
    if len(closings) < 20:
        return
    full = [row for row in closings if row["n"] >= max(ENTRY_DEALS, DAY_SHARE * total)]
    for row in full:
        yield Issue(
            code="closed_on_one_day",
            message=f"{phrases.percent(row['n'] / total)} of closings are of one day, "
            f"{phrases.day(row['closed_on'])} ({row['won']:,} of them won): somebody tidied up, or the date was filled in.",
            count=row["n"],
        )


def _one_reason(reps: Sequence[Mapping[str, Any]], losses: Side, glossary: Glossary) -> Iterable[Issue]:
    told = sum(bar.n for code, bar in losses.bars.items() if code in glossary.reasons)
    # 1.0 stands in where nothing was told: no reason is then surprising.
    usual = {code: bar.n / told if told else 1.0 for code, bar in losses.bars.items()}
    same = [
        rep
        for rep in reps
        if rep["losses"] >= REP_LOSSES
        and rep["most"] > REP_SHARE * rep["losses"]
        and usual.get(rep["reason"], 0.0) < USUAL_REASON_SHARE
    ]
    if same:
        who = "One rep gives" if len(same) == 1 else f"{len(same)} reps give"
        yield Issue(
            code="one_reason_per_rep",
            message=f"{who} one and the same reason on more than {100 * REP_SHARE:.0f} % of losses: "
            "these deals may say more about the form than about the buyers.",
            count=sum(rep["most"] for rep in same),
        )


def _repeated(shape: Shape) -> Iterable[Issue]:
    n = shape.repeated["n"] - shape.repeated["n_distinct"]
    if n and shape.repeated_names:
        yield Issue(
            code="same_deal_twice",
            message="Deals equal another one in name, account, amount and dates, under an id of their own.",
            count=n,
        )
    elif n:
        yield Issue(code="repeated_rows", message="Rows equal another one in every column; they are kept.", count=n)


def _several(n: int) -> Iterable[Issue]:
    if n:
        yield Issue(
            code="several_competitors", message="Closed deals name several competitors: the first one counts.", count=n
        )


def _negative(n: int) -> Iterable[Issue]:
    if n:
        yield Issue(
            code="negative_amount",
            message="Closed deals carry an amount below zero, as a refund does: their amount is not taken as known.",
            count=n,
            kept_out_of="sums, averages, medians, shares and rates by amount",
        )


def _zeros(won: int, lost: int) -> Iterable[Issue]:
    if won + lost:
        yield Issue(
            code="zero_amount",
            message=f"Closed deals carry an amount of 0 ({won:,} won, {lost:,} lost or no decision): it is taken as not known.",
            count=won + lost,
            kept_out_of="sums, averages, medians, shares and rates by amount",
        )


def _unread(by: ByOutcome, losses: Side, remedies: Remedies) -> Iterable[Issue]:
    if by["unclassified"].n:
        yield Issue(
            code="unclassified_deals",
            message=f"Deals whose stage or status says no outcome yet: {remedies.name_values}.",
            count=by["unclassified"].n,
            kept_out_of="everything but the counts",
        )
    unread = losses.bars["unread"].n if "unread" in losses.bars else 0
    if unread:
        yield Issue(
            code="unread_reasons",
            message=f"Losses carry a reason that was not understood: {remedies.name_values}.",
            count=unread,
        )


def _immature(ripeness: Ripeness) -> Iterable[Issue]:
    if ripeness.after_days is None:
        return
    young = [row for row in ripeness.cohorts if not row.ripe and row.created]
    if young:
        yield Issue(
            code="immature_months",
            message=f"Deals created since {phrases.day(young[0].start)} have not had their time: "
            f"nine of ten closings happen within {phrases.count(ripeness.after_days, 'day')}.",
            count=sum(row.created for row in young),
        )


def _unnamed_currency(purse: Money) -> Iterable[Issue]:
    unnamed = sum(n for name, n in purse.currencies if not name)
    if unnamed and purse.currency:
        yield Issue(
            code="currency_not_named",
            message=f"Amounts name no currency; they are taken as {purse.currency}.",
            count=unnamed,
        )


def same_deal(columns: Sequence[str], intake: IntakeFacts) -> tuple[list[str], list[str]]:
    """By which fields two rows are one deal, and which of them must be filled.

    Where the source has ids of its own, equal content under two ids is suspicious only if name and dates agree too;
    without ids every column counts, and none must be filled.
    """
    if not intake.columns or any(column.target == "deal_id" for column in intake.columns):
        return ["deal_name", "account_id", "amount_cents", "created_on", "closed_on", "outcome"], [
            "deal_name",
            "created_on",
            "amount_cents",
        ]
    content = [c.name for c in TABLES["deals"].columns if c.role not in (Role.KEY, Role.PROVENANCE)]
    return [name for name in columns if name in content or name.startswith("x_")], []

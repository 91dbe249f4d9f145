"""What to do about what is established, by rule; and which content the losses ask for.

An action stands on one established finding whose difference survives inside its strongest rival explanation. Where
there is none, none is proposed: that is a right answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from winloss.stats.estimate import Estimate
from winloss.stats.power import detectable_difference
from winloss.synthesize import phrases
from winloss.synthesize.channels import SPEND_FIELDS, Came, came
from winloss.synthesize.finding import Finding, Kind, Status
from winloss.synthesize.glossary import Glossary
from winloss.synthesize.ranking import COMPETITOR, REASON, WIN_RATE, better, stands, weight
from winloss.synthesize.reasons import Side
from winloss.synthesize.study import AttributeTable, ContentGapRow, ProposedAction
from winloss.tables.segment import Condition, Segment

MOST = 5
GAP_SHARE = 0.2
GAP_LOSSES = 30
_MOST_DEALS = 100_000
_HALF = 0.5
"""Closing half of the difference is what an action is asked to show."""

_BY_REASON = {
    "indecision_timing": "In {where}, give buyers a small first step and a day to decide, and show what waiting costs",
}
_BY_POINT = {
    "pricing": "Give reps a value case and a price guide for {where}, to be used before the first offer",
    "product": "Take those lost among {where} to product, agree on what will change, and on what sales says until then",
    "marketing": "Make what is missing for {where}: {gap}",
    "sales": "Go through ten that were lost among {where} in the team, and change one step of the sale",
    "buyer": "Ask for a second sponsor in {where} before the proposal goes out",
    "qualification": "Set entry rules for {where}, so that deals without a need end early",
}

_BY_CHANNEL = {
    Came.PAID: (
        "Put more of the spend into {where}",
        "Question what is spent on {where}, and test with less of it",
    ),
    Came.OWNED: (
        "Do more of what brings {where}: find the pages, mails and calls behind them",
        "Find out what the buyers behind {where} were promised before they came, and mend that",
    ),
    Came.REFERRAL: (
        "Ask those who send {where} for more, and make it easy to send others",
        "Tell those who send {where} which buyers fit, and ask for fewer and better ones",
    ),
    Came.UNKNOWN: (
        "Find out what brings {where}, and do more of it",
        "Find out what brings {where} and what it costs, and test with less of it",
    ),
}
"""What to do where a channel wins more, and where it wins less."""


@dataclass(frozen=True, slots=True)
class _Words:
    glossary: Glossary
    labels: Mapping[str, str]
    values: Mapping[str, str]
    """What a segment of one value is called, by its text form."""

    @classmethod
    def of(cls, glossary: Glossary, attributes: Iterable[AttributeTable]) -> _Words:
        tables = list(attributes)
        values = {
            level.segment: f"{_lower(table.label)} {level.value}"
            for table in tables
            for level in table.levels
            if level.kind == "value" and level.segment
        }
        return cls(glossary, {table.name: table.label for table in tables}, values)

    def where(self, finding: Finding) -> str:
        """`deals with lead source Web and region North`."""
        conditions = Segment.parse(finding.segment).conditions
        return f"deals with {phrases.listed([self._said(one) for one in conditions])}" if conditions else "all deals"

    def _said(self, condition: Condition) -> str:
        if told := self.values.get(str(Segment((condition,)))):
            return told
        if condition.field == "amount_cents" and condition.kind == "between":
            low, high = (phrases.money(int(float(cents)), None) for cents in condition.values)
            return f"{_lower(self.labels.get('deal_size', 'Amount'))} from {low} to {high}"
        field = _lower(self.labels.get(condition.field) or condition.field.removeprefix("x_").replace("_", " "))
        if condition.kind == "between":
            low, high = condition.values
            return f"{field} from {low} to {high}"
        if condition.kind == "blank":
            return f"no {field}"
        return f"{field} {' or '.join(condition.values)}"


def propose(
    findings: Iterable[Finding], glossary: Glossary, attributes: Iterable[AttributeTable] = ()
) -> tuple[tuple[ProposedAction, ...], str]:
    """At most five actions, those with most deals at stake first, at most one a segment; or why there are none.

    `attributes` say what a reader calls fields and their values.
    """
    words = _Words.of(glossary, attributes)
    established = [f for f in findings if f.status is Status.ESTABLISHED]
    if not established:
        return (), "Nothing is established in this book, so there is nothing to act on yet."
    actions: list[ProposedAction] = []
    for finding in sorted(filter(stands, established), key=lambda f: (-weight(f), f.id)):
        action = _action(finding, words)
        if action is not None and action.segment not in {other.segment for other in actions}:
            actions.append(action)
    if not actions:
        return (), "What is established may be owed to something else, or is nothing one can act on."
    return tuple(actions[:MOST]), ""


def _action(finding: Finding, words: _Words) -> ProposedAction | None:
    better_here = better(finding)
    if better_here is None or finding.comparison is None:
        return None
    if finding.measure.startswith(REASON):
        return _about_reason(finding, finding.measure.removeprefix(REASON), words)
    if finding.measure.startswith(COMPETITOR):
        rival = finding.measure.removeprefix(COMPETITOR)
        do = f"Write down how to win against {rival} in {words.where(finding)}, from the deals that were won there"
        return _written(finding, do, "marketing", losses=f"to {rival}")
    if finding.measure.split(":")[0] == WIN_RATE:
        return _about_win_rate(finding, words, better_here=better_here)
    return None


def _about_reason(finding: Finding, code: str, words: _Words) -> ProposedAction | None:
    points_at = words.glossary.points_at(code)
    do = _BY_REASON.get(code) or _BY_POINT.get(points_at)
    if do is None:
        return None
    gap = words.glossary.content_gap(code) or "proof for the claims that are doubted"
    losses = f"for {_lower(words.glossary.label(code))}"
    return _written(finding, do.format(where=words.where(finding), gap=_lower(gap)), points_at, losses=losses)


def _about_win_rate(finding: Finding, words: _Words, *, better_here: bool) -> ProposedAction | None:
    where = words.where(finding)
    if any(one.field == "deal_type" for one in Segment.parse(finding.segment).conditions):
        return None  # a renewal is won more often than new business, and is no choice of whom to sell to
    if finding.kind is Kind.SEASON and better_here:
        month = {"1": "first", "2": "second", "3": "third"}.get(finding.measure[-1:], "best")
        do = f"Compare how deals are closed in the {month} month of a quarter with the others, and bring what works forward"
        return _written(finding, do, "sales")
    if finding.kind in (Kind.CHANNEL, Kind.CONTENT):
        more, less = _BY_CHANNEL[_came(finding)]
        return _written(finding, (more if better_here else less).format(where=where), "marketing")
    if finding.kind is Kind.SEGMENT:
        do = (
            f"Aim more of the outreach at {where}"
            if better_here
            else f"Go through ten that were lost among {where}, then mend the offer there or stop aiming at them"
        )
        return _written(finding, do, "marketing" if better_here else "sales")
    return None


def _came(finding: Finding) -> Came:
    """How the buyers of the finding's deals came; unknown where its channels came in several ways."""
    conditions = {one.field: one for one in Segment.parse(finding.segment).conditions}
    channel = next((conditions[name] for name in SPEND_FIELDS if name in conditions), None)
    ways = {came(value) for value in channel.values} if channel is not None else set()
    return ways.pop() if len(ways) == 1 else Came.UNKNOWN


def _lower(text: str) -> str:
    # An abbreviation keeps its capitals.
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


def _written(finding: Finding, do: str, points_at: str, *, losses: str = "") -> ProposedAction:
    # A good month is not made more frequent: it is the other months that should move.
    now = finding.comparison if finding.kind is Kind.SEASON and finding.comparison else finding.here
    goal = _goal(finding)
    needed = deals_until_told(now, goal) if goal is not None else None
    return ProposedAction(
        do=do + ".",
        finding=finding.id,
        segment=finding.segment,
        measure=finding.measure,
        expect=_expected(finding, now, goal, needed, losses),
        deals_until_told=needed,
        points_at=points_at,
    )


def _goal(finding: Finding) -> float | None:
    """The middle between here and the rest; None where deals go better here and there should be more of them."""
    here, rest = finding.here.value, finding.comparison.value if finding.comparison else None
    if here is None or rest is None or (better(finding) and finding.kind is not Kind.SEASON):
        return None
    return here + _HALF * (rest - here)


def _expected(finding: Finding, now: Estimate, goal: float | None, needed: int | None, losses: str) -> str:
    """`losses` says which share of losses should move: "to Vornexa", "for price & value"."""
    here = now.value or 0.0
    if goal is None:
        return f"More deals of this kind, won as often as now ({phrases.percent(here)})."
    of_wins = finding.measure.startswith(WIN_RATE)
    what, of = ("The win rate", "closed") if of_wins else (f"The share of losses {losses}", "lost or no-decision")
    what = "The win rate of the other months" if finding.kind is Kind.SEASON else what
    way = "up" if goal > here else "down"
    told = f"it takes {needed:,} more {of} deals to tell" if needed else "there are too few deals to tell"
    return f"{what} goes {way} from {phrases.percent(here)} to {phrases.percent(goal)}, half of the difference; {told}."


def deals_until_told(now: Estimate, goal: float) -> int | None:
    """How many more deals it takes to tell, with a power of 80 %, that a share moved from `now` to `goal`.

    Parameters
    ----------
    now
        The share today; its n is what there is to compare with.
    goal
        The share hoped for, 0-1.

    Returns
    -------
    int or None
        None where the deals there are cannot tell, however many follow (up to 100,000).
    """
    if now.value is None or goal == now.value:
        return None
    wanted, way = abs(goal - now.value), 1 if goal > now.value else -1

    def told(n: int) -> bool:
        seen = detectable_difference(n, now.n, now.value or 0.0, way=way)
        return seen is not None and seen <= wanted

    if not told(_MOST_DEALS):
        return None
    low, high = 0, _MOST_DEALS
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if told(middle) else (middle, high)
    return high


def content_gaps(losses: Side, findings: Iterable[Finding], glossary: Glossary) -> tuple[ContentGapRow, ...]:
    """Reasons whose content gap the evidence carries.

    A reason is listed for the whole book where it is given for at least 20 % of at least 30 losses, and for a segment
    where an established finding says that it is given there more often than elsewhere.
    """
    wide = [
        _gap(code, "", losses.share(code), "", glossary)
        for code, bar in losses.bars.items()
        if losses.n >= GAP_LOSSES and bar.n >= GAP_SHARE * losses.n and glossary.content_gap(code)
    ]
    narrow = [
        _gap(code, f.segment, f.here, f.id, glossary)
        for f in findings
        if f.status is Status.ESTABLISHED and f.measure.startswith(REASON) and better(f) is False
        if glossary.content_gap(code := f.measure.removeprefix(REASON))
    ]
    return tuple(_ordered(wide) + _ordered(narrow))


def _ordered(rows: Sequence[ContentGapRow]) -> list[ContentGapRow]:
    return sorted(rows, key=lambda row: (-(row.share.value or 0.0), row.reason, row.segment))


def _gap(code: str | None, segment: str, share: Estimate, finding: str, glossary: Glossary) -> ContentGapRow:
    return ContentGapRow(
        reason=code or "",
        label=glossary.label(code),
        gap=glossary.content_gap(code),
        segment=segment,
        share=share,
        finding=finding,
    )

"""The sentences of an action: what was seen, how sure that is, and what follows. Short and blameless.

An effect is the change here less the change of what it is compared with: points of a share, or per cent of the days to close.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from winloss.act.action import Action
from winloss.act.measurement import Decision, Look, Measurement, Method, Plan, Portfolio, Span, Standing, Verdict
from winloss.act.measures import Measure, MeasureKind
from winloss.capture.taxonomy import shipped
from winloss.report import figures as fig
from winloss.report import wording
from winloss.stats.estimate import Estimate
from winloss.synthesize import phrases
from winloss.synthesize.claims import in_sentence
from winloss.synthesize.glossary import Glossary
from winloss.tables.deals import DEALS
from winloss.tables.segment import Segment

_SMALL = 0.03
"""Sizes under three points or per cent keep a decimal."""


def _fields() -> dict[str, str]:
    return {column.name: column.title for column in DEALS.columns}


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What a reader sees for the fields of segments, and for reasons."""

    fields: Mapping[str, str] = field(default_factory=_fields)
    glossary: Glossary = field(default_factory=lambda: Glossary.of(shipped()))
    currency: str | None = None

    def segment(self, segment: Segment) -> str:
        """`industry Logistics, region North`, in a sentence."""
        if not segment.conditions:
            return "all deals"
        return in_sentence(wording.segment(str(segment), dict(self.fields), self.currency))

    def measure(self, measure: Measure) -> str:
        """What is measured, in a sentence: `win rate`, `share of losses to Vornexa`."""
        told = {
            MeasureKind.WIN_RATE: "win rate",
            MeasureKind.REASON: f"share of losses for {self.glossary.label(measure.target)}",
            MeasureKind.COMPETITOR: f"share of losses to {measure.target}",
            MeasureKind.CONVERSION: f"share that goes from {measure.stages[0]} to {measure.stages[1]}",
            MeasureKind.CYCLE_DAYS: "time to close",
            MeasureKind.REASON_COVERAGE: "share of losses with a reason",
        }
        return told[measure.kind]

    def subject(self, action: Action) -> str:
        """`win rate of industry Logistics`, `share of losses to Vornexa in industry Logistics`."""
        joins = "of" if action.measure.kind in {MeasureKind.WIN_RATE, MeasureKind.CYCLE_DAYS} else "in"
        return f"{self.measure(action.measure)} {joins} {self.segment(action.segment)}"


# --- figures --------------------------------------------------------------------------------------------------------


def size(effect: float, measure: Measure) -> str:
    """An effect without its sign: `14 points` of a share, `12 %` of the days."""
    return f"{_bare(effect)} points" if measure.is_share else f"{_bare(effect)}{fig.NBSP}%"


def signed(effect: float, measure: Measure) -> str:
    """An effect with its sign: `+14 points`, `−12 %`."""
    return f"{_sign(effect)}{size(effect, measure)}"


def bounds(effect: Estimate) -> str:
    """The interval: `4 to 24` where both ends have one sign (which the verb says), else `−6 to +9`; "" without one."""
    if effect.low is None or effect.high is None:
        return ""
    if effect.low * effect.high > 0:
        near, far = sorted((effect.low, effect.high), key=abs)
        return f"{_bare(near)} to {_bare(far)}"
    return f"{_sign(effect.low)}{_bare(effect.low)} to {_sign(effect.high)}{_bare(effect.high)}"


def signed_effect(effect: Estimate, measure: Measure) -> str:
    """An effect with its interval, both signed: `+14 points (+4 to +24)`; why there is none."""
    if effect.value is None:
        return effect.why
    told = signed(effect.value, measure)
    if effect.low is None or effect.high is None:
        return told
    low, high = (f"{_sign(end)}{_bare(end)}" for end in (effect.low, effect.high))
    return f"{told} ({low} to {high})"


def _bare(effect: float) -> str:
    percent = abs(100 * effect)
    return f"{percent:.1f}" if percent < 100 * _SMALL - 1e-9 else f"{percent:.0f}"


def _sign(effect: float) -> str:
    if _bare(effect) == "0.0":
        return ""
    return "+" if effect > 0 else phrases.MINUS


def moved(effect: Estimate, measure: Measure) -> str:
    """`rose 14 points (4 to 24)`, `became 12 % shorter (5 to 19)`."""
    value = effect.value or 0.0
    if measure.is_share:
        told = f"{'rose' if value > 0 else 'fell'} {size(value, measure)}"
    else:
        told = f"became {size(value, measure)} {'longer' if value > 0 else 'shorter'}"
    return f"{told} ({between})" if (between := bounds(effect)) else told


def value(number: Estimate, measure: Measure) -> str:
    """One plain value with its count: `81 of 342 (23.7 %)`, `44 days (n 300)`."""
    if number.value is None:
        return number.why
    return fig.rate(number) if measure.is_share else f"{fig.days(number.value)} (n{fig.NBSP}{fig.count(number.n)})"


# --- what it says ---------------------------------------------------------------------------------------------------


def heading(told: Measurement, names: Names) -> str:
    """The answer, in a sentence with its number."""
    subject = names.subject(told.action)
    if told.verdict is None:
        return _without(told, subject)
    if told.verdict is Verdict.NO_CHANGE:
        return f"No change seen in the {subject}: {signed_effect(told.effect, told.action.measure)}"
    if told.verdict is Verdict.TOO_FEW:
        return f"Too few deals to tell whether the {subject} changed"
    return f"{_capital(subject)} {moved(told.effect, told.action.measure)} {against(told, names)}: {told.verdict}"


def _without(told: Measurement, subject: str) -> str:
    if told.standing is Standing.PLANNED:
        return f"Planned: the {subject}, from {fig.day(told.window.first)}"
    if told.standing is Standing.RUNNING:
        return f"Running: the {subject}, until {fig.day(told.window.last)}"
    if told.standing is Standing.RIPENING:
        return f"Ended, its deals still open: the {subject}, a verdict from {fig.day(told.told_on)}"
    return f"No verdict on the {subject}"


def against(told: Measurement, names: Names) -> str:
    """What the change is held against."""
    if told.method is Method.SERIES:
        return "against its own course before"
    beside = told.action.compared_with
    return "against the rest" if beside is None else f"against {names.segment(beside)}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def sentences(told: Measurement, names: Names) -> list[str]:
    """What stands under the heading, the answer's own numbers first."""
    lines = [window(told), counted(told), *_why(told), *_checks(told, names)]
    return [line for line in lines if line]


def window(told: Measurement) -> str:
    """The days measured, and as of when."""
    span = fig.span(told.window.first, told.window.last)
    before = f", held against {_spans(told)}" if told.baseline else ""
    return f"{_capital(str(told.action.basis))} {span}{before}; as of {fig.day(told.as_of)}."


def _spans(told: Measurement) -> str:
    return phrases.listed([fig.span(span.first, span.last) for span in told.baseline])


def counted(told: Measurement) -> str:
    """The plain values with their counts, here and in the rest; "" before a look is due."""
    measure = told.action.measure
    if not told.effect.given and told.standing is not Standing.TOLD:
        return ""
    if not told.here_before.given and not told.here_after.given:
        return ""
    here = f"Here {value(told.here_before, measure)} before, {value(told.here_after, measure)} since."
    if told.method is not Method.DIFFERENCES:
        return here
    rest = f"The rest {value(told.rest_before, measure)} before, {value(told.rest_after, measure)} since."
    return f"{here} {rest}"


def _why(told: Measurement) -> list[str]:
    if told.verdict is None:
        return [told.why, progress(told)]
    if told.verdict is Verdict.NO_CHANGE:
        return [ruled_out(told)]
    if told.verdict is Verdict.TOO_FEW:
        seen = signed_effect(told.effect, told.action.measure) if told.effect.given else ""
        return [f"Seen: {seen}." if seen else "", could_show(told)]
    return []


def progress(told: Measurement) -> str:
    """How much of what was expected is there; "" once all is told."""
    there = told.exposed + told.partly_exposed
    if told.standing not in {Standing.RUNNING, Standing.RIPENING} or not there:
        return ""
    expected = f" of {fig.count(told.plan.deals_expected)} expected" if told.plan.deals_expected else ""
    unripe = f"; {fig.plural(told.unripe, 'deal')} not ripe yet, left out" if told.unripe else ""
    return f"So far {fig.plural(there, 'deal')}{expected}{unripe}."


def ruled_out(told: Measurement) -> str:
    """Which effects the interval leaves out."""
    low, high, measure = told.effect.low, told.effect.high, told.action.measure
    if low is None or high is None:
        return ""
    up, down = ("a rise", "a fall") if measure.is_share else ("a time longer by", "a time shorter by")
    of = " of" if measure.is_share else ""
    goal = size(told.plan.goal, measure)
    return (
        f"Ruled out: {up}{of} more than {size(max(high, 0.0), measure)}, "
        f"{down}{of} more than {size(min(low, 0.0), measure)}. The goal was {goal}."
    )


def could_show(told: Measurement) -> str:
    """What was promised before it began, what came, and how long it would take to see the goal."""
    plan, measure = told.plan, told.action.measure
    if plan.why:
        return plan.why
    deals = f"{fig.plural(plan.deals_expected, 'deal')} expected, {fig.count(told.here_after.n)} came"
    if plan.detectable is None:
        return f"Before it began, no effect would have been seen four times in five ({deals})."
    seen = (
        f"Before it began, the smallest effect seen four times in five was {size(plan.detectable, measure)} ({deals})."
    )
    return f"{seen} {takes(plan, measure)}"


def takes(plan: Plan, measure: Measure) -> str:
    """How long a window would see the goal."""
    goal = size(plan.goal, measure)
    if plan.days_for_goal is None:
        return f"To see {goal} takes longer than two years."
    return f"To see {goal} takes a window of {fig.plural(plan.days_for_goal, 'day')}."


def power(plan: Plan, action: Action) -> list[str]:
    """The power statement, before it starts."""
    if plan.why:
        return [f"Nothing can be promised before it starts: {plan.why}"]
    measure = action.measure
    window, pace = fig.plural(action.days, "day"), fig.plural(plan.deals_expected, "deal")
    told = [
        f"Expected in its {window}: {pace} ({fig.count(plan.deals_before)} to hold them against).",
        "No effect would be seen four times in five."
        if plan.detectable is None
        else f"The smallest effect seen four times in five: {size(plan.detectable, measure)}.",
    ]
    if plan.power is not None:
        told.append(f"The goal, {size(plan.goal, measure)}, would be seen {round(100 * plan.power)} times in 100.")
    return [*told, plan.advice] if plan.advice else told


def _checks(told: Measurement, names: Names) -> list[str]:
    if told.standing is Standing.PLANNED:
        return power(told.plan, told.action)
    return [*_placebos(told), drift(told), *(look(one) for one in told.looks), *_kept_out(told), *_beside(told, names)]


def _placebos(told: Measurement) -> list[str]:
    n, share = told.placebos.n, told.placebos.as_large
    if not n or share is None:
        return []
    return [
        f"{fig.count(share * n)} of {fig.plural(n, 'pretended action')} on other segments and times stood out as much."
    ]


def drift(told: Measurement) -> str:
    """How the segment moved before the action."""
    slope, measure = told.drift.slope, told.action.measure
    if slope.value is None:
        return ""
    what = "it" if told.method is Method.SERIES else "its distance from the rest"
    alone = " on its own" if told.drift.moving else ""
    return f"Before the action {what} moved{alone} by {signed_effect(slope, measure)} in 30 days."


def look(one: Look) -> str:
    """One planned look."""
    state = "not due" if one.crossed is None else "crossed" if one.crossed else "not crossed"
    return f"Look on {fig.day(one.due_on)}, at a bound of {one.bound:.2f} errors: {state}."


def _kept_out(told: Measurement) -> list[str]:
    spans = (("where it was found", found_kept_out(told)), ("of deals that met it half way", told.ramp))
    kept = [f"{fig.span(span.first, span.last)}, {why}" for why, span in spans if span is not None]
    return [f"Kept out: {'; '.join(kept)}."] if kept else []


def found_kept_out(told: Measurement) -> Span | None:
    """The days in which the segment was found, where they do not count; None where too little would be left."""
    found = told.found
    if found is None or any(span.first <= found.last and found.first <= span.last for span in told.baseline):
        return None
    return found


def _beside(told: Measurement, _names: Names) -> list[str]:
    lines = []
    if told.adjusted_for:
        lines.append(f"Held fixed: {phrases.listed([in_sentence(name) for name in told.adjusted_for])}.")
    if told.overlaps:
        lines.append(f"Other actions on some of these deals: {phrases.listed(told.overlaps)}.")
    return lines


_DECISIONS = {Decision.KEEP: "Keep it", Decision.STOP: "Stop it", Decision.EXTEND: "Extend it"}


def follows(told: Measurement) -> str:
    """Keep, stop or extend, and why; "" where nothing follows yet."""
    if told.decision is None:
        return ""
    what, why = _DECISIONS[told.decision], told.decision_why
    if what.lower() in why:
        return why
    return f"{what}: {why if why[1:2].isupper() else why[:1].lower() + why[1:]}" if why else f"{what}."


def recorded(row: Mapping[str, Any], measure: Measure) -> str:
    """A verdict that stands in the book."""
    effect = Estimate(value=row["effect"], low=row["effect_low"], high=row["effect_high"])
    said = row["verdict"] or "no verdict"
    figures = f", {signed_effect(effect, measure)}" if effect.given and row["verdict"] else ""
    return f"On record as of {fig.day(row['as_of'])}: {said}{figures}."


# --- the portfolio --------------------------------------------------------------------------------------------------


def portfolio_heading(told: Portfolio) -> str:
    """What all the actions did."""
    counts = dict(told.by_verdict)
    if not told.measured:
        return f"No verdict yet on {fig.plural(len(told.actions), 'action')}"
    better = counts.get(Verdict.IMPROVED, 0)
    return f"{fig.count(better)} of {fig.plural(told.measured, 'measured action')} improved what {'it was' if told.measured == 1 else 'they were'} meant to"


def portfolio_sentences(told: Portfolio) -> list[str]:
    """The other verdicts, how many may be false, and what came of it in won deals."""
    lines = []
    if told.measured:
        counts = ", ".join(f"{fig.count(n)} {verdict}" for verdict, n in told.by_verdict if n)
        lines.append(f"Verdicts: {counts}.")
        lines.append(f"By chance alone, {told.false_to_expect:.2g} of them would say improved or worsened.")
    wins = told.wins
    if wins.value is None:
        return [*lines, wins.why] if wins.why else lines
    ends = f" ({_whole(wins.low)} to {_whole(wins.high)})" if wins.low is not None and wins.high is not None else ""
    return [*lines, f"Won deals owed to actions on the win rate, improved or not: {_whole(wins.value)}{ends}."]


def _whole(number: float) -> str:
    sign = "+" if round(number) > 0 else ""
    return f"{sign}{fig.count(number)}"

"""The verdict, by rule, and what follows from it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from winloss.act.action import Action
from winloss.act.effect import FEWEST_DEALS
from winloss.act.measurement import Decision, Drift, Plan, Standing, Verdict
from winloss.act.plan import LEADING
from winloss.stats.estimate import Estimate
from winloss.synthesize import phrases


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """A verdict, or why there is none; and what follows."""

    verdict: Verdict | None = None
    why: str = ""
    decision: Decision | None = None
    decision_why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What a verdict rests on: `before` and `after` are deals of the segment in baseline and window."""

    action: Action
    standing: Standing
    told_on: dt.date
    effect: Estimate
    before: int
    after: int
    plan: Plan
    drift: Drift
    judged: bool
    """Whether there was time enough before to see the segment moving on its own."""
    overlaps: tuple[str, ...]


def rule(case: Case) -> Ruling:
    """Decide.

    A verdict needs the window to have ended with ripe deals, no other action on the same deals, a segment that was not moving
    on its own, and thirty deals on either side. Improved or worsened: the interval lies on one side of nought. No change
    seen: it holds nought and no effect of the goal's size, either way. Else there are too few deals to tell.
    """
    if case.standing is not Standing.TOLD:
        return Ruling(why=_not_yet(case.standing, case.told_on))
    if case.overlaps:
        return Ruling(why=_overlapping(case.overlaps))
    if case.drift.moving:
        return Ruling(why=_moving(case.drift, case.action), decision=Decision.EXTEND, decision_why=LONGER_VIEW)
    if not case.judged and case.before >= FEWEST_DEALS:
        return Ruling(why=case.drift.slope.why)
    if case.before < FEWEST_DEALS or case.after < FEWEST_DEALS:
        return _too_few(case.plan, case.action, few=min(case.before, case.after))
    if case.effect.value is None or case.effect.low is None or case.effect.high is None:
        return Ruling(why=case.effect.why)
    better = case.action.measure.better
    low, high = sorted((better * case.effect.low, better * case.effect.high))
    if low > 0:
        return Ruling(
            verdict=Verdict.IMPROVED, decision=Decision.KEEP, decision_why="It does what it was meant to do: keep it."
        )
    if high < 0:
        return Ruling(verdict=Verdict.WORSENED, decision=Decision.STOP, decision_why="It went the other way: stop it.")
    if high < case.plan.goal and low > -case.plan.goal:
        why = "What was hoped for did not come: stop it, and put the work into something else."
        return Ruling(verdict=Verdict.NO_CHANGE, decision=Decision.STOP, decision_why=why)
    return _too_few(case.plan, case.action)


LONGER_VIEW = "Let it run, and measure again when the segment has kept still for half a year."


def _not_yet(standing: Standing, told_on: dt.date) -> str:
    day = phrases.day(told_on)
    if standing is Standing.PLANNED:
        return f"It has not begun: a verdict can be given from {day}."
    if standing is Standing.RUNNING:
        return f"It is running: a verdict can be given from {day}."
    return f"Its window has ended, and its deals still need time to close: a verdict can be given from {day}."


def _overlapping(overlaps: Sequence[str]) -> str:
    named = phrases.listed(list(overlaps))
    return f"On some of the same deals {named} ran at the same time: nobody can say which of them did what."


def _moving(drift: Drift, action: Action) -> str:
    slope = drift.slope.value or 0.0
    size = phrases.points(slope) if action.measure.is_share else phrases.percent(abs(slope))
    way = "up" if slope > 0 else "down"
    return (
        f"Before the start the segment was already moving {way} against the rest, by {size} in 30 days: "
        "what came after cannot be told from that."
    )


def _too_few(plan: Plan, action: Action, *, few: int | None = None) -> Ruling:
    longer = plan.days_for_goal
    if longer is not None and longer > action.days:
        why = f"With {longer:,} days in all, the goal would be seen four times in five: extend it."
        return Ruling(verdict=Verdict.TOO_FEW, decision=Decision.EXTEND, decision_why=why)
    if longer is not None and few is None:
        why = "The deals came out less clear than expected: extend it, and measure again."
        return Ruling(verdict=Verdict.TOO_FEW, decision=Decision.EXTEND, decision_why=why)
    why = f"No window of a useful length would tell: decide on what it costs.{LEADING}"
    return Ruling(verdict=Verdict.TOO_FEW, decision_why=why)

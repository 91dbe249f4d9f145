"""What the deals expected in a window could show: stated before an action begins, from what is known the day before.

The expected error is that of the verdict itself: chance in as many deals as the pace of the baseline brings, and what segments do by
themselves. Where a segment turns out to be moving on its own (by chance about 30 times in 1,000, as the proof of verdicts counts), no
verdict is given, so that much of the power is taken off.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from winloss.act.drift import FEWEST_STEPS
from winloss.act.effect import FEWEST_DEALS
from winloss.act.evidence import SAME, Evidence
from winloss.act.judge import POWER, Error, joined
from winloss.act.measurement import GOAL, Plan
from winloss.act.measures import MeasureKind
from winloss.act.placebos import Spread
from winloss.act.scale import Scale

LONGEST_WINDOW = 731
USEFUL_WINDOW = 365
NOT_MOVING = 0.965
"""How often a segment that keeps still is seen to: two lines that share their months are asked at 2.5 % each."""
_STEP_DAYS = 10


def plan(known: Evidence, *, level: float, goal: float | None) -> Plan:
    """The power statement.

    Parameters
    ----------
    known
        The evidence of the day before the start.
    level
        The p at which the last look tells (5 % where it is the only one).
    goal
        The effect hoped for, as told; `GOAL` where None.
    """
    scale, wanted = Scale(known.subject.action.measure), goal or GOAL
    if not known.enough_before:
        deals = "1 deal" if known.before == 1 else f"{known.before:,} deals"
        return Plan(
            goal=wanted,
            deals_before=known.before,
            why=f"Before the start there are {deals} to compare with: it takes {FEWEST_DEALS}, in two months or more.",
        )
    error_of = _errors(known)
    if error_of is None:
        return Plan(goal=wanted, deals_before=known.before, why=why_no_error(known))
    days, size = known.subject.action.days, scale.size(wanted)
    times = _not_moving(known)
    expected = _expected(known, days)
    error = error_of(days)
    power = times * error.power(size, level) if expected >= FEWEST_DEALS else 0.0
    needed = _days_needed(lambda d: times * error_of(d).power(size, level), known)
    return Plan(
        deals_expected=round(expected),
        deals_before=known.before,
        detectable=_detectable(error, scale, level, times) if expected >= FEWEST_DEALS else None,
        goal=wanted,
        power=power,
        days_for_goal=needed,
        error=error.error,
        advice=_advice(known, power, needed),
    )


def why_no_error(known: Evidence) -> str:
    """Why an effect has no error: all deals are alike, or nothing says what segments do by themselves."""
    residual = known.residual_before
    return ALL_THE_SAME if residual is not None and residual < SAME else NOTHING_TO_HOLD_AGAINST


ALL_THE_SAME = "Every deal of the segment has the same value: there is nothing that could move."
NOTHING_TO_HOLD_AGAINST = (
    "The book has neither five other segments nor five earlier months to hold an effect against: "
    "nobody can say how far a segment moves by itself."
)


def _expected(known: Evidence, days: int) -> float:
    """Deals of the segment in a window of so many days, at the pace of the baseline."""
    return known.before / (len(known.steps.baseline) * known.steps.width) * days


def _not_moving(known: Evidence) -> float:
    return NOT_MOVING if len(known.steps.baseline) >= FEWEST_STEPS and known.comparable else 1.0


def _errors(known: Evidence) -> Callable[[int], Error] | None:
    """The expected error of a window of so many days."""
    by_itself, residual = known.by_itself, known.residual_before
    if by_itself is None or residual is None or residual < SAME:
        return None
    spread: Spread = by_itself

    def error_of(days: int) -> Error:
        after, before = max(_expected(known, days), 1.0), known.before
        parts = (residual / after, residual / before)
        outside = known.variance_before * (1 / max(known.rest_pace * days, 1.0) + 1 / max(known.rest_before, 1))
        inflated = (sum(parts) + outside) * known.collinear
        freedom = sum(parts) ** 2 / (parts[0] ** 2 / max(after - 1, 1) + parts[1] ** 2 / max(before - 1, 1))
        return joined(inflated, freedom, spread)

    return error_of


def _detectable(error: Error, scale: Scale, level: float, times: float) -> float | None:
    if times < POWER:
        return None
    size = scale.told_size(error.detectable(level, POWER / times))
    return size if size <= 1 else None


def _days_needed(power_of: Callable[[int], float], known: Evidence) -> int | None:
    """The shortest window that would see the goal four times in five: whole tens of days, two years at most."""
    least = math.ceil(FEWEST_DEALS / max(_expected(known, 1), 1e-9))
    tens = range(_STEP_DAYS, LONGEST_WINDOW, _STEP_DAYS)
    return next((d for d in tens if d >= least and power_of(d) >= POWER), None)


def _advice(known: Evidence, power: float, needed: int | None) -> str:
    if power >= POWER:
        return ""
    if needed is not None and needed <= USEFUL_WINDOW:
        return f"Choose a window of {needed:,} days: it would show the goal four times in five."
    leading = "" if known.subject.action.measure.kind is MeasureKind.CONVERSION else LEADING
    if needed is not None:
        return f"It takes a window of {needed:,} days to show the goal four times in five.{leading}"
    return f"Not even two years would show the goal four times in five.{leading}"


LEADING = (
    " Measure what moves earlier and more often: the step from one deal stage to the next (conversion:STAGE>STAGE), "
    "or a wider segment."
)

"""What the measurement of an action says: the evidence, the verdict, or why there is none yet. Frozen.

Effects are in the unit of the measure: points of a share as −1 to 1, or a ratio of days less 1. They are as measured: whether
more is better says `Measure.better`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from winloss.act.action import Action
from winloss.stats.estimate import Estimate

GOAL = 0.1
"""The effect to be shown where an action names none: ten points of a share, or a tenth of the cycle."""


class Verdict(StrEnum):
    """What the measurement says of an action."""

    IMPROVED = "improved"
    WORSENED = "worsened"
    NO_CHANGE = "no change seen"
    TOO_FEW = "too few deals to tell"


class Decision(StrEnum):
    """What follows from a verdict."""

    KEEP = "keep"
    STOP = "stop"
    EXTEND = "extend"


class Standing(StrEnum):
    """Where the measurement stands on its as-of date."""

    PLANNED = "planned"
    RUNNING = "running"
    RIPENING = "ripening"
    """The window has ended, its deals have not had their time."""
    TOLD = "told"
    """A verdict was given, or will never be: `Measurement.why` says why."""


class Method(StrEnum):
    """How the effect was estimated."""

    DIFFERENCES = "difference in differences"
    SERIES = "interrupted time series"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Days from `first` to `last`, both included."""

    first: dt.date
    last: dt.date


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The power statement: what the deals expected in the window could show.

    Parameters
    ----------
    deals_expected, deals_before
        Deals of the denominator here: expected in the window (at the pace of the baseline), and in the baseline.
    detectable
        The smallest effect (size, in the measure's unit) seen four times in five; None where none is.
    goal
        The effect hoped for, as a size.
    power
        How often an effect of `goal`, in the better direction, would be seen: 0–1.
    days_for_goal
        Length of a window that would see `goal` four times in five; None where two years do not.
    error
        Expected standard error of the effect.
    why
        Why nothing can be stated, else "".
    advice
        What to do where the window is too short: a sentence, else "".
    """

    deals_expected: int = 0
    deals_before: int = 0
    detectable: float | None = None
    goal: float = GOAL
    power: float | None = None
    days_for_goal: int | None = None
    error: float | None = None
    why: str = ""
    advice: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """One step of the event study: how far the segment stood from the rest, less how far it stood in the baseline."""

    span: Span
    phase: str
    """baseline, found, ramp, before (not used) or window."""
    n: int
    value: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """Whether the segment moved on its own before: the slope of its distance from the rest over the baseline.

    `slope` is the change in 30 days with its 95 % interval; `p` of no slope; `joint_p` of no movement of any kind.
    """

    slope: Estimate
    p: float | None
    joint_p: float | None
    moving: bool
    """The slope differs from nought (p at most 5 %): no verdict can be given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placebos:
    """What other segments and other periods of the same book did without any action.

    Parameters
    ----------
    n
        How many pretended actions were measured.
    spread
        Standard deviation of their true movements (beyond chance in their deals), in the measure's unit.
    as_large
        Share of them whose effect was as many of its errors as this one's, 0–1; None without an effect.
    effects
        The effects themselves, for a picture; at most 200.
    """

    n: int = 0
    spread: float = 0.0
    as_large: float | None = None
    effects: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One planned look: due on a day, with its share of the expected deals, and the bound of its plan.

    `bound` is in standard errors; `crossed` is None before the look was due.
    """

    due_on: dt.date
    information: float
    bound: float
    effect: Estimate
    crossed: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """One action as of one day.

    Parameters
    ----------
    verdict
        None where there is none; then `why` says why, as a sentence.
    told_on
        The first day on which a verdict can be given: the window has ended and its deals are ripe.
    ripe_days
        How long a deal takes to be ripe, by the basis and the measure; 0 where it is ripe when it closes.
    effect
        Change here less change of the comparison, adjusted; refused before a look is due.
    here_before, here_after, rest_before, rest_after
        The plain values with their denominators, without adjustment.
    exposed, partly_exposed, unripe
        Deals of the window created since the action began; created before it; not ripe yet (left out, not lost).
    baseline
        Spans of days that count as before.
    found, ramp
        Spans kept out: where the segment was found, and of deals that entered before the action and end after it began.
    overlaps
        Ids of other actions on some of the same deals at the same time.
    decision, decision_why
        What follows, and why, as a sentence.
    """

    action: Action
    as_of: dt.date
    standing: Standing
    told_on: dt.date
    ripe_days: int
    plan: Plan
    method: Method = Method.NONE
    verdict: Verdict | None = None
    why: str = ""
    effect: Estimate
    p: float | None = None
    here_before: Estimate
    here_after: Estimate
    rest_before: Estimate
    rest_after: Estimate
    exposed: int = 0
    partly_exposed: int = 0
    unripe: int = 0
    baseline: tuple[Span, ...] = ()
    window: Span
    found: Span | None = None
    ramp: Span | None = None
    adjusted_for: tuple[str, ...] = ()
    """Labels of the attributes held fixed."""
    drift: Drift
    bins: tuple[Bin, ...] = ()
    placebos: Placebos
    looks: tuple[Look, ...] = ()
    overlaps: tuple[str, ...] = ()
    caveats: tuple[str, ...] = ()
    decision: Decision | None = None
    decision_why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Portfolio:
    """What all measured actions of a span did.

    Parameters
    ----------
    measured
        How many have a verdict.
    by_verdict
        Each verdict with its count.
    false_to_expect
        How many "improved" or "worsened" chance alone would give, were none of them to change anything.
    wins
        Deals won more (or fewer) in the windows of all actions on the win rate, told or not: effects times deals, added
        up, with a 95 % interval. Refused where no action is on the win rate.
    """

    measured: int
    by_verdict: tuple[tuple[Verdict, int], ...]
    false_to_expect: float
    wins: Estimate
    actions: tuple[Measurement, ...] = ()

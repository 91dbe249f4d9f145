"""Actions and measurements made by hand: what tests of `act` and its reports stand on."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

from winloss.act.action import Action, ActionKind
from winloss.act.measurement import (
    Bin,
    Decision,
    Drift,
    Measurement,
    Method,
    Placebos,
    Plan,
    Portfolio,
    Span,
    Standing,
    Verdict,
)
from winloss.act.measures import Measure
from winloss.stats.estimate import Estimate
from winloss.tables.segment import Segment

START = dt.date(2025, 7, 1)
END = dt.date(2025, 12, 27)
NONE = Estimate.refused("Nothing was measured.")


def action(id_: str = "guided-start", **given: Any) -> Action:
    """The demo's working action, with what is given changed."""
    told: dict[str, Any] = {
        "do": "Offer a guided start to buyers in Logistics.",
        "kind": ActionKind.ENABLEMENT,
        "segment": Segment.of(industry="Logistics"),
        "measure": Measure.parse("win_rate"),
        "begins_on": START,
        "ends_on": END,
        "found_from": dt.date(2025, 4, 2),
        "found_to": dt.date(2025, 6, 30),
        "found_among": 7,
    }
    return Action(id=id_, **(told | given))


def rate(k: int, n: int) -> Estimate:
    return Estimate(value=k / n, low=max(k / n - 0.05, 0), high=min(k / n + 0.05, 1), n=n, successes=k, method="Wilson")


def effect(value: float, low: float, high: float, n: int = 171) -> Estimate:
    return Estimate(value=value, low=low, high=high, n=n, method="difference in differences")


def span(first: dt.date, days: int) -> Span:
    return Span(first=first, last=first + dt.timedelta(days=days - 1))


def bins(shift: float = 0.14, *, found: bool = True, after: int = 6) -> tuple[Bin, ...]:
    """Fifteen months before (the last three where it was found), then the window."""
    noise = (0.02, -0.04, 0.05, -0.01, -0.03, 0.04, 0.01, -0.02, 0.03, -0.05, 0.0, 0.02)
    told = []
    for i in range(-15, after):
        first = START + dt.timedelta(days=30 * i)
        phase = "window" if i >= 0 else "found" if i >= -3 and found else "baseline"
        value = shift + noise[i % 12] if i >= 0 else (-0.12 if phase == "found" else 0) + noise[i % 12]
        n = 24 + 3 * (i % 4)
        told.append(Bin(span=span(first, 30), phase=phase, n=n, value=effect(value, value - 0.17, value + 0.17, n)))
    return tuple(told)


PLAN = Plan(
    deals_expected=168,
    deals_before=342,
    detectable=0.13,
    goal=0.1,
    power=0.56,
    days_for_goal=300,
    error=0.046,
    advice="A window of 300 days would see ten points four times in five.",
)


def measurement(of: Action | None = None, **given: Any) -> Measurement:
    """An action that improved; what is given is changed."""
    told: dict[str, Any] = {
        "action": of or action(),
        "as_of": dt.date(2026, 4, 30),
        "standing": Standing.TOLD,
        "told_on": dt.date(2025, 12, 28),
        "ripe_days": 0,
        "plan": PLAN,
        "method": Method.DIFFERENCES,
        "verdict": Verdict.IMPROVED,
        "effect": effect(0.141, 0.043, 0.239),
        "p": 0.004,
        "here_before": rate(81, 342),
        "here_after": rate(66, 171),
        "rest_before": rate(620, 1690),
        "rest_after": rate(410, 1085),
        "exposed": 120,
        "partly_exposed": 51,
        "baseline": (span(dt.date(2024, 4, 7), 360),),
        "window": Span(first=(of or action()).begins_on, last=(of or action()).ends_on),
        "found": Span(first=dt.date(2025, 4, 2), last=dt.date(2025, 6, 30)),
        "adjusted_for": ("Size band", "Lead source"),
        "drift": Drift(slope=effect(0.004, -0.008, 0.016), p=0.5, joint_p=0.6, moving=False),
        "bins": bins(),
        "placebos": Placebos(
            n=140,
            spread=0.01,
            as_large=0.014,
            effects=tuple(((i % 23) - 11) / 250 + ((i % 7) - 3) / 90 for i in range(140)),
        ),
        "caveats": ("51 deals of the window began before the action: they met it half way.",),
        "decision": Decision.KEEP,
        "decision_why": "It did what it was meant to do.",
    }
    return Measurement(**(told | given))


def no_change() -> Measurement:
    of = action(
        "retail-discount",
        do="Give a discount to buyers in Retail.",
        kind=ActionKind.PRICING,
        segment=Segment.of(industry="Retail"),
    )
    return measurement(
        of,
        verdict=Verdict.NO_CHANGE,
        effect=effect(0.012, -0.061, 0.085, 240),
        p=0.75,
        here_before=rate(131, 355),
        here_after=rate(92, 240),
        bins=bins(0.01),
        placebos=replace(measurement().placebos, as_large=0.71),
        decision=Decision.STOP,
        decision_why="A gain of ten points or more is ruled out.",
    )


def too_few() -> Measurement:
    return measurement(
        verdict=Verdict.TOO_FEW,
        effect=effect(0.05, -0.16, 0.26, 31),
        p=0.64,
        here_before=rate(14, 60),
        here_after=rate(9, 31),
        bins=bins(0.05),
        plan=replace(PLAN, deals_expected=31, detectable=0.3, power=0.14, days_for_goal=None),
        decision=Decision.EXTEND,
        decision_why="Its deals cannot tell ten points from chance.",
    )


def unripe() -> Measurement:
    """The window runs."""
    return measurement(
        as_of=dt.date(2025, 9, 15),
        standing=Standing.RUNNING,
        verdict=None,
        why="The window runs until 27 Dec 2025: a verdict can be given from 28 Dec 2025.",
        effect=Estimate.refused("No look is due before 27 Dec 2025.", n=70),
        p=None,
        here_after=rate(27, 70),
        bins=bins(after=2),
        unripe=12,
        exposed=50,
        partly_exposed=20,
        decision=None,
        decision_why="",
        caveats=(),
    )


def drifting() -> Measurement:
    """The window has ended, and nothing can be said."""
    return measurement(
        verdict=None,
        why="The segment moved on its own before the action, by 2.1 points a month: that cannot be told from an effect.",
        drift=Drift(slope=effect(0.021, 0.004, 0.038), p=0.014, joint_p=0.03, moving=True),
        decision=None,
        decision_why="",
    )


def portfolio() -> Portfolio:
    told = (measurement(), no_change(), too_few())
    counts = tuple((verdict, sum(one.verdict is verdict for one in told)) for verdict in Verdict)
    return Portfolio(
        measured=3,
        by_verdict=counts,
        false_to_expect=0.15,
        wins=Estimate(value=28.6, low=4.1, high=53.1, n=442, method="sum of effects"),
        actions=told,
    )

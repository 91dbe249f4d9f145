"""What a span of actions did, all together, and how many of its verdicts chance alone would have given."""

from __future__ import annotations

import math
from collections.abc import Sequence

from winloss.act.judge import LEVEL
from winloss.act.measurement import Measurement, Portfolio, Verdict
from winloss.act.measures import MeasureKind
from winloss.stats.estimate import Estimate
from winloss.stats.shares import normal_quantile


def portfolio(measured: Sequence[Measurement]) -> Portfolio:
    """Add up the actions that have a verdict.

    Wins are added over all of them, told or not: adding up only those that improved would count luck as gain. Effects of
    different actions are taken as independent.
    """
    told = [one for one in measured if one.verdict is not None]
    return Portfolio(
        measured=len(told),
        by_verdict=tuple((verdict, sum(one.verdict is verdict for one in told)) for verdict in Verdict),
        false_to_expect=LEVEL * len(told),
        wins=_wins(told),
        actions=tuple(measured),
    )


def _wins(told: Sequence[Measurement]) -> Estimate:
    counted = [
        (one.effect, one.here_after.n)
        for one in told
        if one.action.measure.kind is MeasureKind.WIN_RATE and one.effect.value is not None
    ]
    if not counted:
        return Estimate.refused("No measured action is on the win rate.")
    total = sum((effect.value or 0.0) * n for effect, n in counted)
    z = normal_quantile(0.95)
    squares = [(((effect.high or 0.0) - (effect.low or 0.0)) / 2 / z * n) ** 2 for effect, n in counted]
    reach = z * math.sqrt(sum(squares))
    return Estimate(
        value=total,
        low=total - reach,
        high=total + reach,
        n=sum(n for _, n in counted),
        method="sum of effects × deals",
    )

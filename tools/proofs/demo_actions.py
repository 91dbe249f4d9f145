"""The demo company's action that worked is told "improved" as often as was announced before it began; its useless one is not.

The true effect of the first is measured on a company of 300,000 deals and taken as the goal; then it is measured in companies of
usual size, on the share of losses that it is for and on the win rate. Announced is the mean power over the companies.
Wrong verdicts on the useless one: at most as many as chance lets through at p = .01 where the rate is 5 %.
"""

from __future__ import annotations

import datetime as dt
import math
import multiprocessing
import os
import sys
from dataclasses import dataclass, replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from demo_books import CUSTOM, opened
from winloss.act.action import Action
from winloss.act.measurement import Measurement, Verdict
from winloss.act.measures import Measure
from winloss.act.measuring import Asked, measure_all
from winloss.demo import invent
from winloss.demo.decided import ACTIONS
from winloss.demo.world import LAST
from winloss.synthesize.as_of import AsOf

SIZES = (4_000, 8_000, 16_000)
LARGE = 300_000
POINTS_OFF = 0.05
RATE, BOUND_P = 0.05, 0.01
WORKED, USELESS = ACTIONS
ON_WINS = replace(WORKED, id="on-wins", measure=Measure.parse("win_rate"))
TOLD = ("guided start, on its reason", "guided start, on the win rate", "discount, on the win rate")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The three actions in one company: verdicts, announced power, whether the interval covers the goal."""

    verdicts: tuple[Verdict | None, ...]
    announced: tuple[float, ...]
    covered: tuple[bool | None, ...]


def measured(deals: int, seed: int, goals: tuple[float, float] | None) -> list[Measurement]:
    """Measure the actions in one company, each as if it had been the only one of its kind."""
    day = dt.date(1970, 1, 1) + dt.timedelta(days=int(LAST))
    chosen = [WORKED, ON_WINS, USELESS]
    if goals is not None:
        chosen[:2] = [replace(one, goal=goal) for one, goal in zip(chosen[:2], goals, strict=True)]
    with opened(invent(deals, seed=seed)) as book:
        asked = Asked(deals=book.deals, changes=None, as_of=AsOf(day=day, why="", credible_until=day), custom=CUSTOM)
        return [_one(asked, one, book.ask) for one in chosen]


def _one(asked: Asked, action: Action, ask: object) -> Measurement:
    return measure_all(asked, [action], wanted=[action.id], ask=ask)[0]  # type: ignore[arg-type]  # as it is given


def seen(task: tuple[int, tuple[float, float]]) -> Seen:
    """One company of usual size."""
    seed, goals = task
    told = measured(SIZES[seed % len(SIZES)], seed, goals)
    truths = (-goals[0], goals[1], 0.0)
    covered = tuple(
        None if one.effect.low is None or one.effect.high is None else one.effect.low <= truth <= one.effect.high
        for one, truth in zip(told, truths, strict=True)
    )
    return Seen(
        verdicts=tuple(one.verdict for one in told),
        announced=tuple(one.plan.power or 0.0 for one in told),
        covered=covered,
    )


def main(n: int = 200) -> bool:
    """Print the table."""
    from scipy.stats import binom

    large = measured(LARGE, 20_001, None)
    goals = (abs(large[0].effect.value or 0.0), abs(large[1].effect.value or 0.0))
    with multiprocessing.get_context("spawn").Pool(os.cpu_count()) as pool:
        found = pool.map(seen, [(seed, goals) for seed in range(n)], chunksize=4)
    print(
        "| action | true effect | improved | announced | worsened | intervals that cover it |\n|---|--:|--:|--:|--:|--:|"
    )
    most, held = int(binom.ppf(1 - BOUND_P, n, RATE)), True
    for i, name in enumerate(TOLD):
        better = sum(one.verdicts[i] is Verdict.IMPROVED for one in found)
        worse = sum(one.verdicts[i] is Verdict.WORSENED for one in found)
        announced = sum(one.announced[i] for one in found) / n
        covers = [one.covered[i] for one in found if one.covered[i] is not None]
        effect = "none" if i == 2 else f"{100 * (-goals[0] if i == 0 else goals[1]):+.0f} points"
        stated = "" if i == 2 else f"{100 * announced:.0f} %"
        print(
            f"| {name} | {effect} | {better} of {n} | {stated} | {worse} | {sum(map(bool, covers))} of {len(covers)} |"
        )
        if i == 2:
            held &= better + worse <= most
        else:
            error = math.sqrt(max(better / n * (1 - better / n), 1 / n) / n)
            held &= abs(better / n - announced) <= POINTS_OFF + 3 * error and announced - better / n <= 3 * error
    print(f"\nOf {n} verdicts on the useless action at most {most} may be wrong.")
    return held


if __name__ == "__main__":
    sys.exit(not main(int(sys.argv[1]) if len(sys.argv) > 1 else 200))

"""Verdicts on actions are honest: where nothing changes they say so, and where something does they see it as often as promised.

Each scenario is a set of invented histories of a company (tests/histories.py): two years of deals, an action on one segment, and a
known effect, most often none. Counted are verdicts "improved" or "worsened", with planned looks also looks that crossed
their bound.

1. Effect zero: at most as many wrong verdicts as chance lets through at p = .01 where the rate is 5 % (123 of 2,000).
2. Planted effects: 95 % intervals cover the true change to three standard errors or better; the effect is seen as often as was
   announced before the start, to five points, and not less often (to three standard errors).
3. A segment that drifts by itself: nobody can tell that from an effect. The table says how often it is noticed (no verdict), and
   how often it is not and a verdict is wrong.
"""

from __future__ import annotations

import math
import multiprocessing
import os
import sys
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from histories import Scenario, history, measured
from winloss.act.measurement import Look, Verdict

RATE, BOUND_P = 0.05, 0.01
POINTS_OFF = 0.05

NOTHING = {
    "nothing else": Scenario(),
    "four planned looks": Scenario(looks=4),
    "chosen as worst of 20": Scenario(by="campaign", worst=True),
    "worst of 20, looks": Scenario(by="campaign", worst=True, looks=4),
    "worst of 20, span not told": Scenario(by="campaign", worst=True, told=False),
    "season": Scenario(season=0.5),
    "quarter end in the window": Scenario(season=0.6, ends_quarter=True),
    "drifting base rate": Scenario(walk=0.15, line=0.4),
    "change in mix": Scenario(mix=0.5),
    "rep clusters, reps change": Scenario(by="region", reps=0.7, turnover=True),
    "all segments wander": Scenario(own_walk=0.15),
    "all of it": Scenario(season=0.4, walk=0.1, line=0.3, own_walk=0.08, reps=0.5, turnover=True, looks=2),
}
PLANTED = {
    "+10 points": Scenario(points=0.10),
    "+15 points": Scenario(points=0.15),
    "+25 points": Scenario(points=0.25),
    "−12 points": Scenario(points=-0.12),
    "+15 points, four looks": Scenario(points=0.15, looks=4),
    "+15 points, all of it": Scenario(points=0.15, season=0.4, walk=0.1, own_walk=0.08, reps=0.5, turnover=True),
    "+20 points, worst of 20": Scenario(points=0.20, by="campaign", worst=True),
    "+15 points, change in mix": Scenario(points=0.15, mix=0.5),
}
DRIFTING = {
    "0.03 of log-odds a month": Scenario(own_line=0.03),
    "0.06 of log-odds a month": Scenario(own_line=0.06),
    "0.10 of log-odds a month": Scenario(own_line=0.10),
    "0.15 of log-odds a month": Scenario(own_line=0.15),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One history: whether an effect was told (and on which side), covered, promised, or refused as a drift."""

    told: bool
    right: bool
    wrong: bool
    covered: bool | None
    promised: float | None
    moving: bool
    few: bool


def seen(task: tuple[int, Scenario]) -> Seen:
    """Measure one history."""
    made = history(*task)
    told = measured(made)
    crossed = any(look.crossed for look in told.looks)

    def against(look: Look) -> bool:
        return bool(look.crossed) and (look.effect.value or 0.0) * task[1].points < 0

    verdict = told.verdict in {Verdict.IMPROVED, Verdict.WORSENED}
    side = Verdict.IMPROVED if task[1].points > 0 else Verdict.WORSENED
    low, high = told.effect.low, told.effect.high
    covered = None if low is None or high is None or told.drift.moving else low <= made.truth <= high
    return Seen(
        told=verdict or crossed,
        right=told.verdict is side,
        wrong=told.verdict in {Verdict.IMPROVED, Verdict.WORSENED} - {side} or any(map(against, told.looks)),
        covered=covered,
        promised=told.plan.power,
        moving=told.drift.moving,
        few=told.verdict is Verdict.TOO_FEW,
    )


def bound(n: int) -> int:
    """The most wrong verdicts of `n` that chance lets through with p = .01 at a rate of 5 %."""
    from scipy.stats import binom

    return int(binom.ppf(1 - BOUND_P, n, RATE))


def run(scenario: Scenario, n: int, pool: multiprocessing.pool.Pool) -> list[Seen]:
    """Measure `n` histories of a scenario."""
    return pool.map(seen, [(seed, scenario) for seed in range(n)], chunksize=max(1, n // 40))


def main(n: int = 2000) -> bool:
    """Print the tables."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(os.cpu_count()) as pool:
        held = [_nothing(n, pool), _planted(n, pool)]
        _drifting(n, pool)
    return all(held)


def _nothing(n: int, pool: multiprocessing.pool.Pool) -> bool:
    print("| effect zero | wrong verdicts | at most | moving on its own: no verdict |\n|---|--:|--:|--:|")
    held = True
    for name, scenario in NOTHING.items():
        found = run(scenario, n, pool)
        wrong = sum(one.told for one in found)
        held &= wrong <= bound(n)
        print(f"| {name} | {wrong} of {n:,} | {bound(n)} | {_share(sum(one.moving for one in found), n)} |", flush=True)
    return held


def _planted(n: int, pool: multiprocessing.pool.Pool) -> bool:
    print(
        "\n| planted effect | intervals that cover it | at least | seen | announced | seen on the wrong side |"
        "\n|---|--:|--:|--:|--:|--:|"
    )
    held = True
    for name, scenario in PLANTED.items():
        found = run(scenario, n, pool)
        covers = [one.covered for one in found if one.covered is not None]
        least = 0.95 - 3 * math.sqrt(0.05 * 0.95 / max(len(covers), 1))
        stated = [one for one in found if one.promised is not None]
        right = sum(one.right for one in stated) / len(stated)
        announced = sum(one.promised or 0.0 for one in stated) / len(stated)
        error = math.sqrt(right * (1 - right) / len(stated))
        cover = sum(covers) / len(covers)
        held &= cover >= least and announced - right <= 3 * error and right - announced <= POINTS_OFF + 3 * error
        wrong = sum(one.wrong for one in found)
        print(
            f"| {name} | {100 * cover:.1f} % of {len(covers):,} | {100 * least:.1f} % | {100 * right:.1f} % | "
            f"{100 * announced:.1f} % | {wrong} |",
            flush=True,
        )
    return held


def _drifting(n: int, pool: multiprocessing.pool.Pool) -> None:
    print("\n| the segment drifts by itself | noticed: no verdict | wrong verdicts |\n|---|--:|--:|")
    for name, scenario in DRIFTING.items():
        found = run(scenario, n, pool)
        moving, wrong = sum(one.moving for one in found), sum(one.told for one in found)
        print(f"| {name} | {_share(moving, n)} | {_share(wrong, n)} |", flush=True)


def _share(k: int, n: int) -> str:
    return f"{k:,} of {n:,} ({100 * k / n:.1f} %)"


if __name__ == "__main__":
    sys.exit(not main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000))

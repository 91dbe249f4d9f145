"""Invented histories of a book in which one segment is acted on, and the truth is known.

Two years of closed deals: reps nested in regions, industries, sizes, lead sources, products and twenty campaigns. The start
of the action lies at random in the second year. Nothing changes then, unless an effect is planted; what else is going on
says the scenario.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from winloss.act.action import Action
from winloss.act.evidence import Subject
from winloss.act.measure import Around, measure
from winloss.act.measurement import Measurement
from winloss.act.measures import Measure
from winloss.act.panel import panel
from winloss.act.sample import Fixed, Sample
from winloss.act.steps import date_of
from winloss.synthesize.coded import day_number
from winloss.tables.segment import Segment

Floats = NDArray[np.float64]
Codes = NDArray[np.int32]

FIRST = 19_723  # 1 January 2024
DAYS = 730
LEVELS = {"region": 5, "industry": 8, "size": 4, "lead source": 6, "product": 3, "campaign": 20}
REPS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """What is going on; log-odds unless said otherwise.

    `by` is the attribute of which a level is acted on; `worst` chooses the level with the lowest win rate in the 90 days
    before the start, and `told` says whether the action tells that. `points` is the planted effect (−1 to 1).
    """

    by: str = "industry"
    a_day: tuple[float, float] = (6.0, 25.0)
    days: tuple[int, ...] = (60, 90, 120, 180)
    points: float = 0.0
    looks: int = 1
    worst: bool = False
    told: bool = True
    season: float = 0.0
    walk: float = 0.0
    line: float = 0.0
    own_walk: float = 0.0
    own_line: float = 0.0
    mix: float = 0.0
    reps: float = 0.2
    turnover: bool = False
    ends_quarter: bool = False
    goal: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """One history: the deals, the action, and its true effect on the deals of the window (−1 to 1)."""

    sample: Sample
    action: Action
    rows: NDArray[np.int64]
    own: tuple[int, ...]
    truth: float
    tags: dict[str, float] = field(default_factory=dict)


def history(seed: int, scenario: Scenario) -> History:
    """Invent one history."""
    random = np.random.default_rng(seed)
    days = int(random.choice(scenario.days))
    start = _start(random, scenario, days)
    n = random.poisson(random.uniform(*scenario.a_day) * DAYS)
    day = np.sort(random.integers(0, DAYS, n))
    codes = _codes(random, scenario, day)
    if scenario.mix:
        acted = int(random.integers(LEVELS[scenario.by]))
        _change_mix(random, codes, (codes[scenario.by] == acted) & (day >= start), scenario.mix)
    odds = _odds(random, scenario, day, codes)
    chance = 1 / (1 + np.exp(-odds))
    won = random.random(n) < chance
    level = acted if scenario.mix else _level(random, scenario, day, codes[scenario.by], won, start)
    if scenario.own_line:
        odds = odds + scenario.own_line * (day - start) / 30 * (codes[scenario.by] == level) * random.choice([-1, 1])
        chance = 1 / (1 + np.exp(-odds))
        won = random.random(n) < chance
    inside = (codes[scenario.by] == level) & (day >= start) & (day < start + days)
    moved = np.clip(chance + scenario.points, 0.01, 0.99)
    truth = float((moved - chance)[inside].mean()) if inside.any() else 0.0
    again = random.random(n) < moved
    won = np.where(inside, again, won) if scenario.points else won
    return _made(scenario, day, codes, won, level, start, days, truth)


def _start(random: np.random.Generator, scenario: Scenario, days: int) -> int:
    if not scenario.ends_quarter:
        return int(random.integers(365, DAYS - days + 1))
    last = int(random.choice([455, 546, 638, 729]))
    return max(365, last - days + 1 - int(random.integers(0, max(days // 3, 1))))


def _codes(random: np.random.Generator, scenario: Scenario, day: NDArray[np.int64]) -> dict[str, Codes]:
    codes: dict[str, Codes] = {}
    for name, count in LEVELS.items():
        share = random.dirichlet(np.full(count, 6.0)) if count < 20 else random.dirichlet(np.full(count, 15.0))
        codes[name] = random.choice(count, len(day), p=share).astype(np.int32)
    region_of = np.arange(REPS) % LEVELS["region"]
    rep = random.integers(0, REPS, len(day)).astype(np.int32)
    if scenario.turnover:
        # A seat is taken over by somebody else once or twice in two years.
        for seat in range(REPS):
            for change in random.integers(0, DAYS, 2):
                rep[(rep % REPS == seat) & (day >= change)] += REPS
    codes["region"] = region_of[rep % REPS].astype(np.int32)
    codes["rep"] = rep
    return codes


def _change_mix(random: np.random.Generator, codes: dict[str, Codes], where: NDArray[np.bool_], share: float) -> None:
    moved = where & (random.random(len(where)) < share)
    codes["size"][moved] = 3


def _odds(random: np.random.Generator, scenario: Scenario, day: NDArray[np.int64], codes: dict[str, Codes]) -> Floats:
    odds = np.full(len(day), random.uniform(-1.0, 0.4))
    for name, count in LEVELS.items():
        if not (scenario.worst and name == scenario.by):
            odds += random.normal(0, 0.3, count)[codes[name]]
    if scenario.mix:
        odds += np.array([0.6, 0.3, 0.0, -0.9])[codes["size"]]
    odds += random.normal(0, scenario.reps, int(codes["rep"].max()) + 1)[codes["rep"]]
    month = day // 30
    odds += scenario.season * ((day % 91) >= 61)
    odds += scenario.season * 0.5 * np.sin(2 * np.pi * (day / 365 + random.random()))
    odds += np.cumsum(random.normal(0, scenario.walk, 26))[month]
    odds += scenario.line * random.choice([-1, 1]) * day / 365
    if scenario.own_walk:
        for name, count in LEVELS.items():
            steps = random.normal(0, scenario.own_walk, (count, 26))
            walk = np.zeros_like(steps)
            for i in range(1, 26):
                walk[:, i] = 0.8 * walk[:, i - 1] + steps[:, i]
            odds += walk[codes[name], month]
    return odds


def _level(
    random: np.random.Generator,
    scenario: Scenario,
    day: NDArray[np.int64],
    codes: Codes,
    won: NDArray[np.bool_],
    start: int,
) -> int:
    if not scenario.worst:
        return int(random.integers(LEVELS[scenario.by]))
    span = day < start if not scenario.told else (day >= start - 90) & (day < start)
    deals = np.bincount(codes[span], minlength=LEVELS[scenario.by])
    wins = np.bincount(codes[span], won[span], minlength=LEVELS[scenario.by])
    return int(np.argmin(wins / np.maximum(deals, 1)))


def _made(
    scenario: Scenario,
    day: NDArray[np.int64],
    codes: dict[str, Codes],
    won: NDArray[np.bool_],
    level: int,
    start: int,
    days: int,
    truth: float,
) -> History:
    fixed = tuple(Fixed(label=name, field=name, codes=codes[name], count=count) for name, count in LEVELS.items())
    sample = Sample(
        day=day + FIRST,
        value=won.astype(float),
        born=day + FIRST - 30,
        fixed=fixed,
        at=np.arange(len(day)),
    )
    begins = date_of(FIRST + start)
    found = scenario.worst and scenario.told
    among = LEVELS[scenario.by] if scenario.worst else 1
    action = Action(
        id="a",
        do="Something",
        segment=Segment.of(**{scenario.by.replace(" ", "_"): str(level)}),
        measure=Measure.parse("win_rate"),
        begins_on=begins,
        ends_on=begins + dt.timedelta(days=days - 1),
        found_from=begins - dt.timedelta(days=90) if found else None,
        found_to=begins - dt.timedelta(days=1) if found else None,
        found_among=among,
        looks=scenario.looks,
        goal=abs(scenario.points) or scenario.goal,
    )
    own = (list(LEVELS).index(scenario.by),)
    return History(sample=sample, action=action, rows=np.flatnonzero(codes[scenario.by] == level), own=own, truth=truth)


def measured(made: History) -> Measurement:
    """The history's action, measured when its window is over."""
    subject = Subject(
        action=made.action,
        sample=made.sample,
        panel=panel(made.sample),
        rows=made.rows,
        aside=np.zeros(0, np.int64),
        own=made.own,
    )
    return measure(subject, Around(as_of=day_number(made.action.ends_on), first_day=FIRST))

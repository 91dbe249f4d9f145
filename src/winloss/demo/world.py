"""What one seed fixes for the whole company, whatever its number of deals: reps, and in the clustered twin the months."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from winloss.demo import cast, causes
from winloss.demo.draw import Floats, Ints, generator, pick


class Twin(StrEnum):
    """A company that looks like the real one, and in which nothing decides.

    `shuffled`: over closed deals, outcome, reason and competitor are permuted together, and amount by itself.
    `clustered`: reps, accounts and months differ, segments do not.
    """

    SHUFFLED = "shuffled"
    CLUSTERED = "clustered"


EPOCH = np.datetime64("1970-01-01", "D")
FIRST = int((np.datetime64(cast.FIRST_DAY) - EPOCH).astype(np.int64))
LAST = int((np.datetime64(cast.LAST_DAY) - EPOCH).astype(np.int64))
FIRST_MONTH = int(np.datetime64(cast.FIRST_DAY, "M").astype(np.int64))
MONTHS = int(np.datetime64(cast.LAST_DAY, "M").astype(np.int64)) - FIRST_MONTH + 1

FEWEST_REPS, MOST_REPS, DEALS_A_REP = 18, 400, 250


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Reps with region, team, share of the deals and effect (log-odds); months with theirs."""

    seed: int
    twin: Twin | None
    rep_region: Ints
    rep_team: Ints
    rep_share: Floats
    rep_effect: Floats
    rep_reasons: Floats
    """Rep × reason: what each reason's weight is multiplied by."""
    rep_rivals: Floats
    month_effect: Floats
    account_sd: float

    @property
    def reps(self) -> int:
        return len(self.rep_region)

    @property
    def clustered(self) -> bool:
        return self.twin is Twin.CLUSTERED


def reps_for(deals: int) -> int:
    """How many reps sell this many deals."""
    return int(np.clip(deals // DEALS_A_REP, FEWEST_REPS, MOST_REPS))


def build(seed: int, *, deals: int, twin: Twin | None) -> World:
    """The world of one seed."""
    rng = generator(seed, "world")
    clustered = twin is Twin.CLUSTERED
    reps = reps_for(deals)
    region = _regions(rng, reps)
    habit_sd = causes.CLUSTERED_REP_HABIT_SD if clustered else 0.0
    return World(
        seed=seed,
        twin=twin,
        rep_region=region,
        rep_team=np.arange(reps) // len(cast.REGIONS) % 2,
        rep_share=rng.gamma(4.0, size=reps),
        rep_effect=rng.normal(0.0, causes.CLUSTERED_REP_SD if clustered else causes.REP_SD, reps),
        rep_reasons=np.exp(rng.normal(0.0, habit_sd, (reps, len(cast.REASONS)))),
        rep_rivals=np.exp(rng.normal(0.0, habit_sd, (reps, len(cast.COMPETITORS)))),
        month_effect=_month_effects(rng) if clustered else np.zeros(MONTHS),
        account_sd=causes.CLUSTERED_ACCOUNT_SD if clustered else causes.ACCOUNT_SD,
    )


def _regions(rng: np.random.Generator, reps: int) -> Ints:
    """Every region has reps in proportion to its share, at least two."""
    shares = list(cast.REGIONS.values())
    sure = np.repeat(np.arange(len(shares)), 2)
    return np.concatenate([sure, pick(rng, shares, reps - len(sure))])


def _month_effects(rng: np.random.Generator) -> Floats:
    """Drift that remembers (AR(1)) and a smooth yearly wave of random phase, in log-odds a month."""
    memory = causes.CLUSTERED_DRIFT_MEMORY
    shocks = rng.normal(0.0, causes.CLUSTERED_DRIFT_SD * np.sqrt(1 - memory**2), MONTHS)
    drift = np.empty(MONTHS)
    drift[0] = rng.normal(0.0, causes.CLUSTERED_DRIFT_SD)
    for month in range(1, MONTHS):
        drift[month] = memory * drift[month - 1] + shocks[month]
    angle = 2 * np.pi * np.arange(MONTHS) / 12
    wave = rng.normal(0.0, causes.CLUSTERED_SEASON_SD, 2)
    return np.asarray(drift + wave[0] * np.sin(angle) + wave[1] * np.cos(angle), dtype=np.float64)

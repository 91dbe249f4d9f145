"""Invented books in which nothing is to be found, and yet nothing is independent.

Reps differ and sit in regions; accounts differ and come back; the months drift and have a season; reps sell some products
more, channels come and go, campaigns last a few months, and every rep has a habit of giving reasons. No
attribute has an effect of its own, unless one is planted.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from resolved import resolved

Floats = NDArray[np.float64]
Places = NDArray[np.int64]

MONTHS = 24
_FIRST_MONTH = np.datetime64("2024-01")
REASONS = ("price_value", "product_capability", "trust_credibility", "sales_execution", "indecision", "qualification")
RIVALS = ("Northstar", "Acme", "Globex", "Initech")


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """A difference that is really there: `points` (−1 to 1) on the deals of persona "Buyer 0"."""

    share: float
    points: float


def book(seed: int, *, deals: int | None = None, planted: Planted | None = None) -> pa.Table:
    """Resolved closed deals of one company; 600 to 5,000 where no number is given."""
    random = np.random.default_rng(seed)
    n = deals or int(random.choice([600, 1_200, 2_500, 5_000]))
    regions = int(random.integers(3, 6))
    reps = int(random.integers(12, 26))
    region_of_rep = np.concatenate([np.arange(regions), random.integers(0, regions, reps - regions)])
    account, rep = _accounts(random, n, reps)
    month = random.integers(0, MONTHS, n)
    chance = _chance(random, rep, account, month)
    columns = _attributes(random, n, rep, account, month, region_of_rep)
    if planted is not None:
        columns["persona"], chance = _plant(random, n, chance, planted)
    won = random.random(n) < chance
    return _table(random, columns, won, rep, account, month)


def _accounts(random: np.random.Generator, n: int, reps: int) -> tuple[Places, Places]:
    """Who buys and who sells: most accounts stay with their rep; reps differ in volume."""
    accounts = max(30, int(n / random.uniform(1.5, 5)))
    volume = random.lognormal(0, 0.5, reps)
    home = random.choice(reps, accounts, p=volume / volume.sum())
    size = random.lognormal(0, 0.8, accounts)
    account = random.choice(accounts, n, p=size / size.sum())
    moved = random.random(n) < 0.15
    return account, np.where(moved, random.integers(0, reps, n), home[account])


def _chance(random: np.random.Generator, rep: Places, account: Places, month: Places) -> Floats:
    log_odds = random.uniform(-1.2, 0.6) + random.normal(0, random.uniform(0.3, 0.7), rep.max() + 1)[rep]
    log_odds = log_odds + random.normal(0, random.uniform(0.3, 0.8), account.max() + 1)[account]
    return np.asarray(1 / (1 + np.exp(-(log_odds + _weather(random)[month]))))


def _weather(random: np.random.Generator) -> Floats:
    """Log odds by month: a drift in which months resemble their neighbours, and a season of the year."""
    drift = random.normal(0, 0.15, MONTHS)
    for i in range(1, MONTHS):
        drift[i] += 0.6 * drift[i - 1]
    year = random.uniform(0, 0.3) * np.sin(2 * np.pi * (np.arange(MONTHS) / 12 + random.random()))
    return np.asarray(drift + year)


def _attributes(
    random: np.random.Generator, n: int, rep: Places, account: Places, month: Places, region_of_rep: Places
) -> dict[str, Places]:
    accounts, reps = account.max() + 1, rep.max() + 1
    size = random.choice(4, accounts, p=[0.4, 0.3, 0.2, 0.1])
    return {
        "region": region_of_rep[rep],
        "industry": _mixed(random, account % reps, reps, 6, 3.0, accounts)[account],
        "size_band": size[account],
        "country": random.integers(0, 8, accounts)[account],
        "product": _mixed(random, rep, reps, 4, 1.0, n),
        "lead_source": _mixed(random, month, MONTHS, 6, 5.0, n),
        "campaign": (month // 3 + random.integers(0, 2, n)) % 8,
        "deal_type": random.choice(3, n, p=[0.6, 0.3, 0.1]),
        "persona": random.integers(0, 5, n),
    }


def _mixed(random: np.random.Generator, group: Places, groups: int, values: int, evenness: float, n: int) -> Places:
    """A value a row, drawn from a mix that each group has of its own."""
    mixes = random.dirichlet(np.full(values, evenness), groups).cumsum(axis=1)
    drawn = (random.random(n)[:, None] > mixes[group[:n] if len(group) >= n else np.resize(group, n)]).sum(axis=1)
    return np.asarray(np.minimum(drawn, values - 1))


def _plant(random: np.random.Generator, n: int, chance: Floats, planted: Planted) -> tuple[Places, Floats]:
    marked = np.zeros(n, bool)
    marked[random.choice(n, round(planted.share * n), replace=False)] = True
    persona = np.where(marked, 0, random.integers(1, 5, n))
    return persona, np.where(marked, np.clip(chance + planted.points, 0.02, 0.98), chance)


def _table(
    random: np.random.Generator,
    columns: dict[str, Places],
    won: NDArray[np.bool_],
    rep: Places,
    account: Places,
    month: Places,
) -> pa.Table:
    n = len(won)
    day = (_FIRST_MONTH + month).astype("datetime64[D]") + random.integers(0, 28, n)
    cycle = np.rint(random.lognormal(3.5, 0.6, n)).astype(int)
    reps = rep.max() + 1
    reason = _mixed(random, rep, reps, len(REASONS), 2.0, n)
    rival = _mixed(random, rep, reps, len(RIVALS) + 1, 2.0, n)
    blank = won | (random.random(n) < 0.2)
    words = {name: [f"{name.capitalize()} {v}" for v in values.tolist()] for name, values in columns.items()}
    words["persona"] = [f"Buyer {v}" for v in columns["persona"].tolist()]
    return resolved(
        {
            **words,
            "outcome": np.where(won, "won", np.where(random.random(n) < 0.2, "no_decision", "lost")).tolist(),
            "owner_id": [f"rep-{r}" for r in rep.tolist()],
            "account_id": [f"account-{a}" for a in account.tolist()],
            "closed_on": day.tolist(),
            "created_on": (day - cycle).tolist(),
            "amount_cents": np.rint(random.lognormal(13, 0.8, n)).astype(int).tolist(),
            "currency": ["EUR"] * n,
            "reason": [None if b else REASONS[r] for b, r in zip(blank.tolist(), reason.tolist(), strict=True)],
            "competitor": [
                None if b or r == len(RIVALS) else RIVALS[r]
                for b, r in zip(blank.tolist(), rival.tolist(), strict=True)
            ],
            "stage_reached": [("Discovery", "Proposal", "Negotiation")[i] for i in random.integers(0, 3, n)],
        }
    )

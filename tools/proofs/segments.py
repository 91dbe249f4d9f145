"""The segment search finds what is planted, as often as its power promises, and lists little else.

1. Large books: a million deals, 20 attributes of 3 to 200 levels, 16 planted effects of one to three conditions. All
   whose power is 99 % or more are lines (a line with 60 % of the same deals tells of the same effect: a run's ends
   are known up to noise); in the median book at most three lines more. That power is the least of those beside the rest
   of the book and beside the rest of each parent: an effect that a stronger, opposite one in the same deals turns round
   is better than its parent and worse than the rest, and no segment that is unlike both in one way. All effects
   are counted, too.
2. Small books: 10,000 to 40,000 deals with one planted effect. It is a line as often as the power statement for its
   size says, to three standard errors and five points, or oftener.
3. Their shuffled twins: of 200 at most 18 have any line (p = .01 where the rate is 5 %).
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from winloss.mine.outcome import Outcome
from winloss.mine.power import chance_to_find
from winloss.mine.productive import LEVEL
from winloss.mine.search import Found, search
from winloss.mine.table import Segments, Table

LEVELS = (3, 3, 4, 4, 5, 5, 6, 6, 8, 8, 10, 12, 12, 15, 20, 24, 34, 60, 80, 200)
FEW_LEVELS = (3, 4, 5, 6, 8, 12)
LARGE, SMALL = 1_000_000, (10_000, 20_000, 40_000)
EFFECTS, SAME, SURE = 16, 0.6, 0.99
WON = Outcome((1,))
BASE = 0.35
RATE, BOUND_P, SLACK = 0.05, 0.01, 0.05

Marks = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Planted:
    """Deals of a segment, its conditions, and by how much their share is moved."""

    inside: Marks
    conditions: tuple[tuple[int, int], ...]
    effect: float


def codes_of(levels: tuple[int, ...], deals: int, random: np.random.Generator) -> NDArray[np.uint8]:
    """Skewed values: the share of a level falls with its rank."""
    codes = np.empty((len(levels), deals), np.uint8)
    for a, most in enumerate(levels):
        share = random.permutation(1 / np.arange(1, most + 1) ** 0.7)
        codes[a] = np.searchsorted((share / share.sum()).cumsum()[:-1], random.random(deals)) + 1
    return codes


def planted(codes: NDArray[np.uint8], depth: int, random: np.random.Generator, *, least: int) -> Planted:
    """A segment of `least` deals to a quarter of the book, moved by 3 to 20 points."""
    deals = codes.shape[1]
    while True:
        chosen = np.sort(random.choice(len(codes), depth, replace=False))
        conditions = tuple((int(a), int(random.integers(1, codes[a].max() + 1))) for a in chosen)
        inside = np.all([codes[a] == level for a, level in conditions], axis=0)
        if least <= inside.sum() <= deals / 4:
            effect = float(random.uniform(0.03, 0.20) * random.choice([-1, 1]))
            return Planted(inside, conditions, effect)


def shares(plants: list[Planted], deals: int) -> NDArray[np.float64]:
    """The chance of each deal: effects add up."""
    return np.clip(BASE + sum((plant.effect * plant.inside for plant in plants), np.zeros(deals)), 0.02, 0.98)


def inside_of(table: Table, segments: Segments, place: int) -> Marks:
    rows = (segments.attribute[place], segments.low[place], segments.high[place])
    chosen = [(a, low, high) for a, low, high in zip(*(row.tolist() for row in rows), strict=True) if a >= 0]
    return np.asarray(
        np.all([(table.codes[a] >= low + 1) & (table.codes[a] <= high + 1) for a, low, high in chosen], axis=0)
    )


def told(table: Table, found: Found, plant: Planted) -> bool:
    lines = (inside_of(table, found.segments, line.place) for line in found.lines)
    return any((one & plant.inside).sum() >= SAME * (one | plant.inside).sum() for one in lines)


def power(table: Table, found: Found, plant: Planted, share: NDArray[np.float64]) -> float:
    """What is promised for it at the level that its depth's stake leaves to an only effect.

    Its difference to the rest is that of the true chances: other effects in the same deals may take from it.
    """
    deep = found.segments.depth_of == len(plant.conditions)
    level = RATE * float(found.weights[deep][0]) / len(found.segments) if deep.any() else 0.0
    n1 = int(plant.inside.sum())
    here, rest = float(share[plant.inside].mean()), float(share[~plant.inside].mean())
    return float(chance_to_find(n1, table.deals - n1, rest, here - rest, level))


def news(table: Table, plant: Planted, share: NDArray[np.float64]) -> float:
    """The least chance that it is seen to differ, as from the rest, from the rest of each of its parents."""
    away = share[plant.inside].mean() - share[~plant.inside].mean()
    chances = [1.0]
    for dropped in range(len(plant.conditions) if len(plant.conditions) > 1 else 0):
        kept = [condition for i, condition in enumerate(plant.conditions) if i != dropped]
        beside = np.all([table.codes[a] == level for a, level in kept], axis=0) & ~plant.inside
        here, rest = float(share[plant.inside].mean()), float(share[beside].mean())
        seen = chance_to_find(int(plant.inside.sum()), int(beside.sum()), rest, here - rest, LEVEL / sum(table.levels))
        chances.append(float(seen) if (here - rest) * away > 0 else 0.0)
    return min(chances)


def table_of(codes: NDArray[np.uint8], levels: tuple[int, ...], classes: NDArray[np.uint8]) -> Table:
    return Table(codes=codes, levels=levels, ordered=(False,) * len(levels), classes=classes, class_count=2)


def large(seed: int) -> tuple[int, int, int, int]:
    """Sure effects, those of them that are told, all effects told, and lines that tell of none."""
    random = np.random.default_rng(seed)
    codes = codes_of(LEVELS, LARGE, random)
    plants = [planted(codes, 1 + i % 3, random, least=2_000) for i in range(EFFECTS)]
    share = shares(plants, LARGE)
    table = table_of(codes, LEVELS, (random.random(LARGE) < share).astype(np.uint8))
    found = search(table, WON)
    sure = [plant for plant in plants if min(power(table, found, plant, share), news(table, plant, share)) >= SURE]
    extra = len(found.lines) - sum(
        any((one & plant.inside).sum() >= SAME * (one | plant.inside).sum() for plant in plants)
        for one in (inside_of(table, found.segments, line.place) for line in found.lines)
    )
    return len(sure), sum(told(table, found, p) for p in sure), sum(told(table, found, p) for p in plants), extra


def small(seed: int) -> tuple[int, bool, float, bool]:
    """The effect's depth, whether it is told, what was promised, and whether the shuffled twin has a line."""
    random = np.random.default_rng(100_000 + seed)
    deals, depth = SMALL[seed % len(SMALL)], 1 + seed // len(SMALL) % 3
    codes = codes_of(FEW_LEVELS, deals, random)
    plant = planted(codes, depth, random, least=200)
    share = shares([plant], deals)
    table = table_of(codes, FEW_LEVELS, (random.random(deals) < share).astype(np.uint8))
    found = search(table, WON)
    shuffled = replace(table, classes=random.permutation(table.classes))
    return depth, told(table, found, plant), power(table, found, plant, share), bool(search(shuffled, WON).lines)


def main(n: int = 500) -> bool:
    """`n` small books and a twenty-fifth as many large ones."""
    from scipy.stats import binom

    books = np.array([large(seed) for seed in range(max(n // 25, 1))])
    few = [small(seed) for seed in range(n)]
    print(
        "| 1,000,000 deals, 16 effects | books | sure effects told | all effects told | lines beside, median | most |"
    )
    print("|---|--:|--:|--:|--:|--:|")
    sure, told_of, all_told, extra = books.T
    print(
        f"| | {len(books)} | {told_of.sum()} of {sure.sum()} | {all_told.sum()} of {EFFECTS * len(books)} "
        f"| {np.median(extra):g} | {extra.max()} |"
    )
    print("\n| small books, one effect of | books | told | promised |\n|---|--:|--:|--:|")
    kept = True
    for depth in (1, 2, 3):
        rows = [(found, promised) for d, found, promised, _ in few if d == depth]
        seen, promised = (float(np.mean([row[i] for row in rows])) for i in (0, 1))
        kept &= seen >= promised - SLACK - 3 * np.sqrt(promised * (1 - promised) / len(rows))
        words = "1 condition" if depth == 1 else f"{depth} conditions"
        print(f"| {words} | {len(rows)} | {100 * seen:.0f} % | {100 * promised:.0f} % |")
    bound, false = int(binom.ppf(1 - BOUND_P, n, RATE)), sum(twin for *_, twin in few)
    print(f"\n| shuffled twins with a line | at most |\n|--:|--:|\n| {false} of {n} | {bound} |")
    return bool((told_of == sure).all() and np.median(extra) <= 3 and kept and false <= bound)


if __name__ == "__main__":
    sys.exit(0 if main(int(sys.argv[1]) if len(sys.argv) > 1 else 500) else 1)

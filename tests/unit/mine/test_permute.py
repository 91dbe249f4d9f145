"""Shuffled books: what stays, what is broken, and what the search makes of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from planted import named, plainly_counted, planted_table, shuffled
from winloss.mine.count import count
from winloss.mine.outcome import Outcome, Sides
from winloss.mine.permute import _Scale, by_chance, shuffled_by_cluster, shuffled_inside
from winloss.mine.table import Segments, Table

WON = Outcome((1,))
NONE = np.zeros(0, np.intp)


def small(seed: int, *, deals: int = 2_000, attributes: int = 4, blank: float = 0.0) -> Table:
    table = planted_table(seed, deals, blank=blank)
    return replace(
        table, codes=table.codes[:attributes], levels=table.levels[:attributes], ordered=table.ordered[:attributes]
    )


def counted(table: Table) -> Segments:
    return count(table, depth=2, floor=30)


def test_outcomes_stay_inside_their_strata() -> None:
    rng = np.random.default_rng(0)
    strata, values = rng.integers(0, 9, 4_000), rng.integers(0, 3, 4_000).astype(np.uint8)
    after = shuffled_inside(values, strata, rng)
    assert (after != values).mean() > 0.5
    for stratum in range(9):
        before = np.bincount(values[strata == stratum], minlength=3)
        assert np.array_equal(np.bincount(after[strata == stratum], minlength=3), before)


def test_clusters_of_one_size_change_places_whole() -> None:
    rng = np.random.default_rng(0)
    clusters = rng.permutation(np.repeat(np.arange(50), 40))
    values = (rng.random(2_000) < np.repeat(0.5, 2_000) + 0.4 * (clusters % 2 == 0)).astype(np.uint8)
    after = shuffled_by_cluster(values, clusters, rng)
    before, now = np.bincount(clusters, values), np.bincount(clusters, after)
    assert sorted(before) == sorted(now)
    assert not np.array_equal(before, now)


def test_clusters_of_many_sizes_keep_their_bond_and_the_total() -> None:
    rng = np.random.default_rng(1)
    sizes = rng.integers(20, 200, 80)
    clusters = np.repeat(np.arange(80), sizes)
    values = (rng.random(len(clusters)) < rng.beta(4, 6, 80)[clusters]).astype(np.uint8)
    spread = {}
    for name, after in (
        ("real", values),
        ("moved", shuffled_by_cluster(values, clusters, rng)),
        ("plain", shuffled_inside(values, np.zeros_like(clusters), rng)),
    ):
        assert after.sum() == values.sum()
        spread[name] = float(np.var(np.bincount(clusters, after) / sizes))
    assert spread["moved"] > 0.5 * spread["real"] > 2 * spread["plain"]
    lone = shuffled_by_cluster(values, np.full_like(clusters, -1), rng)
    assert lone.sum() == values.sum()


def test_the_scale_is_the_mean_and_variance_of_many_shuffles() -> None:
    table = small(3, deals=600, attributes=3, blank=0.15)
    segments = plainly_counted(table, depth=2, floor=60)
    groups = np.random.default_rng(1).integers(0, 4, 600)
    ended = (table.classes + 1).astype(np.uint8)
    scale = _Scale.of(segments, table, ended, groups, lambda t: plainly_counted(t, depth=2, floor=60))
    inside = [np.zeros(600)] * len(segments)
    for place in range(len(segments)):
        columns = [table.codes[a] for a, _, _ in named(segments, place)]
        known = np.all([c > 0 for c in columns], axis=0)
        met = np.all(
            [(c > low) & (c <= high + 1) for c, (_, low, high) in zip(columns, named(segments, place), strict=True)],
            axis=0,
        )
        inside[place] = np.where(met, 1.0, 0.0) - scale.part[place] * known
    rng = np.random.default_rng(2)
    books = np.stack([shuffled_inside(table.classes, groups, rng) for _ in range(4_000)])
    drawn = books @ np.stack(inside).T
    np.testing.assert_allclose(drawn.mean(axis=0), scale.mean, atol=0.25)
    np.testing.assert_allclose(drawn.var(axis=0), scale.variance, rtol=0.12)


def test_a_shuffled_book_is_rarely_stronger_than_other_shuffled_books() -> None:
    strongest = []
    for seed in range(40):
        table = shuffled(small(seed, deals=800, attributes=3), seed)
        segments = counted(table)
        strongest.append(by_chance(segments, table, WON, np.arange(len(segments)), times=39, seed=seed).p.min())
    assert np.mean(np.array(strongest) <= 0.05) <= 0.15
    assert 0.3 < np.mean(strongest) < 0.7


def test_a_planted_effect_is_stronger_than_chance_and_the_answer_repeats() -> None:
    table = small(1, deals=20_000)
    segments = counted(table)
    at = np.argsort(Sides.of(segments, WON).p())[:5]
    first, again = (by_chance(segments, table, WON, at, times=60, seed=5) for _ in range(2))
    assert first.p[0] == pytest.approx(1 / 61)
    assert (np.diff(first.p) >= -1e-12).all()
    assert np.array_equal(first.smallest, again.smallest)


def by_reps(seed: int) -> tuple[Table, np.ndarray]:
    """Reps win more or less; attribute 0 is the rep's region, attribute 1 varies from deal to deal. No segment matters."""
    rng = np.random.default_rng(seed)
    reps = np.repeat(np.arange(30), 200)
    region = (np.arange(30) % 3)[reps]
    other = rng.integers(0, 4, len(reps))
    won = rng.random(len(reps)) < rng.beta(6, 9, 30)[reps]
    table = Table(
        codes=(np.stack([region, other]) + 1).astype(np.uint8),
        levels=(3, 4),
        ordered=(False, False),
        classes=won.astype(np.uint8),
        class_count=2,
    )
    return table, reps


def test_a_region_must_beat_the_luck_of_its_reps() -> None:
    plain, clustered = [], []
    for seed in range(20):
        table, reps = by_reps(seed)
        segments = counted(table)
        everything = np.arange(len(segments))
        plain.append(by_chance(segments, table, WON, everything, times=39, seed=seed).p.min() <= 0.05)
        clustered.append(
            by_chance(segments, table, WON, everything, times=39, seed=seed, clusters=reps).p.min() <= 0.05
        )
    assert np.mean(plain) > 0.5
    assert np.mean(clustered) <= 0.15


def test_what_is_constant_inside_strata_says_nothing_there() -> None:
    table, reps = by_reps(0)
    segments = counted(table)
    regions = np.array([i for i in range(len(segments)) if {a for a, _, _ in named(segments, i)} == {0}])
    inside = by_chance(segments, table, WON, regions, times=19, strata=reps)
    assert inside.p.tolist() == [1.0] * len(regions)


def test_what_cannot_be_shuffled_is_refused() -> None:
    table, reps = by_reps(0)
    segments = counted(table)
    with pytest.raises(ValueError, match="not both"):
        by_chance(segments, table, WON, NONE, strata=reps, clusters=reps)
    with pytest.raises(ValueError, match="strata, at most 254"):
        by_chance(segments, table, WON, NONE, strata=np.arange(table.deals))
    with pytest.raises(ValueError, match="when counted again"):
        by_chance(segments, table, WON, NONE, recount=lambda t: count(t, depth=1, floor=30))

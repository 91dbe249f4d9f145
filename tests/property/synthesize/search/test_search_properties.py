"""What must hold of the search, whatever the book: and that it finds nothing where nothing is."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from books import Planted, book
from resolved import on_duckdb, resolved
from winloss.synthesize import survival
from winloss.synthesize.attributes import choose
from winloss.synthesize.bands import band
from winloss.synthesize.closed import read_closed
from winloss.synthesize.family import FLOOR, RATE, Search
from winloss.synthesize.finding import Finding, Status
from winloss.synthesize.search import SearchOptions, SearchResult, _look, search


def _search(table: pa.Table) -> SearchResult:
    deals, ask = on_duckdb(table)
    return search(deals, ask=ask)


def _established(table: pa.Table) -> list[Finding]:
    return [f for f in _search(table).findings if f.status is Status.ESTABLISHED]


@pytest.mark.parametrize("seed", range(8))
def test_nothing_is_established_where_only_reps_accounts_and_months_differ(seed: int) -> None:
    assert _established(book(seed, deals=1_500)) == []


@pytest.mark.parametrize("seed", [10_000, 10_002, 10_003])
def test_a_planted_difference_is_established_and_covered(seed: int) -> None:
    found = _established(book(seed, deals=3_000, planted=Planted(share=0.1, points=-0.15)))
    hits = [f for f in found if f.segment == 'persona = "Buyer 0"']
    assert len(hits) == 1
    assert all("Buyer 0" in f.segment for f in found)
    difference = hits[0].difference
    assert difference is not None
    assert difference.low is not None
    assert difference.high is not None
    assert difference.low <= -0.15 <= difference.high < 0


@pytest.mark.parametrize("seed", [3, 10_000])
def test_the_order_of_rows_does_not_matter(seed: int) -> None:
    table = book(seed, deals=1_200, planted=Planted(share=0.2, points=-0.2))
    turned = table.take(np.random.default_rng(0).permutation(table.num_rows))
    assert _rounded(_search(turned)) == _rounded(_search(table))


def _rounded(result: SearchResult) -> list[tuple[str, str, str | None, float | None]]:
    return [(f.id, f.claim, f.status and str(f.status), f.q and round(f.q, 9)) for f in result.findings]


def test_asking_clusters_only_where_the_plain_test_passes_changes_nothing() -> None:
    for seed in (1, 10_000):
        table = book(seed, deals=800, planted=Planted(share=0.2, points=-0.25))
        table = table.drop_columns(["industry", "country", "size_band", "campaign", "lead_source", "reason"])
        closed, _ = read_closed(table, (), left_aside=frozenset(), as_of=None)
        look = _look(closed, table, SearchOptions())
        lazy = survival.survive(look.family, look.reader, look.segmented)
        every = np.arange(len(look.family))
        p = survival._p(lazy.plain, look.reader, every, np.ones(len(every)))
        whole = lazy.plain.raise_p(every, p)
        assert ((whole.q <= RATE) == (lazy.family.q <= RATE)).all()


def test_too_many_to_ask_count_as_not_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(survival, "_WORK", 0)
    monkeypatch.setattr(survival, "_FEWEST_ASKED", 1)
    table = book(10_000, deals=3_000, planted=Planted(share=0.1, points=-0.3))
    result = _search(table)
    assert result.beyond > 0
    assert [f.segment for f in result.findings if f.status is Status.ESTABLISHED] == ['persona = "Buyer 0"']


small = st.integers(2, 5)


@given(st.integers(0, 10**6), small, small)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_groups_add_up_to_the_whole(seed: int, values: int, others: int) -> None:
    random = np.random.default_rng(seed)
    n = int(random.integers(60, 400))
    won = random.random(n) < 0.4
    columns = {
        "industry": [(None, "n/a", *map(str, range(values)))[i] for i in random.integers(0, values + 2, n)],
        "region": [(None, *map(str, range(others)))[i] for i in random.integers(0, others + 1, n)],
    }
    table = resolved({"outcome": np.where(won, "won", "lost").tolist(), **columns})
    attributes = choose(table, won, ()).attributes
    for attribute in attributes:
        unfilled = int((~attribute.filled).sum())
        assert int(attribute.counts().sum()) + unfilled == n
        assert int((attribute.counts(won) <= attribute.counts()).all())


@given(st.integers(0, 10**6))
@settings(max_examples=15, deadline=None)
def test_every_comparison_adds_up_and_has_its_floor(seed: int) -> None:
    table = book(seed, deals=600)
    closed, _ = read_closed(table, (), left_aside=frozenset(), as_of=None)
    look = _look(closed, table, SearchOptions())
    f = look.family
    tested = f.search != Search.TREND
    assert (np.minimum(f.n1, f.n0)[tested] >= FLOOR).all()
    assert ((f.k1 >= 0) & (f.k1 <= f.n1) & (f.k0 >= 0) & (f.k0 <= f.n0)).all()
    for i in np.flatnonzero(tested)[:: max(1, len(f) // 40)].tolist():
        state = look.reader.sides(f, i).state
        counts = np.bincount(state, minlength=5)
        assert [counts[3], counts[2] + counts[3], counts[1], counts[0] + counts[1]] == [
            f.k1[i],
            f.n1[i],
            f.k0[i],
            f.n0[i],
        ]


@given(st.lists(st.floats(-1e9, 1e9, allow_nan=False), min_size=1, max_size=200), st.sampled_from([1.0, 100.0]))
@settings(deadline=None)
def test_bands_hold_every_value_once_in_order(values: list[float], unit: float) -> None:
    array = np.array(values)
    bands = band(array, unit=unit)
    assert sum(int(((array >= b.low) & (array <= b.high)).sum()) for b in bands) == len(values)
    assert all(one.high < other.low for one, other in itertools.pairwise(bands))


def test_a_finding_and_its_study_are_frozen() -> None:
    finding = Finding(id="x", kind="segment", segment="", claim="", measure="", here=None)  # type: ignore[arg-type]  # any
    with pytest.raises(AttributeError):
        finding.claim = "other"  # type: ignore[misc]  # what is tried
    assert replace(finding, claim="other").claim == "other"

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from demo_books import SIZES, Book, opened, seen
from winloss.demo import Twin, invent

TOOLS = Path(__file__).resolve().parents[3] / "tools"


@pytest.fixture(scope="module")
def proof() -> ModuleType:
    spec = importlib.util.spec_from_file_location("demo_truth", TOOLS / "proofs" / "demo_truth.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["demo_truth"] = module
    spec.loader.exec_module(module)
    return module


def away(book: Book) -> list[float]:
    """For each cause how far the observed share lies from the true one, in standard deviations."""
    out = []
    for shown in seen(book):
        for k, n, share, spread in (
            (shown.k_here, shown.n_here, shown.cause.here, shown.cause.spread_here),
            (shown.k_rest, shown.n_rest, shown.cause.rest, shown.cause.spread_rest),
        ):
            out.append((k / n - share) / (spread * np.sqrt(share * (1 - share) / n)))
    return out


@pytest.mark.parametrize("seed", [201, 202])
def test_a_resolved_book_shows_the_true_values_but_for_chance(seed: int) -> None:
    with opened(invent(SIZES[seed % len(SIZES)], seed=seed)) as book:
        for shown in seen(book):
            assert (shown.n_here, shown.n_rest) == (shown.cause.n_here, shown.cause.n_rest), shown.cause.name
        assert max(map(abs, away(book))) < 4.5
        assert np.sqrt(np.mean(np.square(away(book)))) < 1.8


def test_the_largest_causes_are_found_and_no_region(proof: ModuleType) -> None:
    with opened(invent(5_000, seed=203)) as book:
        firm = proof.established(proof.searched(book))
        found = {cause.name for cause in book.truth.causes if proof.is_told(book, cause, firm)}
        assert {"paid_social", "real_buyers", "rival_healthcare_share"} <= found
        assert not any(name in finding.segment for finding in firm for name in ("region", "team", "persona"))


@pytest.mark.parametrize("twin", list(Twin))
def test_two_books_of_each_twin_hold_nothing(proof: ModuleType, twin: Twin) -> None:
    for seed in (204, 205):
        with opened(invent(3_000, seed=seed, twin=twin)) as book:
            assert proof.established(proof.searched(book)) == []


def test_eighteen_books_of_two_hundred_are_the_most_that_chance_lets_through(proof: ModuleType) -> None:
    assert proof.most_books(200) == 18

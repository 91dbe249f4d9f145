"""A sample of the long proof in tools/proofs/verdicts.py: nothing is told where nothing changes, and what changes is covered."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest
from scipy.stats import binom

from winloss.act.measurement import Verdict

HISTORIES = 30
TOOLS = Path(__file__).resolve().parents[3] / "tools" / "proofs" / "verdicts.py"


def proof() -> ModuleType:
    spec = importlib.util.spec_from_file_location("proof_of_verdicts", TOOLS)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["proof_of_verdicts"] = module
    spec.loader.exec_module(module)
    return module


PROOF = proof()


@pytest.mark.parametrize("name", PROOF.NOTHING)
def test_nothing_is_told_where_nothing_changes(name: str) -> None:
    found = [PROOF.seen((seed, PROOF.NOTHING[name])) for seed in range(HISTORIES)]
    assert sum(one.told for one in found) <= binom.ppf(0.99, HISTORIES, 0.05)


@pytest.mark.parametrize("name", PROOF.PLANTED)
def test_what_changes_is_covered_and_seen_as_often_as_announced(name: str) -> None:
    found = [PROOF.seen((seed, PROOF.PLANTED[name])) for seed in range(HISTORIES)]
    covers = [one.covered for one in found if one.covered is not None]
    stated = [one for one in found if one.promised is not None]
    announced = sum(one.promised for one in stated) / len(stated)
    assert sum(covers) >= binom.ppf(0.001, len(covers), 0.95)
    assert sum(one.right for one in stated) >= binom.ppf(0.001, len(stated), announced)
    assert not any(one.wrong for one in found)


def test_a_segment_that_drifts_by_itself_gets_no_verdict() -> None:
    found = [PROOF.seen((seed, PROOF.DRIFTING["0.15 of log-odds a month"])) for seed in range(HISTORIES)]
    assert sum(one.moving for one in found) >= 0.9 * HISTORIES
    assert sum(one.told for one in found) <= binom.ppf(0.99, HISTORIES, 0.05)


def test_the_naive_comparison_is_fooled_where_the_verdict_is_not() -> None:
    """The worst of twenty looks better afterwards: before against after says so far too often."""
    fooled = 0
    for seed in range(HISTORIES):
        made = PROOF.history(seed, PROOF.Scenario(by="campaign", worst=True))
        told = PROOF.measured(made)
        begins = (made.action.begins_on - made.action.begins_on.__class__(1970, 1, 1)).days
        day, value = made.sample.day[made.rows], made.sample.value[made.rows]
        before = value[(day >= begins - 90) & (day < begins)]
        after = value[(day >= begins) & (day < begins + made.action.days)]
        error = (before.var() / len(before) + after.var() / len(after)) ** 0.5
        fooled += (after.mean() - before.mean()) / error > 1.96
        assert told.verdict is not Verdict.IMPROVED or told.p is not None
    assert fooled > 0.15 * HISTORIES

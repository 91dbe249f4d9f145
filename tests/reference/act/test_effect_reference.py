"""The effect from counts is ordinary least squares on the deals themselves."""

from __future__ import annotations

import numpy as np
import pytest

from histories import FIRST, History, Scenario, history
from winloss.act.evidence import Evidence, Subject
from winloss.act.panel import cells_of, panel
from winloss.act.steps import Steps, lay
from winloss.stats.differences import difference_in_differences
from winloss.synthesize.coded import day_number

SCENARIOS = {
    "plain": Scenario(points=0.15),
    "mixed": Scenario(mix=0.5, season=0.4),
    "of reps": Scenario(by="region", reps=0.7, turnover=True, days=(60,)),
}


def evidence(made: History) -> Evidence:
    subject = Subject(
        action=made.action,
        sample=made.sample,
        panel=panel(made.sample),
        rows=made.rows,
        aside=np.zeros(0, np.int64),
        own=made.own,
    )
    steps = lay(made.action, first_day=FIRST, ripe_days=0)
    return Evidence(subject, steps, day_number(made.action.ends_on))


def on_deals(made: History, steps: Steps) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Value, segment, window and dummies (steps and levels) of every deal of baseline and window."""
    step = steps.of(made.sample.day)
    inside = np.isin(step, (*steps.baseline, *range(steps.after)))
    mine = np.zeros(made.sample.n, bool)
    mine[made.rows] = True
    dummies = [step[:, None] == np.arange(step.min(), step.max() + 1)]
    dummies += [one.codes[:, None] == np.arange(one.count) for one in made.sample.fixed]
    return made.sample.value[inside], mine[inside], step[inside] >= 0, np.hstack(dummies)[inside].astype(float)


@pytest.mark.parametrize("name", SCENARIOS)
@pytest.mark.parametrize("seed", range(3))
def test_the_effect_is_that_of_least_squares_on_deals(name: str, seed: int) -> None:
    made = history(seed, SCENARIOS[name])
    found = evidence(made)
    value, mine, after, dummies = on_deals(made, found.steps)
    plain = difference_in_differences(value, treated=mine, after=after, covariates=dummies)
    assert plain is not None
    assert found.fitted is not None
    assert found.fitted.effect == pytest.approx(plain.effect, abs=1e-8)


@pytest.mark.parametrize("name", SCENARIOS)
def test_its_error_is_the_robust_one(name: str) -> None:
    made = history(7, SCENARIOS[name])
    found = evidence(made)
    value, mine, after, dummies = on_deals(made, found.steps)
    plain = difference_in_differences(value, treated=mine, after=after, covariates=dummies)
    assert plain is not None
    assert found.scattered is not None
    # The rest of the book enters with its common variance, the segment's own deals each with theirs.
    assert np.sqrt(found.scattered.variance) == pytest.approx(plain.error, rel=0.02)


@pytest.mark.filterwarnings("ignore:The design matrix is rank-deficient")
def test_the_effect_is_that_of_statsmodels() -> None:
    import statsmodels.api as sm

    made = history(3, Scenario(points=0.2))
    found = evidence(made)
    value, mine, after, dummies = on_deals(made, found.steps)
    told = sm.OLS(value, np.column_stack([dummies, mine, mine & after]).astype(float)).fit()
    assert found.fitted is not None
    assert found.fitted.effect == pytest.approx(told.params[-1], abs=1e-8)


def test_distances_average_to_the_effect() -> None:
    found = evidence(history(11, Scenario(points=-0.2)))
    assert found.distances is not None
    assert found.fitted is not None
    window = np.array([step >= 0 for step in found.distances.steps])
    mean = np.average(found.distances.values[window], weights=found.distances.deals[window])
    assert mean == pytest.approx(found.fitted.effect, abs=1e-8)


def test_running_sums_are_the_sums_counted_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    made = history(5, Scenario())
    monkeypatch.setattr("winloss.act.panel.FEW_DEALS", 0)
    steps = lay(made.action, first_day=FIRST, ripe_days=0)
    chosen = (-5, -2, -1, 0, 1)
    quick = panel(made.sample).steps(steps, chosen, last=day_number(made.action.begins_on) + 40)
    anew = cells_of(
        made.sample,
        np.arange(made.sample.n),
        steps,
        chosen,
        last=day_number(made.action.begins_on) + 40,
    )
    for part in ("pairs", "sums", "squares", "deals", "total", "total_squares"):
        assert getattr(quick, part) == pytest.approx(getattr(anew, part), abs=1e-6)

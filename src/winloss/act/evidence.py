"""The evidence of one action: its deals against all others over the steps, the effect, and what it is held against."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from winloss.act import placebos
from winloss.act.action import Action
from winloss.act.drift import Course, Distances, distances
from winloss.act.effect import FEWEST_DEALS, Fit, Scatter, fit, scatter
from winloss.act.judge import Error, joined
from winloss.act.panel import Cells, Panel, cells_of, placed
from winloss.act.placebos import Pretended, Spread
from winloss.act.sample import Days, Marks, Sample
from winloss.act.steps import FEWEST_BEFORE, Steps

LONGEST_STEPS = 60
SAME = 1e-9
"""A smaller variance is that of deals which all have the same value."""
OWN_STEPS = 5
"""Steps of its own baseline from which a segment's scatter is read where there are no other segments."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What an action is measured on.

    Parameters
    ----------
    action
        The action.
    sample, panel
        The deals of its measure, and their running sums.
    rows
        Places in the sample of the segment's deals.
    aside
        Places of other deals that are in no comparison: of another action since it began, or outside `compared_with`.
    unripe
        Days of the segment's deals that are not ripe yet, which are in no sample.
    own
        Numbers of the attributes held fixed by which the segment is made.
    """

    action: Action
    sample: Sample
    panel: Panel
    rows: NDArray[np.int64]
    aside: NDArray[np.int64]
    unripe: Days = field(default_factory=lambda: np.zeros(0, np.int64))
    own: tuple[int, ...] = ()


@dataclass(frozen=True)
class Evidence:
    """Everything computed of one subject with the deals up to day `last` (days since 1970), all ripe."""

    subject: Subject
    steps: Steps
    last: int

    @cached_property
    def all_steps(self) -> tuple[int, ...]:
        """Every step with deals, at most sixty before the start."""
        first = min((max(self.steps.first, -LONGEST_STEPS), -1, *self.steps.baseline))
        return tuple(range(first, self.steps.after))

    @cached_property
    def here(self) -> Cells:
        sub = self.subject
        return cells_of(sub.sample, sub.rows, self.steps, self.all_steps, last=self.last)

    @cached_property
    def rest(self) -> Cells:
        sub = self.subject
        whole = sub.panel.steps(self.steps, self.all_steps, last=self.last) - self.here
        if not len(sub.aside):
            return whole
        return whole - cells_of(sub.sample, sub.aside, self.steps, self.all_steps, last=self.last)

    def at(self, steps: tuple[int, ...] | list[int]) -> NDArray[np.int64]:
        """Places of steps in `all_steps`."""
        return np.asarray(steps, np.int64) - self.all_steps[0]

    @cached_property
    def fitted_steps(self) -> tuple[int, ...]:
        return (*self.steps.baseline, *range(self.steps.after))

    @cached_property
    def window(self) -> Marks:
        return np.array([step >= 0 for step in self.fitted_steps], bool)

    @cached_property
    def before(self) -> int:
        """Deals of the segment in the baseline."""
        return int(self.here.deals[self.at(self.steps.baseline)].sum()) if self.steps.baseline else 0

    @cached_property
    def after(self) -> int:
        """Deals of the segment in the window, so far."""
        return int(self.here.deals[self.at(list(range(self.steps.after)))].sum())

    @cached_property
    def rest_before(self) -> int:
        return int(self.rest.deals[self.at(self.steps.baseline)].sum()) if self.steps.baseline else 0

    @cached_property
    def rest_after(self) -> int:
        return int(self.rest.deals[self.at(list(range(self.steps.after)))].sum())

    @property
    def comparable(self) -> bool:
        """Whether there is a rest to compare with."""
        return self.rest_before >= FEWEST_DEALS and (self.rest_after >= FEWEST_DEALS or self.last < self.steps.begins)

    @property
    def enough_before(self) -> bool:
        return self.before >= FEWEST_DEALS and len(self.steps.baseline) >= FEWEST_BEFORE

    @cached_property
    def fitted(self) -> Fit | None:
        chosen = self.at(self.fitted_steps)
        return fit(self.here.of(chosen), self.rest.of(chosen), self.window)

    @cached_property
    def scattered(self) -> Scatter | None:
        if self.fitted is None:
            return None
        sub = self.subject
        rows, at = placed(sub.sample, sub.rows, self.steps, self.fitted_steps, last=self.last)
        return scatter(self.fitted, sub.sample, rows, at)

    @cached_property
    def pretended(self) -> Pretended:
        """Pretended actions at the real time (where it is over) and at up to five times before."""
        found = Pretended()
        taken = 0
        for shift in range(LONGEST_STEPS):
            moved = [step - shift * self.steps.after for step in self.fitted_steps]
            if taken == placebos.WINDOWS + 1 or min(moved) < self.all_steps[0]:
                break
            if self.steps.edge(max(moved) + 1) - 1 > self.last:
                continue
            taken += 1
            part = self.rest.of(self.at(moved))
            found = found.joined(placebos.pretend(part, self.window, self.subject.panel.offsets, self.subject.own))
        return found

    @cached_property
    def by_itself(self) -> Spread | None:
        """What segments do by themselves between a baseline and a window; None where nothing tells."""
        found = placebos.spread(self.pretended)
        return found if found is not None else self._own_scatter()

    def _own_scatter(self) -> Spread | None:
        told = self.distances
        if told is None:
            return None
        chosen = [i for i, step in enumerate(told.steps) if step in self.steps.baseline and told.deals[i] >= 1]
        if len(chosen) < OWN_STEPS:
            return None
        one = placebos.beyond_chance(told.values[chosen] - told.values[chosen].mean(), told.variances[chosen])
        times = 1 / self.steps.after + 1 / len(self.steps.baseline)
        return Spread(variance=one.variance * times, uncertainty=one.uncertainty * times**2)

    @cached_property
    def _resting(self) -> Fit | None:
        """The model of the baseline alone, its last step taken as the window: what is known before there is one."""
        steps = self.steps.baseline
        told = [step for step in steps if self.here.deals[self.at([step])[0]] > 0]
        if len(told) < FEWEST_BEFORE:
            return None
        chosen = self.at(steps)
        return fit(self.here.of(chosen), self.rest.of(chosen), np.array([step == told[-1] for step in steps]))

    @cached_property
    def residual_before(self) -> float | None:
        """Variance of one deal of the segment in the baseline, around what is held fixed."""
        if self._resting is None:
            return None
        sub = self.subject
        rows, at = placed(sub.sample, sub.rows, self.steps, self.steps.baseline, last=self.last)
        return scatter(self._resting, sub.sample, rows, at).residual

    @property
    def variance_before(self) -> float:
        """Variance of one deal of the rest in the baseline."""
        return self._resting.variance if self._resting is not None else 0.0

    @property
    def collinear(self) -> float:
        """How much what is held fixed takes from the comparison: 1 or more, as in the baseline."""
        told = self._resting
        if told is None or not told.before or not told.after:
            return 1.0
        share = told.here.deals / np.maximum(told.deals, 1)
        plain = 1 / told.before + 1 / told.after
        outside = (share[~told.window].mean() / told.before) + (share[told.window].mean() / told.after)
        return float(max(1 / told.moved / (plain + outside), 1.0))

    @property
    def rest_pace(self) -> float:
        """Deals of the rest a day, in the baseline."""
        return self.rest_before / (len(self.steps.baseline) * self.steps.width) if self.steps.baseline else 0.0

    @cached_property
    def error(self) -> Error | None:
        """Of the effect: chance in the deals and what segments do by themselves."""
        if self.scattered is None or self.by_itself is None or self.scattered.residual < SAME:
            return None
        return joined(self.scattered.variance, self.scattered.freedom, self.by_itself)

    @cached_property
    def distances(self) -> Distances | None:
        """Step by step, over all steps with deals."""
        if self.fitted is not None and self.scattered is not None:
            return distances(self.fitted, self._course(self.fitted_steps), residual=self.scattered.residual)
        if self._resting is not None and self.residual_before is not None:
            return distances(self._resting, self._course(self.steps.baseline), residual=self.residual_before)
        return None

    def _course(self, fitted: tuple[int, ...]) -> Course:
        return Course(here=self.here, rest=self.rest, steps=self.all_steps, base=self.steps.baseline, fitted=fitted)

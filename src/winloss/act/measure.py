"""One action as of one day: where it stands, what its deals could show, what they do show, and the verdict.

No verdict before the window has ended and its deals are ripe; before that, planned looks show the effect so far, each
at a bound that keeps all of them together at 5 %. What a look shows depends on its day alone, never on how often somebody asks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from winloss.act.action import Action, Basis
from winloss.act.drift import drift
from winloss.act.effect import FEWEST_DEALS
from winloss.act.evidence import Evidence, Subject
from winloss.act.judge import LEVEL, Error, luck
from winloss.act.measurement import (
    GOAL,
    Bin,
    Drift,
    Look,
    Measurement,
    Method,
    Placebos,
    Plan,
    Span,
    Standing,
)
from winloss.act.plan import plan, why_no_error
from winloss.act.scale import Scale
from winloss.act.series import course
from winloss.act.steps import BASELINE_DAYS, Steps, date_of, found_spans, lay
from winloss.act.verdicts import Case, Ruling, rule
from winloss.stats.estimate import Estimate
from winloss.stats.looks import bounds
from winloss.stats.shares import normal_quantile, wilson
from winloss.synthesize import phrases
from winloss.synthesize.coded import NO_DAY, day_number

CLEAN_STEPS = 18
"""Steps before the start in which a segment may be seen moving on its own."""
MOST_EFFECTS = 200
JUMPING = 0.01
"""The p of an unmoved distance under which the reader is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What else is known around an action.

    Parameters
    ----------
    as_of
        The day (since 1970) up to which deals are known.
    first_day
        The first day of which there are deals.
    overlaps
        Ids of other actions on some of the same deals in the window.
    kept_out
        Windows of other actions on some of the same deals before.
    inside_baseline
        Ids of those.
    """

    as_of: int
    first_day: int
    overlaps: tuple[str, ...] = ()
    kept_out: tuple[Span, ...] = ()
    inside_baseline: tuple[str, ...] = ()


def measure(subject: Subject, around: Around) -> Measurement:
    """Measure one action."""
    return _Measuring(subject, around).told()


class _Measuring:
    def __init__(self, subject: Subject, around: Around) -> None:
        self.subject, self.around = subject, around
        self.action: Action = subject.action
        self.scale = Scale(self.action.measure)
        self.ripe_days = subject.sample.ripe_days
        self.ends = day_number(self.action.ends_on)
        self.begins = day_number(self.action.begins_on)
        self.bounds = bounds([(i + 1) / self.action.looks for i in range(self.action.looks)])
        self.steps = self._lay()

    def _lay(self) -> Steps:
        """Without the deals in which the segment was found, where enough are left; else with them."""
        if not found_spans(self.action) or self._known_with(self._laid(with_found=False)).enough_before:
            return self._laid(with_found=False)
        return self._laid(with_found=True)

    def _laid(self, *, with_found: bool) -> Steps:
        return lay(
            self.action,
            first_day=self.around.first_day,
            last_day=min(self.around.as_of - self.ripe_days, self.begins - 1),
            ripe_days=self.ripe_days if self.action.basis is Basis.CREATED else 0,
            others=self.around.kept_out,
            with_found=with_found,
        )

    def _known_with(self, steps: Steps) -> Evidence:
        return Evidence(self.subject, steps, min(self.around.as_of, self.begins - 1))

    @cached_property
    def known(self) -> Evidence:
        """The evidence of the day before the start."""
        return self._known_with(self.steps)

    @property
    def chosen_by_luck(self) -> bool:
        """Whether the baseline holds deals in which the segment may have been found."""
        told = bool(found_spans(self.action))
        return self.action.found_among != 1 and (not told or not self.steps.found)

    @cached_property
    def looks_due(self) -> list[tuple[int, int, float]]:
        """Of each planned look: the last day of its deals, the day it is due, its bound."""
        looks = self.action.looks
        cuts = [self.begins + round(self.action.days * (i + 1) / looks) - 1 for i in range(looks)]
        return [(cut, cut + self.ripe_days, bound) for cut, bound in zip(cuts, self.bounds, strict=True)]

    @cached_property
    def due(self) -> int:
        """How many looks are due."""
        return sum(day <= self.around.as_of for _, day, _ in self.looks_due)

    @property
    def standing(self) -> Standing:
        if self.around.as_of < self.begins:
            return Standing.PLANNED
        if self.around.as_of <= self.ends and self.due < self.action.looks:
            return Standing.RUNNING
        return Standing.TOLD if self.due == self.action.looks else Standing.RIPENING

    @cached_property
    def seen(self) -> Evidence | None:
        """The evidence of the latest look that is due."""
        if not self.due:
            return None
        return Evidence(self.subject, self.steps, self.looks_due[self.due - 1][0])

    @property
    def latest(self) -> Evidence:
        """The evidence of the latest look, or of the day before the start where none is due."""
        return self.known if self.seen is None else self.seen

    @cached_property
    def plan(self) -> Plan:
        if not self.steps.baseline and (why := self._why_no_baseline()):
            return Plan(goal=self.action.goal or GOAL, why=why)
        if not self.known.comparable:
            return self._plan_of_series()
        return plan(self.known, level=self._level(self.action.looks), goal=self.action.goal)

    def _why_no_baseline(self) -> str:
        if self.begins <= self.around.first_day:
            return f"The book has no deals before it begins: the first is of {phrases.day(date_of(self.around.first_day))}."
        if self.around.as_of < self.begins - 2 * BASELINE_DAYS:
            return "It begins too long after the last deals for anything to be expected of it: ask again nearer to its start."
        if self.around.inside_baseline:
            named = phrases.listed(list(self.around.inside_baseline))
            return f"Since {named} ran on some of the same deals there is no clean time before it."
        return ""

    def _level(self, look: int) -> float:
        """The two-sided p at which look number `look` tells."""
        from scipy.special import ndtr

        return LEVEL if self.action.looks == 1 else 2 * float(ndtr(-self.bounds[look - 1]))

    def _plan_of_series(self) -> Plan:
        blank = Plan(deals_before=self.known.before)
        goal = self.action.goal or blank.goal
        pretended = course(self.known, shift=self.steps.after)
        if pretended is None:
            why = "There is nothing to compare with, and fewer than eight earlier steps of its own course to go by."
            return replace(blank, goal=goal, why=why)
        level, size = self._level(self.action.looks), self.scale.size(goal)
        pace = self.known.before / max(len(self.steps.baseline) * self.steps.width, 1)
        power = pretended.error.power(size, level)
        return replace(
            blank,
            goal=goal,
            deals_expected=round(pace * self.action.days),
            detectable=self.scale.told_size(pretended.error.detectable(level)),
            power=power,
            error=pretended.error.error,
            advice="" if power >= 0.8 else "Name deals to compare with (compared_with): it takes far fewer then.",
        )

    def told(self) -> Measurement:
        ruling = self._ruling()
        seen = self.latest
        return Measurement(
            action=self.action,
            as_of=date_of(self.around.as_of),
            standing=self.standing,
            told_on=date_of(self.ends + self.ripe_days),
            ripe_days=self.ripe_days,
            plan=self.plan,
            method=self.method,
            verdict=ruling.verdict,
            why=ruling.why,
            effect=self._effect,
            p=self._p(),
            here_before=self._plain(seen, here=True, window=False),
            here_after=self._plain(seen, here=True, window=True),
            rest_before=self._plain(seen, here=False, window=False),
            rest_after=self._plain(seen, here=False, window=True),
            **self._exposure(),
            baseline=self.steps.spans(self.steps.baseline),
            window=Span(first=self.action.begins_on, last=self.action.ends_on),
            found=next(iter(found_spans(self.action)), None),
            ramp=next(iter(self.steps.spans(self.steps.ramp)), None),
            adjusted_for=tuple(one.label for one in self.subject.sample.fixed) if self._differs else (),
            drift=self.drift,
            bins=self._bins(),
            placebos=self._placebos(),
            looks=self._looks(),
            overlaps=self.around.overlaps,
            caveats=tuple(self._caveats()),
            decision=ruling.decision,
            decision_why=ruling.decision_why,
        )

    @property
    def _differs(self) -> bool:
        return self.method is Method.DIFFERENCES

    @cached_property
    def method(self) -> Method:
        if not self.latest.enough_before:
            return Method.NONE
        return Method.DIFFERENCES if self.latest.comparable else Method.SERIES

    @cached_property
    def _computed(self) -> tuple[float, Error] | None:
        """The effect as computed, with its error; None where it cannot be had."""
        return self._computed_of(self.seen)

    def _computed_of(self, seen: Evidence | None) -> tuple[float, Error] | None:
        if seen is None or self.method is Method.NONE:
            return None
        if self.method is Method.SERIES:
            told = course(seen)
            return None if told is None else (told.effect, told.error)
        if seen.fitted is None or seen.error is None:
            return None
        return seen.fitted.effect, seen.error

    @cached_property
    def _effect(self) -> Estimate:
        if self._computed is None or self.seen is None:
            return Estimate.refused(self._why_no_effect(), n=self.latest.after)
        return self._told(*self._computed, self.seen, self._level(self.due))

    def _told(self, effect: float, error: Error, seen: Evidence, level: float) -> Estimate:
        reach = error.reach(level)
        low, high = effect - reach, effect + reach
        lower, upper = self._lucky
        method = f"{self.method}, {phrases.percent(1 - level)}" if level != LEVEL else str(self.method)
        return self.scale.effect(effect, low - lower, high + upper, n=seen.after, method=method)

    @cached_property
    def _lucky(self) -> tuple[float, float]:
        """How much lower and higher the effect may be, were the baseline chosen by luck."""
        if not self.chosen_by_luck or self.known.residual_before is None or not self.known.before:
            return 0.0, 0.0
        distance = self._distance_before()
        error = float(np.sqrt(self.known.residual_before / self.known.before))
        allowed = luck(self.action.found_among, error, distance)
        # A baseline that was low by bad luck rises by itself: the effect may be that much lower.
        return (allowed, 0.0) if distance < 0 else (0.0, allowed)

    def _distance_before(self) -> float:
        at = self.known.at(self.steps.baseline)
        here, rest = self.known.here.of(at), self.known.rest.of(at)
        if not rest.deals.sum():
            return 0.0
        return float(here.total.sum() / here.deals.sum() - rest.total.sum() / rest.deals.sum())

    def _why_no_effect(self) -> str:
        if self.standing in {Standing.PLANNED, Standing.RUNNING} or not self.due:
            return f"No look is due before {phrases.day(date_of(self.looks_due[0][1]))}."
        seen = self.latest
        if not seen.enough_before:
            return self.plan.why or "There are too few deals before the start."
        if not seen.after:
            return "No deal of the segment is of the window."
        if self.method is Method.SERIES:
            return "There is nothing to compare with, and fewer than eight earlier steps of its own course to go by."
        return why_no_error(seen)

    def _p(self) -> float | None:
        """Two-sided p of no effect, of what luck cannot have made."""
        if self._computed is None:
            return None
        effect, error = self._computed
        lower, upper = self._lucky
        return error.p(max(effect - lower, 0.0) if effect > 0 else min(effect + upper, 0.0))

    @cached_property
    def drift(self) -> Drift:
        seen = self.latest
        nothing = Drift(slope=Estimate.refused("There is nothing to compare with."), p=None, joint_p=None, moving=False)
        if seen.distances is None or self.method is not Method.DIFFERENCES:
            return nothing
        spare = {*self.steps.found, *self.steps.ramp, *self.steps.kept_out}
        clean = [s for s in range(-CLEAN_STEPS, 0) if s not in spare and s >= self.steps.first]
        contrast = 1 / self.steps.after + 1 / len(self.steps.baseline)
        by_itself = seen.by_itself.variance / contrast if seen.by_itself else 0.0
        found = drift(seen.distances, self.steps.baseline, clean, step_days=self.steps.width, by_itself=by_itself)
        return replace(found, slope=self._told_slope(found.slope))

    def _told_slope(self, slope: Estimate) -> Estimate:
        if slope.value is None or slope.low is None or slope.high is None:
            return slope
        return replace(
            slope,
            value=self.scale.told(slope.value),
            low=self.scale.told(slope.low),
            high=self.scale.told(slope.high),
        )

    def _ruling(self) -> Ruling:
        return rule(
            Case(
                action=self.action,
                standing=self.standing,
                told_on=date_of(self.ends + self.ripe_days),
                effect=self._effect,
                before=self.known.before,
                after=self.seen.after if self.seen is not None else 0,
                plan=self.plan,
                drift=self.drift,
                judged=not self._differs or self.drift.p is not None,
                overlaps=self.around.overlaps,
            )
        )

    def _plain(self, seen: Evidence, *, here: bool, window: bool) -> Estimate:
        steps = list(range(self.steps.after)) if window else list(self.steps.baseline)
        if not steps:
            return Estimate.refused("There is no clean time before the start.")
        if window and seen.last < self.begins:
            return self._so_far(here=here)
        cells = (seen.here if here else seen.rest).of(seen.at(steps))
        n = round(float(cells.deals.sum()))
        if not n:
            return Estimate.refused("No deals." if here else "There is nothing to compare with.")
        total = float(cells.total.sum())
        if self.action.measure.is_share:
            return wilson(round(total), n)
        return Estimate(value=float(np.expm1(total / n)), n=n, method="geometric mean of days")

    def _so_far(self, *, here: bool) -> Estimate:
        """How many deals the window has so far, and no rate: looking at it every day is a way to be fooled."""
        if self.around.as_of < self.begins:
            return Estimate.refused("It has not begun.")
        so_far = Evidence(self.subject, self.steps, min(self.around.as_of, self.ends))
        day = phrases.day(date_of(self.looks_due[0][1]))
        return Estimate.refused(f"It is told from {day}.", n=so_far.after if here else so_far.rest_after)

    def _exposure(self) -> dict[str, int]:
        """Deals of the window by when they were created, and those that are not ripe."""
        sample, rows = self.subject.sample, self.subject.rows
        inside = rows[(sample.day[rows] >= self.begins) & (sample.day[rows] <= self.ends)]
        born = sample.born[inside]
        early = int(((born < self.begins) & (born != NO_DAY)).sum())
        waiting = self.subject.unripe
        unripe = int(((waiting >= self.begins) & (waiting <= self.ends)).sum())
        return {"exposed": len(inside) - early, "partly_exposed": early, "unripe": unripe}

    def _bins(self) -> tuple[Bin, ...]:
        seen = self.latest
        if seen.distances is None:
            return ()
        out = []
        for i, step in enumerate(seen.distances.steps):
            if step < -CLEAN_STEPS or (step >= 0 and seen.last < seen.steps.edge(step)):
                continue
            out.append(
                Bin(
                    span=self.steps.span(step),
                    phase=self.steps.phase(step),
                    n=int(seen.distances.deals[i]),
                    value=self._bin_value(seen, i),
                )
            )
        return tuple(out)

    def _bin_value(self, seen: Evidence, i: int) -> Estimate:
        found = seen.distances
        if found is None or not np.isfinite(found.values[i]) or not np.isfinite(found.variances[i]):
            return Estimate.refused("No deals.")
        reach = normal_quantile(0.95) * float(np.sqrt(found.variances[i]))
        value = float(found.values[i])
        return self.scale.effect(value, value - reach, value + reach, n=int(found.deals[i]), method="95 %")

    def _placebos(self) -> Placebos:
        seen = self.latest
        if self.method is not Method.DIFFERENCES or not seen.pretended.n:
            return Placebos()
        pretended = seen.pretended
        by_itself = seen.by_itself.variance if seen.by_itself else 0.0
        as_large = None
        if self._computed is not None:
            own = abs(self._computed[0]) / self._computed[1].error
            others = np.abs(pretended.effects) / np.sqrt(pretended.variances + by_itself)
            as_large = float((others >= own).mean())
        every = max(1, -(-pretended.n // MOST_EFFECTS))
        return Placebos(
            n=pretended.n,
            spread=float(np.sqrt(by_itself)),
            as_large=as_large,
            effects=tuple(self.scale.told(float(one)) for one in pretended.effects[::every]),
        )

    def _looks(self) -> tuple[Look, ...]:
        if self.action.looks == 1:
            return ()
        return tuple(self._look(number) for number in range(1, self.action.looks + 1))

    def _look(self, number: int) -> Look:
        cut, day, bound = self.looks_due[number - 1]
        information = number / self.action.looks
        blank = Look(due_on=date_of(day), information=information, bound=bound, effect=Estimate.refused("Not due yet."))
        if number > self.due:
            return blank
        seen = self.seen if number == self.due else Evidence(self.subject, self.steps, cut)
        computed = self._computed_of(seen)
        if computed is None or seen is None or seen.after < FEWEST_DEALS:
            return replace(blank, effect=Estimate.refused(f"Fewer than {FEWEST_DEALS} deals."), crossed=False)
        effect = self._told(*computed, seen, self._level(number))
        crossed = effect.low is not None and effect.high is not None and (effect.low > 0 or effect.high < 0)
        return replace(blank, effect=effect, crossed=crossed and not self.drift.moving and not self.around.overlaps)

    def _caveats(self) -> Sequence[str]:
        found: list[str] = []
        if self.action.basis is Basis.CLOSED and (early := self._exposure()["partly_exposed"]):
            deals = f"{phrases.count(early, 'deal')} of the window {'was' if early == 1 else 'were'}"
            found.append(
                f"{deals} created before it began and met the action only in part: a full effect may be larger."
            )
        if self.chosen_by_luck:
            found.append(
                "The baseline holds deals in which the segment may have been chosen for its bad luck, which does not "
                "last: the interval allows for that. With the span in which it was found, it could be narrower."
            )
        if self.around.inside_baseline:
            named = phrases.listed(list(self.around.inside_baseline))
            found.append(f"Before, {named} ran on some of the same deals: that time is left out of the baseline.")
        if self.method is Method.SERIES:
            found.append(
                "There is nothing to compare with: whatever else began at the same time is measured with the action."
            )
        if self._differs and self.drift.joint_p is not None and self.drift.joint_p < JUMPING:
            found.append("Before the start its distance from the rest jumped about more than chance explains.")
        if self.action.decided_on is not None and self.action.decided_on > self.action.begins_on:
            found.append(
                f"It was written down on {phrases.day(self.action.decided_on)}, after it began: a window that may have been "
                "chosen by its result proves less."
            )
        return found

"""Time in steps of about 30 days around the start of an action: which steps count as before, which as the window.

Step 0 begins on the first day of the window; the window is a whole number of steps. The baseline is made of the clean steps
that lie nearest before: none in which the segment was found, none of deals that entered before the action and end after
it began, none in which another action ran on the segment.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from winloss.act.action import Action
from winloss.act.measurement import Span
from winloss.act.sample import Days
from winloss.synthesize.coded import day_number

STEP_DAYS = 30
BASELINE_DAYS = 183
"""Half a year."""
FEWEST_BEFORE = 2
"""Steps a baseline needs."""
_EPOCH = dt.date(1970, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """The geometry of one measurement; steps are whole numbers, negative before the start.

    Parameters
    ----------
    begins, days
        First day of the window (days since 1970) and its length.
    after
        Steps of the window.
    first
        The earliest whole step of which there are deals.
    baseline, found, ramp, kept_out
        Steps that count as before; those in which the segment was found; those of deals half exposed; those in which
        another action ran.
    """

    begins: int
    days: int
    after: int
    first: int
    baseline: tuple[int, ...]
    found: tuple[int, ...] = ()
    ramp: tuple[int, ...] = ()
    kept_out: tuple[int, ...] = ()

    @property
    def width(self) -> float:
        """Days of a step."""
        return self.days / self.after

    def of(self, day: Days) -> Days:
        """The step of each day."""
        return np.asarray(np.floor_divide((day - self.begins) * self.after, self.days), np.int64)

    def edge(self, step: int) -> int:
        """First day of a step (days since 1970)."""
        return self.begins + math.ceil(step * self.days / self.after)

    def span(self, step: int) -> Span:
        """The days of a step."""
        return Span(first=date_of(self.edge(step)), last=date_of(self.edge(step + 1) - 1))

    def spans(self, steps: Sequence[int]) -> tuple[Span, ...]:
        """Neighbouring steps as one span each."""
        runs: list[list[int]] = []
        for step in sorted(steps):
            if runs and step == runs[-1][-1] + 1:
                runs[-1].append(step)
            else:
                runs.append([step])
        return tuple(Span(first=self.span(run[0]).first, last=self.span(run[-1]).last) for run in runs)

    def phase(self, step: int) -> str:
        """What a step counts as: window, baseline, found, ramp, or before."""
        if 0 <= step < self.after:
            return "window"
        for name in ("baseline", "found", "ramp"):
            if step in getattr(self, name):
                return name
        return "before"


def date_of(day: int) -> dt.date:
    """The date of a day number."""
    return _EPOCH + dt.timedelta(days=int(day))


def lay(
    action: Action,
    *,
    first_day: int,
    last_day: int | None = None,
    ripe_days: int,
    others: Sequence[Span] = (),
    with_found: bool = False,
) -> Steps:
    """Lay the steps of an action.

    Parameters
    ----------
    first_day
        The first day of which the book has deals.
    last_day
        The last day of which it has ripe ones, where the action has not begun: later steps are in no baseline.
    ripe_days
        How long deals take; where they are placed before they end, so many days before the start are the ramp.
    others
        Windows of other actions on the same deals, which are kept out.
    with_found
        Take the deals in which the segment was found into the baseline all the same: see `luck`.
    """
    begins, days = day_number(action.begins_on), action.days
    after = max(1, round(days / STEP_DAYS))
    plain = Steps(begins=begins, days=days, after=after, first=0, baseline=())
    first = math.ceil((first_day - begins) * after / days)
    ramp = tuple(range(max(first, -math.ceil(ripe_days / plain.width)), 0))
    found = _inside(plain, first, found_spans(action))
    kept_out = _inside(plain, first, others)
    spare = {*ramp, *kept_out, *(() if with_found else found)}
    known = [step for step in range(-1, first - 1, -1) if last_day is None or plain.edge(step + 1) <= last_day + 1]
    clean = [step for step in known if step not in spare]
    wanted = max(FEWEST_BEFORE, round(BASELINE_DAYS / plain.width))
    return Steps(
        begins=begins,
        days=days,
        after=after,
        first=first,
        baseline=tuple(sorted(clean[:wanted])),
        found=() if with_found else found,
        ramp=ramp,
        kept_out=kept_out,
    )


def found_spans(action: Action) -> tuple[Span, ...]:
    """The span in which the segment was found, where it was told."""
    if action.found_from is None or action.found_to is None:
        return ()
    return (Span(first=action.found_from, last=action.found_to),)


def _inside(plain: Steps, first: int, spans: Sequence[Span]) -> tuple[int, ...]:
    """Steps before the start that share a day with any of the spans."""
    hit = [
        step
        for step in range(first, 0)
        if any(
            plain.edge(step) <= day_number(span.last) and plain.edge(step + 1) > day_number(span.first)
            for span in spans
        )
    ]
    return tuple(hit)

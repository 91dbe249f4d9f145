"""An action: what was decided, by whom, for which segment and measure, from when to when."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from winloss.act.measures import Measure, MeasureKind
from winloss.errors import UserError
from winloss.tables.segment import Segment

WINDOW_DAYS = 60
LEAST_DAYS, LONGEST_DAYS = 14, 731
MOST_LOOKS = 4


class ActionKind(StrEnum):
    """What is done."""

    CONTENT = "content"
    CAMPAIGN_PAUSE = "campaign_pause"
    COMPETITOR_PAGE = "competitor_page"
    SCORING_WEIGHT = "scoring_weight"
    ENABLEMENT = "enablement"
    PRICING = "pricing"
    PROCESS = "process"
    PRODUCT = "product"


class State(StrEnum):
    """Where an action stands. The first two follow from its dates, the others are written when they happen."""

    PLANNED = "planned"
    RUNNING = "running"
    MEASURED = "measured"
    KEPT = "kept"
    STOPPED = "stopped"
    EXTENDED = "extended"


class Basis(StrEnum):
    """Which day puts a deal before or after: that of its close, or that of its creation."""

    CLOSED = "closed"
    CREATED = "created"


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One action.

    Parameters
    ----------
    id
        Short and unique in the book.
    do
        What is done, in a sentence.
    segment
        The deals it is for; no conditions are all deals.
    measure
        What should move.
    begins_on, ends_on
        First and last day of its window, both included.
    basis
        Which deals are of the window: those closed in it, or those created in it.
    owner_id
        Who does it: an opaque id of `people`; "" where nobody is named.
    decided_on
        When it was decided.
    found_from, found_to
        The span of deals in which the segment was found to be bad: kept out of the baseline, since bad luck does not
        last. None where it was not told: then every earlier deal may have been looked at.
    found_among
        How many segments were looked at when this one was chosen; 1 where it was chosen without looking at outcomes.
    goal
        The effect that is hoped for, as a size: 0.1 is ten points of a share, or a tenth of the cycle. None: `GOAL`.
    looks
        Planned looks, the last one at the end among them: 1 to 4.
    compared_with
        The deals to compare with; None is the rest of the book.
    finding
        Id of the finding it answers to, or "".
    state
        What was written last; see `state_on`.
    """

    id: str
    do: str
    segment: Segment
    measure: Measure
    begins_on: dt.date
    ends_on: dt.date
    kind: ActionKind = ActionKind.PROCESS
    basis: Basis = Basis.CLOSED
    owner_id: str = ""
    decided_on: dt.date | None = None
    found_from: dt.date | None = None
    found_to: dt.date | None = None
    found_among: int | None = None
    goal: float | None = None
    looks: int = 1
    compared_with: Segment | None = None
    finding: str = ""
    state: State = State.PLANNED

    def __post_init__(self) -> None:
        for wrong, says in self._wrongs():
            if wrong:
                raise UserError(f"The action {self.id!r} {says}.")

    def _wrongs(self) -> tuple[tuple[bool, str], ...]:
        days = (self.ends_on - self.begins_on).days + 1
        half_found = (self.found_from is None) != (self.found_to is None)
        return (
            (not self.id.strip(), "has no id: give it one"),
            (days < 1, f"ends on {self.ends_on}, before it begins on {self.begins_on}: choose a later end"),
            (0 < days < LEAST_DAYS, f"has a window of {days} days: choose {LEAST_DAYS} or more"),
            (days > LONGEST_DAYS, f"has a window of {days:,} days: choose two years at most"),
            (not 1 <= self.looks <= MOST_LOOKS, f"plans {self.looks} looks: choose 1 to {MOST_LOOKS}"),
            (half_found, "tells only one end of the span in which its segment was found: give both or neither"),
            (
                self.found_from is not None and self.found_to is not None and self.found_to < self.found_from,
                "was found in a span that ends before it begins: swap the two dates",
            ),
            (
                self.found_to is not None and self.found_to >= self.begins_on,
                f"was found in deals up to {self.found_to}, within its own window: let it begin after that day",
            ),
            (
                self.measure.kind is MeasureKind.CYCLE_DAYS and self.basis is Basis.CREATED,
                "measures cycles of deals by their creation, where only quick deals would count: choose basis closed",
            ),
            (self.found_among is not None and self.found_among < 1, "was chosen among fewer than one segment"),
            (self.goal is not None and not 0 < self.goal <= 1, f"has a goal of {self.goal}: choose 0.01 to 1"),
            (
                self.goal is not None and self.measure.is_share and self.goal > 0.9,
                f"has a goal of {self.goal} of a share: 0.1 is ten points",
            ),
        )

    @property
    def days(self) -> int:
        """Length of the window."""
        return (self.ends_on - self.begins_on).days + 1

    def state_on(self, day: dt.date) -> State:
        """Where it stands on a day: what was written, else planned until it begins and running from then on."""
        if self.state not in {State.PLANNED, State.RUNNING}:
            return self.state
        return State.PLANNED if day < self.begins_on else State.RUNNING

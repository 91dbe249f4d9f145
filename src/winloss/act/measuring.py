"""Every action of a book, measured: which deals are asked for, and what each action is held against."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import ibis.expr.types as ir
import numpy as np

from winloss.act import reading
from winloss.act.action import Action, ActionKind, Basis
from winloss.act.evidence import Subject
from winloss.act.measure import Around, measure
from winloss.act.measurement import Measurement, Span
from winloss.act.measures import MeasureKind
from winloss.act.panel import LONGEST_DAYS, Panel, panel
from winloss.act.sample import Days, Marks, Sample
from winloss.act.steps import BASELINE_DAYS
from winloss.aggregate import acting
from winloss.aggregate import periods as period_counts
from winloss.errors import UserError
from winloss.synthesize import ripeness
from winloss.synthesize.as_of import AsOf
from winloss.synthesize.asking import Ask, rows
from winloss.synthesize.attributes import columns_of
from winloss.synthesize.coded import day_number, read_days, read_marks
from winloss.tables.custom import CustomColumn
from winloss.tables.segment import Segment

SHARED = 0.1
"""Actions that share so many of the window's deals cannot be told apart; of fewer, those deals are set aside."""
MOST_ASIDE = 0.5

MOVED: dict[ActionKind, frozenset[str]] = {
    ActionKind.CONTENT: frozenset({"content", "campaign"}),
    ActionKind.CAMPAIGN_PAUSE: frozenset({"content", "campaign", "lead_source"}),
    ActionKind.SCORING_WEIGHT: frozenset({"content", "campaign", "lead_source"}),
    ActionKind.PRICING: frozenset({"product"}),
    ActionKind.PRODUCT: frozenset({"product"}),
}
"""Attributes that an action of a kind may itself move: held fixed, they would hide its effect."""

Subjects: TypeAlias = tuple[Sample, Panel]
Key: TypeAlias = tuple[str, Basis, frozenset[str], dt.date | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The deals to measure on: resolved deals as they stood on a day, and the stage changes of the book."""

    deals: ir.Table
    changes: ir.Table | None
    as_of: AsOf
    custom: Sequence[CustomColumn] = field(default=())


def measure_all(asked: Asked, actions: Sequence[Action], *, wanted: Sequence[str], ask: Ask) -> tuple[Measurement, ...]:
    """Measure the actions whose ids are `wanted`, in that order.

    Parameters
    ----------
    asked
        The deals and the day.
    actions
        Every action of the book: those that ran on the same deals are held against each other.
    ask
        Runs one expression.

    Raises
    ------
    UserError
        Where no deal has a date, a segment names a field that the deals do not have, or a conversion is asked for and the
        book has no changes of deal stage.
    """
    if asked.as_of.day is None:
        raise UserError("No deal of this book has a date: nothing can be placed before or after an action.")
    by_id = {action.id: action for action in actions}
    desk = _Desk(asked, list(actions), ask)
    return tuple(desk.measured(by_id[name]) for name in wanted)


class _Desk:
    """Deals are read once for all actions, samples made once for each measure and basis."""

    def __init__(self, asked: Asked, actions: Sequence[Action], ask: Ask) -> None:
        self.asked, self.actions, self.ask = asked, actions, ask
        day = asked.as_of.day or dt.date.min
        # After the last credible day nothing is known: a window is not over because the calendar says so.
        self.day = min(day, asked.as_of.credible_until or day)
        self.as_of = day_number(self.day)
        self.segments = _segments(actions)
        # The same for whichever actions are chosen, so that the answer can be kept.
        of_measures = [name for action in actions for name in reading.OF_MEASURE.get(action.measure.kind, ())]
        self.columns = (*columns_of(asked.deals.columns, asked.custom), *dict.fromkeys(of_measures))
        self.since = self._since()
        self._deals: dict[str, reading.Deals] = {}
        self._samples: dict[Key, Subjects] = {}
        self._ripe: int | None = None
        self._young: tuple[Days, tuple[Marks, ...]] | None = None

    def _since(self) -> dt.date:
        """The beginning of the year of the first deal that any action needs."""
        first = min((action.begins_on for action in self.actions), default=self.day)
        return dt.date((first - dt.timedelta(days=LONGEST_DAYS)).year, 1, 1)

    def measured(self, action: Action) -> Measurement:
        sample, counted = self._sample(action)
        inside = self._inside(action.segment, sample, action)
        around, aside = self._around(action, sample, inside)
        if action.compared_with is not None:
            aside = aside | ~(inside | self._inside(action.compared_with, sample, action))
        fields = set(action.segment.fields)
        subject = Subject(
            action=action,
            sample=sample,
            panel=counted,
            rows=np.flatnonzero(inside & ~aside),
            aside=np.flatnonzero(aside),
            unripe=self._unripe(action, sample),
            own=tuple(i for i, one in enumerate(sample.fixed) if one.field in fields),
        )
        return measure(subject, around)

    def _sample(self, action: Action) -> Subjects:
        key = self._key(action)
        if key not in self._samples:
            made = self._made(action)
            self._samples[key] = (made, panel(made))
        return self._samples[key]

    def _key(self, action: Action) -> Key:
        converts = action.measure.kind is MeasureKind.CONVERSION
        return str(action.measure), action.basis, _moved(action), action.begins_on if converts else None

    def _made(self, action: Action) -> Sample:
        deals, moved = self._read(action), _moved(action)
        if action.measure.kind is MeasureKind.CONVERSION:
            begins = day_number(action.begins_on)
            return reading.conversions(deals, as_of=self.as_of, begins=begins, moved=moved)
        ripe_days = self._ripe_days() if action.basis is Basis.CREATED else 0
        return reading.sample(deals, action.measure, action.basis, as_of=self.as_of, ripe_days=ripe_days, moved=moved)

    def _read(self, action: Action) -> reading.Deals:
        key = str(action.measure) if action.measure.kind is MeasureKind.CONVERSION else ""
        if key not in self._deals:
            self._deals[key] = reading.read(self.ask(self._expression(action)), self.asked.custom)
        return self._deals[key]

    def _expression(self, action: Action) -> ir.Table:
        deals = self.asked.deals
        if action.measure.kind is not MeasureKind.CONVERSION:
            return acting.closed_deals(deals, self.columns, self.segments, since=self.since)
        if self.asked.changes is None:
            raise UserError("This book has no changes of deal stage: import them, or choose another measure.")
        return acting.entered(deals, self.asked.changes, action.measure.stages, self.columns, self.segments)

    def _ripe_days(self) -> int:
        if self._ripe is None:
            cohorts = rows(self.ask, period_counts.cohorts(self.asked.deals))
            self._ripe = ripeness.judge(cohorts, self.asked.as_of).after_days
        if self._ripe is None:
            raise UserError(
                "This book is too short to say how long deals take: measure by the day deals close (basis closed)."
            )
        return self._ripe

    def _inside(self, segment: Segment, sample: Sample, action: Action) -> Marks:
        return self._read(action).inside[self.segments.index(segment)][sample.at]

    def _unripe(self, action: Action, sample: Sample) -> Days:
        """Days of the segment's deals that are not ripe yet."""
        if not sample.ripe_days:
            return np.zeros(0, np.int64)
        place = self.segments.index(action.segment)
        if action.measure.kind is MeasureKind.CONVERSION:
            deals = self._read(action)
            entered = read_days(deals.column("entered_on"), deals.n)
            young = deals.inside[place] & (entered + sample.ripe_days > self.as_of) & (entered <= self.as_of)
            return np.asarray(entered[young])
        created, inside = self._young_deals(sample.ripe_days)
        return np.asarray(created[inside[place]])

    def _young_deals(self, ripe_days: int) -> tuple[Days, tuple[Marks, ...]]:
        if self._young is None:
            since = self.day - dt.timedelta(days=ripe_days - 1)
            table = self.ask(acting.young_deals(self.asked.deals, self.segments, since=since))
            marks = [read_marks(table[f"{acting.INSIDE}{i}"], table.num_rows) for i in range(len(self.segments))]
            self._young = read_days(table["created_on"], table.num_rows), tuple(marks)
        return self._young

    def _around(self, action: Action, sample: Sample, inside: Marks) -> tuple[Around, Marks]:
        """The other actions: which cannot be told apart, when they ran before, and whose deals are set aside."""
        first_day = int(sample.day.min(initial=self.as_of))
        aside = np.zeros(sample.n, bool)
        overlaps, before = [], []
        for other in self.actions:
            if other.id == action.id or other.begins_on > action.ends_on:
                continue
            theirs = self._inside(other.segment, sample, action)
            if _meet(other, action) and _shared(sample, action, inside, theirs) >= SHARED:
                overlaps.append(other.id)
            elif _ran_before(other, action) and (inside & theirs).any():
                before.append(other)
            if other.id not in overlaps and day_number(other.begins_on) > _baseline_from(action):
                # Their deals leave the rest before and after alike, those they share with this action only since.
                aside |= (theirs & ~inside) | (theirs & inside & _since(sample, other) & (other not in before))
        if (aside & ~inside).sum() > MOST_ASIDE * max((~inside).sum(), 1):
            aside &= inside
        around = Around(
            as_of=self.as_of,
            first_day=first_day,
            overlaps=tuple(overlaps),
            # What ran before goes on working: only after it is all of one kind.
            kept_out=tuple(Span(first=dt.date(1970, 1, 1), last=one.ends_on) for one in before),
            inside_baseline=tuple(one.id for one in before),
        )
        return around, aside


def _segments(actions: Sequence[Action]) -> list[Segment]:
    found: Mapping[Segment, None] = dict.fromkeys(
        segment for action in actions for segment in (action.segment, action.compared_with) if segment is not None
    )
    return list(found)


def _moved(action: Action) -> frozenset[str]:
    """What is not held fixed; the segment's own fields always may be."""
    return MOVED.get(action.kind, frozenset()) - set(action.segment.fields)


def _meet(other: Action, action: Action) -> bool:
    return other.begins_on <= action.ends_on and action.begins_on <= other.ends_on


def _baseline_from(action: Action) -> int:
    """No baseline is older than a year."""
    return day_number(action.begins_on) - 2 * BASELINE_DAYS


def _ran_before(other: Action, action: Action) -> bool:
    return other.ends_on < action.begins_on and day_number(other.ends_on) > _baseline_from(action)


def _shared(sample: Sample, action: Action, inside: Marks, theirs: Marks) -> float:
    """Share of the window's deals that are the other action's as well; of all deals where the window has none yet."""
    window = (sample.day >= day_number(action.begins_on)) & (sample.day <= day_number(action.ends_on))
    mine = inside & window if (inside & window).any() else inside
    return float((mine & theirs).sum() / max(mine.sum(), 1))


def _since(sample: Sample, other: Action) -> Marks:
    return np.asarray(sample.day >= day_number(other.begins_on))

"""What a report would do as planned actions, ready to edit: a study in, actions out.

Where spend should be questioned comes first, then the report's own proposals. What is about no segment (the end of a
quarter) is left out: it can be measured against nothing.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from winloss.act.action import WINDOW_DAYS, Action, ActionKind
from winloss.act.ledger import free_id
from winloss.act.measures import Measure, MeasureKind
from winloss.errors import UserError
from winloss.synthesize.channels import Came, came
from winloss.synthesize.finding import Finding, Kind
from winloss.synthesize.ranking import better
from winloss.synthesize.study import ProposedAction, Study
from winloss.tables.segment import Segment

_LEAST_GOAL, _MOST_GOAL = 0.01, 0.9
_HALF = 0.5
_BY_POINT = {
    "pricing": ActionKind.PRICING,
    "product": ActionKind.PRODUCT,
    "marketing": ActionKind.CONTENT,
    "sales": ActionKind.ENABLEMENT,
    "buyer": ActionKind.ENABLEMENT,
    "qualification": ActionKind.PROCESS,
}
FEW_LEFT = (
    'Where spend stops altogether few deals are left to measure: halve it, or measure what all deals do (segment = "").'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """One planned action, with sentences for who decides on it."""

    action: Action
    notes: tuple[str, ...]


def propose(study: Study, *, taken: Collection[str] = ()) -> tuple[Proposed, ...]:
    """Planned actions for what a study found: at most one a segment; none where it proposes none.

    Each begins on the day after the study's, for 60 days; the closings of the study are the days in which it was found,
    among all comparisons that were looked at.

    Parameters
    ----------
    study
        The study.
    taken
        Ids that are in use.
    """
    begins_on = None if study.as_of is None else study.as_of + dt.timedelta(days=1)
    if begins_on is None:
        return ()
    used, segments = set(taken), set()
    proposed = []
    for draft in (*_pauses(study), *_actions(study)):
        if draft.segment and draft.segment not in segments:
            segments.add(draft.segment)
            action = _action(draft, study, begins_on, _free(draft, used))
            used.add(action.id)
            proposed.append(Proposed(action=action, notes=draft.notes))
    return tuple(proposed)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Draft:
    do: str
    kind: ActionKind
    segment: str
    measure: Measure
    goal: float | None = None
    finding: str = ""
    notes: tuple[str, ...] = ()


def _pauses(study: Study) -> Iterator[_Draft]:
    for row in study.pause:
        yield _Draft(
            do=f"Pause what is spent on {_values(row.segment)}.",
            kind=ActionKind.CAMPAIGN_PAUSE,
            segment=row.segment,
            measure=Measure(kind=MeasureKind.WIN_RATE),
            notes=(row.words, FEW_LEFT),
        )


def _actions(study: Study) -> Iterator[_Draft]:
    findings = {finding.id: finding for finding in study.findings}
    for one in study.actions:
        try:
            measure = Measure.parse(one.measure)
        except UserError:  # a measure of the report that no action can have
            continue
        finding = findings.get(one.finding)
        yield _Draft(
            do=one.do,
            kind=_kind(one, finding, measure),
            segment=one.segment,
            measure=measure,
            goal=None if finding is None else _goal(finding),
            finding=one.finding,
            notes=(one.expect,),
        )


def _kind(one: ProposedAction, finding: Finding | None, measure: Measure) -> ActionKind:
    if measure.kind is MeasureKind.COMPETITOR:
        return ActionKind.COMPETITOR_PAGE
    if finding is None or measure.kind is not MeasureKind.WIN_RATE:
        return _BY_POINT.get(one.points_at, ActionKind.PROCESS)
    if finding.kind is Kind.CHANNEL and better(finding) is False and came(one.segment) is Came.PAID:
        return ActionKind.CAMPAIGN_PAUSE
    if finding.kind in (Kind.CHANNEL, Kind.CONTENT):
        return ActionKind.CONTENT
    return ActionKind.SCORING_WEIGHT if better(finding) else ActionKind.PROCESS


def _goal(finding: Finding) -> float | None:
    """Half of the difference, as the report hopes for; None where deals go better here and more of them are wanted."""
    here, rest = finding.here.value, finding.comparison.value if finding.comparison else None
    if here is None or rest is None or better(finding):
        return None
    return round(min(max(abs(rest - here) * _HALF, _LEAST_GOAL), _MOST_GOAL), 3)


def _action(draft: _Draft, study: Study, begins_on: dt.date, id_: str) -> Action:
    first, last = study.totals.closed_from, study.totals.closed_to
    told = first is not None and last is not None
    return Action(
        id=id_,
        do=draft.do,
        kind=draft.kind,
        segment=Segment.parse(draft.segment),
        measure=draft.measure,
        begins_on=begins_on,
        ends_on=begins_on + dt.timedelta(days=WINDOW_DAYS - 1),
        found_from=first if told else None,
        found_to=last if told else None,
        found_among=study.tested or None,
        goal=draft.goal,
        finding=draft.finding,
    )


def _values(segment: str) -> str:
    """`Paid social`, `Trade show and North`."""
    conditions = Segment.parse(segment).conditions
    return " and ".join(" or ".join(one.values) if one.values else f"no {one.field}" for one in conditions)


def _free(draft: _Draft, used: Collection[str]) -> str:
    """A short name that is free: the kind's first word and the segment's values."""
    words = re.findall(r"[a-z0-9]+(?:-[a-z0-9]+)*", _values(draft.segment).lower())
    return free_id([str(draft.kind).split("_")[0], *words], used)

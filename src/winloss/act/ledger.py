"""Actions and verdicts as rows of the book's tables, and back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from winloss.act.action import Action, ActionKind, Basis, State
from winloss.act.measurement import Decision, Measurement
from winloss.act.measures import Measure
from winloss.tables.segment import Segment

Row = dict[str, Any]
_LONGEST_ID = 24
"""Letters of an id that is made."""


def row_of(action: Action) -> Row:
    """The action as a row of `actions`; what is not told is null."""
    return {
        "action_id": action.id,
        "do": action.do,
        "kind": str(action.kind),
        "segment": str(action.segment),
        "measure": str(action.measure),
        "basis": str(action.basis),
        "begins_on": action.begins_on,
        "ends_on": action.ends_on,
        "owner_id": action.owner_id or None,
        "decided_on": action.decided_on,
        "found_from": action.found_from,
        "found_to": action.found_to,
        "found_among": action.found_among,
        "goal": action.goal,
        "looks": action.looks,
        "compared_with": None if action.compared_with is None else str(action.compared_with),
        "finding": action.finding or None,
        "state": str(action.state),
    }


def action_of(row: Mapping[str, Any]) -> Action:
    """The opposite of `row_of`; UserError where a row holds what no action can be."""
    beside = row["compared_with"]
    return Action(
        id=row["action_id"],
        do=row["do"] or "",
        kind=ActionKind(row["kind"] or ActionKind.PROCESS),
        segment=Segment.parse(row["segment"] or ""),
        measure=Measure.parse(row["measure"] or ""),
        basis=Basis(row["basis"] or Basis.CLOSED),
        begins_on=row["begins_on"],
        ends_on=row["ends_on"],
        owner_id=row["owner_id"] or "",
        decided_on=row["decided_on"],
        found_from=row["found_from"],
        found_to=row["found_to"],
        found_among=row["found_among"],
        goal=row["goal"],
        looks=row["looks"] or 1,
        compared_with=None if beside is None else Segment.parse(beside),
        finding=row["finding"] or "",
        state=State(row["state"] or State.PLANNED),
    )


def verdict_row(told: Measurement, *, said_at: dt.datetime, book_version: int, decision: Decision | None = None) -> Row:
    """The measurement as a row of `verdicts`.

    Parameters
    ----------
    told
        A measurement that has ended: its verdict, or why there is none.
    said_at
        The instant at which it is written.
    book_version
        The version of the book that it was read from.
    decision
        What a person decided; None before.
    """
    return {
        "action_id": told.action.id,
        "as_of": told.as_of,
        "verdict": None if told.verdict is None else str(told.verdict),
        "why": told.why or None,
        "method": str(told.method),
        "effect": told.effect.value,
        "effect_low": told.effect.low,
        "effect_high": told.effect.high,
        "p": told.p,
        "deals_before": told.here_before.n,
        "deals_after": told.here_after.n,
        "detectable": told.plan.detectable,
        "decision": None if decision is None else str(decision),
        "said_at": said_at,
        "book_version": book_version,
    }


def free_id(words: Iterable[str], taken: Collection[str]) -> str:
    """A short id from words: as many as fit in 24 letters, with a number where it is taken.

    >>> free_id(["mend", "the", "offer"], {"mend-the-offer"})
    'mend-the-offer-2'
    """
    first, *more = list(words) or ["action"]
    name = first[:_LONGEST_ID]
    for word in more:
        if len(name) + 1 + len(word) > _LONGEST_ID:
            break
        name = f"{name}-{word}"
    free, number = name, 2
    while free in taken:
        free, number = f"{name}-{number}", number + 1
    return free

"""Actions and verdicts in a book: reading them, landing new ones, and what people decided of them.

An action that has a verdict is not changed by an import any more, and a verdict is never rewritten.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any

import pyarrow as pa

from winloss.act.action import LONGEST_DAYS, Action, State
from winloss.act.ledger import action_of, row_of, verdict_row
from winloss.act.measurement import Decision, Measurement
from winloss.act.written import Written, window_end
from winloss.errors import UserError
from winloss.store import Book, View
from winloss.store.landing import Landing
from winloss.tables import TABLES
from winloss.tables.people import opaque

Row = dict[str, Any]
_ENDED = frozenset({State.MEASURED, State.KEPT, State.STOPPED})
_DECIDED = {Decision.KEEP: State.KEPT, Decision.STOP: State.STOPPED, Decision.EXTEND: State.EXTENDED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """The actions of a version of a book by their first day, its verdicts by action, and the names of its people."""

    actions: tuple[Action, ...]
    verdicts: Mapping[str, tuple[Row, ...]]
    names: Mapping[str, str]
    version: int

    def action(self, id_: str) -> Action:
        """The action of an id; UserError names those there are."""
        found = next((one for one in self.actions if one.id == id_), None)
        if found is None:
            raise UserError(f"No action is called {id_!r}: {_meant(id_, [one.id for one in self.actions])}")
        return found

    def record(self, action: Action) -> Row | None:
        """The verdict that stands for the action's window; None where there is none, or the action was extended since."""
        rows = self.verdicts.get(action.id, ())
        return rows[-1] if rows and action.state in _ENDED else None


def _meant(id_: str, there: Sequence[str]) -> str:
    if not there:
        return "the book holds none; `winloss act add` makes one."
    near = get_close_matches(id_, there, n=1)
    return f"did you mean {near[0]!r}?" if near else f"there are {', '.join(there)}."


def read(view: View) -> Ledger:
    """The ledger of a version."""
    tables = view.tables
    rows = view.ask(tables["actions"].order_by("begins_on", "action_id")).to_pylist()
    verdicts: dict[str, list[Row]] = {}
    for row in view.ask(tables["verdicts"].order_by("action_id", "as_of")).to_pylist():
        verdicts.setdefault(row["action_id"], []).append(row)
    people = view.ask(tables["people"].select("person_id", "name").order_by("person_id")).to_pylist()
    return Ledger(
        actions=tuple(map(action_of, rows)),
        verdicts={id_: tuple(found) for id_, found in verdicts.items()},
        names={one["person_id"]: one["name"] for one in people if one["name"]},
        version=view.manifest.version,
    )


def settled(written: Written, ledger: Ledger) -> Written:
    """The same with owners by the ids that the book's people have: a name that one person bears is that person."""
    known: dict[str, set[str]] = {}
    for id_, name in ledger.names.items():
        known.setdefault(opaque(name), set()).add(id_)
    theirs = {
        id_: next(iter(known[id_]))
        for id_ in written.owners
        if id_ not in ledger.names and len(known.get(id_, ())) == 1
    }
    return Written(
        actions=tuple(replace(one, owner_id=theirs.get(one.owner_id, one.owner_id)) for one in written.actions),
        owners={id_: name for id_, name in written.owners.items() if id_ not in theirs and id_ not in ledger.names},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Put:
    """What became of actions that were landed: ids that are new, changed, as they were, and kept for their verdict."""

    new: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    version: int = 0


def put(book: Book, written: Written, *, note: str) -> Put:
    """Land actions in the book as one version; an id that is there is updated, unless it has a verdict.

    Parameters
    ----------
    written
        The actions, owners settled, and the names of people that the book does not know.
    note
        One line for the log.
    """
    with book.read() as view:
        before = read(view)
    standing = {one.id: one for one in before.actions}
    kept = tuple(one.id for one in written.actions if one.id in before.verdicts)
    actions = [one for one in written.actions if one.id not in before.verdicts]
    with book.landing() as landing:
        _land(landing, "actions", [row_of(one) for one in actions])
        _land(landing, "people", [{"person_id": id_, "name": name} for id_, name in written.owners.items()])
        version = _commit(landing, note)
    return Put(
        new=tuple(one.id for one in actions if one.id not in standing),
        changed=tuple(one.id for one in actions if one.id in standing and standing[one.id] != one),
        unchanged=tuple(one.id for one in actions if standing.get(one.id) == one),
        kept=kept,
        version=version,
    )


def record(book: Book, told: Measurement, *, read_from: int) -> int:
    """Write a verdict down and call its action measured; the version of the book that holds it.

    Parameters
    ----------
    told
        The measurement, its window ended and its deals ripe.
    read_from
        The version of the book that it was read from.
    """
    row = verdict_row(told, said_at=dt.datetime.now(dt.UTC), book_version=read_from)
    with book.landing() as landing:
        _land(landing, "verdicts", [row])
        _land(landing, "actions", [row_of(replace(told.action, state=State.MEASURED))])
        return _commit(landing, f"verdict on {told.action.id}")


def decide(book: Book, ledger: Ledger, action: Action, decision: Decision, *, days: int) -> Action:
    """Write down what a person decided after a verdict; an extended action opens again, `days` longer.

    Raises
    ------
    UserError
        Where the action has no verdict, or would end before it.
    """
    row = ledger.record(action)
    if row is None:
        raise UserError(
            f"The action {action.id!r} has no verdict yet: decide when `winloss act verdict` has given one."
        )
    after = replace(action, state=_DECIDED[decision])
    if decision is Decision.EXTEND:
        after = replace(after, ends_on=_extended(action, row["as_of"], days))
    said = {"action_id": action.id, "as_of": row["as_of"], "decision": str(decision)}
    with book.landing() as landing:
        _land(landing, "verdicts", [said])
        _land(landing, "actions", [row_of(after)])
        _commit(landing, f"{decision} {action.id}")
    return after


def _extended(action: Action, as_of: dt.date, days: int) -> dt.date:
    """The new last day: after the verdict's, so that the second verdict stands on later deals and is another row."""
    end = window_end(action.ends_on, days + 1)
    least = (as_of - action.ends_on).days + 1
    if end <= as_of:
        raise UserError(
            f"{days} more days end on {end}, and the verdict was given as of {as_of}: extend by {least} days or more."
        )
    if (end - action.begins_on).days + 1 > LONGEST_DAYS:
        raise UserError(f"{days} more days make the window longer than two years: extend by less.")
    return end


def _land(landing: Landing, table: str, rows: Iterable[Row]) -> None:
    """Land rows that all have the same columns; those that they lack stay as they are stored."""
    told = list(rows)
    if not told:
        return
    schema = pa.schema([TABLES[table].schema.field(name) for name in told[0]])
    landing.land(table, [pa.RecordBatch.from_pylist(told, schema=schema)], schema=schema)


def _commit(landing: Landing, note: str) -> int:
    made = landing.commit(
        source=None, told={}, settings=landing.base.settings, made_at=dt.datetime.now(dt.UTC), note=note
    )
    return made.version

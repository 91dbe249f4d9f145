"""Actions as text that a person edits: TOML (`[[actions]]`) and CSV, both with the names of the table's columns as keys.

Beside these a file may say `owner` (a name) for `owner_id`, `days` for `ends_on`, and `found` ("2026-01-01..2026-03-31", or
"none") for `found_from`, `found_to` and `found_among`. Every mistake is one sentence that names the entry, the key and what to write.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from enum import StrEnum
from typing import Any

import tomlkit
from tomlkit.items import Table

from winloss.act.action import WINDOW_DAYS, Action, ActionKind, Basis, State
from winloss.act.ledger import row_of
from winloss.act.measures import Measure
from winloss.errors import UserError
from winloss.tables.act import ACTIONS
from winloss.tables.escape import safe_cell
from winloss.tables.people import is_opaque, opaque
from winloss.tables.segment import Segment

NONE = "none"
"""Written for `found`: the segment was chosen without looking at outcomes."""
_COLUMNS = tuple("owner" if name == "owner_id" else name for name in ACTIONS.schema.names)
_MORE = {
    "owner": "Who does it: a name, or an id of `people`.",
    "days": f"Length of the window, instead of ends_on; {WINDOW_DAYS} where neither is told.",
    "found": 'Instead of the three above: "2026-01-01..2026-03-31", or "none" where nobody looked at outcomes.',
}
_KEYS = (*_COLUMNS, "owner_id", "days", "found")
_NEEDED = ("action_id", "do", "segment", "measure", "begins_on")
_EXAMPLES = {
    "action_id": 'action_id = "guided-start"',
    "do": 'do = "Offer a guided start."',
    "segment": 'segment = "industry = Logistics", or "" for every deal',
    "measure": 'measure = "win_rate"',
    "begins_on": "begins_on = 2026-07-01",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What a file said: its actions in order, and the names of their owners by id."""

    actions: tuple[Action, ...]
    owners: Mapping[str, str] = field(default_factory=dict)


# --- reading --------------------------------------------------------------------------------------------------------


def read_toml(text: str, *, where: str = "the file") -> Written:
    """The actions of a TOML text.

    Parameters
    ----------
    text
        What the file holds.
    where
        What the file is called in an error.

    Raises
    ------
    UserError
        Where an entry cannot be read: names it, the key, and what to write.
    """
    try:
        document = tomllib.loads(text.removeprefix("\ufeff"))
    except tomllib.TOMLDecodeError as error:
        raise UserError(f"{where} is no valid TOML: {error}.") from None
    entries = document.pop("actions", None)
    if document:
        raise UserError(f"{where} holds {next(iter(document))!r} outside of [[actions]]: write it under one of them.")
    if not isinstance(entries, list) or not entries or not all(isinstance(one, dict) for one in entries):
        raise UserError(f"{where} holds no [[actions]]: write one, with {', '.join(_NEEDED)}.")
    return _read((f"{where}, entry {number}", entry) for number, entry in enumerate(entries, 1))


def read_csv(text: str, *, where: str = "the file") -> Written:
    """The actions of a CSV text, divided by commas or semicolons; UserError as of `read_toml`, by line."""
    text = text.removeprefix("\ufeff")
    first = text.partition("\n")[0]
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=";" if first.count(";") > first.count(",") else ",")
    header = [name.strip() for name in next(rows, [])]
    if missing := [name for name in _NEEDED if name not in header]:
        raise UserError(f"{where} has no column {missing[0]!r}: its first line names {', '.join(_NEEDED)} and others.")
    read = _read(_lines(rows, header, where))
    if not read.actions:
        raise UserError(f"{where} holds no action under its header: write one a line.")
    return read


def read_entry(entry: Mapping[str, Any], *, where: str) -> Written:
    """One action by its keys; UserError as of `read_toml`."""
    return _read([(where, entry)])


def _lines(rows: Any, header: Sequence[str], where: str) -> Iterator[tuple[str, dict[str, Any]]]:
    line = rows.line_num + 1
    for cells in rows:
        place = f"{where}, line {line}"
        if len(cells) > len(header):
            raise UserError(f"{place} has {len(cells)} cells for {len(header)} columns: put text in double quotes.")
        told = {name: _unescaped(cell) for name, cell in zip(header, cells, strict=False)}
        if any(cell.strip() for cell in cells):
            yield place, {name: cell for name, cell in told.items() if cell.strip() or name == "segment"}
        line = rows.line_num + 1


def _escaped(text: str) -> str:
    """Harmless in a spreadsheet; a text that looks escaped already is escaped once more."""
    bare = text.lstrip("'")
    return f"'{text}" if bare != text and safe_cell(bare) != bare else safe_cell(text)


def _unescaped(cell: str) -> str:
    bare = cell.lstrip("'")
    return cell[1:] if bare != cell and safe_cell(bare) != bare else cell


def _read(entries: Iterable[tuple[str, Mapping[str, Any]]]) -> Written:
    actions: dict[str, Action] = {}
    owners: dict[str, str] = {}
    for place, entry in entries:
        action, owner = _Entry(place, entry).read()
        if action.id in actions:
            raise UserError(f"{place}: action_id {action.id!r} is there twice: give one of them another id.")
        actions[action.id] = action
        if owner and not is_opaque(owner):
            owners[action.owner_id] = owner
    return Written(actions=tuple(actions.values()), owners=owners)


class _Entry:
    """One action as a file says it."""

    def __init__(self, place: str, entry: Mapping[str, Any]) -> None:
        named = entry.get("action_id")
        self.place = f"{place} ({named})" if isinstance(named, str) and named else place
        self.entry = entry

    def read(self) -> tuple[Action, str]:
        """The action, and what is said of its owner."""
        self._check()
        begins_on = self._needed("begins_on", _day)
        owner = self._either("owner", "owner_id", _text) or ""
        found_from, found_to, among = self._found()
        told = {
            "id": self._needed("action_id", _text),
            "do": self._needed("do", _text),
            "segment": self._needed("segment", _segment),
            "measure": self._needed("measure", _measure),
            "begins_on": begins_on,
            "ends_on": self._end(begins_on),
            "kind": self._said("kind", _one_of(ActionKind), ActionKind.PROCESS),
            "basis": self._said("basis", _one_of(Basis), Basis.CLOSED),
            "owner_id": opaque(owner) if owner else "",
            "decided_on": self._said("decided_on", _day),
            "found_from": found_from,
            "found_to": found_to,
            "found_among": among,
            "goal": self._said("goal", _number),
            "looks": self._said("looks", _count, 1),
            "compared_with": self._said("compared_with", _segment) or None,
            "finding": self._said("finding", _text, ""),
            "state": self._said("state", _one_of(State), State.PLANNED),
        }
        try:
            return Action(**told), owner
        except UserError as error:
            raise UserError(f"{self.place}: {error}") from None

    def _check(self) -> None:
        for key in self.entry:
            if key not in _KEYS:
                near = get_close_matches(key, _KEYS, n=1, cutoff=0.5)
                meant = f"did you mean {near[0]!r}?" if near else f"the keys are {', '.join(_COLUMNS)}, days and found."
                raise UserError(f"{self.place}: no key is called {key!r}: {meant}")
        for key in _NEEDED:
            if key not in self.entry or (self.entry[key] == "" and key != "segment"):
                raise UserError(f"{self.place} has no {key}: write {_EXAMPLES[key]}.")

    def _needed(self, key: str, reader: Callable[[Any], Any]) -> Any:
        try:
            return reader(self.entry[key])
        except _WrongError as wrong:
            raise UserError(f"{self.place}: {key} is {_shown(self.entry[key])}, {wrong}.") from None
        except UserError as error:
            raise UserError(f"{self.place}, {key}: {error}") from None

    def _said(self, key: str, reader: Callable[[Any], Any], default: Any = None) -> Any:
        return self._needed(key, reader) if self.entry.get(key, "") != "" else default

    def _either(self, one: str, other: str, reader: Callable[[Any], Any]) -> Any:
        first, second = self._said(one, reader), self._said(other, reader)
        if first is not None and second is not None:
            raise UserError(f"{self.place} says both {one} and {other}: leave one of them out.")
        return second if first is None else first

    def _end(self, begins_on: dt.date) -> dt.date:
        said = self._either("ends_on", "days", lambda value: value)
        if said is None or "days" in self.entry:
            days = self._said("days", _count, WINDOW_DAYS)
            return window_end(begins_on, days)
        end: dt.date = self._needed("ends_on", _day)
        return end

    def _found(self) -> tuple[dt.date | None, dt.date | None, int | None]:
        among = self._said("found_among", _count)
        first, last = self._said("found_from", _day), self._said("found_to", _day)
        if self.entry.get("found", "") == "":
            return first, last, among
        if first or last:
            raise UserError(f"{self.place} says both found and found_from or found_to: leave one of them out.")
        span = self._needed("found", lambda value: found_span(_text(value)))
        return (None, None, among or 1) if span is None else (*span, among)


class _WrongError(Exception):
    """What is wrong with a value, and what to write: the end of a sentence."""


def window_end(begins_on: dt.date, days: int) -> dt.date:
    """The last day of a window of so many days; UserError where the calendar ends before."""
    try:
        return begins_on + dt.timedelta(days=days - 1)
    except OverflowError:
        raise UserError(f"A window of {days:,} days is too long: choose two years at most.") from None


def found_span(written: str) -> tuple[dt.date, dt.date] | None:
    """`2026-01-01..2026-03-31` as its two days; None of "none": chosen without looking at outcomes.

    UserError where it is neither.
    """
    text = written.strip().lower()
    if text == NONE:
        return None
    first, dots, last = text.partition("..")
    try:
        if not dots:
            raise _WrongError
        return _day(first), _day(last)
    except _WrongError:
        raise UserError(
            f"{written!r} is no span of days: write 2026-01-01..2026-03-31, or none where nobody looked at outcomes."
        ) from None


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise _WrongError("which is no text: put it in double quotes")
    return value


def _day(value: Any) -> dt.date:
    if isinstance(value, dt.date):
        return value.date() if isinstance(value, dt.datetime) else value
    try:
        return dt.date.fromisoformat(str(value).strip())
    except ValueError:
        raise _WrongError("which is no date: write it as 2026-05-31") from None


def _count(value: Any) -> int:
    text = str(value).strip()
    if isinstance(value, bool) or not text.isascii() or not text.isdecimal() or not 0 < int(text) < 10**12:
        raise _WrongError("which is no count: write a whole number from 1")
    return int(text)


def _number(value: Any) -> float:
    try:
        return float(value if isinstance(value, int | float) else str(value).strip())
    except (ValueError, OverflowError):
        raise _WrongError("which is no number: write 0.1 for ten points") from None


def _segment(value: Any) -> Segment | None:
    return Segment.parse(_text(value))


def _measure(value: Any) -> Measure:
    return Measure.parse(_text(value))


def _one_of(choices: type[StrEnum]) -> Callable[[Any], StrEnum]:
    def read(value: Any) -> StrEnum:
        try:
            return choices(_text(value).strip())
        except ValueError:
            near = get_close_matches(str(value), [str(one) for one in choices], n=1)
            meant = f"did you mean {near[0]!r}" if near else f"choose {', '.join(choices)}"
            raise _WrongError(f"which is none of those there are: {meant}") from None

    return read


def _shown(value: Any) -> str:
    return repr(value) if isinstance(value, str) else str(value)


# --- writing --------------------------------------------------------------------------------------------------------


def toml(
    actions: Iterable[Action],
    *,
    names: Mapping[str, str] | None = None,
    notes: Mapping[str, Sequence[str]] | None = None,
) -> str:
    """The actions as TOML with what each key means; reading it back gives the same actions.

    Parameters
    ----------
    actions
        In the order in which they are written.
    names
        Names of people by their ids: an owner is written by name where the name leads back to the id.
    notes
        Sentences by action id, each a comment line above its entry.
    """
    document = tomlkit.document()
    for line in _intro():
        document.add(tomlkit.comment(line))
    entries = tomlkit.aot()
    for action in actions:
        entries.append(_table(action, names or {}, (notes or {}).get(action.id, ())))
    if len(entries):
        document.add(tomlkit.nl())
        document.add("actions", entries)
    return tomlkit.dumps(document)


def _intro() -> list[str]:
    meanings = {column.name: column.meaning for column in ACTIONS.columns} | _MORE
    keys = [*_COLUMNS]
    keys[keys.index("ends_on") + 1 : keys.index("ends_on") + 1] = ["days"]
    keys[keys.index("found_among") + 1 : keys.index("found_among") + 1] = ["found"]
    return [
        "Actions: `winloss act import FILE --book book` puts them into a book. Dates are written as 2026-05-31.",
        *(f"{key}: {meanings[key]}" for key in keys),
    ]


def _table(action: Action, names: Mapping[str, str], notes: Sequence[str]) -> Table:
    table = tomlkit.table()
    for note in notes:
        table.add(tomlkit.comment(_one_line(note)))
    for key, value in _cells(action, names).items():
        if value is not None:
            table.add(key, value)
    if action.owner_id and table["owner"] == action.owner_id and action.owner_id in names:
        table["owner"].comment(_one_line(names[action.owner_id]))
    return table


def _cells(action: Action, names: Mapping[str, str]) -> dict[str, Any]:
    row = row_of(action)
    name = names.get(action.owner_id, "")
    owner = name if name and opaque(name) == action.owner_id else row["owner_id"]
    return {key: owner if key == "owner" else row[key] for key in _COLUMNS}


def _one_line(text: str) -> str:
    """Comments hold no line ends and no control characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def as_csv(actions: Iterable[Action], *, names: Mapping[str, str] | None = None) -> str:
    """The actions as CSV, one a line, safe to open in a spreadsheet; reading it back gives the same actions."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(_COLUMNS)
    for action in actions:
        cells = _cells(action, names or {})
        writer.writerow(["" if value is None else _escaped(str(value)) for value in cells.values()])
    return text.getvalue()

"""Actions in the terminal (at most 80 columns) and as JSON: `winloss.action/1`, `winloss.actions/1`, `winloss.portfolio/1`.

The schemas lie in `schema/`. Shares are 0–1, dates ISO 8601; what cannot be given is `{"value": null, "why": …}`.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from winloss.act.action import Action, State
from winloss.act.ledger import row_of
from winloss.act.measurement import Measurement, Portfolio
from winloss.report import acted_words as words
from winloss.report import figures as fig
from winloss.report.acted_words import Names
from winloss.report.document import estimate, plain
from winloss.stats.estimate import Estimate

ACTION, ACTIONS, PORTFOLIO = "winloss.action/1", "winloss.actions/1", "winloss.portfolio/1"
ENDINGS = (".svg", ".png", ".json")
WIDTH = 80
Record = Mapping[str, Any]
"""A row of `verdicts`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One action of a list: where it stands on a day, who does it, and the verdict on record, if there is one."""

    action: Action
    state: str
    owner: str = ""
    record: Record | None = None
    ended: bool = False
    """Whether its window has ended."""

    @property
    def says(self) -> str:
        """Where it stands, for a reader."""
        if self.record is not None:
            return f"{self.state}: {self.record['verdict'] or 'no verdict'}"
        return "ended, no verdict yet" if self.ended and self.state == State.RUNNING else self.state


# --- the terminal ---------------------------------------------------------------------------------------------------


def summary(told: Measurement, console: Console, *, names: Names, record: Record | None = None) -> None:
    """Print one measurement: the answer, its numbers, what follows, and what to know before relying on it."""
    parts: list[RenderableType] = [Text(words.heading(told, names), style="bold"), Text(told.action.do)]
    parts += [_line(sentence) for sentence in words.sentences(told, names)]
    if follows := words.follows(told):
        parts.append(Text(follows, style="bold"))
    parts += [_mark("!", caveat) for caveat in told.caveats]
    if record is not None:
        parts.append(_line(words.recorded(record, told.action.measure)))
    _print(console, parts)


def summaries(told: Sequence[Measurement], console: Console, *, names: Names, records: Mapping[str, Record]) -> None:
    """Print several measurements, a blank line between them."""
    for i, one in enumerate(told):
        if i:
            console.print()
        summary(one, console, names=names, record=records.get(one.action.id))


def planned(told: Measurement, console: Console, *, names: Names) -> None:
    """Print the power statement of an action: what its window could show."""
    action = told.action
    title = f"{action.id}: the {names.subject(action)}, {fig.span(action.begins_on, action.ends_on)}"
    parts: list[RenderableType] = [Text(title, style="bold"), Text(action.do)]
    _print(console, [*parts, *(_line(sentence) for sentence in words.power(told.plan, action))])


def listing(listed: Sequence[Listed], console: Console, *, names: Names) -> None:
    """Print the actions of a book: where each stands, what is done, and what should move."""
    parts: list[RenderableType] = []
    for one in listed:
        action = one.action
        stands = [one.says, fig.span(action.begins_on, action.ends_on), *([one.owner] if one.owner else [])]
        parts += [
            Text.assemble((action.id, "bold"), "  ", " · ".join(stands)),
            _line(action.do),
            _line(f"Should move the {names.subject(action)}."),
        ]
    _print(console, parts)


def portfolio_summary(told: Portfolio, console: Console, *, names: Names) -> None:
    """Print what a span of actions did."""
    parts: list[RenderableType] = [Text(words.portfolio_heading(told), style="bold")]
    parts += [Text(sentence) for sentence in words.portfolio_sentences(told)]
    parts += [Text("")] if told.actions else []
    parts += [
        _mark("■" if one.verdict else "□", f"{one.action.id}: {words.heading(one, names)}") for one in told.actions
    ]
    _print(console, parts)


def _line(sentence: str) -> RenderableType:
    return Padding(Text(sentence), (0, 0, 0, 2), expand=False)


def _mark(mark: str, sentence: str) -> RenderableType:
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column()
    grid.add_row(mark, Text(sentence))
    return grid


def _print(console: Console, parts: Iterable[RenderableType]) -> None:
    console.print(Group(*parts), width=min(console.width, WIDTH), highlight=False)


# --- JSON -----------------------------------------------------------------------------------------------------------


def document(told: Measurement, *, names: Names, record: Record | None = None) -> dict[str, Any]:
    """One measurement as plain JSON values, with the sentences that a reader is shown."""
    out: dict[str, Any] = {
        "schema": ACTION,
        **plain(told),
        "action": plain(row_of(told.action)),
        "effect": estimate(told.effect),
        "heading": words.heading(told, names),
        "sentences": words.sentences(told, names),
        "record": None if record is None else _record(record),
    }
    return out


def listed_document(listed: Sequence[Listed], *, as_of: dt.date) -> dict[str, Any]:
    """The actions of a book as plain JSON values."""
    actions = [
        {
            **plain(row_of(one.action)),
            "state": one.state,
            "owner": one.owner or None,
            "record": None if one.record is None else _record(one.record),
        }
        for one in listed
    ]
    return {"schema": ACTIONS, "as_of": plain(as_of), "actions": actions}


def portfolio_document(told: Portfolio, *, year: int | None, names: Names) -> dict[str, Any]:
    """What a span of actions did as plain JSON values."""
    return {
        "schema": PORTFOLIO,
        "year": year,
        "measured": told.measured,
        "by_verdict": [{"verdict": str(verdict), "actions": n} for verdict, n in told.by_verdict],
        "false_to_expect": told.false_to_expect,
        "wins": estimate(told.wins),
        "actions": [_brief(one, names) for one in told.actions],
    }


def _brief(told: Measurement, names: Names) -> dict[str, Any]:
    return {
        "action_id": told.action.id,
        "do": told.action.do,
        "segment": str(told.action.segment),
        "measure": str(told.action.measure),
        "as_of": plain(told.as_of),
        "standing": str(told.standing),
        "verdict": None if told.verdict is None else str(told.verdict),
        "effect": estimate(told.effect),
        "heading": words.heading(told, names),
    }


def _record(row: Record) -> dict[str, Any]:
    effect = Estimate(value=row["effect"], low=row["effect_low"], high=row["effect_high"], n=row["deals_after"] or 0)
    none = Estimate.refused(row["why"] or "No effect was measured.", n=row["deals_after"] or 0)
    return {
        "as_of": plain(row["as_of"]),
        "verdict": row["verdict"],
        "why": row["why"] or "",
        "effect": estimate(effect if effect.given else none),
        "decision": row["decision"],
    }


def dumps(told: Any) -> str:
    """JSON text, two spaces deep, ending in a line feed."""
    return json.dumps(told, ensure_ascii=False, indent=2, allow_nan=False) + "\n"

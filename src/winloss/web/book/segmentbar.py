"""The segment bar: what a page is filtered by, in words, with a link for every change. Its state is the address alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from winloss.report import wording
from winloss.synthesize.calendar import Calendar
from winloss.synthesize.coded import Level, joined
from winloss.synthesize.glance import Around, Glance
from winloss.synthesize.study import AttributeTable
from winloss.tables.deals import DEALS
from winloss.tables.segment import Condition, Segment

MOST_SHOWN = 60
PERIOD = "closed_on"
OWNER = "owner_id"
TEAM = "team"
"""What an address calls the team whose deals alone are shown."""
TEAMS = "teams"
"""What an address calls choosing such a team; `team` is what the CRM says of a deal."""
_TITLES = {
    "amount_cents": "Deal size",
    "cycle_days": "Days to close",
    "reason": "Reason",
    "competitor": "Competitor",
    "outcome": "Outcome",
    PERIOD: "Closed",
    OWNER: "Rep",
    TEAM: "CRM team",
    TEAMS: "Team",
    "is_closed": "Closed deals",
    "reason_value": "Reason in the CRM's words",
}
_SAID = {
    "is_closed = true": "Closed deals",
    "outcome in (lost, no_decision)": "Lost or no decision",
    "outcome = won": "Won",
    "outcome = lost": "Lost",
    "outcome = no_decision": "No decision",
    "outcome = open": "Open",
    "outcome = disqualified": "Disqualified",
    "reason_given = false": "No reason given",
    "reason_given = true": "A reason given",
    "loss_reason_on_won = true": "Won with a loss reason left behind",
    "closed_before_created = true": "Closed before created",
    "stage_against_outcome = true": "Stage against outcome",
    "loss_reason_on_won = false": "Without a loss reason left behind",
    "competitor_kind = none": "No competitor",
    "competitor_kind = unknown": "Competitor unknown",
    "competitor_kind = blank": "Competitor not filled in",
    "amount_known = true": "With an amount",
    "competitor_present = true": "A competitor was met",
}


@dataclass(frozen=True, slots=True)
class Chip:
    """One condition in words, and the address without it."""

    words: str
    without: str


@dataclass(frozen=True, slots=True)
class Option:
    """One value to filter by: how many closed deals of the page it has, and the address with it."""

    label: str
    deals: int
    to: str
    value: str
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Chooser:
    """The values of one field. Several may be chosen where a value is a word; bands are chosen one at a time."""

    field: str
    label: str
    options: tuple[Option, ...]
    several: bool


@dataclass(frozen=True, slots=True)
class Bar:
    """Everything that the bar shows."""

    path: str
    written: str
    words: str
    chips: tuple[Chip, ...]
    fields: tuple[tuple[str, str], ...]
    """Label and address that opens the field's values."""
    chooser: Chooser | None
    periods: tuple[tuple[str, str], ...]
    clear: str
    kept: tuple[tuple[str, str], ...]
    """What else the address says."""
    query: str
    """All of it, to be put behind the address of another page."""


class Names:
    """What a reader sees for fields and conditions."""

    def __init__(
        self, glance: Glance, tables: Sequence[AttributeTable], reasons: dict[str, str], people: dict[str, str]
    ) -> None:
        self._currency = glance.currency
        self._reasons, self._people = reasons, people
        declared = {column.name: column.title for column in DEALS.columns}
        own = {one.name: one.label for one in glance.left_out}
        self._fields = {**declared, **own, **_TITLES}
        self._conditions: dict[str, str] = dict(_SAID)
        for table in tables:
            self._fields.setdefault(table.name, table.label)
            self._conditions.update(_values(table, _TITLES.get(table.name, table.label)))

    def field(self, name: str) -> str:
        return self._fields.get(name) or name.removeprefix("x_").replace("_", " ").capitalize()

    def condition(self, condition: Condition) -> str:
        if (known := self._conditions.get(str(condition))) is not None:
            return known
        if condition.field == "reason" and condition.values:
            return f"Reason {' or '.join(self._reasons.get(value, value) for value in condition.values)}"
        if condition.field == OWNER and condition.values:
            return f"Rep {' or '.join(self._people.get(value, 'another rep') for value in condition.values)}"
        if condition.field == PERIOD and condition.kind == "between":
            return _period(*condition.values)
        return wording.segment(str(Segment((condition,))), self._fields, self._currency)

    def segment(self, segment: Segment) -> str:
        return ", ".join(self.condition(condition) for condition in segment.conditions) or "All deals"


def _values(table: AttributeTable, label: str) -> Iterator[tuple[str, str]]:
    """Each value's condition, and each run's of an ordered attribute, with its words."""
    levels = [
        Level(row.value, Segment.parse(row.segment).conditions[0])
        for row in table.levels
        if row.kind == "value" and row.segment
    ]
    longest = len(levels) if table.ordered else 1
    for start in range(len(levels)):
        for end in range(start + 1, min(start + longest, len(levels)) + 1):
            run = joined(levels[start:end])
            if run.condition is not None:
                yield str(run.condition), f"{label} {run.label}"


def _period(first: str, last: str) -> str:
    from winloss.report import figures

    try:
        return f"Closed {figures.span(dt.date.fromisoformat(first[:10]), dt.date.fromisoformat(last[:10]))}"
    except ValueError:
        return f"Closed {first} to {last}"


def closed_between(first: dt.date, last: dt.date) -> Condition:
    """Closed on one of these days, both included."""
    return Condition(PERIOD, "between", (first.isoformat(), last.isoformat()))


def without(segment: Segment, field: str) -> Segment:
    return Segment(tuple(one for one in segment.conditions if one.field != field))


def dropped(segment: Segment, condition: Condition) -> Segment:
    return Segment(tuple(one for one in segment.conditions if one != condition))


def plus(segment: Segment, *conditions: Condition) -> Segment:
    """The deals of a segment for which these hold as well."""
    return Segment(tuple(dict.fromkeys((*segment.conditions, *conditions))))


def instead(segment: Segment, condition: Condition) -> Segment:
    """The segment with this condition in place of all it had on the field."""
    return plus(without(segment, condition.field), condition)


def address(path: str, segment: Segment, kept: Sequence[tuple[str, str]] = ()) -> str:
    """A page with a segment; everything in it is quoted."""
    asked = [("segment", str(segment))] if segment.conditions else []
    query = urlencode([*asked, *kept])
    return f"{path}?{query}" if query else path


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What the bar offers beside the attributes: reasons, competitors, outcomes, reps, teams, with their closed deals."""

    reasons: tuple[tuple[str, str, int], ...] = ()
    competitors: tuple[tuple[str, str, int], ...] = ()
    owners: tuple[tuple[str, str, int], ...] = ()
    teams: tuple[tuple[str, str, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class At:
    """The page that a bar stands on: its address without the query, and what else the address says and every link keeps.

    `choose` is the field whose values are open, `team` the name of the team whose deals alone are shown; "" for none.
    """

    path: str
    kept: tuple[tuple[str, str], ...] = ()
    choose: str = ""
    team: str = ""


def bar(
    at: At,
    segment: Segment,
    glance: Glance,
    tables: Sequence[AttributeTable],
    names: Names,
    *,
    choices: Choices,
    around: Around,
) -> Bar:
    """The bar of one page.

    Parameters
    ----------
    segment
        What it is filtered by.
    glance
        The figures without the condition on the field that is being chosen.
    tables
        The attributes, and where one is being chosen their values, counted without the condition on it.
    choices
        What can be chosen beside the attributes.
    around
        The day, and where quarters begin.
    """
    path, kept, choose, team = at.path, at.kept, at.choose, at.team
    fields = _fields(tables, choices, names)
    return Bar(
        path=path,
        written=str(segment),
        words=names.segment(segment),
        chips=(
            *([Chip(f"Team {team}", address(path, segment, _without_team(kept)))] if team else []),
            *(Chip(names.condition(one), address(path, dropped(segment, one), kept)) for one in segment.conditions),
        ),
        fields=tuple((label, address(path, segment, [*kept, ("choose", name)])) for name, label in fields),
        chooser=_chooser(at, segment, glance, tables, names, choices) if choose else None,
        periods=tuple(_periods(path, segment, around, kept)),
        clear=address(path, Segment(), _without_team(kept)),
        kept=tuple(kept),
        query=address("", segment, kept),
    )


def _without_team(kept: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    return [one for one in kept if one[0] != TEAM]


def _fields(tables: Sequence[AttributeTable], choices: Choices, names: Names) -> list[tuple[str, str]]:
    offered = [(table.name, _TITLES.get(table.name, table.label)) for table in tables]
    more = (
        ("reason", choices.reasons),
        ("competitor", choices.competitors),
        (OWNER, choices.owners),
        (TEAMS, choices.teams),
    )
    return offered + [(name, names.field(name)) for name, values in more if values] + [("outcome", "Outcome")]


def _chooser(
    at: At, segment: Segment, glance: Glance, tables: Sequence[AttributeTable], names: Names, choices: Choices
) -> Chooser | None:
    path, kept, choose = at.path, at.kept, at.choose
    table = next((one for one in tables if one.name == choose), None)
    chosen = set(segment.conditions)
    if table is not None:
        rows = [row for row in table.levels if row.segment and row.closed][:MOST_SHOWN]
        conditions = [Segment.parse(row.segment).conditions[0] for row in rows]
        several = all(one.kind == "=" for one in conditions if one.kind != "blank")
        field = conditions[0].field if conditions else table.name
        return Chooser(
            field,
            _TITLES.get(table.name, table.label),
            tuple(
                Option(
                    row.value or "(blank)",
                    row.closed,
                    address(path, instead(segment, one), kept),
                    one.values[0] if one.kind == "=" else "",
                    chosen=_among(one, chosen),
                )
                for row, one in zip(rows, conditions, strict=True)
            ),
            several and len(rows) > 1,
        )
    if choose == TEAMS:
        return _teams(at, segment, names, choices)
    listed = {
        "reason": choices.reasons,
        "competitor": choices.competitors,
        OWNER: choices.owners,
        "outcome": tuple(
            (name, names.condition(Condition("outcome", "=", (name,))), glance.by[name].n) for name in _ENDS
        ),
    }.get(choose)
    if listed is None:
        return None
    options = tuple(
        Option(
            label,
            deals,
            address(path, instead(segment, one), kept),
            value,
            chosen=_among(one, chosen),
        )
        for value, label, deals in listed[:MOST_SHOWN]
        for one in [Condition(choose, "=", (value,))]
    )
    return Chooser(choose, names.field(choose), options, several=True)


def _teams(at: At, segment: Segment, names: Names, choices: Choices) -> Chooser | None:
    """One team at a time: it is no condition of the segment, and stands beside it in the address."""
    chosen, rest = dict(at.kept).get(TEAM, ""), _without_team(at.kept)
    options = tuple(
        Option(label, deals, address(at.path, segment, [*rest, (TEAM, value)]), "", chosen=value == chosen)
        for value, label, deals in choices.teams
    )
    return Chooser(TEAMS, names.field(TEAMS), options, several=False) if options else None


_ENDS = ("won", "lost", "no_decision", "disqualified", "open")


def _among(condition: Condition, chosen: set[Condition]) -> bool:
    return condition in chosen or any(
        one.field == condition.field
        and one.kind == "in"
        and condition.kind == "="
        and condition.values[0] in one.values
        for one in chosen
    )


def _periods(path: str, segment: Segment, around: Around, kept: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    last, first_month = around.as_of.day, around.fiscal_year_start_month
    if last is None:
        return
    quarters, years = Calendar("quarter", first_month), dt.timedelta(days=364)
    quarter = quarters.start(last)
    before = quarters.start(quarter - dt.timedelta(days=1))
    year = dt.date(last.year - (last.month < first_month), first_month, 1)
    spans = (
        ("Last 90 days", last - dt.timedelta(days=89), last),
        ("This quarter", quarter, last),
        ("Quarter before", before, quarter - dt.timedelta(days=1)),
        ("Last 12 months", last - years, last),
        ("This year", year, last),
    )
    for label, first, until in spans:
        yield label, address(path, instead(segment, closed_between(first, until)), kept)
    if any(one.field == PERIOD for one in segment.conditions):
        yield "Any time", address(path, without(segment, PERIOD), kept)

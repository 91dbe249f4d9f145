"""What one request looks at: the version in force, the segment of its address, and as much of it as the reader may see."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any
from uuid import UUID

import numpy as np
import pyarrow as pa
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest

from winloss.errors import UserError
from winloss.refresh.serving import Served
from winloss.synthesize.coded import Marks
from winloss.synthesize.glance import Glance
from winloss.synthesize.study import AttributeTable
from winloss.tables.segment import Segment
from winloss.web.book import segmentbar, shelves
from winloss.web.book.segmentbar import Bar, Choices, Names
from winloss.web.people import reaches
from winloss.web.people.rights import Answer, Reach, Right, Role, may, of_team

_ALWAYS = frozenset(
    (
        "outcome",
        "is_won",
        "is_closed",
        "reason",
        "reason_given",
        "competitor",
        "competitor_kind",
        "closed_on",
        "created_on",
    )
)
LONGEST = 2000
"""Characters of a segment in an address."""
_names = shelves.Remembered(64)
"""What fields and values are called, to those who may see the same."""
shelves.let_go_too(_names.clear)
_reps = shelves.Remembered(256)
"""How many people's deals those of a team are."""
shelves.let_go_too(_reps.clear)
_EVERYTHING = Reach(everything=True)


@dataclass(frozen=True)
class Looking:
    """One reader, one version, one segment."""

    served: Served
    reach: Reach
    segment: Segment
    owners_named: bool
    path: str = ""
    choose: str = ""
    kept: tuple[tuple[str, str], ...] = ()
    team: str = ""
    """Name of the team whose deals alone are shown."""
    person: Any = field(default=None, compare=False)
    """Who looks; None where no bar is shown."""

    @classmethod
    def of(cls, request: HttpRequest, *, keep: tuple[str, ...] = (), segment: str | None = None) -> Looking | None:
        """What the request asks for; None where there is no deal yet.

        Parameters
        ----------
        keep
            What of the address the page keeps beside the segment.
        segment
            The segment; that of the address where None.

        Raises
        ------
        UserError
            Where the segment of the address cannot be read, or names a field that deals do not have.
        """
        served = shelves.current()
        if served is None:
            return None
        person: Any = request.user
        reach, team = _of_team(request, person, served)
        found = cls(
            served=served,
            reach=reach,
            team=team,
            segment=asked_segment(request.GET.get("segment", "") if segment is None else segment),
            owners_named=may(person, Right.OWNERS),
            person=person,
            path=request.path,
            choose=request.GET.get("choose", ""),
            kept=tuple(
                (name, value) for name in (*keep, segmentbar.TEAM) for value in request.GET.getlist(name) if value
            ),
        )
        found._check(deals=may(person, Right.DEALS))
        return found

    def _check(self, *, deals: bool) -> None:
        """Whether the reader may ask by these fields: not by person, and without the right to deals not by what names one."""
        if not self.owners_named and segmentbar.OWNER in self.segment.fields:
            raise UserError("Deals are not shown by person to your role: take the rep out of the filter.")
        if deals:
            return
        for condition in self.segment.conditions:
            if condition.field not in self._plain_fields or (
                condition.kind == "between" and self._is_text(condition.field)
            ):
                told = self.names.field(condition.field)
                raise UserError(f"Your role sees figures and no single deals: take {told} out of the filter.")

    def may_ask(self, segment: Segment, *, deals: bool) -> bool:
        """Whether the reader may be shown a page of another segment; `deals`: whether they may open deals."""
        try:
            replace(self, segment=segment)._check(deals=deals)
        except UserError:
            return False
        return True

    @cached_property
    def _plain_fields(self) -> frozenset[str]:
        """Fields by which many deals are alike: those of attributes, and how deals ended."""
        attributes = {field for coded in self.served.shelf.closed.attributes for field in (coded.name, coded.field)}
        return frozenset(attributes | _ALWAYS)

    def _is_text(self, field: str) -> bool:
        kind = self.served.shelf.table.schema.field(field).type
        return bool(pa.types.is_string(kind) or pa.types.is_dictionary(kind))

    @property
    def key(self) -> tuple[object, ...]:
        """The same for two requests that are shown the same."""
        teams = tuple((str(one.pk), one.name, reach.key) for one, reach in self.teams)
        asked = str(self.segment), self.path, self.choose, self.kept, self.owners_named
        return self.served.key, self.reach.key, self.reach.known_owners, *asked, self.team, teams

    @cached_property
    def glance(self) -> Glance:
        return shelves.glance(self.served, self.reach, self.segment)

    @cached_property
    def tables(self) -> tuple[AttributeTable, ...]:
        """Every attribute of the segment, value by value."""
        return shelves.tables(self.served, self.reach, self.segment)

    @cached_property
    def inside(self) -> Marks:
        return shelves.inside(self.served, self.reach, self.segment)

    @cached_property
    def whole(self) -> Glance:
        """The figures of everything the reader may see."""
        return shelves.glance(self.served, self.reach, Segment())

    @cached_property
    def names(self) -> Names:
        key = (self.served.key, self.reach.key, self.reach.known_owners, self.owners_named)
        found: Names = _names.get(key, lambda: Names(self.whole, self._all_tables, self.reasons, self._people))
        return found

    @cached_property
    def _all_tables(self) -> tuple[AttributeTable, ...]:
        return shelves.tables(self.served, self.reach, Segment())

    @cached_property
    def _people(self) -> dict[str, str]:
        """Names that the reader may see: of whom they reach or know."""
        if not self.owners_named:
            return {}
        if self.reach.everything:
            return self.served.names
        known = self.reach.owners | self.reach.known_owners | {owner for owner, _ in self._counted_owners}
        return {owner: name for owner, name in self.served.names.items() if owner in known}

    @cached_property
    def left_out(self) -> str:
        """Which deals are in no figure and no list, in a sentence; "" where all are in."""
        named = (map(self.names.condition, segment.conditions) for segment in self.served.excluded)
        told = "; ".join(" and ".join(words) for words in named)
        return f"Left out of every page: {told}." if told else ""

    @cached_property
    def reasons(self) -> dict[str, str]:
        return {code: one.label for code, one in self.served.around.glossary.reasons.items()}

    def bar(self) -> Bar:
        """The segment bar of the page."""
        beside, tables = self.glance, self._all_tables
        if self.choose:
            others = segmentbar.without(self.segment, self._field_of(self.choose))
            beside = shelves.glance(self.served, self.reach, others)
            tables = shelves.tables(self.served, self.reach, others)
        at = segmentbar.At(path=self.path, kept=self.kept, choose=self.choose, team=self.team)
        around, choices = self.served.around, self._choices(beside)
        return segmentbar.bar(at, self.segment, beside, tables, self.names, choices=choices, around=around)

    def _field_of(self, name: str) -> str:
        for table in self._all_tables:
            if table.name == name:
                return next((Segment.parse(row.segment).fields[0] for row in table.levels if row.segment), name)
        return name

    def _choices(self, glance: Glance) -> Choices:
        reasons = [*glance.loss_reasons, *glance.win_reasons]
        codes = {row.code: row for row in reasons if row.code in self.reasons}
        rivals = [(one.name, one.name, one.closed) for one in glance.competitors if one.kind == "competitor"]
        return Choices(
            reasons=tuple((str(code), row.label, row.count) for code, row in codes.items()),
            competitors=tuple(one for one in rivals if one[0] in self.served.shelf.rivals),
            owners=self._owners() if self.owners_named and self.choose == segmentbar.OWNER else self._some_owner(),
            teams=self._teams(),
        )

    @cached_property
    def teams(self) -> list[tuple[Any, Reach]]:
        """The teams among which the reader may choose: who sees a part of the deals alone sees no other part of them."""
        if self.person is None or not self.person.reach().everything:
            return []
        found = reaches.reaches_of_teams(self.person)
        return [(one, reach) for one, reach in found if not of_one_or_two(self.served, reach, self.person)]

    def _teams(self) -> tuple[tuple[str, str, int], ...]:
        """Each team with its closed deals in the segment."""
        if self.choose != segmentbar.TEAMS:
            return (("", "", 0),) if self.teams else ()
        place = self.served.shelf.place
        inside = shelves.inside(self.served, _EVERYTHING, self.segment)[place]
        return tuple((str(one.pk), one.name, self._of(reach, inside)) for one, reach in self.teams)

    def _of(self, reach: Reach, inside: Marks) -> int:
        """How many closed deals of a segment belong to a team."""
        among = shelves.among(self.served, reach)
        return int(np.count_nonzero(inside if among is None else inside & among[self.served.shelf.place]))

    def _some_owner(self) -> tuple[tuple[str, str, int], ...]:
        return (("", "", 0),) if self.owners_named and self.served.names and not self._alone else ()

    @property
    def _alone(self) -> bool:
        return not self.reach.everything and len(self.reach.owners) + len(self.reach.teams) < 2

    def _owners(self) -> tuple[tuple[str, str, int], ...]:
        inside = shelves.inside(self.served, self.reach, segmentbar.without(self.segment, segmentbar.OWNER))
        named = ((owner, self.served.names.get(owner, owner), n) for owner, n in self._owners_of(inside))
        return tuple(sorted(named, key=lambda one: one[1].casefold()))

    @cached_property
    def _counted_owners(self) -> list[tuple[str, int]]:
        """Owners of closed deals within reach."""
        return self._owners_of(shelves.inside(self.served, self.reach, Segment()))

    def _owners_of(self, inside: Marks) -> list[tuple[str, int]]:
        """Owners of the closed ones of some deals, and how many each has."""
        place = self.served.shelf.place
        counted: Any = self.served.shelf.table["owner_id"].take(place[inside[place]]).value_counts()
        return [(one["values"], one["counts"]) for one in counted.to_pylist() if one["values"]]


_MANAGING = (Role.REVOPS, Role.MANAGER)
FEWEST_REPS = 3
"""Figures of fewer people are figures of a person."""


def of_one_or_two(served: Served, reach: Reach, person: Any) -> bool:
    """Whether a team's figures would be those of one or two reps, to somebody who does not manage them."""
    if person.role in _MANAGING or "owner_id" not in served.shelf.table.column_names:
        return False

    def counted() -> int:
        inside = shelves.inside(served, reach, Segment())
        return len(served.shelf.table["owner_id"].filter(pa.array(inside)).unique().drop_null())

    reps: int = _reps.get((served.key, reach.key), counted)
    return 0 < reps < FEWEST_REPS


def of_more_than_two(served: Served, team: Any, person: Any) -> None:
    """PermissionDenied where a team's figures would be those of one or two reps, but for who manages them."""
    if of_one_or_two(served, reaches.reach_of_team(team), person):
        raise PermissionDenied("The deals of this team are of one or two people: its manager sees them.")


def _of_team(request: HttpRequest, person: Any, served: Served) -> tuple[Reach, str]:
    """What the reader may see, within the team that the address names; 404 where they may not know of that team."""
    written = request.GET.get(segmentbar.TEAM, "")
    if not written:
        return person.reach(), ""
    try:
        team = reaches.team(UUID(written))
    except ValueError:
        team = None
    if team is None or of_team(person, own=person.team_id == team.pk) is Answer.HIDDEN:
        raise Http404
    if not person.reach().everything:  # their own deals, or their team's, whatever the address says
        return person.reach(), team.name if person.role == Role.MANAGER else ""
    of_more_than_two(served, team, person)
    return reaches.reach_of_team(team), team.name


def asked_segment(written: str) -> Segment:
    """The segment of an address; UserError where it cannot be read."""
    if len(written) > LONGEST:
        raise UserError(f"A segment has at most {LONGEST:,} characters.")
    if "\0" in written:
        raise UserError("A segment holds no NUL character: write it anew.")
    return Segment.parse(written)

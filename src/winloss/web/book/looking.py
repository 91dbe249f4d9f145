"""What one request looks at: the version in force, the segment of its address, and as much of it as the reader may see."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from django.http import HttpRequest

from winloss.errors import UserError
from winloss.refresh.serving import Served
from winloss.synthesize.coded import Marks
from winloss.synthesize.glance import Glance
from winloss.tables.segment import Segment
from winloss.web.book import segmentbar, shelves
from winloss.web.book.segmentbar import Bar, Choices, Names
from winloss.web.people.rights import Reach, Right, may

LONGEST = 2000
"""Characters of a segment in an address."""


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

    @classmethod
    def of(cls, request: HttpRequest, *, keep: tuple[str, ...] = ()) -> Looking | None:
        """What the request asks for; None where there is no deal yet.

        Raises
        ------
        UserError
            Where the segment of the address cannot be read, or names a field that deals do not have.
        """
        served = shelves.current()
        if served is None:
            return None
        person: Any = request.user
        found = cls(
            served=served,
            reach=person.reach(),
            segment=asked_segment(request.GET.get("segment", "")),
            owners_named=may(person, Right.OWNERS),
            path=request.path,
            choose=request.GET.get("choose", ""),
            kept=tuple((name, value) for name in keep for value in request.GET.getlist(name) if value),
        )
        found._check()
        return found

    def _check(self) -> None:
        if not self.owners_named and segmentbar.OWNER in self.segment.fields:
            raise UserError("Deals are not shown by person to your role: take the rep out of the segment.")

    @property
    def key(self) -> tuple[object, ...]:
        """The same for two requests that are shown the same."""
        return self.served.key, self.reach.key, str(self.segment), self.path, self.choose, self.kept, self.owners_named

    @cached_property
    def glance(self) -> Glance:
        return shelves.glance(self.served, self.reach, self.segment)

    @cached_property
    def inside(self) -> Marks:
        return shelves.inside(self.served, self.reach, self.segment)

    @cached_property
    def whole(self) -> Glance:
        """The figures of everything the reader may see."""
        return shelves.glance(self.served, self.reach, Segment())

    @cached_property
    def names(self) -> Names:
        people = self.served.names if self.owners_named else {}
        return Names(self.whole, self.reasons, people)

    @cached_property
    def reasons(self) -> dict[str, str]:
        return {code: one.label for code, one in self.served.around.glossary.reasons.items()}

    def bar(self) -> Bar:
        """The segment bar of the page."""
        beside = self.glance
        if self.choose:
            field = self._field_of(self.choose)
            beside = shelves.glance(self.served, self.reach, segmentbar.without(self.segment, field))
        return segmentbar.bar(
            self.path,
            self.segment,
            beside,
            self.names,
            choices=self._choices(beside),
            as_of=self.served.around.as_of,
            choose=self.choose,
            kept=self.kept,
        )

    def _field_of(self, name: str) -> str:
        for table in self.whole.attributes:
            if table.name == name:
                return next((Segment.parse(row.segment).fields[0] for row in table.levels if row.segment), name)
        return name

    def _choices(self, glance: Glance) -> Choices:
        reasons = [*glance.loss_reasons, *glance.win_reasons]
        codes = {row.code: row for row in reasons if row.code in self.reasons}
        rivals = [(one.name, one.name, one.closed) for one in glance.competitors if one.kind == "competitor"]
        return Choices(
            reasons=tuple((str(code), row.label, row.count) for code, row in codes.items()),
            competitors=tuple(one for one in rivals if one[0] in self.served.shelf.rival.values),
            owners=self._owners() if self.owners_named and self.choose == segmentbar.OWNER else self._some_owner(),
        )

    def _some_owner(self) -> tuple[tuple[str, str, int], ...]:
        return (("", "", 0),) if self.owners_named and self.served.names and not self._alone else ()

    @property
    def _alone(self) -> bool:
        return not self.reach.everything and len(self.reach.owners) + len(self.reach.teams) < 2

    def _owners(self) -> tuple[tuple[str, str, int], ...]:
        table = self.served.shelf.table
        closed = np.zeros(self.served.shelf.n, bool)
        closed[self.served.shelf.place] = True
        seen = shelves.among(self.served, self.reach)
        counted: Any = table["owner_id"].filter(closed if seen is None else closed & seen).value_counts()
        found = [(one["values"], one["counts"]) for one in counted.to_pylist() if one["values"]]
        named = ((owner, self.served.names.get(owner, owner), n) for owner, n in found)
        return tuple(sorted(named, key=lambda one: one[1].casefold()))


def asked_segment(written: str) -> Segment:
    """The segment of an address; UserError where it cannot be read."""
    if len(written) > LONGEST:
        raise UserError(f"A segment has at most {LONGEST:,} characters.")
    return Segment.parse(written)

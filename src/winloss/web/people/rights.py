"""Who may do what: the one place that decides. Every page, call, export and download asks here.

A role gives rights; a reach says of which deals. What a person may not know of is hidden (404), what they know of and may not
touch is forbidden (403).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import Any, Protocol, TypeVar


class Role(StrEnum):
    REP = "rep"
    MANAGER = "manager"
    REVOPS = "revops"
    MARKETING = "marketing"
    VIEWER = "viewer"


class Right(StrEnum):
    PAGES = "pages"
    """Pages of figures, of the deals within one's reach."""
    RESULTS = "results"
    """Findings and the report, of the whole company."""
    DOCUMENTS = "documents"
    """The report as files, with the deals behind its findings."""
    DEALS = "deals"
    """Deals one by one, within one's reach, and their download."""
    OWNERS = "owners"
    """Whose deal it is, by name."""
    IMPORT = "import"
    """Uploads, mappings, undo, the watched folder."""
    JOBS = "jobs"
    PEOPLE = "people"
    """Invite, change roles and teams, let go."""
    SETTINGS = "settings"
    AUDIT = "audit"


_ALL = frozenset(Role)
GIVEN: dict[Right, frozenset[Role]] = {
    Right.PAGES: _ALL,
    Right.RESULTS: frozenset({Role.REVOPS, Role.MARKETING, Role.VIEWER}),
    Right.DOCUMENTS: frozenset({Role.REVOPS, Role.MARKETING}),
    Right.DEALS: _ALL - {Role.VIEWER},
    Right.OWNERS: frozenset({Role.REP, Role.MANAGER, Role.REVOPS}),
    Right.IMPORT: frozenset({Role.REVOPS}),
    Right.JOBS: frozenset({Role.REVOPS}),
    Right.PEOPLE: frozenset({Role.REVOPS}),
    Right.SETTINGS: frozenset({Role.REVOPS}),
    Right.AUDIT: frozenset({Role.REVOPS}),
}
"""Which roles have each right."""


class Person(Protocol):
    """What is asked of somebody who is signed in."""

    @property
    def role(self) -> str: ...
    @property
    def person_id(self) -> str: ...
    def reach(self) -> Reach: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """The deals that somebody may see: all of them, or those of some owners (opaque ids) and of some teams of the CRM."""

    everything: bool = False
    owners: frozenset[str] = field(default_factory=frozenset)
    teams: frozenset[str] = field(default_factory=frozenset)
    known_owners: frozenset[str] = field(default_factory=frozenset)
    """Owners of deals that one knows of and may not open: teammates."""
    known_teams: frozenset[str] = field(default_factory=frozenset)

    def holds(self, *, owner: str | None, team: str | None) -> bool:
        return self.everything or owner in self.owners or team in self.teams

    def knows(self, *, owner: str | None, team: str | None) -> bool:
        return self.holds(owner=owner, team=team) or owner in self.known_owners or team in self.known_teams

    @property
    def key(self) -> str:
        """The same for two persons who may see the same deals."""
        if self.everything:
            return "all"
        return "|".join([",".join(sorted(self.owners)), ",".join(sorted(self.teams))])


class Answer(Enum):
    """What a person is told who asks for something."""

    YES = 200
    FORBIDDEN = 403
    HIDDEN = 404


def may(person: Person, right: Right) -> bool:
    """Whether the person's role has the right."""
    return person.role in GIVEN[right]


def of_deal(person: Person, *, owner: str | None, team: str | None) -> Answer:
    """Whether the person may open one deal."""
    reach = person.reach()
    if reach.holds(owner=owner, team=team):
        return Answer.YES if may(person, Right.DEALS) else Answer.FORBIDDEN
    return Answer.FORBIDDEN if reach.knows(owner=owner, team=team) else Answer.HIDDEN


def of_job(person: Person, *, made_by: object) -> Answer:
    """Whether the person may see, cancel and repeat one job: their own, or any where they look after jobs."""
    own = made_by is not None and made_by == getattr(person, "pk", None)
    return Answer.YES if own or may(person, Right.JOBS) else Answer.HIDDEN


def of_segment(person: Person, *, own: bool, shared: bool) -> Answer:
    """Whether the person may take a saved segment away: their own, or a shared one where they look after the settings."""
    if own:
        return Answer.YES
    if not shared:
        return Answer.HIDDEN
    return Answer.YES if may(person, Right.SETTINGS) else Answer.FORBIDDEN


PUBLIC, SIGNED_IN = "public", "signed in"
Needed = Right | str
_V = TypeVar("_V", bound=Callable[..., Any])


def needs(right: Needed) -> Callable[[_V], _V]:
    """Declare what a view needs: a right, SIGNED_IN or PUBLIC. A view that declares nothing is never run."""

    def declare(view: _V) -> _V:
        view.needs = right  # type: ignore[attr-defined]  # read by the guard
        return view

    return declare


def of_team(person: Person, *, own: bool) -> Answer:
    """Whether the person may open a team's dashboard: its members, and who may see everything; of other teams nobody knows."""
    return Answer.YES if own or person.reach().everything else Answer.HIDDEN

"""Which deals belong to a team, and whose dashboard somebody may open."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from winloss.web.people.models import Team, User
from winloss.web.people.rights import Reach


def teams_of(person: Any) -> QuerySet[Team]:
    """The teams whose dashboards somebody may open."""
    if person.reach().everything:
        return Team.objects.all()
    return Team.objects.filter(pk=person.team_id) if person.team_id else Team.objects.none()


def reaches_of_teams(person: Any) -> list[tuple[Team, Reach]]:
    """The teams whose dashboards somebody may open, by name, each with the deals that belong to it."""
    teams = teams_of(person).order_by("name").prefetch_related("members")
    return [(one, _reach(one, (mate.person_id for mate in one.members.all()))) for one in teams]


def team(name: UUID) -> Team | None:
    return Team.objects.filter(pk=name).first()


def reach_of_team(one: Team) -> Reach:
    """The deals that belong to a team: its members', and those the CRM gives to it."""
    return _reach(one, User.objects.filter(team=one).values_list("person_id", flat=True))


def _reach(one: Team, mates: Iterable[str]) -> Reach:
    return Reach(owners=frozenset(mates) - {""}, teams=frozenset({one.deal_team} - {""}))

"""Which deals belong to a team, and whose dashboard somebody may open."""

from __future__ import annotations

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


def team(name: UUID) -> Team | None:
    return Team.objects.filter(pk=name).first()


def reach_of_team(one: Team) -> Reach:
    """The deals that belong to a team: its members', and those the CRM gives to it."""
    mates = User.objects.filter(team=one).exclude(person_id="").values_list("person_id", flat=True)
    return Reach(owners=frozenset(mates), teams=frozenset({one.deal_team} - {""}))

"""The demo company in the application: its book, and people of every role to look at it as."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from winloss import refresh
from winloss.store import Book
from winloss.web.book import shelves
from winloss.web.people.models import Team, User
from winloss.web.people.rights import Role
from winloss.web.report.services import results_of

AT = "demo.example"
"""Where everybody of the demo company has their address: a domain that nobody can own."""
TEAM = "First team"
TEAM_REPS = 3
ROLES = (Role.REVOPS, Role.MARKETING, Role.VIEWER, Role.MANAGER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """Who can sign in, all with one password."""

    emails: tuple[str, ...]
    password: str


def load(files: Sequence[Path]) -> Loaded:
    """Import the files where the book is empty, and make one person of each role; a new password each time."""
    book = Book.create(settings.CONFIG.book)
    if not book.manifest().version:
        refresh.import_files(book, files, options=refresh.ImportOptions(rejects_dir=settings.CONFIG.home))
    results_of(book.manifest().version)
    password = secrets.token_urlsafe(12)
    team, _ = Team.objects.get_or_create(name=TEAM)
    people = [_person(role.value, role, team, password) for role in ROLES]
    people += [_person(f"rep{i}", Role.REP, team, password, owner) for i, owner in enumerate(_owners(), start=1)]
    return Loaded(emails=tuple(one.email for one in people), password=password)


def _person(name: str, role: Role, team: Team, password: str, owner: str = "") -> User:
    of_team = team if role in (Role.REP, Role.MANAGER) else None
    told = {"name": name.capitalize(), "role": role.value, "team": of_team, "person_id": owner, "is_active": True}
    user, _ = User.objects.update_or_create(email=f"{name}@{AT}", defaults=told)
    user.set_password(password)
    user.save()
    return user


def _owners() -> list[str]:
    """Whose most deals are."""
    served = shelves.current()
    if served is None or "owner_id" not in served.shelf.table.column_names:
        return []
    counted = Counter(one for one in served.shelf.table["owner_id"].to_pylist() if one)
    return [owner for owner, _ in counted.most_common(TEAM_REPS)]

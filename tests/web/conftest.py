"""A home folder for every test, and the people of a small company."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from winloss.web.people.models import Team, User
from winloss.web.people.rights import Role


@pytest.fixture(autouse=True)
def home(tmp_path: Path, settings: Any) -> Path:
    """The home folder; static files as they stand in the source."""
    place = tmp_path / "home"
    place.mkdir()
    settings.CONFIG = settings.CONFIG.model_copy(update={"home": place})
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    settings.CACHES = {name: {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"} for name in settings.CACHES}
    cache.clear()
    return place


@pytest.fixture
def north(db: None) -> Team:
    return Team.objects.create(name="North", deal_team="North")


@pytest.fixture
def south(db: None) -> Team:
    return Team.objects.create(name="South", deal_team="South")


@pytest.fixture
def person(db: None) -> Callable[..., User]:
    """Make somebody: `person("revops")`, `person("rep", team=north, person_id="p_…")`."""

    def make(role: str, **fields: Any) -> User:
        count = User.objects.count()
        return User.objects.create_user(
            f"{role}{count}@example.test",
            "correct horse battery",
            name=f"{role.title()} {count}",
            role=Role(role),
            **fields,
        )

    return make


@pytest.fixture
def signed_in(person: Callable[..., User]) -> Callable[..., Client]:
    """A browser of somebody of a role: `signed_in("revops")`, or of a person given."""

    def open_browser(who: str | User, **fields: Any) -> Client:
        user = who if isinstance(who, User) else person(who, **fields)
        client = Client()
        client.force_login(user)
        return client

    return open_browser

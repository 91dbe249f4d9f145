"""A home folder for every test, and the people of a small company."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client, TransactionTestCase

from web.books import made
from winloss.web.audit import triggers
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
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # the quickest
    cache.clear()
    return place


@pytest.fixture(scope="session")
def demo_book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("web-book"))


@pytest.fixture
def book(home: Path, demo_book: Path) -> Path:
    """The demo company's book in the home folder: read only."""
    (home / "book").symlink_to(demo_book)
    return home / "book"


@pytest.fixture(autouse=True, scope="session")
def _the_audit_log_can_be_cleared_between_tests() -> Iterator[None]:
    """Tests whose transactions are real empty every table afterwards; the audit log's refuses that."""
    cleared = TransactionTestCase._fixture_teardown  # type: ignore[attr-defined]  # Django's own, unknown to the stubs

    def clear(case: TransactionTestCase) -> None:
        triggers.drop(connection)
        cleared(case)
        triggers.make(connection)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", clear)
        yield


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

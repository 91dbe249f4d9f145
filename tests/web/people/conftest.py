"""What the tests of people share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from winloss.web.people.models import User

PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def _quick_passwords(settings: Any) -> None:
    """Argon2 is slow on purpose; `test_limits` and `test_first` use it in processes of their own."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def admin(person: Callable[..., User]) -> User:
    return person("revops")


@pytest.fixture
def door(db: None) -> Callable[..., Any]:
    """Sign in by the page: `door(browser, user)`."""

    def sign_in(browser: Client, user: User | str, password: str = PASSWORD) -> Any:
        address = user if isinstance(user, str) else user.email
        return browser.post("/accounts/login/", {"login": address, "password": password})

    return sign_in

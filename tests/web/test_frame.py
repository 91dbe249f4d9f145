"""The frame: who is not signed in is asked to, and health needs nobody."""

from __future__ import annotations

from collections.abc import Callable

from django.test import Client

from winloss.web.people.models import User


def test_health_needs_nobody(db: None, client: Client) -> None:
    assert client.get("/healthz").json()["ok"] is True


def test_a_page_asks_who_is_there(client: Client, person: Callable[..., User]) -> None:
    person("revops")
    response = client.get("/")
    assert response.status_code == 302
    assert response.headers["Location"].startswith("/accounts/login/")

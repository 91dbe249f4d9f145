"""The frame: who is not signed in is asked to, and health needs nobody."""

from __future__ import annotations

import logging
from collections.abc import Callable
from urllib.parse import quote

import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory

from winloss.errors import UserError
from winloss.web.house import context, faults
from winloss.web.people.models import User


def test_health_needs_nobody(db: None, client: Client) -> None:
    assert client.get("/healthz").json()["ok"] is True


def test_a_page_asks_who_is_there(client: Client, person: Callable[..., User]) -> None:
    person("revops")
    response = client.get("/")
    assert response.status_code == 302
    assert response.headers["Location"].startswith("/accounts/login/")


def test_what_was_typed_is_in_no_log(caplog: pytest.LogCaptureFixture) -> None:
    request = RequestFactory().get("/deals/", {"q": "Zoë"})
    with caplog.at_level(logging.INFO, logger="winloss.web"):
        answer = faults.told(lambda _: HttpResponse()).process_exception(request, UserError("'Zoë' is no date"))  # type: ignore[attr-defined]  # the middleware
    assert answer.status_code == 400
    assert "Zoë" in answer.content.decode()
    assert [record.getMessage() for record in caplog.records] == ["GET /deals/: UserError"]


def test_the_menu_takes_the_segment_and_the_team_along_and_nothing_else(person: Callable[..., User]) -> None:
    request = RequestFactory().get("/deals/?segment=team+%3D+North&segment=x&team=9&page=3&q=Zo%C3%AB&choose=1")
    request.user = person("revops")
    addresses = [entry["to"] for group in context.shell(request)["menu"] for entry in group["entries"]]
    assert "/deals/?segment=" + quote("team = North").replace("%20", "+") + "&team=9" in addresses
    assert not [address for address in addresses if "page=" in address or "q=" in address or "choose=" in address]

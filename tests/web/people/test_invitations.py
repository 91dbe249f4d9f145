"""Invitations by a link, once; and links by which somebody chooses a new password."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from winloss.errors import UserError
from winloss.web.audit.models import Event
from winloss.web.people import services
from winloss.web.people.models import Invitation, Team, User

NEW = {"name": "Nina  New", "password": "seven green boats", "again": "seven green boats"}


def invited(browser: Client, email: str = "nina@example.test", role: str = "rep", **fields: Any) -> str:
    """Invite by the page; the path of the link."""
    html = browser.post("/people/invite", {"email": email, "role": role, **fields}).content.decode()
    found = re.search(r">http://127.0.0.1:8700(/people/join/[^<]+)<", html)
    assert found, html
    return found[1]


def told() -> list[str]:
    return list(Event.objects.values_list("action", flat=True))


def test_who_is_invited_comes_in_with_their_role_and_team(
    admin: User, north: Team, signed_in: Callable[..., Client], client: Client
) -> None:
    link = invited(signed_in(admin), team=str(north.pk))
    assert "nina@example.test" in client.get(link).content.decode()
    response = client.post(link, NEW)
    assert (response.status_code, response.headers["Location"]) == (302, "/")
    nina = User.objects.get(email="nina@example.test")
    assert (nina.name, nina.role, nina.team, nina.is_active) == ("Nina New", "rep", north, True)
    assert nina.check_password("seven green boats")
    assert client.get("/people/me").status_code == 200
    assert told() == ["invite person", "take invitation", "sign in"]


def test_a_link_works_once(admin: User, signed_in: Callable[..., Client], client: Client) -> None:
    link = invited(signed_in(admin))
    client.post(link, NEW)
    again = Client()
    assert again.get(link).status_code == 404
    assert again.post(link, NEW).status_code == 404
    assert User.objects.count() == 2


def test_two_who_come_at_once_are_one(admin: User) -> None:
    _, link = services.invite(email="nina@example.test", role="rep", team=None, by=admin)
    token = link.rsplit("/", 1)[1]
    Invitation.objects.update(taken_at=timezone.now())  # the other was quicker, after this one looked
    with pytest.raises(UserError, match="was used"):
        services.take_up(token, password="seven green boats", name="Nina")


def test_a_link_ends_after_the_days_that_are_set(admin: User, signed_in: Callable[..., Client], client: Client) -> None:
    link = invited(signed_in(admin))
    invitation = Invitation.objects.get()
    assert invitation.ends_at - invitation.made_at == pytest.approx(dt.timedelta(days=7), abs=dt.timedelta(seconds=5))
    Invitation.objects.update(ends_at=timezone.now())
    assert client.get(link).status_code == 404
    assert "has ended" in signed_in(admin).get("/people/").content.decode()


def test_only_a_digest_of_the_link_is_kept(admin: User, signed_in: Callable[..., Client]) -> None:
    token = invited(signed_in(admin)).rsplit("/", 1)[1]
    kept = Invitation.objects.get()
    assert re.fullmatch(r"[0-9a-f]{64}", kept.token_digest)
    assert token not in str(Invitation.objects.values().get())
    assert token not in str(list(Event.objects.values()))


def test_a_withdrawn_link_opens_nothing(admin: User, signed_in: Callable[..., Client], client: Client) -> None:
    browser = signed_in(admin)
    link = invited(browser)
    browser.post(f"/people/invitations/{Invitation.objects.get().pk}/withdraw")
    assert client.get(link).status_code == 404
    assert told() == ["invite person", "withdraw invitation"]


def test_a_link_made_anew_ends_the_one_before(admin: User, signed_in: Callable[..., Client], client: Client) -> None:
    browser = signed_in(admin)
    old = invited(browser)
    html = browser.post(f"/people/invitations/{Invitation.objects.get().pk}/renew").content.decode()
    new = re.search(r"/people/join/[\w-]+", html)
    assert new is not None
    assert [client.get(old).status_code, client.get(new[0]).status_code] == [404, 200]


def test_who_is_here_is_not_invited(admin: User, signed_in: Callable[..., Client]) -> None:
    browser = signed_in(admin)
    response = browser.post("/people/invite", {"email": admin.email.upper(), "role": "rep"})
    assert response.status_code == 400
    assert "is here already" in response.content.decode()
    invited(browser)
    twice = browser.post("/people/invite", {"email": "Nina@example.test", "role": "viewer"})
    assert "is invited already" in twice.content.decode()
    assert Invitation.objects.count() == 1


def test_an_invitation_that_ended_can_be_made_once_more(admin: User, signed_in: Callable[..., Client]) -> None:
    browser = signed_in(admin)
    invited(browser)
    Invitation.objects.update(ends_at=timezone.now())
    invited(browser, role="manager")
    assert Invitation.objects.get().role == "manager"


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"again": "seven green boots"}, "not the same password"),
        ({"password": "short", "again": "short"}, "at least 12 characters"),
        ({"password": "123456789012345", "again": "123456789012345"}, "entirely numeric"),
        ({"password": "nina@example.test", "again": "nina@example.test"}, "too similar"),
        ({"name": " "}, "required"),
    ],
)
def test_bad_answers_keep_the_link(
    changed: dict[str, str], sentence: str, admin: User, signed_in: Callable[..., Client], client: Client
) -> None:
    link = invited(signed_in(admin))
    response = client.post(link, NEW | changed)
    assert response.status_code == 400
    assert sentence in response.content.decode()
    assert not User.objects.filter(email="nina@example.test").exists()
    assert client.post(link, NEW).status_code == 302


def test_who_is_signed_in_does_not_take_the_link_of_another(
    admin: User, signed_in: Callable[..., Client], client: Client
) -> None:
    browser = signed_in(admin)
    link = invited(browser)
    assert "This link is for nina@example.test" in browser.post(link, NEW).content.decode()
    assert User.objects.count() == 1
    left = browser.post("/accounts/logout/", {"next": link})
    assert left.headers["Location"] == link
    assert browser.post(link, NEW).status_code == 302


def test_a_forgotten_password_is_chosen_anew_by_a_link(
    admin: User, person: Callable[..., User], signed_in: Callable[..., Client], door: Callable[..., Any]
) -> None:
    rita = person("rep")
    old = Client()
    door(old, rita)
    html = signed_in(admin).post(f"/people/{rita.pk}/link").content.decode()
    link = re.search(r"/people/join/[\w-]+", html)
    assert link is not None
    browser = Client()
    assert "Choose a new password" in browser.get(link[0]).content.decode()
    assert browser.post(link[0], {"password": "seven green boats", "again": "seven green boats"}).status_code == 302
    rita.refresh_from_db()
    assert (rita.check_password("seven green boats"), rita.role, rita.name) == (True, "rep", "Rep 1")
    assert old.get("/people/me").status_code == 302
    assert browser.get("/people/me").status_code == 200


def test_who_was_let_go_gets_no_link(
    admin: User, person: Callable[..., User], signed_in: Callable[..., Client]
) -> None:
    rita = person("rep")
    _, link = services.link_for(rita, by=admin)
    services.deactivate(rita, by=admin)
    assert Client().get(link.removeprefix("http://127.0.0.1:8700")).status_code == 404
    assert signed_in(admin).post(f"/people/{rita.pk}/link").status_code == 400


def test_links_are_mailed_where_a_server_is_set(
    admin: User, signed_in: Callable[..., Client], settings: Any, mailoutbox: list[Any]
) -> None:
    browser = signed_in(admin)
    invited(browser, email="quiet@example.test")
    assert mailoutbox == []
    settings.CONFIG = settings.CONFIG.model_copy(update={"email_url": "smtp://127.0.0.1:1"})
    link = invited(browser)
    assert [mail.to for mail in mailoutbox] == [["nina@example.test"]]
    assert f"http://127.0.0.1:8700{link}" in mailoutbox[0].body


def test_a_mail_server_that_is_away_leaves_the_link(
    admin: User, signed_in: Callable[..., Client], settings: Any
) -> None:
    settings.CONFIG = settings.CONFIG.model_copy(update={"email_url": "smtp://127.0.0.1:1"})
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS = "127.0.0.1", 1, False
    html = signed_in(admin).post("/people/invite", {"email": "nina@example.test", "role": "rep"}).content.decode()
    assert "did not take the mail" in html
    assert "/people/join/" in html

"""Who may open which page of people, and how pages look."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable

import pytest
from django.test import Client

from winloss.web.people import services
from winloss.web.people.models import Team, User

ROLES = ("rep", "manager", "marketing", "viewer")
OF_ADMINS = ("/people/", "/people/invite", "/people/teams", "/people/{team}", "/people/{person}")
POSTS = ("deactivate", "reactivate", "link", "factor-off", "sign-out")
OWN = (
    "/people/me",
    "/accounts/logout/",
    "/accounts/password/change/",
    "/accounts/2fa/",
    "/accounts/2fa/recovery-codes/",
    "/accounts/sessions/",
    "/accounts/reauthenticate/",
)
DOORS = (
    "/accounts/login/",
    "/accounts/inactive/",
    "/accounts/password/reset/",
    "/accounts/password/reset/done/",
    "/accounts/password/reset/key/done/",
    "/accounts/password/reset/key/1-set-password/",
    "/accounts/3rdparty/login/cancelled/",
    "/accounts/3rdparty/login/error/",
    "/people/join/no-such-token",
)
GONE = (
    "/accounts/signup/",
    "/accounts/email/",
    "/accounts/confirm-email/",
    "/accounts/confirm-email/key/",
    "/accounts/login/code/confirm/",
    "/accounts/reauthenticate/code/",
    "/accounts/3rdparty/",
    "/accounts/3rdparty/signup/",
    "/accounts/2fa/webauthn/",
    "/accounts/openid/login/",
    "/accounts/oidc/company/login/",
    "/accounts/oidc/other/login/callback/",
)


@pytest.fixture
def pages(north: Team, person: Callable[..., User]) -> tuple[str, ...]:
    somebody = person("rep", team=north)
    return tuple(page.format(team=f"teams/{north.pk}", person=somebody.pk) for page in OF_ADMINS)


def test_revops_opens_every_page_of_people(pages: tuple[str, ...], signed_in: Callable[..., Client]) -> None:
    browser = signed_in("revops")
    assert [browser.get(page).status_code for page in pages] == [200] * 5


@pytest.mark.parametrize("role", ROLES)
def test_nobody_else_opens_them(role: str, pages: tuple[str, ...], signed_in: Callable[..., Client]) -> None:
    browser = signed_in(role)
    assert [browser.get(page).status_code for page in pages] == [403] * 5


def test_a_stranger_is_asked_who_they_are(pages: tuple[str, ...], client: Client) -> None:
    for page in (*pages, "/people/me"):
        response = client.get(page)
        assert (response.status_code, response.headers["Location"]) == (302, f"/accounts/login/?next={page}")


@pytest.mark.parametrize("role", [*ROLES, None])
@pytest.mark.parametrize("what", POSTS)
def test_nobody_else_changes_anybody(
    role: str | None, what: str, admin: User, signed_in: Callable[..., Client], client: Client
) -> None:
    browser = signed_in(role) if role else client
    response = browser.post(f"/people/{admin.pk}/{what}")
    assert response.status_code == (403 if role else 302)
    admin.refresh_from_db()
    assert admin.is_active


def test_who_is_not_here_is_not_found(signed_in: Callable[..., Client]) -> None:
    browser = signed_in("revops")
    nobody = uuid.uuid4()
    assert [browser.get(f"/people/{nobody}").status_code, browser.get(f"/people/teams/{nobody}").status_code] == [
        404
    ] * 2
    assert {browser.post(f"/people/{nobody}/{what}").status_code for what in POSTS} == {404}
    assert browser.post(f"/people/invitations/{nobody}/renew").status_code == 404
    assert browser.post(f"/people/teams/{nobody}/remove").status_code == 404


def test_changes_are_made_by_post_only(admin: User, signed_in: Callable[..., Client]) -> None:
    browser = signed_in(admin)
    assert {browser.get(f"/people/{admin.pk}/{what}").status_code for what in POSTS} == {405}


@pytest.mark.parametrize("role", ["revops", *ROLES])
def test_everybody_has_their_own_pages(role: str, signed_in: Callable[..., Client]) -> None:
    browser = signed_in(role)
    for page in OWN:
        assert browser.get(page).status_code in (200, 404), page  # no recovery codes: 404
    assert browser.get("/people/me").status_code == 200


@pytest.mark.parametrize("page", GONE)
def test_what_has_no_use_here_has_no_address(page: str, admin: User, client: Client) -> None:
    assert client.get(page).status_code == 404
    client.force_login(admin)
    assert client.get(page).status_code == 404


@pytest.mark.parametrize("page", [*OWN, *DOORS, "/people/", "/people/invite", "/people/teams"])
def test_every_page_is_in_the_house_and_keeps_its_policy(page: str, admin: User, client: Client) -> None:
    if page not in DOORS:
        client.force_login(admin)
    response = client.get(page)
    html = response.content.decode()
    assert '<main id="content"' in html
    assert html.count("<h1") == 1
    assert not re.search(r"\sstyle=|\son\w+=|<style|hx-on", html)
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", html))
    assert "unsafe-inline" not in response.headers["Content-Security-Policy"]


def test_pages_with_a_secret_are_kept_by_nobody(admin: User, signed_in: Callable[..., Client]) -> None:
    browser = signed_in(admin)
    shown = browser.post("/people/invite", {"email": "new@example.test", "role": "rep"})
    token = browser.post("/people/me/tokens", {"token_name": "x", "days": "30"})
    assert "no-store" in shown.headers["Cache-Control"]
    assert "no-store" in token.headers["Cache-Control"]


def test_names_are_shown_as_they_are_written(admin: User, signed_in: Callable[..., Client]) -> None:
    admin.name = "<script>alert(1)</script>"
    admin.save()
    browser = signed_in(admin)
    for page in ("/people/", "/people/me", f"/people/{admin.pk}"):
        html = browser.get(page).content.decode()
        assert "<script>alert(1)" not in html
        assert "&lt;script&gt;alert(1)" in html


def test_the_list_asks_the_database_as_often_for_fifty_as_for_two(
    admin: User, north: Team, signed_in: Callable[..., Client], django_assert_max_num_queries: Callable[[int], object]
) -> None:
    User.objects.bulk_create(User(email=f"p{i}@example.test", name=f"P {i}", team=north) for i in range(50))
    for i in range(20):
        services.invite(email=f"i{i}@example.test", role="rep", team=north, by=admin)
    browser = signed_in(admin)
    with django_assert_max_num_queries(6):  # type: ignore[attr-defined]
        assert browser.get("/people/").status_code == 200

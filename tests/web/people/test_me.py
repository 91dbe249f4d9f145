"""What people set for themselves: name, zone, browsers, tokens."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any
from zoneinfo import available_timezones

import pytest
from django.test import Client, RequestFactory
from django.utils import timezone

from winloss.web.audit.models import Event
from winloss.web.people import queries, services, zones
from winloss.web.people.models import ApiToken, User
from winloss.web.people.tokens import person_of

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"


def test_name_and_zone_are_ones_own(signed_in: Callable[..., Client], admin: User) -> None:
    browser = signed_in(admin)
    assert browser.post("/people/me", {"name": " Ada  Lovelace ", "zone": "Pacific/Auckland"}).status_code == 302
    admin.refresh_from_db()
    assert (admin.name, admin.zone, admin.role) == ("Ada Lovelace", "Pacific/Auckland", "revops")


def test_every_zone_can_be_chosen() -> None:
    offered = {name for _, places in zones.by_region() for name, _ in places}
    assert offered == available_timezones() - {"Factory", "localtime"}
    assert len(offered) > 400


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../../etc/passwd", "Factory"])
def test_no_other_zone_can(zone: str, signed_in: Callable[..., Client], admin: User) -> None:
    assert signed_in(admin).post("/people/me", {"name": "Ada", "zone": zone}).status_code == 400
    admin.refresh_from_db()
    assert admin.zone == ""


def test_a_zone_that_the_machine_lost_is_utc(signed_in: Callable[..., Client], admin: User) -> None:
    admin.zone = "Europe/Atlantis"
    admin.save()
    assert signed_in(admin).get("/people/me").status_code == 200


def test_times_are_shown_in_the_readers_zone(signed_in: Callable[..., Client], admin: User) -> None:
    browser = signed_in(admin)
    User.objects.update(last_login=dt.datetime(2026, 1, 1, 20, 30, tzinfo=dt.UTC), zone="Asia/Tokyo")
    assert "2 Jan 2026, 05:30" in browser.get("/people/").content.decode()


def test_browsers_are_listed_and_ended_one_by_one(admin: User, door: Callable[..., Any]) -> None:
    desk, phone = Client(headers={"User-Agent": FIREFOX}), Client()
    door(desk, admin)
    door(phone, admin)
    sessions = queries.sessions_of(admin, current=phone.session.session_key)
    assert {(one.browser, one.current) for one in sessions} == {
        ("Firefox on Windows", False),
        ("Unknown browser", True),
    }
    other = next(one.row.pk for one in sessions if not one.current)
    assert "Firefox on Windows" in phone.get("/people/me").content.decode()
    phone.post(f"/people/me/sessions/{other}/end")
    assert [desk.get("/people/me").status_code, phone.get("/people/me").status_code] == [302, 200]
    assert Event.objects.last().told == {"sessions": 1}  # type: ignore[union-attr]


@pytest.mark.parametrize("page", ["/people/me/sessions/end-others", "/accounts/sessions/"])
def test_all_others_are_ended_at_once(page: str, admin: User, door: Callable[..., Any]) -> None:
    browsers = [Client(), Client(), Client()]
    for browser in browsers:
        door(browser, admin)
    browsers[0].post(page)
    assert [browser.get("/people/me").status_code for browser in browsers] == [200, 302, 302]
    last = Event.objects.last()
    assert last is not None
    assert (last.action, last.actor, last.told) == ("revoke sessions", str(admin.pk), {"sessions": 2})


def test_nobody_ends_a_browser_of_somebody_else(
    admin: User, person: Callable[..., User], signed_in: Callable[..., Client], door: Callable[..., Any]
) -> None:
    desk = Client()
    door(desk, admin)
    session = queries.sessions_of(admin)[0].row.pk
    browser = signed_in("rep")
    assert browser.post(f"/people/me/sessions/{session}/end").status_code == 404
    assert browser.post(f"/people/me/sessions/{2**70}/end").status_code == 404
    assert desk.get("/people/me").status_code == 200


def test_a_new_password_ends_the_other_browsers(admin: User, door: Callable[..., Any]) -> None:
    desk, phone = Client(), Client()
    door(desk, admin)
    door(phone, admin)
    given = {"oldpassword": "correct horse battery", "password1": "seven green boats", "password2": "seven green boats"}
    response = desk.post("/accounts/password/change/", given)
    assert response.headers["Location"] == "/people/me"
    assert [desk.get("/people/me").status_code, phone.get("/people/me").status_code] == [200, 302]
    assert Event.objects.last().action == "new password"  # type: ignore[union-attr]


def call(token: str, scheme: str = "Bearer") -> User | None:
    return person_of(RequestFactory().get("/", headers={"Authorization": f"{scheme} {token}"}))


def test_a_token_is_its_person(admin: User, signed_in: Callable[..., Client]) -> None:
    html = signed_in(admin).post("/people/me/tokens", {"token_name": "Weekly export", "days": "30"}).content.decode()
    text = html.split(">wl_")[1].split("<")[0]
    assert call(f"wl_{text}") == admin
    assert call(f"wl_{text}", "bearer") == admin
    kept = ApiToken.objects.get()
    assert text not in str(ApiToken.objects.values().get())
    assert kept.used_at is not None
    assert kept.ends_at - kept.made_at == pytest.approx(dt.timedelta(days=30), abs=dt.timedelta(seconds=5))


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Basic YTpi", "Bearer wl_no", "Bearer \x00", "bearer é" * 50]
)
def test_nothing_else_is_anybody(header: str, admin: User) -> None:
    services.make_token(admin, name="x", days=30)
    assert person_of(RequestFactory().get("/", headers={"Authorization": header})) is None
    assert person_of(RequestFactory().get("/")) is None


def test_a_token_ends_with_its_day_its_person_and_its_revocation(admin: User, person: Callable[..., User]) -> None:
    rita = person("rep")
    late, ended = services.make_token(rita, name="late", days=1)
    ApiToken.objects.filter(pk=late.pk).update(ends_at=timezone.now())
    assert call(ended) is None
    revoked, text = services.make_token(rita, name="revoked", days=30)
    services.revoke_token(revoked, by=rita)
    assert call(text) is None
    _, text = services.make_token(rita, name="lives", days=30)
    User.objects.filter(pk=rita.pk).update(is_active=False)
    assert call(text) is None
    assert list(Event.objects.values_list("action", flat=True)) == [
        "make token",
        "make token",
        "revoke token",
        "make token",
    ]


def test_the_last_use_is_noted_once_a_minute(admin: User, django_assert_num_queries: Callable[[int], Any]) -> None:
    _, text = services.make_token(admin, name="x", days=30)
    call(text)
    with django_assert_num_queries(1):
        assert call(text) == admin


def test_nobody_revokes_a_token_of_somebody_else(admin: User, signed_in: Callable[..., Client]) -> None:
    token, text = services.make_token(admin, name="x", days=30)
    assert signed_in("revops").post(f"/people/me/tokens/{token.pk}/revoke").status_code == 404
    assert call(text) == admin
    assert signed_in(admin).post(f"/people/me/tokens/{token.pk}/revoke").status_code == 302
    assert call(text) is None


def test_who_comes_in_brings_the_zone_of_their_browser(admin: User, client: Client) -> None:
    _, link = services.invite(email="ann@example.test", role="viewer", team=None, by=admin)
    path = link[link.index("/people/join/") :]
    page = client.get(path).content.decode()
    assert "house/zone" in page
    assert 'name="zone"' in page
    told = {"name": "Ann", "password": "nine purple trains", "again": "nine purple trains", "zone": "Asia/Tokyo"}
    assert client.post(path, told).status_code == 302
    assert User.objects.get(email="ann@example.test").zone == "Asia/Tokyo"
    assert re.search(r"\d\d:\d\d\s*JST", client.get("/people/me").content.decode())

"""The door: password, second factor, forgotten passwords, and what the audit log tells of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core.cache import caches
from django.test import Client
from django.utils import timezone

from winloss.web.audit.models import Event
from winloss.web.people.models import User
from winloss.web.people.services import address_digest

PASSWORD = "correct horse battery"
NEW = {"password1": "seven green boats", "password2": "seven green boats"}


def code_of(secret: str, ahead: int = 0) -> str:
    """What an app shows, `ahead` half minutes from now."""
    return str(format_hotp_value(hotp_value(secret, int(timezone.now().timestamp()) // 30 + ahead)))


def turn_on(browser: Client) -> str:
    """Turn a second factor on by the pages; its secret."""
    page = "/accounts/2fa/totp/activate/"
    asked = browser.get(page)
    assert asked.headers["Location"].startswith("/accounts/reauthenticate/")
    browser.post(asked.headers["Location"], {"password": PASSWORD, "next": page})
    html = browser.get(page).content.decode()
    secret = re.search(r'id="secret" type="text" value="([A-Z2-7]+)"', html)
    assert secret is not None
    assert 'src="data:image/svg+xml;base64,' in html
    done = browser.post(page, {"code": code_of(secret[1], -1)})
    assert done.headers["Location"] == "/accounts/2fa/recovery-codes/"
    return secret[1]


def events() -> list[str]:
    return list(Event.objects.values_list("action", flat=True))


def test_address_and_password_let_in(admin: User, client: Client, door: Callable[..., Any]) -> None:
    assert door(client, admin.email.upper()).headers["Location"] == "/"
    client.get("/people/me")
    client.post("/accounts/logout/")
    assert client.get("/people/me").status_code == 302
    assert events() == ["sign in", "sign out"]


@pytest.mark.parametrize("address", ["", "nobody@example.test"])
def test_whoever_is_not_let_in_is_told_the_same(
    address: str, admin: User, client: Client, door: Callable[..., Any]
) -> None:
    response = door(client, address or admin, "wrong")
    assert "do not belong together" in response.content.decode()
    failed = Event.objects.get()
    assert (failed.action, failed.actor, failed.of) == ("failed sign in", "", address_digest(address or admin.email))
    assert "@" not in str(Event.objects.values().get())


def test_where_one_was_going_one_arrives(admin: User, client: Client) -> None:
    given = {"login": admin.email, "password": PASSWORD}
    assert client.post("/accounts/login/", given | {"next": "/people/teams"}).headers["Location"] == "/people/teams"
    client.post("/accounts/logout/")
    assert client.post("/accounts/login/", given | {"next": "https://evil.test/"}).headers["Location"] == "/"


@pytest.mark.django_db(transaction=True)
def test_a_second_factor_is_asked_for(admin: User, client: Client, door: Callable[..., Any]) -> None:
    door(client, admin)
    secret = turn_on(client)
    other = Client()
    assert door(other, admin).headers["Location"] == "/accounts/2fa/authenticate/"
    assert other.get("/people/me").status_code == 302
    assert "Now the code" in other.get("/accounts/2fa/authenticate/").content.decode()
    assert "not right" in other.post("/accounts/2fa/authenticate/", {"code": "000000"}).content.decode()
    assert other.post("/accounts/2fa/authenticate/", {"code": code_of(secret)}).headers["Location"] == "/"
    assert other.get("/people/me").status_code == 200
    assert sorted(events()[:3]) == ["recovery codes on", "second factor on", "sign in"]
    assert events()[3:] == ["failed sign in", "sign in"]


def test_a_code_is_good_once(admin: User, client: Client, door: Callable[..., Any]) -> None:
    door(client, admin)
    code = code_of(turn_on(client))
    first, second = Client(), Client()
    door(first, admin)
    door(second, admin)
    assert first.post("/accounts/2fa/authenticate/", {"code": code}).status_code == 302
    assert second.post("/accounts/2fa/authenticate/", {"code": code}).status_code == 200


def test_secrets_of_second_factors_are_sealed(admin: User, client: Client, door: Callable[..., Any]) -> None:
    door(client, admin)
    secret = turn_on(client)
    codes = re.findall(r"<li><code>(\w+)</code>", client.get("/accounts/2fa/recovery-codes/").content.decode())
    kept = str(list(Authenticator.objects.values()))
    assert len(codes) == 10
    assert not any(one in kept for one in (secret, *codes))


def test_a_recovery_code_lets_in_once(admin: User, client: Client, door: Callable[..., Any]) -> None:
    door(client, admin)
    turn_on(client)
    code = client.get("/accounts/2fa/recovery-codes/download/").content.decode().split()[0]
    for expected in (302, 200):
        other = Client()
        door(other, admin)
        assert other.post("/accounts/2fa/authenticate/", {"code": code}).status_code == expected
    assert "9 recovery codes left" in client.get("/accounts/2fa/").content.decode()


def test_a_second_factor_is_turned_off_by_who_shows_it_is_them(
    admin: User, client: Client, door: Callable[..., Any]
) -> None:
    door(client, admin)
    turn_on(client)
    client.post("/accounts/2fa/totp/deactivate/")
    assert not Authenticator.objects.exists()
    assert sorted(events()[-2:]) == ["recovery codes off", "second factor off"]
    assert door(Client(), admin).headers["Location"] == "/"


def test_who_lost_it_all_is_helped_by_revops(
    admin: User, person: Callable[..., User], signed_in: Callable[..., Client], door: Callable[..., Any]
) -> None:
    rita, browser = person("rep"), Client()
    door(browser, rita)
    turn_on(browser)
    signed_in(admin).post(f"/people/{rita.pk}/factor-off")
    assert browser.get("/people/me").status_code == 302
    assert door(browser, rita).headers["Location"] == "/"
    assert Event.objects.filter(action="turn second factor off", actor=str(admin.pk), of=str(rita.pk)).count() == 1


def test_a_link_of_revops_does_not_go_round_a_second_factor(
    admin: User, person: Callable[..., User], signed_in: Callable[..., Client], door: Callable[..., Any]
) -> None:
    rita, browser = person("rep"), Client()
    door(browser, rita)
    turn_on(browser)
    link = re.search(r"/people/join/[\w-]+", signed_in(admin).post(f"/people/{rita.pk}/link").content.decode())
    assert link is not None
    other = Client()
    done = other.post(link[0], {"password": "seven green boats", "again": "seven green boats"})
    assert done.headers["Location"] == "/accounts/2fa/authenticate/"
    assert other.get("/people/me").status_code == 302


@pytest.mark.parametrize("given", [{}, {"credential": "{}"}, {"code": ""}, {"code": "\x00"}, {"code": "9" * 5000}])
def test_no_answer_to_the_second_factor_is_a_defect(
    given: dict[str, str], admin: User, client: Client, door: Callable[..., Any]
) -> None:
    door(client, admin)
    turn_on(client)
    other = Client()
    door(other, admin)
    assert other.post("/accounts/2fa/authenticate/", given).status_code in (200, 302)
    assert other.get("/people/me").status_code == 302


def test_without_a_mail_server_one_is_told_whom_to_ask(admin: User, client: Client) -> None:
    for response in (client.get("/accounts/password/reset/"), client.post("/accounts/password/reset/", {"email": "x"})):
        assert "Ask RevOps for a new link" in response.content.decode()


def test_a_forgotten_password_is_chosen_anew_by_mail(
    admin: User, client: Client, settings: Any, mailoutbox: list[Any], door: Callable[..., Any]
) -> None:
    settings.CONFIG = settings.CONFIG.model_copy(
        update={"email_url": "smtp://127.0.0.1", "address": "https://winloss.example.test"}
    )
    old = Client()
    door(old, admin)
    client.post("/accounts/password/reset/", {"email": "stranger@example.test"})
    assert mailoutbox == []
    client.post("/accounts/password/reset/", {"email": admin.email})
    assert [mail.to for mail in mailoutbox] == [[admin.email]]
    link = re.search(r"https://winloss\.example\.test(/accounts/password/reset/key/\S+)", mailoutbox[0].body)
    assert link is not None
    form = client.get(link[1]).headers["Location"]
    assert "Choose a new password" in client.get(form).content.decode()
    done = client.post(form, {"password1": "seven green boats", "password2": "seven green boats"})
    assert done.headers["Location"] == "/accounts/password/reset/key/done/"
    assert old.get("/people/me").status_code == 302
    assert door(Client(), admin, "seven green boats").headers["Location"] == "/"
    assert "opens nothing any more" in client.get(link[1]).content.decode()


def test_who_guesses_elsewhere_locks_nobody_out(admin: User) -> None:
    told = {"login": admin.email, "password": "wrong"}
    for _ in range(6):
        last = Client(REMOTE_ADDR="203.0.113.7").post("/accounts/login/", told)
    assert "Too many attempts" in last.content.decode()
    right = told | {"password": "correct horse battery"}
    assert Client(REMOTE_ADDR="198.51.100.4").post("/accounts/login/", right).status_code == 302


def test_five_wrong_passwords_are_enough(admin: User, door: Callable[..., Any]) -> None:
    for _ in range(5):
        assert "do not belong together" in door(Client(), admin, "wrong").content.decode()
    assert "Too many attempts" in door(Client(), admin, "wrong").content.decode()
    assert "Too many attempts" in door(Client(), admin).content.decode()  # the right one does not tell
    assert Event.objects.filter(action="failed sign in").count() == 5


def test_a_page_says_that_it_is_too_much(admin: User, door: Callable[..., Any]) -> None:
    answers = [door(Client(), f"p{i}@example.test", "wrong") for i in range(31)]
    assert answers[-1].status_code == 429
    html = answers[-1].content.decode()
    assert '<main id="content"' in html
    assert "Too many attempts" in html


def test_attempts_are_counted_in_the_shared_cache(
    admin: User, settings: Any, door: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"},
        "shared": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "here"},
    }
    for _ in range(6):
        last = door(Client(), admin, "wrong")
    assert "Too many attempts" in last.content.decode()
    caches["shared"].clear()
    assert "do not belong together" in door(Client(), admin, "wrong").content.decode()


def test_an_address_behind_a_proxy_is_that_of_the_caller(settings: Any, admin: User, door: Callable[..., Any]) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    for i in range(12):
        forged = Client(headers={"X-Forwarded-For": f"10.0.0.{i}, 192.0.2.7"})
        last = door(forged, f"p{i}@example.test", "wrong")
    assert "Too many attempts" in last.content.decode()


def test_a_caller_without_an_address_is_answered(settings: Any, admin: User) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    browser = Client(headers={"X-Forwarded-For": "nowhere, at all"})
    assert browser.post("/accounts/login/", {"login": admin.email, "password": PASSWORD}).status_code in (302, 403)


def test_who_signs_in_by_the_company_has_no_password_to_change(admin: User, client: Client) -> None:
    admin.set_unusable_password()
    admin.save()
    client.force_login(admin)
    assert "which looks after it" in client.get("/accounts/2fa/").content.decode()
    assert 'href="/accounts/password/change/"' not in client.get("/people/me").content.decode()
    for page in ("/accounts/password/change/", "/accounts/password/set/"):
        assert "You sign in by your company" in client.post(page, NEW, follow=True).content.decode()
    admin.refresh_from_db()
    assert not admin.has_usable_password()
    for page in ("/accounts/2fa/totp/activate/", "/accounts/reauthenticate/"):
        assert client.get(page).status_code == 403

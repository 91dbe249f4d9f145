"""Sign-in by the company's provider: a whole round trip over HTTP, and everything that must not let anybody in."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urljoin

import pytest
import requests
from allauth.socialaccount.models import SocialAccount
from cryptography.hazmat.primitives.asymmetric import rsa

from company_provider import CLIENT, SECRET, Provider, running
from winloss.web.audit.models import Event
from winloss.web.people import services
from winloss.web.people.models import Invitation, User

pytestmark = pytest.mark.django_db(transaction=True)
BEGIN = "/accounts/oidc/company/login/"


@pytest.fixture
def provider() -> Iterator[Provider]:
    with running() as found:
        yield found


@pytest.fixture
def here(provider: Provider, live_server: Any, settings: Any) -> str:
    """The address of winloss, which knows the provider."""
    told = {
        "oidc_server": provider.address,
        "oidc_name": "Acme sign-in",
        "oidc_client_id": CLIENT,
        "oidc_client_secret": SECRET,
        "address": live_server.url,
    }
    settings.CONFIG = settings.CONFIG.model_copy(update=told)
    return str(live_server.url)


@pytest.fixture
def rita(person: Callable[..., User]) -> User:
    return person("rep", pk="11111111-1111-1111-1111-111111111111")


@pytest.fixture(autouse=True)
def _address_of_rita(rita: User) -> None:
    User.objects.filter(pk=rita.pk).update(email="rita@example.test")


def follow(browser: requests.Session, url: str) -> requests.Response:
    """Over all redirects but the last into the application, whose pages are of other apps."""
    response = browser.get(url, allow_redirects=False)
    while response.is_redirect and response.headers["Location"] != "/":
        url = urljoin(url, response.headers["Location"])
        response = browser.get(url, allow_redirects=False)
    return response


def come(here: str) -> tuple[requests.Session, requests.Response]:
    browser = requests.Session()
    browser.trust_env = False
    return browser, follow(browser, here + BEGIN)


def signed_in_as(browser: requests.Session, here: str) -> str:
    """Whose page it is; "" where nobody is signed in."""
    page = browser.get(f"{here}/people/me", allow_redirects=False)
    return page.text.split("<h1>You are ")[1].split("<")[0] if page.status_code == 200 else ""


def refused(here: str, status: int, sentence: str) -> None:
    browser, response = come(here)
    assert (response.status_code, sentence in response.text) == (status, True), response.text
    assert signed_in_as(browser, here) == ""


def test_the_sign_in_page_offers_it(here: str) -> None:
    html = requests.get(f"{here}/accounts/login/?next=/people/teams", timeout=10).text
    assert f'href="{BEGIN}?next=/people/teams"' in html.replace("%2F", "/")
    assert "Acme sign-in" in html


def test_who_is_here_comes_in_and_keeps_their_password(here: str, provider: Provider, rita: User) -> None:
    browser, response = come(here)
    assert (response.status_code, response.headers["Location"]) == (302, "/")
    assert signed_in_as(browser, here) == rita.name
    rita.refresh_from_db()
    assert rita.check_password("correct horse battery")
    assert (User.objects.count(), SocialAccount.objects.count()) == (1, 0)
    assert {"state", "nonce", "code_challenge"} <= provider.asked.keys()
    assert set(provider.asked["scope"].split()) == {"openid", "profile", "email"}
    assert provider.asked["redirect_uri"] == f"{here}{BEGIN}callback/"
    event = Event.objects.get()
    assert (event.action, event.actor, event.told) == ("sign in", str(rita.pk), {"by": "company"})


def test_the_address_is_the_same_however_it_is_written(here: str, provider: Provider, rita: User) -> None:
    provider.user["email"] = "RITA@Example.test"
    assert signed_in_as(come(here)[0], here) == rita.name


def test_who_is_invited_is_made_with_what_the_invitation_says(here: str, provider: Provider, rita: User) -> None:
    services.invite(email="nina@example.test", role="marketing", team=None, by=rita)
    provider.user |= {"sub": "u2", "email": "nina@example.test", "name": "Nina"}
    browser, _ = come(here)
    assert signed_in_as(browser, here) == "Nina"
    nina = User.objects.get(email="nina@example.test")
    assert (nina.role, nina.has_usable_password()) == ("marketing", False)
    assert Invitation.objects.get().taken_at is not None
    assert signed_in_as(come(here)[0], here) == "Nina"
    assert User.objects.count() == 2


def test_a_stranger_is_told_whom_to_ask(here: str, provider: Provider) -> None:
    provider.user["email"] = "stranger@example.test"
    refused(here, 403, "stranger@example.test is not invited")
    assert User.objects.count() == 1
    event = Event.objects.get()
    assert (event.action, event.of) == ("failed sign in", services.address_digest("stranger@example.test"))
    assert event.told == {"by": "company", "why": "unknown"}


@pytest.mark.parametrize("verified", [False, None, "false", 0, "no", 1])
def test_an_address_that_is_not_confirmed_lets_nobody_in(verified: Any, here: str, provider: Provider) -> None:
    provider.user["email_verified"] = verified
    refused(here, 403, "Your address is not confirmed")


def test_an_unconfirmed_address_takes_no_invitation_up(here: str, provider: Provider, rita: User) -> None:
    services.invite(email="nina@example.test", role="revops", team=None, by=rita)
    provider.user |= {"email": "nina@example.test", "email_verified": False}
    refused(here, 403, "not confirmed")
    assert User.objects.count() == 1


def test_one_entry_cannot_vouch_for_the_address_of_the_other(here: str, provider: Provider) -> None:
    provider.token = {"email": "mine@example.test", "email_verified": True}
    provider.info = {"email": "rita@example.test", "email_verified": False}
    refused(here, 403, "not confirmed")


def test_a_provider_that_only_knows_the_company_can_be_trusted(
    here: str, provider: Provider, rita: User, settings: Any
) -> None:
    settings.CONFIG = settings.CONFIG.model_copy(update={"oidc_trust_email": True})
    del provider.user["email_verified"]
    assert signed_in_as(come(here)[0], here) == rita.name
    provider.user["email_verified"] = False
    refused(here, 403, "not confirmed")


def test_who_was_let_go_stays_out(here: str, rita: User) -> None:
    User.objects.filter(pk=rita.pk).update(is_active=False)
    refused(here, 403, "was closed")


def test_an_ended_invitation_lets_nobody_in(here: str, provider: Provider, rita: User) -> None:
    services.invite(email="nina@example.test", role="rep", team=None, by=rita)
    Invitation.objects.update(ends_at="2020-01-01T00:00:00Z")
    provider.user["email"] = "nina@example.test"
    refused(here, 403, "is not invited")


@pytest.mark.parametrize(
    ("said", "sentence", "status"),
    [
        ({"nonce": "of another browser"}, "belongs to another sign-in", 403),
        ({"nonce": ""}, "belongs to another sign-in", 403),
        ({"aud": "somebody else"}, "did not come through", 401),
        ({"iss": "https://evil.test"}, "did not come through", 401),
        ({"exp": 1}, "did not come through", 401),
        ({"sub": "u9"}, "did not come through", 401),
    ],
)
def test_an_id_token_that_is_not_ours_lets_nobody_in(
    said: dict[str, Any], sentence: str, status: int, here: str, provider: Provider
) -> None:
    provider.token = said
    refused(here, status, sentence)


def test_a_token_signed_by_another_key_lets_nobody_in(here: str, provider: Provider) -> None:
    provider.signs_with = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    refused(here, 401, "did not come through")


@pytest.mark.parametrize("changed", [{"state": "of-another"}, {"state": None}, {"code": "guessed"}, {"code": None}])
def test_an_answer_of_another_browser_lets_nobody_in(
    changed: dict[str, str | None], here: str, provider: Provider
) -> None:
    browser = requests.Session()
    browser.trust_env = False
    to = browser.get(here + BEGIN, allow_redirects=False).headers["Location"]
    back = browser.get(to, allow_redirects=False).headers["Location"]
    path, _, query = back.partition("?")
    given = dict(part.split("=", 1) for part in query.split("&")) | changed
    response = browser.get(path, params={k: v for k, v in given.items() if v is not None}, allow_redirects=False)
    assert (response.status_code, "did not come through" in response.text) == (401, True)
    assert signed_in_as(browser, here) == ""


def test_an_answer_is_good_for_one_browser_and_once(here: str, provider: Provider, rita: User) -> None:
    mine, theirs = requests.Session(), requests.Session()
    to = mine.get(here + BEGIN, allow_redirects=False).headers["Location"]
    back = mine.get(to, allow_redirects=False).headers["Location"]
    assert theirs.get(back, allow_redirects=False).status_code == 401
    assert mine.get(back, allow_redirects=False).headers["Location"] == "/"
    assert mine.get(back, allow_redirects=False).status_code == 401


def test_a_second_factor_is_asked_for_here_too(here: str, rita: User) -> None:
    from allauth.mfa.totp.internal.auth import TOTP

    TOTP.activate(rita, "JBSWY3DPEHPK3PXP")
    browser, response = come(here)
    assert response.url.endswith("/accounts/2fa/authenticate/")
    assert signed_in_as(browser, here) == ""


def test_cancelling_says_so(here: str, provider: Provider) -> None:
    browser = requests.Session()
    to = browser.get(here + BEGIN, allow_redirects=False).headers["Location"]
    browser.get(to, allow_redirects=False)
    url = f"{here}{BEGIN}callback/?error=access_denied&state={provider.asked['state']}"
    assert "You stopped before" in browser.get(url).text


@pytest.mark.parametrize("process", ["connect", "redirect", "x"])
def test_accounts_are_not_connected(process: str, here: str, provider: Provider, person: Callable[..., User]) -> None:
    boss = person("revops")
    browser = requests.Session()
    page = browser.get(f"{here}/accounts/login/")
    token = page.text.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
    given = {"login": boss.email, "password": "correct horse battery", "csrfmiddlewaretoken": token}
    browser.post(f"{here}/accounts/login/", given, allow_redirects=False)
    assert signed_in_as(browser, here) == boss.name
    follow(browser, f"{here}{BEGIN}?process={process}&next=/people/me&scope=evil&auth_params=prompt%3Dnone")
    assert SocialAccount.objects.count() == 0
    assert signed_in_as(browser, here) == "Rep 0"  # whoever the provider says, not whoever was here
    assert "evil" not in provider.asked["scope"]
    assert "prompt" not in provider.asked


@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/token", "/userinfo", "/keys"])
@pytest.mark.parametrize(
    "answer",
    [
        (500, b""),
        (200, b"no json"),
        (200, b"[]"),
        (200, b"{}"),
        (200, b'{"access_token": "x", "keys": 3}'),
        (200, b'""'),
    ],
)
def test_a_provider_that_answers_nonsense_is_a_sentence(
    path: str, answer: tuple[int, bytes], here: str, provider: Provider
) -> None:
    provider.answers[path] = answer
    browser, response = come(here)
    assert response.status_code in (401, 502)
    assert '<main id="content"' in response.text
    assert signed_in_as(browser, here) == ""


@pytest.mark.parametrize("to", ["javascript:alert(1)", "", "ftp://evil.test"])
def test_only_a_web_address_is_gone_to(to: str, here: str, provider: Provider) -> None:
    answer = provider.discovery() | {"authorization_endpoint": to}
    provider.answers["/.well-known/openid-configuration"] = (200, json.dumps(answer).encode())
    assert come(here)[1].status_code == 502


def test_a_provider_that_is_away_is_a_sentence(here: str, settings: Any) -> None:
    settings.CONFIG = settings.CONFIG.model_copy(update={"oidc_server": "http://127.0.0.1:9"})
    refused(here, 502, "cannot be reached")


def test_nonsense_at_the_callback_is_a_sentence(here: str) -> None:
    for query in ("", "?state=x", "?code=\x00&state=%00", "?error=x", "?state[]=1&code[]=2"):
        assert requests.get(f"{here}{BEGIN}callback/{query}", timeout=10).status_code == 401

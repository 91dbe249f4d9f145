"""Whatever is written into a form is answered with a page."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from depth import cases
from winloss.web.people import services
from winloss.web.people.models import Team, User

ODD = st.one_of(
    st.text(max_size=300),
    st.sampled_from(
        ["", " ", "\x00", "é" * 200, "a@b.c", "x" * 5000, "-1", "9" * 40, "1e9", "None", "revops", "rep", "UTC", "30"]
    ),
)
FORMS = {
    "/people/invite": ("email", "role", "team", "deal_name"),
    "/people/teams": ("name", "deal_team"),
    "/people/{team}": ("name", "deal_team"),
    "/people/{person}": ("role", "team", "owner"),
    "/people/me": ("name", "zone"),
    "/people/me/tokens": ("token_name", "days"),
    "/accounts/password/change/": ("oldpassword", "password1", "password2"),
    "/accounts/reauthenticate/": ("password", "next"),
    "/accounts/sessions/": ("x",),
    "/accounts/2fa/totp/activate/": ("code",),
}
DOORS = {
    "/accounts/login/": ("login", "password", "next"),
    "/accounts/password/reset/": ("email",),
    "/accounts/2fa/authenticate/": ("code", "credential"),
    "/people/{join}": ("name", "password", "again"),
}
_QUIET = settings(
    max_examples=cases(4, 60), deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck)
)


@pytest.fixture
def place(admin: User, north: Team, person: Callable[..., User]) -> Callable[[str], str]:
    """The page with the ids of somebody."""
    _, link = services.invite(email="nina@example.test", role="rep", team=None, by=admin)
    known = {"team": f"teams/{north.pk}", "person": str(person("rep").pk), "join": f"join/{link.rsplit('/', 1)[1]}"}
    return lambda page: page.format(**known)


@pytest.mark.parametrize("page", FORMS)
def test_no_form_of_somebody_signed_in_is_a_defect(
    page: str, admin: User, place: Callable[[str], str], signed_in: Callable[..., Client]
) -> None:
    browser = signed_in(admin)

    @_QUIET
    @given(st.fixed_dictionaries({}, optional=dict.fromkeys(FORMS[page], ODD)))
    def odd(answers: dict[str, str]) -> None:
        assert browser.post(place(page), answers).status_code in (200, 302, 400, 429)

    odd()


@pytest.mark.parametrize("page", DOORS)
def test_no_form_of_a_stranger_is_a_defect(
    page: str, place: Callable[[str], str], client: Client, settings: object
) -> None:
    settings.CONFIG = settings.CONFIG.model_copy(update={"email_url": "smtp://127.0.0.1:1"})  # type: ignore[attr-defined]

    @_QUIET
    @given(st.fixed_dictionaries({}, optional=dict.fromkeys(DOORS[page], ODD)))
    def odd(answers: dict[str, str]) -> None:
        assert client.post(place(page), answers).status_code in (200, 302, 400, 429)

    odd()


@pytest.mark.parametrize(
    "page",
    ["/people/first", "/people/join/{token}", "/accounts/password/reset/key/{token}/", "/accounts/oidc/{token}/login/"],
)
@_QUIET
@given(token=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60))
def test_no_address_is_a_defect(db: None, page: str, token: str) -> None:
    from urllib.parse import quote

    answer = Client().get(page.format(token=quote(token, safe="")) + f"?token={quote(token)}&next={quote(token)}")
    assert answer.status_code in (200, 301, 302, 404)


def test_json_is_no_way_round(admin: User, client: Client) -> None:
    for headers in ({"Accept": "application/json"}, {"X-Requested-With": "XMLHttpRequest"}):
        answer = client.post("/accounts/login/", {"login": "x"}, headers=headers)
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    answer = client.post("/accounts/login/", {"login": "x"}, content_type="application/json")
    assert answer.status_code == 200

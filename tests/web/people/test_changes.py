"""Roles, teams, and letting people go."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from winloss.errors import UserError
from winloss.web.audit.models import Event
from winloss.web.people import services
from winloss.web.people.models import ApiToken, Invitation, Team, User


def change(browser: Client, who: User, **fields: str) -> Any:
    given = {"role": who.role, "team": str(who.team_id or ""), "owner": ""} | fields
    return browser.post(f"/people/{who.pk}", given)


def test_a_role_holds_from_the_next_click(
    admin: User, person: Callable[..., User], signed_in: Callable[..., Client]
) -> None:
    rita = person("rep")
    hers = signed_in(rita)
    assert hers.get("/people/").status_code == 403
    change(signed_in(admin), rita, role="revops")
    assert hers.get("/people/").status_code == 200
    change(signed_in(admin), rita, role="viewer")
    assert hers.get("/people/").status_code == 403


def test_a_team_gives_its_deals_at_once(
    admin: User, north: Team, person: Callable[..., User], signed_in: Callable[..., Client]
) -> None:
    boss = person("manager")
    assert boss.reach().teams == frozenset()
    change(signed_in(admin), boss, team=str(north.pk))
    assert User.objects.get(pk=boss.pk).reach().teams == {"North"}
    assert Event.objects.last().told == {"team": str(north.pk)}  # type: ignore[union-attr]


def test_the_last_of_revops_stays(admin: User, signed_in: Callable[..., Client]) -> None:
    browser = signed_in(admin)
    demoted = change(browser, admin, role="viewer")
    assert (demoted.status_code, services.LAST_ADMIN in demoted.content.decode()) == (400, True)
    gone = browser.post(f"/people/{admin.pk}/deactivate")
    assert (gone.status_code, services.LAST_ADMIN in gone.content.decode()) == (400, True)
    admin.refresh_from_db()
    assert (admin.role, admin.is_active) == ("revops", True)


def test_somebody_let_go_does_not_count_as_the_other(admin: User, person: Callable[..., User]) -> None:
    other = person("revops")
    services.deactivate(other, by=admin)
    with pytest.raises(UserError, match="last person of RevOps"):
        services.change(admin, role="rep", team=None, person_id="", by=admin)
    services.reactivate(other, by=admin)
    services.change(admin, role="rep", team=None, person_id="", by=admin)
    with pytest.raises(UserError, match="last person of RevOps"):
        services.deactivate(other, by=other)


def test_who_is_let_go_is_out_at_once(
    admin: User, person: Callable[..., User], signed_in: Callable[..., Client], door: Callable[..., Any]
) -> None:
    rita = person("rep")
    phone, desk = Client(), Client()
    door(phone, rita)
    door(desk, rita)
    _, text = services.make_token(rita, name="export", days=30)
    assert desk.get("/people/me").status_code == 200
    signed_in(admin).post(f"/people/{rita.pk}/deactivate")
    assert [browser.get("/people/me").status_code for browser in (phone, desk)] == [302, 302]
    assert not ApiToken.objects.exists()
    event = Event.objects.last()
    assert event is not None
    assert (event.action, event.actor, event.of) == ("deactivate person", str(admin.pk), str(rita.pk))
    assert event.told == {"sessions": 2, "tokens": 1}
    assert text not in str(list(Event.objects.values()))


def test_back_in_old_sessions_stay_ended(
    admin: User, person: Callable[..., User], signed_in: Callable[..., Client], door: Callable[..., Any]
) -> None:
    rita = person("rep")
    browser = Client()
    door(browser, rita)
    boss = signed_in(admin)
    boss.post(f"/people/{rita.pk}/deactivate")
    assert door(Client(), rita).headers["Location"] == "/accounts/inactive/"
    boss.post(f"/people/{rita.pk}/reactivate")
    assert browser.get("/people/me").status_code == 302
    assert door(browser, rita).headers["Location"] == "/"


def test_revops_signs_somebody_out_everywhere(
    admin: User, person: Callable[..., User], signed_in: Callable[..., Client], door: Callable[..., Any]
) -> None:
    rita = person("rep")
    browser = Client()
    door(browser, rita)
    signed_in(admin).post(f"/people/{rita.pk}/sign-out")
    assert browser.get("/people/me").status_code == 302
    assert Event.objects.filter(action="revoke sessions", of=str(rita.pk), actor=str(admin.pk)).count() == 1


def test_teams_are_made_renamed_and_removed(
    admin: User, person: Callable[..., User], signed_in: Callable[..., Client]
) -> None:
    browser = signed_in(admin)
    browser.post("/people/teams", {"name": " North  West ", "deal_team": "NW"})
    team = Team.objects.get()
    assert (team.name, team.deal_team) == ("North West", "NW")
    twice = browser.post("/people/teams", {"name": "north west"})
    assert (twice.status_code, "is called north west already" in twice.content.decode()) == (400, True)
    rita = person("rep", team=team)
    browser.post(f"/people/teams/{team.pk}", {"name": "West", "deal_team": ""})
    team.refresh_from_db()
    assert (team.name, team.deal_team) == ("West", "")
    browser.post(f"/people/teams/{team.pk}/remove")
    rita.refresh_from_db()
    assert (rita.team, rita.is_active) == (None, True)
    assert list(Event.objects.values_list("action", flat=True)) == ["make team", "change team", "remove team"]


def test_a_removed_team_leaves_invitations_without_it(admin: User, north: Team) -> None:
    services.invite(email="nina@example.test", role="rep", team=north, by=admin)
    services.remove_team(north, by=admin)
    assert Invitation.objects.get().team is None


def test_signing_somebody_out_everywhere_revokes_their_tokens(
    admin: User, person: Callable[..., User], signed_in: Callable[..., Client]
) -> None:
    rita = person("rep")
    services.make_token(rita, name="export", days=30)
    browser = signed_in(admin)
    assert "Sign out everywhere" in browser.get(f"/people/{rita.pk}").content.decode()
    browser.post(f"/people/{rita.pk}/sign-out")
    assert not ApiToken.objects.exists()
    event = Event.objects.last()
    assert event is not None
    assert (event.action, event.told) == ("revoke sessions", {"sessions": 0, "tokens": 1})


def test_one_browser_that_is_signed_out_leaves_the_tokens(person: Callable[..., User]) -> None:
    rita = person("rep")
    services.make_token(rita, name="export", days=30)
    services.sign_out(rita, by=rita, sessions=[])
    assert ApiToken.objects.count() == 1


def test_a_new_password_by_a_link_of_revops_revokes_the_tokens(admin: User, person: Callable[..., User]) -> None:
    rita, other = person("rep"), person("viewer")
    for who in (rita, other):
        services.make_token(who, name="export", days=30)
    _, link = services.link_for(rita, by=admin)
    services.take_up(link.rsplit("/", 1)[1], password="nine purple trains")
    assert [token.user for token in ApiToken.objects.all()] == [other]


def test_revops_sees_and_revokes_the_token_of_somebody_else(
    admin: User, person: Callable[..., User], signed_in: Callable[..., Client]
) -> None:
    rita = person("rep")
    token, text = services.make_token(rita, name="Weekly export", days=30)
    browser = signed_in(admin)
    page = browser.get(f"/people/{rita.pk}").content.decode()
    assert "1 token for programs" in page
    assert "Weekly export" in page
    assert text not in page
    assert signed_in(rita).post(f"/people/tokens/{token.pk}/revoke").status_code == 403
    answer = browser.post(f"/people/tokens/{token.pk}/revoke")
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/people/{rita.pk}")
    assert not ApiToken.objects.exists()
    event = Event.objects.last()
    assert event is not None
    assert (event.action, event.actor, event.of) == ("revoke token", str(admin.pk), str(token.pk))

"""Who somebody is in the deals."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from landing_rows import land, page
from winloss.errors import UserError
from winloss.store import Book
from winloss.tables.people import opaque
from winloss.web.people import owners, services
from winloss.web.people.models import User

PEOPLE: list[dict[str, Any]] = [
    {"person_id": opaque("005A"), "name": "Rita Rep", "email": "Rita@Example.test"},
    {"person_id": opaque("sam@example.test"), "name": "sam@example.test", "email": "sam@example.test"},
    {"person_id": opaque("Jo Twin"), "name": "Jo Twin", "email": None},
    {"person_id": opaque("005B"), "name": "Al Same", "email": None},
    {"person_id": opaque("005C"), "name": "Al Same", "email": None},
]


@pytest.fixture
def book(home: Path) -> None:
    """A book whose table of people is the one above."""
    land(Book.create(home / "book"), page(PEOPLE, table="people"), table="people")


@pytest.mark.parametrize(
    ("email", "deal_name", "who"),
    [
        ("rita@example.test", "", "005A"),
        ("sam@example.test", "", "sam@example.test"),
        ("nina@example.test", " jo  TWIN", "Jo Twin"),
        ("rita@example.test", "Jo Twin", "005A"),
    ],
)
def test_an_address_or_the_name_in_the_crm_finds_them(book: None, email: str, deal_name: str, who: str) -> None:
    assert owners.of_address(email, deal_name) == opaque(who)


def test_nobody_is_guessed(book: None) -> None:
    assert owners.of_address("nina@example.test") == ""
    assert owners.of_address("nina@example.test", "Al Same") == ""


def test_without_a_book_nobody_is_found(home: Path) -> None:
    assert owners.everybody() == ()
    assert owners.of_address("rita@example.test") == ""
    with pytest.raises(UserError, match="There are no deals yet"):
        owners.named("Rita Rep")


def test_who_comes_in_owns_their_deals(book: None, admin: User, client: Client) -> None:
    _, link = services.invite(email="rita@example.test", role="rep", team=None, by=admin)
    given = {"name": "R", "password": "seven green boats", "again": "seven green boats"}
    client.post(link.removeprefix("http://127.0.0.1:8700"), given)
    rita = User.objects.get(email="rita@example.test")
    assert rita.person_id == opaque("005A")
    assert rita.reach().owners == {opaque("005A")}


def test_a_name_that_one_gives_oneself_shows_no_deals(book: None, admin: User, client: Client) -> None:
    _, link = services.invite(email="mallory@example.test", role="rep", team=None, by=admin)
    given = {"name": "Rita Rep", "password": "seven green boats", "again": "seven green boats"}
    client.post(link.removeprefix("http://127.0.0.1:8700"), given)
    mallory = User.objects.get(email="mallory@example.test")
    assert (mallory.name, mallory.person_id) == ("Rita Rep", "")


def test_revops_says_who_somebody_is(
    book: None, admin: User, person: Callable[..., User], signed_in: Callable[..., Client]
) -> None:
    rep, browser = person("rep"), signed_in(admin)
    hers = f"/people/{rep.pk}"
    given = {"role": "rep", "team": ""}
    assert '<option value="Rita Rep">' in browser.get(hers).content.decode()
    assert browser.post(hers, given | {"owner": "rita rep"}).status_code == 302
    assert User.objects.get(pk=rep.pk).person_id == opaque("005A")
    assert 'value="Rita Rep"' in browser.get(hers).content.decode()
    for owner, sentence in (("Al Same", "Several people"), ("Nobody Known", "Nobody in the deals")):
        answer = browser.post(hers, given | {"owner": owner})
        assert (answer.status_code, sentence in answer.content.decode()) == (400, True)
    assert browser.post(hers, given | {"owner": "Rita Rep"}).status_code == 302
    assert User.objects.get(pk=rep.pk).person_id == opaque("005A")
    assert browser.post(hers, given | {"owner": ""}).status_code == 302
    assert User.objects.get(pk=rep.pk).person_id == ""


def test_one_person_in_the_deals_is_one_person_here(
    book: None, admin: User, person: Callable[..., User], signed_in: Callable[..., Client]
) -> None:
    person("rep", person_id=opaque("005A"))
    other = person("rep")
    answer = signed_in(admin).post(f"/people/{other.pk}", {"role": "rep", "team": "", "owner": "Rita Rep"})
    assert (answer.status_code, "is that person in the deals" in answer.content.decode()) == (400, True)


def test_who_left_the_crm_keeps_being_who_they_were(
    book: None, admin: User, person: Callable[..., User], signed_in: Callable[..., Client]
) -> None:
    rep, browser = person("rep", person_id=opaque("gone")), signed_in(admin)
    shown = browser.get(f"/people/{rep.pk}").content.decode()
    assert f'value="{opaque("gone")}"' in shown
    browser.post(f"/people/{rep.pk}", {"role": "manager", "team": "", "owner": opaque("gone")})
    rep.refresh_from_db()
    assert (rep.role, rep.person_id) == ("manager", opaque("gone"))

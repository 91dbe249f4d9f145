"""Every address × every person: what they are answered is what `permissions.txt` says."""

from __future__ import annotations

import pytest
from django.test import Client

from web.whole.routes import ANYBODY, ASKERS, METHODS, Route, Row, proposed, routes, rows
from web.whole.subjects import Answer, World, ask, path_of

ROWS = rows()
ROUTES = routes()
LIBRARY_METHODS = ("GET", "POST")
"""Libraries read PUT as POST on some pages; they are tested there."""


def test_every_address_has_a_line() -> None:
    without = [ROUTES[address] for address in sorted(ROUTES.keys() - {row.address for row in ROWS})]
    lines = "\n".join(row.line for route in without for row in proposed(route))
    assert not without, f"tests/web/whole/permissions.txt lacks (to be judged before it is put there):\n{lines}"


def test_every_line_has_an_address_and_stands_there_once() -> None:
    assert [str(row) for row in ROWS if row.address not in ROUTES] == []
    assert len({str(row) for row in ROWS}) == len(ROWS)


def test_what_names_somebodys_object_says_whose_it_is() -> None:
    for method, address in {(row.method, row.address) for row in ROWS}:
        whose = {row.whose for row in ROWS if (row.method, row.address) == (method, address)}
        assert whose == {"-"} or {"own", "other"} <= whose <= {"own", "team", "other"}, f"{method} {address}"


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_each_person_is_answered_as_the_table_says(row: Row, answers: dict[str, Answer]) -> None:
    assert {role: answers[role].told for role in ASKERS} == row.by_asker


@pytest.mark.parametrize("address", sorted(ROUTES))
def test_a_method_without_a_line_is_refused(address: str, world: World) -> None:
    route, known = ROUTES[address], {row.method for row in ROWS if row.address == address}
    for method in METHODS if route.ours else LIBRARY_METHODS:
        if method not in known:
            whose = next((row.whose for row in ROWS if row.address == address), "-")
            assert ask(world, Row(method, address, whose, ()), "revops").status == 405, method


def changing() -> list[Row]:
    """Rows that change something for RevOps, by a form; callers of the API who come with a token have no cookie to steal."""
    may = [row for row in ROWS if row.method != "GET" and row.by_asker["revops"] not in ("403", "404", "in")]
    return [row for row in may if ROUTES[row.address].ours and not ROUTES[row.address].guards_itself]


@pytest.mark.parametrize("row", changing(), ids=str)
def test_nothing_changes_for_who_sends_no_token_of_the_form(row: Row, world: World) -> None:
    world = World(world.home, world.people, world.people["revops"])
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.people["revops"])
    assert getattr(client, row.method.lower())(path_of(row.address, world, row.whose)).status_code == 403


def test_everybody_of_the_table_is_a_role_or_nobody() -> None:
    assert ASKERS == (ANYBODY, "rep", "manager", "revops", "marketing", "viewer")


def test_an_address_is_read_as_people_write_it() -> None:
    assert ROUTES["/accounts/password/reset/key/<uidb36>-<key>/"].takes == ("uidb36", "key")
    assert isinstance(ROUTES["/healthz"], Route)

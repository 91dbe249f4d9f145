"""Whatever is sent to whichever address, by RevOps, who may do everything: never an error of the server."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from depth import cases
from web.whole.routes import Row, routes, rows
from web.whole.subjects import World, answer_of, ask, path_of

CHANGING = [row for row in rows() if row.method != "GET" and row.whose in ("-", "own")]
READING = [row for row in rows() if row.method == "GET" and row.whose in ("-", "own")]
ALWAYS = ("segment", "sort", "page", "next", "q", "to", "version", "at", "extra", "name")
"""Names that are sent whether a page has such a field or not."""

# Failing values are printed as they are: making them smaller would take as many requests again.
quick = settings(
    deadline=None,
    derandomize=True,
    max_examples=cases(3, 40),
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
NASTY = (
    *("", " ", "0", "-1", "1e999", "NaN", "9" * 400, "\x00", "a\x00b", "\ud7ff", "😀" * 99, "x" * 5000),
    *("<b>", "{{ 1 }}", "%s%n", "=1+1", "null", "[]", "../../etc/passwd", "//evil.test", "a@b", "revops"),
    *("industry = Retail", "industry in (", "amount between 2 and 1", "2026-02-30", "12/31/2026"),
    "11111111-2222-3333-4444-555555555555",
)
texts = st.one_of(
    st.sampled_from(NASTY), st.text(max_size=40), st.integers().map(str), st.uuids().map(str), st.dates().map(str)
)
values = st.one_of(texts, st.lists(texts, max_size=3))
files = st.builds(
    lambda name, content: SimpleUploadedFile(name or "x", content),
    st.sampled_from(["deals.csv", "a.xlsx", "a.parquet", "x", "\u202egnp.csv", "n" * 300 + ".csv"]),
    st.one_of(st.binary(max_size=60), st.sampled_from([b"", b"PK\x03\x04", b"Id,Stage\n1,Won\n", b"PAR1" + b"\0" * 9])),
)


class Fields(HTMLParser):
    """The names of fields that a page's forms send, and of what its links carry."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in ("input", "select", "textarea", "button") and given.get("name"):
            self.names.add(given["name"])
        self.names.update(re.findall(r"[?&](\w+)=", given.get("href", "")))


@pytest.fixture(scope="module")
def names() -> list[str]:
    """Filled by the first test that asks: the names of fields on all pages that RevOps may read."""
    return []


@pytest.fixture
def fields(names: list[str], world: World) -> list[str]:
    if not names:
        found = Fields()
        for row in READING:
            answer = ask(world, row, "revops")
            if answer.is_page:
                found.feed(answer.text)
        names += sorted({*found.names, *ALWAYS} - {"csrfmiddlewaretoken"})
    return names


def junk(fields: list[str], *, with_files: bool) -> st.SearchStrategy[dict[str, Any]]:
    value = st.one_of(values, files) if with_files else values
    return st.dictionaries(st.sampled_from(fields), value, max_size=len(fields))


@pytest.fixture
def revops(world: World) -> Client:
    client = Client()
    client.force_login(world.people["revops"])
    return client


def status_of(row: Row, world: World, client: Client, sent: dict[str, Any]) -> int:
    """Of one request; whatever it changes is taken back."""
    world = World(world.home, world.people, world.people["revops"])
    with transaction.atomic():
        path = path_of(row.address, world, row.whose)
        answer = answer_of(path, getattr(client, row.method.lower())(path, sent))
        transaction.set_rollback(True)
    return answer.status


@pytest.mark.parametrize("row", [row for row in CHANGING if row.method == "POST"], ids=str)
def test_no_form_is_an_error_of_the_server(row: Row, world: World, revops: Client, fields: list[str]) -> None:
    @quick
    @given(junk(fields, with_files=True))
    def run(sent: dict[str, Any]) -> None:
        revops.force_login(world.people["revops"])
        assert status_of(row, world, revops, sent) < 500

    run()


@pytest.mark.parametrize("row", READING, ids=str)
def test_no_question_is_an_error_of_the_server(row: Row, world: World, revops: Client, fields: list[str]) -> None:
    @quick
    @given(junk(fields, with_files=False))
    def run(sent: dict[str, Any]) -> None:
        revops.force_login(world.people["revops"])
        assert status_of(row, world, revops, sent) < 500

    run()


@pytest.mark.parametrize("address", sorted(a for a, route in routes().items() if route.takes))
def test_no_name_in_an_address_is_an_error_of_the_server(address: str, world: World, revops: Client) -> None:
    @quick
    @given(st.data())
    def run(data: st.DataObject) -> None:
        path = re.sub(r"<\w+>", lambda _: data.draw(texts).replace("?", "").replace("#", ""), address)
        with transaction.atomic():
            assert answer_of(path, revops.get(path)).status < 500
            transaction.set_rollback(True)

    run()

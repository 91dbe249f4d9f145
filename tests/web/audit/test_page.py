"""The audit log as a page: filtered, in pages, with the names of those who are still there."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from winloss.web.audit.models import Event
from winloss.web.audit.services import record
from winloss.web.people.models import User

People = Callable[..., User]
Browser = Callable[..., Client]


def _rows(response: Any) -> list[str]:
    return [f"{row['event'].action} by {row['person']}" for row in response.context["rows"]]


def test_entries_come_newest_first_with_names(person: People, signed_in: Browser) -> None:
    boss, rep = person("revops"), person("rep")
    record("import", actor=str(boss.pk))
    record("download deals", actor=str(rep.pk), told={"deals": 12})
    record("refresh")
    record("sign in", actor="1f9b0c5e-0000-4000-8000-000000000000")
    response = signed_in(boss).get("/audit/")
    assert _rows(response) == [
        "sign in by somebody who was forgotten",
        "refresh by winloss itself",
        f"download deals by {rep.name}",
        f"import by {boss.name}",
    ]
    assert "deals: 12" in response.text


def test_what_is_told_reads_well(signed_in: Browser) -> None:
    record("import", told={"rows_read": 12000, "fresh": True, "files": ["ab" * 32], "left": [], "map": "<b>"})
    text = signed_in("revops").get("/audit/").text
    parts = {"rows read: 12,000", "fresh: yes", "files: abababababab…", "left: none", "map: &lt;b&gt;"}
    assert any({part.strip() for part in line.split(" · ")} == parts for line in re.split(r"<[^>]+>", text))


def test_what_an_entry_is_of_is_named_where_it_is_a_person(person: People, signed_in: Browser) -> None:
    boss, rep = person("revops"), person("rep")
    record("change role", actor=str(boss.pk), of=str(rep.pk))
    row = next(iter(signed_in(boss).get("/audit/").context["rows"]))
    assert row["of"] == rep.name


def test_it_is_filtered_by_person_action_and_day(person: People, signed_in: Browser) -> None:
    boss, rep = person("revops"), person("rep")
    record("import", actor=str(boss.pk))
    record("import", actor=str(rep.pk))
    record("export")
    client = signed_in(boss)
    assert _rows(client.get("/audit/", {"person": str(rep.pk)})) == [f"import by {rep.name}"]
    assert _rows(client.get("/audit/", {"person": "program"})) == ["export by winloss itself"]
    assert len(_rows(client.get("/audit/", {"action": "import"}))) == 2
    today = Event.objects.latest("id").at.date().isoformat()
    assert len(_rows(client.get("/audit/", {"since": today, "until": today}))) == 3
    assert _rows(client.get("/audit/", {"until": "2020-01-01"})) == []
    assert "No entry matches" in client.get("/audit/", {"until": "2020-01-01"}).text


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"since": "yesterday"}, "Write the first day as 2026-05-31."),
        ({"since": "2026-02-01", "until": "2026-01-01"}, "The first day is after the last one"),
    ],
)
def test_days_that_cannot_be_read_are_told(signed_in: Browser, asked: dict[str, str], said: str) -> None:
    response = signed_in("revops").get("/audit/", asked)
    assert (response.status_code, said in response.text) == (400, True)


@pytest.mark.parametrize(
    "asked",
    [
        "before=x",
        "before=99999999999999999999",
        "after=-1",
        "since=0001-01-01",
        "until=9999-12-31",
        "person=%00",
        "action=%27%22%3Cb%3E",
    ],
)
def test_no_address_breaks_the_page(signed_in: Browser, asked: str) -> None:
    assert signed_in("revops").get(f"/audit/?{asked}").status_code in {200, 400}


def test_pages_hold_every_entry_once_there_and_back(signed_in: Browser) -> None:
    for count in range(120):
        record("import", told={"n": count})
    client, seen, address = signed_in("revops"), [], "/audit/?action=import"
    while address:
        response = client.get(address)
        seen.append([row["event"].told["n"] for row in response.context["rows"]])
        last, address = response, "/audit/" + response.context["older"] if response.context["older"] else ""
    assert [len(page) for page in seen] == [50, 50, 20]
    assert [n for page in seen for n in page] == list(range(119, -1, -1))
    back = client.get("/audit/" + last.context["newer"])
    assert [row["event"].told["n"] for row in back.context["rows"]] == seen[1]
    assert "action=import" in last.context["newer"]


def test_the_page_asks_few_questions(signed_in: Browser, person: People, django_assert_max_num_queries: Any) -> None:
    for _ in range(30):
        record("import", actor=str(person("rep").pk))
    client = signed_in("revops")
    with django_assert_max_num_queries(10):
        client.get("/audit/")


def test_its_file_holds_names_and_no_formula_and_taking_it_is_an_entry(person: People, signed_in: Browser) -> None:
    boss = person("revops")
    User.objects.filter(pk=boss.pk).update(name="=cmd|' /C calc'!A0")
    record("import", actor=str(boss.pk), of="v3", told={"rows": 5})
    record("export")
    response: Any = signed_in(boss).post("/audit/export", {"person": str(boss.pk)})
    rows = list(csv.reader(io.StringIO(b"".join(response).decode("utf-8-sig"))))
    assert rows[0] == ["entry", "at", "person", "person_id", "action", "of", "told", "digest"]
    assert rows[1][2:7] == ["'=cmd|' /C calc'!A0", str(boss.pk), "import", "v3", '{"rows": 5}']
    assert len(rows) == 2
    taken = Event.objects.latest("id")
    assert (taken.action, taken.actor, taken.told) == (
        "export audit log",
        str(boss.pk),
        {"entries": 1, "filtered": True},
    )


@pytest.mark.parametrize("role", ["rep", "manager", "marketing", "viewer"])
def test_nobody_but_revops_reads_it(signed_in: Browser, role: str) -> None:
    client = signed_in(role)
    assert client.get("/audit/").status_code == 403
    assert client.post("/audit/export").status_code == 403


def test_a_filter_that_cannot_be_read_takes_no_file(signed_in: Browser) -> None:
    assert signed_in("revops").post("/audit/export", {"since": "x"}).status_code == 400
    assert not Event.objects.exists()

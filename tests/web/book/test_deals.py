"""Deals behind numbers: listed, searched, sorted, taken away; one deal for whom it is; segments under a name."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from html import unescape
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client

from winloss.web.audit.models import Event
from winloss.web.book import shelves
from winloss.web.book.models import SavedSegment
from winloss.web.people.models import Team, User

Browser = Callable[..., Client]
pytestmark = pytest.mark.usefixtures("book")


def column(name: str) -> list[Any]:
    served = shelves.current()
    assert served is not None
    values: list[Any] = served.shelf.table[name].to_pylist()
    return values


def text(response: Any) -> str:
    return unescape(response.content.decode())


def taken(browser: Client, query: str = "") -> list[list[str]]:
    body = b"".join(browser.get("/deals.csv" + query)).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(body)))


def test_a_download_holds_every_deal_once(signed_in: Browser) -> None:
    head, *rows = taken(signed_in("revops"))
    assert head[0] == "Deal id"
    assert sorted(row[0] for row in rows) == sorted(column("deal_id"))


@pytest.mark.parametrize(("sort", "place", "reverse"), [("-amount", 6, True), ("amount", 6, False)])
def test_deals_are_sorted_as_asked_and_what_is_not_known_comes_last(
    signed_in: Browser, sort: str, place: int, reverse: bool
) -> None:
    values = [row[place] for row in taken(signed_in("revops"), f"?sort={sort}")[1:]]
    known = [float(value) for value in values if value and float(value) > 0]
    assert known == sorted(known, reverse=reverse)
    assert all(not value or float(value) <= 0 for value in values[len(known) :])


def test_a_deal_is_found_by_its_name(signed_in: Browser) -> None:
    name = next(one for one in column("deal_name") if one)
    shown = text(signed_in("revops").get(f"/deals/?q={quote(name.upper())}"))
    assert name in shown
    assert "No deal or account" in text(signed_in("revops").get("/deals/?q=zzzzzz"))


def test_every_page_holds_others(signed_in: Browser) -> None:
    browser = signed_in("revops")
    first, last = text(browser.get("/deals/")), text(browser.get("/deals/?page=999999"))
    assert "1–50 of" in first
    assert first != last
    for odd in ("-5", "x", "0", "1e9", "9" * 40):
        assert "1–50 of" in text(browser.get(f"/deals/?page={odd}"))


def test_a_deal_is_open_to_its_rep_and_hidden_from_strangers(
    signed_in: Browser, person: Callable[..., User], north: Team, south: Team
) -> None:
    owner, deal = next((o, d) for o, d in zip(column("owner_id"), column("deal_id"), strict=True) if o)
    north.deal_team = south.deal_team = ""
    north.save()
    south.save()
    rep = person("rep", team=north, person_id=owner)
    asked = f"/deals/{quote(deal, safe='')}"
    expected = {
        rep: 200,
        person("rep", team=north, person_id="p_aaaaaaaaaaaa"): 403,
        person("manager", team=north): 200,
        person("rep", team=south): 404,
        person("manager", team=south): 404,
        person("marketing"): 200,
        person("viewer"): 403,
        person("revops"): 200,
    }
    for who, status in expected.items():
        assert signed_in(who).get(asked).status_code == status, who.role
    assert signed_in(rep).get("/deals/no-such-deal").status_code == 404


def test_what_was_seen_and_taken_is_in_the_log(signed_in: Browser, person: Callable[..., User]) -> None:
    who = person("revops")
    browser = signed_in(who)
    browser.get("/deals/?segment=industry+%3D+Retail")
    taken(browser)
    seen, away = Event.objects.order_by("id").filter(actor=str(who.id))
    assert (seen.action, away.action) == ("see deals", "download deals")
    assert away.told["deals"] == len(column("deal_id"))
    assert "Retail" not in str(seen.told)


def test_ticked_values_become_a_segment(signed_in: Browser) -> None:
    response = signed_in("revops").get(
        "/segment?segment=region+%3D+DACH&field=industry&value=Retail&value=Healthcare&to=/reasons/"
    )
    assert response.status_code == 302
    assert (
        response.headers["Location"] == "/reasons/?segment=industry+in+%28Healthcare%2C+Retail%29+and+region+%3D+DACH"
    )


@pytest.mark.parametrize(("first", "last"), [("2026-01-01", "2026-05-31"), ("2026-05-31", "2026-01-01")])
def test_a_period_runs_from_the_earlier_day_whichever_was_filled_in_first(
    signed_in: Browser, first: str, last: str
) -> None:
    asked = {"field": "closed_on", "from": first, "to_day": last, "to": "/overview/"}
    response = signed_in("revops").get("/segment", asked)
    assert response.headers["Location"] == "/overview/?segment=closed_on+between+2026-01-01+and+2026-05-31"


@pytest.mark.parametrize("to", ["https://elsewhere.test/", "//elsewhere.test", "javascript:alert(1)", ""])
def test_a_segment_never_leads_out_of_the_house(signed_in: Browser, to: str) -> None:
    response = signed_in("revops").get(f"/segment?field=industry&value=Retail&to={quote(to)}")
    assert response.headers["Location"].startswith("/overview/?")


def test_the_filter_the_page_of_segments_and_saved_segments_have_names_of_their_own(signed_in: Browser) -> None:
    browser = signed_in("revops")
    page = text(browser.get("/attributes/?segment=industry+%3D+Healthcare"))
    assert '<section class="bar" aria-label="Filter">' in page
    assert "Save segment</summary>" in page
    assert '<a class="btn btn-sm btn-link bar-saved" href="/segments/">Saved segments</a>' in page
    assert re.findall(r'aria-current="page">.*?</svg> (.*?)</a>', page) == ["Segments"]
    saved = text(browser.get("/segments/"))
    assert "<title>Saved segments" in saved
    assert "<h1>No saved segment yet</h1>" in saved
    assert 'aria-current="page"' not in saved


@pytest.mark.usefixtures("book")
def test_a_segment_is_saved_shared_and_removed(signed_in: Browser, person: Callable[..., User]) -> None:
    who, other = person("revops"), signed_in("viewer")
    browser = signed_in(who)
    browser.post("/segments/save", {"name": "Mine", "segment": "industry = Retail", "to": "/reasons/"})
    browser.post("/segments/save", {"name": "Ours", "segment": "industry = Retail", "shared": "on"})
    assert browser.post("/segments/save", {"name": "Ours", "segment": "industry = Retail"}).status_code == 400
    assert browser.post("/segments/save", {"name": "", "segment": "industry = Retail"}).status_code == 400
    assert browser.post("/segments/save", {"name": "All", "segment": ""}).status_code == 400
    shown = text(other.get("/segments/"))
    assert "Ours" in shown
    assert "Mine" not in shown
    mine, ours = SavedSegment.objects.order_by("name")
    assert other.post(f"/segments/{mine.id}/remove").status_code == 404
    assert other.post(f"/segments/{ours.id}/remove").status_code == 403
    assert browser.post(f"/segments/{ours.id}/remove").status_code == 302
    assert [one.name for one in SavedSegment.objects.all()] == ["Mine"]


@pytest.mark.parametrize(
    ("role", "written", "says"),
    [
        ("revops", "nosuch = 1", "No field is called 'nosuch'"),
        ("revops", "closed_on = tomorrow", "closed_on holds dates"),
        ("revops", "closed_on between 2026-02-01 and 2026-01-01", "write the smaller first"),
        ("viewer", "account_name = Konex", "Your role sees figures and no single deals"),
    ],
)
def test_a_segment_that_its_page_would_refuse_is_not_saved(
    signed_in: Browser, role: str, written: str, says: str
) -> None:
    browser = signed_in(role)
    page = browser.get("/overview/", {"segment": written})
    response = browser.post("/segments/save", {"name": "One", "segment": written, "shared": "on"})
    assert (page.status_code, response.status_code) == (400, 400)
    assert says in text(page)
    assert says in text(response)
    assert not SavedSegment.objects.exists()


def test_revops_removes_what_others_share_also_of_somebody_who_left(
    signed_in: Browser, person: Callable[..., User]
) -> None:
    gone, revops = person("rep"), signed_in("revops")
    shared = SavedSegment.objects.create(owner=gone, name="Theirs", written="nosuch = 1", shared=True)
    alone = SavedSegment.objects.create(owner=gone, name="Alone", written="industry = Retail")
    gone.is_active = False
    gone.save()
    address = f"/segments/{shared.id}/remove"
    assert address in text(revops.get("/segments/"))
    assert address not in text(signed_in("manager").get("/segments/"))
    assert revops.post(f"/segments/{alone.id}/remove").status_code == 404
    assert revops.post(address).status_code == 302
    assert [one.name for one in SavedSegment.objects.all()] == ["Alone"]


def test_stored_text_is_shown_as_text(signed_in: Browser) -> None:
    browser = signed_in("revops")
    browser.post("/segments/save", {"name": "<script>alert(1)</script>", "segment": 'industry = "<b>x</b>"'})
    shown = browser.get("/segments/").content.decode()
    assert "<script>alert" not in shown
    assert "<b>x</b>" not in shown

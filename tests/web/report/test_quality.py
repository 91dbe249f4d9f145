"""Trouble in the data is told in the words of pages, with its number, which leads to exactly its deals."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from winloss import refresh
from winloss.store import Book
from winloss.web.report import results
from winloss.web.sources import places
from winloss.web.sources.models import State, Upload

Browser = Callable[..., Client]
_ROW = re.compile(r'<tr><th scope="row">(.+?)</th><td class="num">(?:<a href="([^"]+)">)?([\d,]+)', re.S)


def text(response: Any) -> str:
    return unescape(response.content.decode())


def deals() -> str:
    """Sixty deals: 3 closed before they were created, 2 won with a reason of a loss, 4 undated, 1 that closed in 1999, more."""
    rows = ["Deal ID,Deal Name,Deal Stage,Amount,Currency,Create Date,Close Date,Closed Lost Reason,Deal Type"]
    for i in range(60):
        won = i % 3 == 0
        stage = "Limbo" if i in {7, 8} else "Closed Won" if won else "Closed Lost"
        closed = (
            "2025-01-01" if i in {1, 2, 4} else "" if i in {10, 11, 13, 14} else f"2026-0{1 + i % 4}-{1 + i % 27:02}"
        )
        closed = "1999-02-03" if i == 20 else closed
        reason = "Too expensive" if not won or i in {3, 6} else ""
        reason = "Gribbled" if i == 22 else reason
        amount = "much" if i == 40 else str(1000 + i)
        made = "1999-01-02" if i == 20 else "2025-06-01"
        rows.append(f"{i},Deal {i},{stage},{amount},{'USD' if i % 5 else 'EUR'},{made},{closed},{reason},New")
    return "\n".join(rows) + "\n"


@pytest.fixture
def troubled(home: Path, db: None) -> Path:
    upload = Upload.objects.create(state=State.LANDED, rejects="deals.rejects.csv", digest="d")
    path = home / "deals.csv"
    path.write_text(deals(), "utf-8")
    place = places.rejects_of(upload.id)
    place.mkdir(parents=True)
    options = refresh.ImportOptions(rejects_dir=place)
    refresh.import_files(Book.create(home / "book"), [path], options=options)
    results.compute(1, lambda *_: None)
    return place


@pytest.mark.usefixtures("troubled")
def test_every_trouble_has_its_number_which_leads_to_exactly_its_deals(signed_in: Browser) -> None:
    browser = signed_in("revops")
    rows = _ROW.findall(browser.get("/quality/").content.decode().partition("Before you rely on it")[2])
    told = {unescape(words.partition("<")[0]): (to, number) for words, to, number in rows}
    for words, number in (
        ("Deals closed before they were created.", "3"),
        ("Won deals carry a reason of a loss.", "2"),
        ("Closed deals have no closing date.", "4"),
    ):
        assert told[words][1] == number
        assert told[words][0], words
    for to, number in told.values():
        if to:
            assert f"<h1>{number} deal" in text(browser.get(unescape(to)))


def test_the_page_speaks_of_nothing_at_a_terminal(signed_in: Browser, home: Path, troubled: Path) -> None:
    page = text(signed_in("revops").get("/quality/"))
    assert "Upload a file of exchange rates together with them to add them." in page
    assert "Say on the page of the upload what each means." in page
    assert "Rows with a value that could not be read were set aside." in page
    documents = [(results.folder(1) / f"{results.STEM}.{name}").read_text("utf-8") for name in ("json", "html", "md")]
    for shown in (page, *documents):
        for never in (str(home), troubled.name + "/", ".rejects.csv holds", "--rates", "--exclude", "[outcomes]"):
            assert never not in shown


@pytest.mark.usefixtures("troubled")
def test_rejected_rows_are_for_those_who_may_import(signed_in: Browser) -> None:
    upload = Upload.objects.get()
    address = f"/uploads/{upload.id}/rejects.csv"
    assert address in text(signed_in("revops").get("/quality/"))
    for role in ("marketing", "viewer"):
        page = text(signed_in(role).get("/quality/"))
        assert "Rows with a value that could not be read were set aside." in page
        assert "rejects.csv" not in page


@pytest.mark.usefixtures("book")
@pytest.mark.parametrize("page", ["/overview/", "/deals/"])
def test_a_field_that_is_not_there_is_said_without_a_command(signed_in: Browser, page: str) -> None:
    response = signed_in("revops").get(page + "?segment=zzzzzz+%3D+x")
    assert response.status_code == 400
    assert "No field is called 'zzzzzz': choose one of those under Filter on the page." in text(response)
    assert "winloss inspect" not in text(response)

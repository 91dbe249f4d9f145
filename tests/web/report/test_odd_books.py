"""A book whose dates, outcomes and reasons are not all there: pages say so, and every number still opens its deals."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.test import Client

from winloss import refresh
from winloss.refresh.serving import serve
from winloss.stats.estimate import Estimate
from winloss.store import Book
from winloss.synthesize.as_of import AsOf
from winloss.synthesize.assemble import StudyOptions
from winloss.synthesize.study import PeriodRow
from winloss.tables.segment import Segment
from winloss.web.report import links

Browser = Callable[..., Client]
_LINK = re.compile(r'<a href="(/deals/\?[^"]+)">([\d,]+)</a>')
HEAD = "Opportunity ID,Owner,Stage,Amount,Created Date,Close Date,Loss Reason,Industry\n"


def written(place: Path) -> Path:
    """Wins with a date; every third loss without one; some junk; no reason but "Other"; two reps, each of an industry."""
    lines = []
    for i in range(240):
        won, junk = i % 4 == 0, i % 20 == 7
        month = 1 + i % 6
        stage, reason = ("Closed Won", "") if won else ("Closed Lost", "Duplicate" if junk else "Other")
        closed = "" if not won and i % 3 else f"2026-{month:02}-{1 + i % 28:02}"
        rep, industry = ("Ann Lee", "Retail") if i % 2 else ("Bo Ek", "Energy")
        lines.append(f"{i},{rep},{stage},{100 + i},2025-12-{1 + i % 28:02},{closed},{reason},{industry}\n")
    path = place / "deals.csv"
    path.write_text(HEAD + "".join(lines), "utf-8")
    return path


@pytest.fixture
def odd(home: Path) -> Path:
    refresh.import_files(Book.create(home / "book"), [written(home)], options=refresh.ImportOptions())
    return home / "book"


def text(response: Any) -> str:
    return unescape(response.content.decode())


def test_a_period_holds_days_that_are_credible_alone() -> None:
    june = PeriodRow(
        start=dt.date(2024, 6, 1), end=dt.date(2024, 6, 30), label="Jun 2024", closed=3, won=1,
        win_rate=Estimate.refused("few"), won_amount_cents=None,
    )  # fmt: skip
    until = AsOf(day=dt.date(2024, 6, 24), why="", first_closed=dt.date(2024, 6, 3))
    (_, span) = sorted(links.of_period(Segment(), june, until).conditions, key=lambda one: one.field, reverse=True)
    assert span.values == ("2024-06-03", "2024-06-24")


@pytest.mark.usefixtures("odd")
def test_dates_filled_unevenly_are_told_under_the_trend(odd: Path, signed_in: Browser) -> None:
    with Book.open(odd).read() as view:
        within = StudyOptions(today=dt.date(2026, 11, 1))
        study, served = refresh.study_of(view, options=within, name="book").study, serve(view, options=within)
    assert "Closing dates are filled on 100.0 % of won" in study.trend.note
    assert served.glance(np.ones(served.shelf.n, bool)).trend == study.trend
    page = text(signed_in("revops").get("/overview/"))
    assert study.trend.note in page
    missing = served.glance(np.ones(served.shelf.n, bool)).closed - sum(row.closed for row in study.trend.periods)
    assert missing > 50
    assert f"{missing} of 228 closed deals are in no" in page


@pytest.mark.usefixtures("odd")
def test_every_number_opens_its_deals(signed_in: Browser) -> None:
    browser = signed_in("revops")
    found = [one for one in _LINK.findall(browser.get("/overview/").content.decode()) if "amount_known" not in one[0]]
    assert len(found) > 8
    for address, shown in found:
        assert f"<h1>{shown} deal" in text(browser.get(unescape(address))), address


@pytest.mark.usefixtures("odd")
def test_what_is_no_closed_deal_is_told_beside_them(signed_in: Browser) -> None:
    assert "60 won, 168 lost, 0 no decision; beside them 12 disqualified" in text(signed_in("revops").get("/overview/"))


@pytest.mark.usefixtures("odd")
def test_where_no_reason_is_named_the_heading_names_none(signed_in: Browser) -> None:
    assert "<h1>No reason is named for 168 lost or no-decision deals</h1>" in text(signed_in("revops").get("/reasons/"))


@pytest.mark.usefixtures("odd")
def test_reps_are_counted_within_the_filter(signed_in: Browser) -> None:
    browser = signed_in("revops")
    page = text(browser.get("/overview/?choose=owner_id&segment=industry+%3D+Energy"))
    counts = dict(re.findall(r'>(Ann Lee|Bo Ek)</span></label><span class="num quiet">([\d,]+)<', page))
    assert counts == {"Bo Ek": "120"}

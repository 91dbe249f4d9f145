"""Pages show what the report says, every number leads to exactly its deals, and a role sees what it may."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.test import Client

from depth import cases
from web.books import made
from winloss.web.book import shelves
from winloss.web.people.models import Team, User

PAGES = ("/overview/", "/reasons/", "/competitors/", "/attributes/")
SEGMENT = "?segment=industry+%3D+Healthcare"
Browser = Callable[..., Client]
_LINK = re.compile(r'<a href="(/deals/\?[^"]+)">([\d,]+)</a>')


def text(response: Any) -> str:
    return unescape(response.content.decode())


@pytest.mark.parametrize("page", PAGES)
def test_an_empty_house_says_the_next_step(signed_in: Browser, page: str) -> None:
    assert "Upload an export" in text(signed_in("revops").get(page))
    assert "Whoever looks after the data" in text(signed_in("viewer").get(page))


@pytest.mark.usefixtures("book")
def test_the_overview_says_what_the_report_says(signed_in: Browser) -> None:
    served = shelves.current()
    assert served is not None
    rate = served.glance(np.ones(served.shelf.n, bool)).totals.win_rate
    page = text(signed_in("revops").get("/overview/"))
    assert f"{rate.successes:,} of {rate.n:,} closed deals" in page
    assert f"{100 * rate.value:.1f}" in page  # type: ignore[operator]


@pytest.mark.usefixtures("book")
@pytest.mark.parametrize(
    "query", ["", SEGMENT, "?segment=closed_on+between+2025-01-01+and+2025-12-31+and+industry+%3D+Retail"]
)
@pytest.mark.parametrize("page", PAGES)
def test_every_number_leads_to_exactly_its_deals(signed_in: Browser, page: str, query: str) -> None:
    browser = signed_in("revops")
    links = _LINK.findall(browser.get(page + query).content.decode())
    assert len(links) > 3
    for address, shown in links[:: max(1, len(links) // cases(3, 60))]:
        behind = text(browser.get(unescape(address)))
        assert f"<h1>{shown} deal" in behind, address


@pytest.mark.usefixtures("book")
@pytest.mark.parametrize("page", PAGES)
def test_a_segment_is_in_the_address_and_in_words(signed_in: Browser, page: str) -> None:
    shown = text(signed_in("revops").get(page + SEGMENT))
    assert "Industry Healthcare" in shown
    assert f'href="{page}" aria-label="Remove Industry Healthcare"' in shown


@pytest.mark.usefixtures("book")
@pytest.mark.parametrize(
    "query",
    ["?segment=nonsense", "?segment=indutry+%3D+Retail", "?segment=amount_cents+%3D+x", f"?segment={'a' * 2001}"],
)
def test_a_segment_that_cannot_be_read_is_a_sentence(signed_in: Browser, query: str) -> None:
    response = signed_in("revops").get("/overview/" + query)
    assert response.status_code == 400
    assert "segment" in text(response).lower() or "field" in text(response).lower()


@pytest.mark.usefixtures("book")
def test_a_rep_sees_their_own_deals_alone(signed_in: Browser, person: Callable[..., User]) -> None:
    served = shelves.current()
    assert served is not None
    owners = served.shelf.table["owner_id"].to_pylist()
    owner = next(one for one in owners if one)
    browser = signed_in(person("rep", person_id=owner))
    assert f"<h1>{owners.count(owner)} deals</h1>" in text(browser.get("/deals/"))
    assert browser.get("/patterns/").status_code == 403
    nobody = signed_in("rep")
    assert "No deal that you may see" in text(nobody.get("/deals/"))


@pytest.mark.usefixtures("book")
def test_a_manager_sees_the_team(signed_in: Browser, person: Callable[..., User], north: Team) -> None:
    served = shelves.current()
    assert served is not None
    owners = [one for one in dict.fromkeys(served.shelf.table["owner_id"].to_pylist()) if one][:2]
    for owner in owners:
        person("rep", team=north, person_id=owner)
    north.deal_team = ""
    north.save()
    wanted = sum(one in owners for one in served.shelf.table["owner_id"].to_pylist())
    assert f"<h1>{wanted} deals</h1>" in text(signed_in("manager", team=north).get("/deals/"))


@pytest.mark.usefixtures("book")
def test_nobodys_name_is_told_to_marketing(signed_in: Browser) -> None:
    served = shelves.current()
    assert served is not None
    browser = signed_in("marketing")
    shown = text(browser.get("/deals/"))
    assert not any(name in shown for name in served.names.values())
    taken = b"".join(browser.get("/deals.csv")).decode()
    assert not any(name in taken for name in served.names.values())
    assert browser.get("/overview/?segment=owner_id+%3D+p_000000000000").status_code == 400


@pytest.mark.usefixtures("book")
def test_a_viewer_sees_figures_and_no_deals(signed_in: Browser) -> None:
    browser = signed_in("viewer")
    shown = browser.get("/overview/").content.decode()
    assert "/deals/" not in shown
    assert browser.get("/deals/").status_code == 403
    assert browser.get("/deals.csv").status_code == 403


@pytest.mark.usefixtures("book")
def test_a_team_has_a_dashboard_for_its_own(
    signed_in: Browser, person: Callable[..., User], north: Team, south: Team
) -> None:
    served = shelves.current()
    assert served is not None
    north.deal_team = next(one for one in served.shelf.table["team"].to_pylist() if one)
    north.save()
    for who, status in ((person("rep", team=north), 200), (person("rep", team=south), 404), (person("viewer"), 200)):
        assert signed_in(who).get(f"/teams/{north.id}/").status_code == status
    shown = text(signed_in("revops").get(f"/teams/{north.id}/"))
    assert "in 90 days" in shown
    assert "North" in text(signed_in("revops").get("/teams/"))


def test_patterns_wait_for_the_study_and_then_show_it(signed_in: Browser, home: Path, demo_book: Path) -> None:
    from winloss.web.jobs.models import Job
    from winloss.web.report import results

    (home / "book").symlink_to(demo_book)
    browser = signed_in("revops")
    waiting = browser.get("/patterns/")
    assert waiting.status_code == 202
    assert "being studied" in text(waiting)
    assert Job.objects.get().kind == "refresh results"
    browser.get("/quality/")
    assert Job.objects.count() == 1
    told: list[str] = []
    results.compute(1, lambda words, *_: told.append(words))
    assert results.compute(1, lambda *_: told.append("again")) == {"version": 1}
    assert "again" not in told
    shown = text(browser.get("/patterns/"))
    assert "comparisons were looked at" in shown
    assert "carry a reason" in text(browser.get("/quality/"))
    documents = text(browser.get("/report/"))
    for name in ("winloss-report.html", "winloss-report.xlsx"):
        assert name in documents
        assert b"".join(browser.get(f"/report/1/{name}")).startswith((b"<!", b"PK"))
    assert browser.get("/report/1/../../secret.keys").status_code == 404
    assert browser.get("/report/1/passwd").status_code == 404
    assert signed_in("viewer").get("/report/1/winloss-report.html").status_code == 403


_NUMBER = r'(?:<a href="([^"]+)">)?([\d,]+)(?:</a>)?'
_BEHIND = re.compile(rf"Its deals: {_NUMBER}\s+of {_NUMBER}")


def test_the_counts_of_every_finding_lead_to_exactly_the_deals_counted(signed_in: Browser, home: Path) -> None:
    from winloss.web.report import results

    made(home, deals=4000)
    results.compute(1, lambda *_: None)
    told = results.study(1) or {}
    shown = {one["id"]: one for one in told["findings"] if one["status"] in {"established", "early_signal"}}
    browser = signed_in("revops")
    articles = browser.get("/patterns/").content.decode().split('<article class="finding')[1:]
    linked: set[str] = set()
    for article in articles:
        finding = shown[article.partition('id="f-')[2][:10]]
        found = _BEHIND.search(article)
        assert found is not None
        assert (found[2], found[4]) == (f"{finding['successes']:,}", f"{finding['n']:,}"), finding["claim"]
        for address, number in ((found[1], found[2]), (found[3], found[4])):
            if address:
                assert f"<h1>{number} deal" in text(browser.get(unescape(address))), finding["claim"]
                linked.add(finding["kind"])
            else:
                assert finding["kind"] in {"deal_stage", "season", "trend"}, finding["claim"]
    assert len(articles) == len(shown)
    assert {"competitor", "reason", "segment"} <= linked
    assert "/deals/" not in signed_in("viewer").get("/patterns/").content.decode()


@pytest.mark.usefixtures("book")
@pytest.mark.parametrize("segment", ["phase = Proposal", "industry = Retail", ""])
def test_a_count_that_no_page_gives_stands_without_a_link(signed_in: Browser, segment: str) -> None:
    from winloss.web.report import results

    finding: dict[str, Any] = {"id": "0123456789", "kind": "segment", "status": "established", "claim": "One."}
    finding |= {
        "measure": "win_rate",
        "segment": segment,
        "comparison": None,
        "value": 0.5,
        "n": 8_002,
        "successes": 4_001,
        "method": "",
    }
    place = results.folder(1)
    place.mkdir(parents=True)
    study = {"as_of": "2026-05-31", "tested": 1, "power": "", "actions_why": "", "actions": [], "findings": [finding]}
    (place / f"{results.STEM}.json").write_text(json.dumps(study), "utf-8")
    page = signed_in("revops").get("/patterns/").content.decode()
    found = _BEHIND.search(page)
    assert found is not None
    assert found.groups() == (None, "4,001", None, "8,002")
    assert ("The figures of this segment" in page) is (segment == "industry = Retail")

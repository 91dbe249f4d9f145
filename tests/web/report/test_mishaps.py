"""What was removed is made again, what is damaged is told of, and nobody learns by a filter what they may not open."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from winloss.web.book import shelves
from winloss.web.jobs.models import Job, State
from winloss.web.people.models import Team, User
from winloss.web.report import results

Browser = Callable[..., Client]


def text(response: Any) -> str:
    return unescape(response.content.decode())


def column(name: str) -> list[Any]:
    served = shelves.current()
    assert served is not None
    values: list[Any] = served.shelf.table[name].to_pylist()
    return values


@pytest.mark.usefixtures("book")
def test_results_that_were_removed_are_made_again(signed_in: Browser) -> None:
    browser = signed_in("revops")
    assert browser.get("/patterns/").status_code == 202
    Job.objects.update(state=State.DONE, progress_told="writing the report (html)", attempts=1)
    assert browser.get("/patterns/").status_code == 202
    job = Job.objects.get()
    assert (job.state, job.attempts, job.progress_told) == (State.QUEUED, 0, "")


@pytest.mark.usefixtures("book")
def test_damaged_results_are_as_if_they_were_not_there(signed_in: Browser) -> None:
    place = results.folder(1)
    place.mkdir(parents=True)
    (place / f"{results.STEM}.json").write_text('{"schema": "winlo', "utf-8")
    browser = signed_in("revops")
    assert browser.get("/overview/").status_code == 200
    assert browser.get("/patterns/").status_code == 202


def test_a_damaged_book_is_told_of_and_nobody_is_asked_to_import(
    signed_in: Browser, home: Path, demo_book: Path
) -> None:
    shutil.copytree(demo_book, home / "book")
    (home / "book" / "CURRENT").write_text("garbage", "utf-8")
    for page in ("/overview/", "/patterns/", "/deals/", "/report/"):
        response = signed_in("revops").get(page)
        assert response.status_code == 400
        assert "cannot be read" in text(response)
        assert "Upload" not in text(response).split("<main")[1]


@pytest.mark.usefixtures("book")
@pytest.mark.parametrize("field", ["deal_id", "deal_name", "account_name", "account_id"])
def test_a_viewer_learns_nothing_of_single_deals_by_a_filter(signed_in: Browser, field: str) -> None:
    value = next(one for one in column(field) if one)
    query = f'{field} = "{value}"'
    for path in ("/reasons/", "/api/v1/figures"):
        response = signed_in("viewer").get(path, {"segment": query})
        assert response.status_code == 400
        assert "no single deals" in text(response)
    assert signed_in("marketing").get("/reasons/", {"segment": query}).status_code == 200
    assert signed_in("viewer").get("/reasons/", {"segment": "industry between A and Z"}).status_code == 400
    assert signed_in("viewer").get("/reasons/", {"segment": "industry = Retail"}).status_code == 200


@pytest.mark.usefixtures("book")
def test_a_page_of_deals_chosen_by_outcome_claims_no_win_rate(signed_in: Browser) -> None:
    shown = text(signed_in("revops").get("/overview/", {"segment": "outcome = won"}))
    assert "seem to be missing" not in shown
    assert "of these deals a win rate says nothing" in shown
    nothing = text(signed_in("revops").get("/overview/", {"segment": "industry = Nowhere"}))
    assert "<h1>No closed deal passes the filter</h1>" in nothing


@pytest.mark.usefixtures("book")
def test_an_api_call_names_no_values_beyond_reach(signed_in: Browser) -> None:
    told = signed_in("rep").get("/api/v1/attributes").json()
    assert [table["levels"] for table in told["attributes"] if table["levels"]] == []


@pytest.mark.usefixtures("book")
def test_a_teams_numbers_lead_to_its_deals(signed_in: Browser, north: Team) -> None:
    north.deal_team = max(set(column("team")) - {None}, key=column("team").count)
    north.save()
    browser = signed_in("revops")
    page = browser.get(f"/teams/{north.id}/").content.decode()
    links = re.findall(r'<a href="(/deals/\?[^"]+)">([\d,]+)</a>', page)
    assert len(links) > 2
    for address, number in links:
        assert f"<h1>{number} deal" in text(browser.get(unescape(address)))
    shown = text(browser.get(f"/overview/?team={north.id}"))
    assert "Team North" in shown
    assert f"{column('team').count(north.deal_team):,}" in text(browser.get(f"/deals/?team={north.id}"))


def offered(browser: Client, address: str) -> dict[str, tuple[str, str]]:
    """The teams that the bar of a page lets one choose: address and closed deals by name."""
    page = browser.get(address).content.decode()
    found = re.findall(
        r'<li><a href="([^"]*team=[^"]*)"(?: aria-current="true")?>([^<]*)</a><span class="num quiet">([\d,]+)</span></li>',
        page,
    )
    return {name: (unescape(to), deals) for to, name, deals in found}


@pytest.mark.usefixtures("book")
def test_a_team_is_chosen_in_the_bar_and_taken_off_again(signed_in: Browser, north: Team, south: Team) -> None:
    north.deal_team, south.deal_team = sorted({one for one in column("team") if one})[:2]
    north.save()
    south.save()
    browser, asked = signed_in("revops"), "segment=industry+%3D+Healthcare"
    assert (
        f'<a href="/overview/?{asked}&amp;choose=teams">Team</a>' in browser.get(f"/overview/?{asked}").content.decode()
    )
    teams = offered(browser, f"/overview/?{asked}&team={south.id}&choose=teams")
    assert {name: to for name, (to, _) in teams.items()} == {
        "North": f"/overview/?{asked}&team={north.id}",
        "South": f"/overview/?{asked}&team={south.id}",
    }
    for name, team in (("North", north), ("South", south)):
        to, deals = teams[name]
        shown = text(browser.get(to))
        assert f'href="/overview/?{asked}" aria-label="Remove Team {name}"' in shown
        inside = sum(
            (one, two, three) == (team.deal_team, "Healthcare", True)
            for one, two, three in zip(column("team"), column("industry"), column("is_closed"), strict=True)
        )
        assert deals == f"{inside:,}"
    shown = text(browser.get(f"/overview/?team={north.id}"))
    assert 'href="/overview/">Clear</a>' in shown
    assert f'href="/reasons/?team={north.id}"' in shown
    assert ">Save<" not in shown.replace(" ", "").replace("\n", "")


@pytest.mark.usefixtures("book")
def test_a_reps_own_deals_are_not_called_the_teams(
    signed_in: Browser, person: Callable[..., User], north: Team
) -> None:
    rep = person("rep", team=north, person_id=next(owner for owner in column("owner_id") if owner))
    shown = text(signed_in(rep).get(f"/overview/?team={north.id}"))
    assert "Team North" not in shown
    assert "Closed deals" in shown


@pytest.mark.usefixtures("book")
def test_a_search_among_a_teams_deals_stays_among_them(signed_in: Browser, north: Team) -> None:
    page = text(signed_in("revops").get(f"/deals/?team={north.id}"))
    assert f'<input type="hidden" name="team" value="{north.id}">' in page.split('role="search"')[1]


@pytest.mark.usefixtures("book")
def test_teams_that_may_not_be_shown_are_not_offered(
    signed_in: Browser, person: Callable[..., User], north: Team, south: Team
) -> None:
    north.deal_team = ""
    north.save()
    south.deal_team = max(set(column("team")) - {None}, key=column("team").count)
    south.save()
    owners = [one for one in dict.fromkeys(column("owner_id")) if one][:2]
    reps = [person("rep", team=north, person_id=owner) for owner in owners]
    address = "/overview/?choose=teams"
    assert offered(signed_in("revops"), address).keys() == {"North", "South"}
    for viewer in ("viewer", "marketing"):
        browser = signed_in(viewer)
        assert offered(browser, address).keys() == {"South"}
        listed = text(browser.get("/teams/")).split("North</a>")[1].split("</tr>")[0]
        assert listed.count("–") == 2
    for who in (reps[0], person("manager", team=north)):
        browser = signed_in(who)
        assert offered(browser, address) == {}
        assert "choose=teams" not in text(browser.get("/overview/"))


@pytest.mark.usefixtures("book")
def test_the_bar_follows_a_team_that_was_renamed(signed_in: Browser, north: Team) -> None:
    browser = signed_in("revops")
    assert offered(browser, "/overview/?choose=teams").keys() == {"North"}
    north.name = "Nordics"
    north.save()
    assert offered(browser, "/overview/?choose=teams").keys() == {"Nordics"}
    assert "Team Nordics" in text(browser.get(f"/overview/?team={north.id}"))


@pytest.mark.usefixtures("book")
def test_a_team_of_two_is_its_managers_alone(signed_in: Browser, person: Callable[..., User], north: Team) -> None:
    north.deal_team = ""
    north.save()
    owners = [one for one in dict.fromkeys(column("owner_id")) if one][:2]
    reps = [person("rep", team=north, person_id=owner) for owner in owners]
    expected = {reps[0]: 403, person("viewer"): 403, person("manager", team=north): 200, person("revops"): 200}
    for who, status in expected.items():
        assert signed_in(who).get(f"/teams/{north.id}/").status_code == status, who.role
    assert signed_in("rep").get(f"/overview/?team={north.id}").status_code == 404
    assert signed_in("viewer").get(f"/overview/?team={north.id}").status_code == 403


@pytest.mark.usefixtures("book")
def test_names_of_colleagues_beyond_reach_are_not_told(signed_in: Browser, person: Callable[..., User]) -> None:
    served = shelves.current()
    assert served is not None
    mine, other = [one for one in dict.fromkeys(column("owner_id")) if one][:2]
    browser = signed_in(person("rep", person_id=mine))
    shown = text(browser.get("/overview/", {"segment": f"owner_id = {other}"}))
    assert "another rep" in shown
    assert served.names[other] not in shown


@pytest.mark.usefixtures("book")
def test_who_left_a_team_knows_the_names_of_its_people_no_more(
    signed_in: Browser, person: Callable[..., User], north: Team
) -> None:
    served = shelves.current()
    assert served is not None
    mine, other = [one for one in dict.fromkeys(column("owner_id")) if one][:2]
    person("rep", team=north, person_id=other)
    rep = person("rep", team=north, person_id=mine)
    asked = {"segment": f"owner_id = {other}"}
    assert served.names[other] in text(signed_in(rep).get("/overview/", asked))
    rep.team = None
    rep.save()
    assert served.names[other] not in text(signed_in(rep).get("/overview/", asked))

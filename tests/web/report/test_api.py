"""Programs read the figures that people see, with the rights of whom they speak for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
from django.test import Client

from winloss.web.book import shelves
from winloss.web.people.models import User
from winloss.web.people.services import make_token

Browser = Callable[..., Client]
pytestmark = pytest.mark.usefixtures("book")
CALLS = ("figures", "reasons", "competitors", "attributes", "deals")


def column(name: str) -> list[Any]:
    served = shelves.current()
    assert served is not None
    values: list[Any] = served.shelf.table[name].to_pylist()
    return values


def test_figures_are_those_of_the_page(signed_in: Browser) -> None:
    served = shelves.current()
    assert served is not None
    whole = served.glance(np.ones(served.shelf.n, bool))
    told = signed_in("viewer").get("/api/v1/figures").json()
    assert told["win_rate"] == whole.totals.win_rate.to_json(successes_as="won")
    assert sum(told["deals"].values()) == served.shelf.n
    rows = signed_in("viewer").get("/api/v1/reasons").json()["lost"]
    assert [(row["label"], row["count"]) for row in rows] == [(row.label, row.count) for row in whole.loss_reasons]


def test_deals_come_in_pieces_that_make_up_the_whole(signed_in: Browser) -> None:
    browser, ids, at = signed_in("revops"), [], 0
    while True:
        told = browser.get(f"/api/v1/deals?limit=400&offset={at}").json()
        ids += [one["id"] for one in told["deals"]]
        at += 400
        if at >= told["total"]:
            break
    assert sorted(ids) == sorted(column("deal_id"))


@pytest.mark.parametrize("call", CALLS)
def test_nobody_is_told_anything(client: Client, call: str) -> None:
    assert client.get(f"/api/v1/{call}").status_code == 401


@pytest.mark.parametrize("call", CALLS)
def test_a_viewer_is_told_no_deals(signed_in: Browser, call: str) -> None:
    assert signed_in("viewer").get(f"/api/v1/{call}").status_code == (403 if call == "deals" else 200)


@pytest.mark.parametrize("call", CALLS)
def test_a_segment_that_cannot_be_read_is_a_sentence(signed_in: Browser, call: str) -> None:
    response = signed_in("revops").get(f"/api/v1/{call}?segment=indutry+%3D+x")
    assert response.status_code == 400
    assert "did you mean 'industry'" in response.json()["detail"]


def test_a_deal_is_told_to_whom_it_is_shown(signed_in: Browser, person: Callable[..., User]) -> None:
    owner, deal = next((o, d) for o, d in zip(column("owner_id"), column("deal_id"), strict=True) if o)
    asked = f"/api/v1/deals/{quote(deal, safe='')}"
    assert signed_in(person("rep", person_id=owner)).get(asked).json()["id"] == deal
    assert signed_in("rep").get(asked).status_code == 404
    assert "owner" not in signed_in("marketing").get(asked).json()
    assert signed_in("revops").get(asked).json()["owner"]


def test_a_token_speaks_for_its_person(client: Client, person: Callable[..., User]) -> None:
    who = person("viewer")
    _, token = make_token(who, name="sheet", days=30)
    bearer = {"Authorization": f"Bearer {token}"}
    assert client.get("/api/v1/figures", headers=bearer).status_code == 200
    assert client.get("/api/v1/deals", headers=bearer).status_code == 403
    assert client.get("/api/v1/figures", headers={"Authorization": "Bearer wl_nobody"}).status_code == 401
    who.is_active = False
    who.save()
    assert client.get("/api/v1/figures", headers=bearer).status_code == 401


def test_what_can_be_asked_is_described_to_who_is_signed_in(client: Client, signed_in: Browser) -> None:
    assert client.get("/api/v1/openapi.json").status_code == 302
    told = signed_in("viewer").get("/api/v1/openapi.json").json()
    assert {path.removeprefix("/api/v1/").split("/")[0] for path in told["paths"]} == set(CALLS)

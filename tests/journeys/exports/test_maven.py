"""Hardware reseller, four files: nothing but the quarter's end is there to be found."""

from __future__ import annotations

import pytest

from exports import Report, Reporter, export


@pytest.fixture
def report(reported: Reporter) -> Report:
    names = ("sales_pipeline", "accounts", "products", "sales_teams")
    return reported(*(export("maven-crm", f"{name}.csv") for name in names))


def test_every_deal_is_counted(report: Report) -> None:
    deals = report["deals"]
    assert (deals["rows"], deals["won"], deals["lost"], deals["open"]) == (8800, 4238, 2473, 2089)
    assert deals["rejected"] == deals["folded"] == deals["unclassified"] == 0
    assert report["win_rate"]["value"] == pytest.approx(4238 / 6711)
    assert report["win_rate"]["n"] == 6711


def test_only_the_end_of_the_quarter_is_established(report: Report) -> None:
    established = [f for f in report["findings"] if f["status"] == "established"]
    assert {f["kind"] for f in established} == {"season"}


def test_the_quarter_ends_stand_out(report: Report) -> None:
    third = report["trend"]["month_in_quarter"][2]
    first = report["trend"]["month_in_quarter"][0]
    assert third["win_rate"]["value"] > 0.78
    assert first["win_rate"]["value"] < 0.58


def test_the_product_written_two_ways_is_joined_and_said(report: Report) -> None:
    told = str(report["quality"])
    assert "GTXPro" in told
    assert "GTX Pro" in told
    products = next(a for a in report["attributes"] if a["name"] == "product")
    assert "GTXPro" not in {level["value"] for level in products["levels"]}


def test_the_win_rate_by_amount_is_refused(report: Report) -> None:
    assert report["totals"]["win_rate_by_amount"]["value"] is None
    assert "amount" in report["totals"]["win_rate_by_amount"]["why"]

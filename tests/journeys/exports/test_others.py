"""Noise, a file without dates or ids, reasons that stand in the notes only, and leads that became deals."""

from __future__ import annotations

import pytest

from exports import Report, Reporter, export


def established(report: Report) -> list[str]:
    return [f["segment"] for f in report["findings"] if f["status"] == "established"]


def level(report: Report, attribute: str, value: str) -> tuple[int, int]:
    table = next(a for a in report["attributes"] if a["label"] == attribute)
    row = next(one for one in table["levels"] if one["value"] == value)
    return row["won"], row["closed"]


def test_nothing_is_found_in_noise(reported: Reporter) -> None:
    report = reported(export("skygeni-sales", "skygeni_sales_data.csv"))
    assert report["deals"]["rows"] == 5000
    assert report["win_rate"]["value"] == pytest.approx(0.453, abs=0.001)
    assert established(report) == []
    assert "stage_against_outcome" in {issue["code"] for issue in report["quality"]["issues"]}


def test_a_file_without_dates_or_ids_works(reported: Reporter) -> None:
    report = reported(export("salvirt-b2b", "deals.csv"))
    assert (report["deals"]["rows"], report["deals"]["won"], report["deals"]["lost"]) == (448, 227, 221)
    won, closed = level(report, "Up_sale", "Yes")
    assert closed == 241
    assert won / closed == pytest.approx(0.743, abs=0.001)
    won, closed = level(report, "Client", "New")
    assert closed == 158
    assert won / closed == pytest.approx(0.171, abs=0.001)
    found = " ".join(established(report))
    assert "up_sale" in found
    assert "client" in found
    assert "authority" not in found
    assert "cross_sale" not in found
    repeated = next(issue for issue in report["quality"]["issues"] if issue["code"] == "repeated_rows")
    assert repeated["count"] == 83


@pytest.mark.parametrize("name", ["deals_hubspot_import.csv", "deals_raw.csv"])
def test_missing_reasons_are_said_and_no_rate_against_competitors_is_shown(reported: Reporter, name: str) -> None:
    report = reported(export("pattern-miner", name))
    assert (report["deals"]["won"], report["deals"]["lost"]) == (60, 40)
    assert report["quality"]["reason_coverage"]["value"] == 0
    assert all(row["win_rate"]["value"] is None for row in report["competitors"])


def test_deals_without_losses_have_no_win_rate(reported: Reporter) -> None:
    report = reported(export("olist-funnel", "olist_closed_deals_dataset.csv"))
    assert report["deals"]["won"] == 842
    assert report["win_rate"]["value"] is None
    assert report["win_rate"]["why"]

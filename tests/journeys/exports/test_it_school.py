"""A school's CRM: junk reasons, typed and untyped, ids of 19 digits, stray dates, leaks."""

from __future__ import annotations

import datetime as dt

import pytest

from exports import Report, Reporter, export


@pytest.fixture(params=["deals.csv", "deals.xlsx"])
def report(reported: Reporter, request: pytest.FixtureRequest) -> Report:
    return reported(export("it-school-crm", str(request.param)))


def test_every_deal_is_counted(report: Report) -> None:
    deals = report["deals"]
    assert (deals["rows"], deals["won"]) == (21593, 858)
    parts = ("won", "lost", "no_decision", "disqualified", "open", "unclassified", "rejected", "folded")
    assert sum(deals[part] for part in parts) == deals["rows"]
    assert deals["disqualified"] >= 3206


def test_junk_leaves_the_denominator_and_that_is_said(report: Report) -> None:
    channels = next(a for a in report["attributes"] if a["name"] == "lead_source")
    organic = next(level for level in channels["levels"] if level["value"] == "Organic")
    assert (organic["won"], organic["closed"]) == (147, 982)
    assert any("Organic" in note and "15.0 %" in note and "6.7 %" in note for note in report["notes"])


def test_four_of_twenty_two_is_no_pattern(report: Report) -> None:
    listed = [f for f in report["findings"] if "Partnership" in f["segment"] and f["status"] != "not_supported"]
    assert listed == []


def test_columns_filled_on_wins_only_are_quarantined(report: Report) -> None:
    quarantined = {column["label"] for column in report["left_out"] if column["quarantined"]}
    assert {"Months of study", "Quality"} <= quarantined


def test_contradictions_are_counted(report: Report) -> None:
    counts = {issue["code"]: issue["count"] for issue in report["quality"]["issues"]}
    assert counts["closed_before_created"] == 44
    assert counts["loss_reason_on_won"] == 115


def test_stray_dates_do_not_move_the_as_of_date(report: Report) -> None:
    assert dt.date(2024, 6, 1) <= dt.date.fromisoformat(report["as_of"]) <= dt.date(2024, 6, 30)


def test_both_forms_of_the_file_say_the_same(reported: Reporter) -> None:
    csv, xlsx = (reported(export("it-school-crm", name)) for name in ("deals.csv", "deals.xlsx"))
    for key in ("deals", "win_rate", "reasons", "competitors", "as_of"):
        assert csv[key] == xlsx[key], key

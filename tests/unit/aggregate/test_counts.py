"""Counts of deals made by hand."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pyarrow as pa
import pytest

from book_of_deals import ask, book, day, deal, table
from winloss.aggregate import as_of, channels, competitors, periods, quality, reasons, recovery, stages, totals


def rows(expression: Any, *order: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = ask(expression).to_pylist()
    return sorted(found, key=lambda row: [str(row[name]) for name in order])


def test_outcomes_are_counted_with_the_amounts_that_are_known() -> None:
    deals = book(
        [
            deal("won", amount_cents=1_000_00),
            deal("won", amount_cents=3_000_00),
            deal("won", amount_cents=0),
            deal("lost", amount_cents=500_00),
            deal("open"),
        ]
    )
    by = {row["outcome"]: row for row in rows(totals.outcomes(deals))}
    assert (by["won"]["n"], by["won"]["n_amount"], by["won"]["amount_cents"]) == (3, 2, 4_000_00)
    assert by["won"]["amount_squares"] == 1_000**2 + 3_000**2
    assert by["won"]["median_cents"] == 2_000_00
    assert (by["lost"]["n"], by["open"]["n"], by["open"]["amount_cents"]) == (1, 1, 0)
    assert by["open"]["median_cents"] is None


def test_a_cycle_needs_both_dates_in_their_order() -> None:
    deals = book(
        [
            deal("won", created_on=day("2024-01-01"), closed_on=day("2024-01-11")),
            deal("won", created_on=day("2024-01-11"), closed_on=day("2024-01-01")),
            deal("lost", closed_on=day("2024-01-11")),
        ]
    )
    assert rows(totals.cycles(deals)) == [{"outcome": "won", "cycle_days": 10, "n": 1}]


def test_closings_are_counted_by_day_and_junk_is_none() -> None:
    closed = day("2024-05-02")
    deals = book(
        [
            deal("won", closed_on=closed, amount_cents=100),
            deal("no_decision", closed_on=closed),
            deal("disqualified", closed_on=closed),
            deal("lost"),
        ]
    )
    assert rows(periods.closings(deals)) == [
        {"closed_on": closed, "n": 2, "won": 1, "n_amount": 1, "won_amount_cents": 100}
    ]


def test_cohorts_keep_the_open_deals_and_leave_junk_out() -> None:
    created = day("2024-05-02")
    deals = book(
        [
            deal("won", created_on=created, closed_on=day("2024-05-12")),
            deal("open", created_on=created),
            deal("disqualified", created_on=created),
        ]
    )
    month = day("2024-05-01")
    assert rows(periods.cohorts(deals), "cycle_days") == [
        {"month": month, "cycle_days": 10, "n": 1, "closed": 1, "won": 1},
        {"month": month, "cycle_days": None, "n": 1, "closed": 0, "won": 0},
    ]


def test_days_after_today_are_not_there() -> None:
    deals = book(
        [
            deal("won", created_on=day("2024-05-01"), closed_on=day("2030-01-01")),
            deal("open", created_on=day("2024-05-03"), closed_on=day("2024-05-04")),
        ]
    )
    assert rows(as_of.days(deals, day("2024-06-01")), "what", "day") == [
        {"what": "created", "day": day("2024-05-01"), "n": 1},
        {"what": "created", "day": day("2024-05-03"), "n": 1},
    ]


def test_the_last_change_counts_once() -> None:
    changed = dt.datetime(2024, 5, 6, 12, tzinfo=dt.UTC)
    deals = book([deal("won", modified_at=changed), deal("lost", modified_at=changed - dt.timedelta(days=9))])
    assert rows(as_of.days(deals, day("2024-06-01"))) == [{"what": "modified", "day": day("2024-05-06"), "n": 2}]


def test_what_closed_after_the_day_is_open_but_a_mistyped_date_stays_closed() -> None:
    created = day("2024-01-01")
    deals = book(
        [
            deal("won", created_on=created, closed_on=day("2024-03-31")),
            deal("won", created_on=created, closed_on=day("2024-04-01")),
            deal("lost", created_on=created, closed_on=day("2029-04-01")),
            deal("lost"),
        ]
    )
    known = rows(as_of.known_on(deals, day("2024-03-31"), day("2024-06-30")), "deal_id")
    assert [row["outcome"] for row in known] == ["won", "open", "lost", "lost"]
    assert [row["is_closed"] for row in known] == [True, False, True, True]
    assert known[1]["cycle_days"] is None


def test_reasons_are_counted_by_side_and_a_contradiction_is_on_neither() -> None:
    deals = book(
        [
            deal("lost", reason="price_value", amount_cents=200),
            deal("no_decision", reason="price_value"),
            deal("lost"),
            deal("won", reason="price_value"),
            deal("won", reason="price_value", loss_reason_on_won=True),
            deal("disqualified", reason="junk_spam"),
            deal("disqualified", stage_kind="disqualified", reason="price_value"),
        ]
    )
    counted = rows(reasons.by_reason(deals), "is_won", "reason")
    assert [(r["is_won"], r["reason"], r["reason_given"], r["n"], r["amount_cents"]) for r in counted] == [
        (False, None, False, 1, 0),
        (False, "price_value", True, 2, 200),
        (True, "price_value", True, 1, 0),
    ]
    assert rows(reasons.junk_values(deals)) == [{"reason_value": "junk_spam", "n": 1}]


def test_a_competitor_met_but_not_named_is_one() -> None:
    deals = book(
        [
            deal("lost", competitor="Acme", amount_cents=10),
            deal("won", competitor="Acme"),
            deal("lost", competitor="Acme", competitor_asked="blank"),
            deal("lost", competitor_kind="unknown", competitor_present=True, competitor_asked="blank"),
            deal("lost", competitor_kind="unknown"),
            deal("open", competitor="Acme"),
        ]
    )
    filled = {row["is_won"]: row["competitor_raw"] for row in rows(quality.coverage(deals, ["competitor_raw"]))}
    assert filled == {True: 1, False: 2}, "what only the reason of a loss tells is no filling"
    counted = rows(competitors.by_competitor(deals), "competitor_kind", "competitor", "asked")
    assert [
        (r["competitor_kind"], r["competitor"], r["asked"], r["closed"], r["won"], r["amount_lost_cents"])
        for r in counted
    ] == [
        ("competitor", "Acme", "blank", 1, 0, 0),
        ("competitor", "Acme", "competitor", 2, 1, 10),
        ("competitor", None, "blank", 1, 0, 0),
        ("unknown", None, "unknown", 1, 0, 0),
    ]


def test_amounts_that_are_filled_and_not_above_zero_are_counted() -> None:
    deals = book(
        [
            deal("won", amount_cents=0),
            deal("won", amount_cents=5),
            deal("won"),
            deal("lost", amount_cents=0),
            deal("no_decision", amount_cents=0),
            deal("lost", amount_cents=-7),
            deal("open", amount_cents=0),
        ]
    )
    assert rows(quality.unknown_amounts(deals)) == [{"n": 1, "amount_cents": -7, "zero_won": 1, "zero_lost": 2}]
    assert rows(quality.unknown_amounts(book([deal("won", amount_cents=5)]))) == [
        {"n": 0, "amount_cents": 0, "zero_won": 0, "zero_lost": 0}
    ]


def test_the_last_open_stage_of_the_history_fills_the_stage_reached() -> None:
    at = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
    changes = table(
        pa.table(
            {
                "deal_id": ["a", "a", "a", "b"],
                "to_stage": ["Demo", "Offer", "Lost", "Offer"],
                "to_kind": ["open", "open", "lost", "open"],
                "changed_at": [at, at + dt.timedelta(days=1), at + dt.timedelta(days=2), at],
            }
        )
    )
    deals = book(
        [deal("lost", deal_id="a"), deal("lost", deal_id="b", stage_reached="Demo"), deal("lost", deal_id="c")]
    )
    reached = stages.reached(deals, changes)
    assert [(r["deal_id"], r["stage_reached"]) for r in rows(reached, "deal_id")] == [
        ("a", "Offer"),
        ("b", "Demo"),
        ("c", None),
    ]
    assert reached.columns == deals.columns
    assert rows(stages.at_loss(deals), "stage_reached") == [
        {"stage_reached": "Demo", "reason": None, "n": 1},
        {"stage_reached": None, "reason": None, "n": 2},
    ]


def test_a_deal_stage_that_contradicts_the_outcome_is_no_stage_reached() -> None:
    deals = book([deal("lost", stage_reached="Won", stage_against_outcome=True)])
    assert rows(stages.at_loss(deals)) == [{"stage_reached": None, "reason": None, "n": 1}]


def test_channels_count_junk_beside_the_closed() -> None:
    deals = book(
        [
            deal("won", lead_source="Web", amount_cents=50),
            deal("lost", lead_source="Web"),
            deal("disqualified", lead_source="Web"),
            deal("open", lead_source="Web"),
            deal("lost"),
        ]
    )
    counted = rows(channels.by_channel(deals), "lead_source")
    assert counted[1] == {
        "lead_source": "Web",
        "closed": 2,
        "won": 1,
        "disqualified": 1,
        "n_amount": 1,
        "won_amount_cents": 50,
    }


def test_campaigns_are_matched_by_deals_and_by_name() -> None:
    deals = book([deal("won", campaign="a"), deal("won", campaign="a"), deal("lost", campaign="b"), deal("lost")])
    spend = table(pa.table({"campaign": pa.array(["a", "a", None, "z"])}))
    assert rows(channels.campaigns_in_spend(deals, spend)) == [
        {"deals": 3, "matched": 2, "campaigns": 2, "campaigns_matched": 1}
    ]


def test_coverage_counts_what_a_reader_would_call_filled() -> None:
    deals = book(
        [
            deal("won", amount_cents=0, reason="price_value", region="North"),
            deal("lost", amount_cents=5, competitor="Acme"),
            deal("lost", region="North"),
            deal("open", region="North"),
        ]
    )
    fields = ["amount_cents", "reason_raw", "competitor_raw", "region"]
    assert rows(quality.coverage(deals, fields), "is_won") == [
        {"is_won": False, "n_closed": 2, "amount_cents": 1, "reason_raw": 0, "competitor_raw": 1, "region": 1},
        {"is_won": True, "n_closed": 1, "amount_cents": 0, "reason_raw": 1, "competitor_raw": 0, "region": 1},
    ]


def test_contradictions_count_junk_as_well() -> None:
    deals = book(
        [
            deal("disqualified", created_on=day("2024-02-01"), closed_on=day("2024-01-01")),
            deal("disqualified"),
            deal("won", loss_reason_on_won=True, closed_on=day("2024-01-01")),
            deal("open", loss_reason_raw="Price"),
        ]
    )
    assert rows(quality.contradictions(deals)) == [
        {
            "closed_before_created": 1,
            "loss_reason_on_won": 1,
            "stage_against_outcome": 0,
            "closed_without_date": 0,
            "reason_on_open": 1,
            "undated": 1,
        }
    ]


def test_reps_are_counted_and_not_named() -> None:
    deals = book(
        [
            *[deal("lost", owner_id="p1", reason="price_value") for _ in range(3)],
            deal("lost", owner_id="p1", reason="other"),
            deal("won", owner_id="p1", reason="other"),
            deal("lost", reason="other"),
        ]
    )
    assert rows(quality.reasons_by_rep(deals)) == [{"losses": 4, "most": 3, "reason": "price_value"}]


def test_only_times_within_the_hour_are_instants() -> None:
    at = dt.datetime(2024, 1, 1, 12, 30, 5, tzinfo=dt.UTC)
    full = at.replace(minute=0, second=0)
    deals = book([deal("won", closed_at=at)] * 3 + [deal("won", closed_at=full)] * 5 + [deal("open", closed_at=at)])
    counted = rows(quality.same_instant(deals, at_least=3))
    assert counted == [{"instants": 1, "deals": 3, "most": 3}]


@pytest.mark.parametrize(("filled", "expected"), [([], (4, 3)), (["region"], (3, 2))])
def test_repeated_rows_are_those_equal_in_every_field(filled: list[str], expected: tuple[int, int]) -> None:
    deals = book([deal("won", region="N"), deal("won", region="N"), deal("lost", region="N"), deal("lost")])
    counted = rows(quality.repeated(deals, ["outcome", "region"], filled=filled))[0]
    assert (counted["n"], counted["n_distinct"]) == expected


def test_prospects_are_lost_in_their_window_and_not_back() -> None:
    lost = day("2024-01-01")
    deals = book(
        [
            deal("lost", deal_id="due", reason="timing", closed_on=lost, account_id="a", amount_cents=5),
            deal("lost", deal_id="young", reason="timing", closed_on=day("2024-03-01"), account_id="a"),
            deal("lost", deal_id="never", reason="no need", closed_on=lost, account_id="a"),
            deal("lost", deal_id="bought", reason="timing", closed_on=lost, account_id="b"),
            deal("won", deal_id="b2", closed_on=day("2024-02-01"), account_id="b"),
            deal("lost", deal_id="talking", reason="timing", closed_on=lost, account_id="c"),
            deal("open", deal_id="c2", account_id="c"),
            deal("no_decision", deal_id="bought before", reason="timing", closed_on=lost, account_id="d"),
            deal("won", deal_id="d2", closed_on=day("2023-02-01"), account_id="d"),
            deal("lost", deal_id="no account", reason="timing", closed_on=lost, amount_cents=9),
            deal("disqualified", deal_id="junk", reason="timing", closed_on=lost),
        ]
    )
    due = recovery.prospects(deals, {"timing": (90, 180)}, day("2024-04-01"))
    assert {row["deal_id"] for row in rows(due)} == {"due", "bought before", "no account"}
    assert [row["deal_id"] for row in ask(recovery.by_value(due, limit=2)).to_pylist()] == ["no account", "due"]
    totals_of = {(row["n"], row["n_amount"], row["all_cents"]) for row in rows(recovery.with_totals(due))}
    assert totals_of == {(3, 2, 14)}
    assert ask(due).column("age_days").to_pylist() == [91, 91, 91]


@pytest.mark.parametrize(("age", "expected"), [(89, 0), (90, 1), (180, 1), (181, 0)])
def test_a_window_holds_its_first_and_last_day(age: int, expected: int) -> None:
    as_of_day = day("2024-07-01")
    deals = book([deal("lost", reason="timing", closed_on=as_of_day - dt.timedelta(days=age))])
    assert ask(recovery.prospects(deals, {"timing": (90, 180)}, as_of_day)).num_rows == expected


def test_spend_is_summed_by_value_and_currency() -> None:
    spend = table(
        pa.table(
            {
                "lead_source": ["Web", "Web", "Fair"],
                "currency": ["EUR", "EUR", "USD"],
                "amount_cents": [100, 50, 7],
                "spent_on": [day("2024-01-01"), day("2024-01-05"), day("2024-02-01")],
            }
        ),
    )
    counted = rows(channels.spend_by(channels.spend_since(spend, day("2024-01-02"), day("2024-12-31")), "lead_source"))
    assert sorted((row["value"], row["currency"], row["spend_cents"]) for row in counted) == [
        ("Fair", "USD", 7),
        ("Web", "EUR", 50),
    ]

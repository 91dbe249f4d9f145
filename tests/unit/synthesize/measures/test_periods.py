"""The trend, the comparisons and what is ripe."""

from __future__ import annotations

import datetime as dt
from typing import Any

from winloss.synthesize.as_of import AsOf
from winloss.synthesize.periods import trend
from winloss.synthesize.ripeness import Ripeness, judge


def closed(written: str, n: int, won: int, cents: int = 0) -> dict[str, Any]:
    amount = {"n_amount": won if cents else 0, "won_amount_cents": cents}
    return {"closed_on": dt.date.fromisoformat(written), "n": n, "won": won, **amount}


def as_of(day: str, first_closed: str, first_created: str | None = None) -> AsOf:
    created = dt.date.fromisoformat(first_created) if first_created else None
    on = dt.date.fromisoformat(day)
    first = dt.date.fromisoformat(first_closed)
    return AsOf(day=on, why="", credible_until=on, first_closed=first, first_created=created)


def test_a_period_without_closings_is_a_row_that_says_so() -> None:
    told = trend(
        [closed("2024-01-01", 4, 2), closed("2024-03-31", 10, 1)],
        as_of("2024-03-31", "2024-01-01"),
        Ripeness(),
        unit="month",
    )
    assert [(row.label, row.closed, row.won) for row in told.periods] == [
        ("Jan 2024", 4, 2),
        ("Feb 2024", 0, 0),
        ("Mar 2024", 10, 1),
    ]
    assert (told.periods[1].win_rate.value, told.periods[1].win_rate.why) == (None, "No deal closed in this period.")
    assert (told.periods[2].win_rate.value, told.periods[2].ripe) == (0.1, True)


def test_a_period_that_is_not_over_is_not_ripe() -> None:
    told = trend(
        [closed("2024-01-01", 40, 20), closed("2024-02-10", 10, 1)], as_of("2024-02-28", "2024-01-01"), Ripeness()
    )
    assert told.unit == "week"
    monthly = trend(
        [closed("2024-01-01", 4, 2), closed("2024-02-10", 9, 1)],
        as_of("2024-02-28", "2024-01-01"),
        Ripeness(),
        unit="month",
    )
    assert [row.ripe for row in monthly.periods] == [True, False]
    assert monthly.periods[1].why_unripe == "Not over: the data ends on 28 Feb 2024."


def test_the_first_periods_of_a_book_that_begins_with_its_first_deals_are_not_ripe() -> None:
    told = trend(
        [closed("2024-01-10", 4, 2), closed("2024-02-10", 9, 1), closed("2024-03-31", 9, 1)],
        as_of("2024-03-31", "2024-01-02", "2024-01-01"),
        Ripeness(after_days=40),
        unit="month",
    )
    assert [row.ripe for row in told.periods] == [False, False, True]


def test_closings_outside_of_the_credible_dates_are_in_no_period() -> None:
    told = trend(
        [closed("2020-01-01", 50, 50), closed("2024-01-01", 4, 2), closed("2029-01-01", 50, 50)],
        as_of("2024-01-31", "2024-01-01"),
        Ripeness(),
        unit="month",
    )
    assert [(row.closed, row.won) for row in told.periods] == [(4, 2)]
    assert sum(row.closed for row in told.month_in_quarter) == 4


def test_the_last_quarter_that_is_over_is_compared_with_the_one_before_and_a_year_ago() -> None:
    days = [closed(f"{year}-{month:02d}-01", 10, month % 5) for year in (2023, 2024) for month in range(1, 13)]
    told = trend(days, as_of("2024-11-15", "2023-01-01"), Ripeness())
    assert [(c.label, c.this.label, c.other.label) for c in told.comparisons] == [
        ("the quarter before", "2024 Q3", "2024 Q2"),
        ("a year ago", "2024 Q3", "2023 Q3"),
    ]
    before = told.comparisons[0]
    assert (before.this.won, before.other.won) == (2 + 3 + 4, 4 + 0 + 1)
    assert before.difference.value is not None
    assert round(before.difference.value, 6) == round(9 / 30 - 5 / 30, 6)
    assert told.comparisons[1].difference.value == 0


def test_an_unripe_period_is_compared_with_nothing() -> None:
    days = [closed("2024-01-20", 30, 3), closed("2024-04-20", 30, 9), closed("2024-07-20", 30, 9)]
    told = trend(days, as_of("2024-09-30", "2024-01-20"), Ripeness(), unit="quarter")
    labels = {c.other.label: c.difference for c in told.comparisons}
    assert labels["2024 Q2"].given
    later = trend(days[:2], as_of("2024-06-30", "2024-01-20"), Ripeness(), unit="quarter").comparisons[0]
    assert later.difference.value is None
    assert later.difference.why == "2024 Q1 is not ripe. The first closing is of 20 Jan 2024."


def test_a_book_without_closing_dates_has_no_trend() -> None:
    told = trend([], AsOf(day=None, why=""), Ripeness())
    assert (told.periods, told.why_none) == ((), "No closed deal says when it closed.")


def test_amounts_are_withheld_where_they_do_not_add_or_are_not_known() -> None:
    days = [closed("2024-01-01", 4, 2, 500), closed("2024-02-01", 4, 2)]
    moment = as_of("2024-02-29", "2024-01-01")
    told = trend(days, moment, Ripeness(), unit="month")
    assert [row.won_amount_cents for row in told.periods] == [500, None]
    withheld = trend(days, moment, Ripeness(), unit="month", amounts=False)
    assert [row.won_amount_cents for row in withheld.periods] == [None, None]


def cohort(month: str, ages: dict[int, tuple[int, int]], still_open: int) -> list[dict[str, Any]]:
    start = dt.date.fromisoformat(month)
    rows = [{"month": start, "cycle_days": a, "n": n, "closed": n, "won": won} for a, (n, won) in ages.items()]
    return [*rows, {"month": start, "cycle_days": None, "n": still_open, "closed": 0, "won": 0}]


def test_a_month_is_ripe_once_nine_of_ten_closings_have_had_time() -> None:
    usual = {10: (50, 20), 40: (40, 30), 100: (10, 5)}
    rows = [row for month in range(1, 7) for row in cohort(f"2024-{month:02d}-01", usual, 0)]
    told = judge(rows, as_of("2024-08-08", "2024-01-05", "2024-01-01"))
    assert told.after_days == 40
    assert [row.ripe for row in told.cohorts] == [True, True, True, True, True, False]
    assert told.cohorts[0].by_age == ((30, 0.5, 0.2), (60, 0.9, 0.5), (90, 0.9, 0.5), (180, 1.0, 0.55))
    assert told.cohorts[5].by_age[0] == (30, 0.5, 0.2)
    assert told.cohorts[5].by_age[1] == (60, None, None)


def test_nobody_can_tell_in_a_book_shorter_than_its_deals_take() -> None:
    rows = cohort("2024-01-01", {60: (10, 5)}, 30) + cohort("2024-02-01", {50: (10, 5)}, 30)
    told = judge(rows, as_of("2024-03-10", "2024-03-01", "2024-01-01"))
    assert (told.after_days, [row.ripe for row in told.cohorts]) == (None, [False, False])
    assert told.why_none


def test_months_whose_fast_deals_are_missing_are_cut_on_the_left() -> None:
    usual = {10: (50, 20), 100: (50, 30)}
    rows = cohort("2024-01-01", {100: (50, 30)}, 0)
    rows += [row for month in range(4, 9) for row in cohort(f"2024-{month:02d}-01", usual, 0)]
    told = judge(rows, as_of("2024-12-31", "2024-03-31", "2024-01-01"))
    assert [(row.start.month, row.left_cut, row.created) for row in told.cohorts[:4]] == [
        (1, True, 50),
        (2, False, 0),
        (3, False, 0),
        (4, False, 100),
    ]


def test_slow_deals_alone_are_no_cut() -> None:
    rows = [row for month in range(1, 9) for row in cohort(f"2024-{month:02d}-01", {100: (50, 30)}, 0)]
    told = judge(rows, as_of("2024-12-31", "2024-04-10", "2024-01-01"))
    assert not any(row.left_cut for row in told.cohorts)

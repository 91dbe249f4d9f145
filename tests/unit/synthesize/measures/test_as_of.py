"""The last credible date."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from winloss.synthesize.as_of import AsOf, decide, trimmed

START = dt.date(2024, 1, 1)


def on(days: int) -> dt.date:
    return START + dt.timedelta(days=days)


def happened(what: str, days: range | list[int], n: int = 1) -> list[dict[str, Any]]:
    return [{"what": what, "day": on(i), "n": n} for i in days]


def test_without_any_date_there_is_no_day() -> None:
    assert decide([]) == AsOf(day=None, why="no deal has a date")


def test_the_last_creation_beats_typed_closing_dates() -> None:
    days = happened("created", range(100), 5) + happened("closed", range(100), 5) + happened("closed", [104, 190, 340])
    told = decide(days)
    assert (told.day, told.why) == (on(99), "the day the last deal was created")


def test_closings_that_go_on_as_usual_carry_the_day_on() -> None:
    days = happened("created", range(100), 5) + happened("closed", range(10, 160), 5)
    assert decide(days).day == on(159)


def test_creations_that_end_before_most_closings_say_nothing_of_the_end() -> None:
    days = happened("created", [0], 200) + happened("closed", range(60, 160), 2)
    assert decide(days).day == on(159)


def test_a_small_book_is_carried_on_over_quiet_weeks() -> None:
    days = happened("created", range(0, 300, 10)) + happened("closed", range(20, 380, 12))
    assert decide(days).day == on(368)


def month_ends(first: int, last: int, n: int) -> list[dict[str, Any]]:
    """Closings on the last days of months, counted from January 2024 as 1."""
    ends = [dt.date(2024 + month // 12, month % 12 + 1, 1) - dt.timedelta(days=1) for month in range(first, last + 1)]
    return [{"what": "closed", "day": day, "n": n} for day in ends]


def test_closings_dated_at_the_ends_of_months_carry_the_day_to_the_end_of_its_month() -> None:
    created = happened("created", range(166))  # to 14 June
    told = decide(created + month_ends(1, 6, 25))
    assert (told.day, told.why) == (
        dt.date(2024, 6, 30),
        "the last closing date; the last deal was created on 14 Jun 2024",
    )
    assert decide(created + month_ends(1, 6, 25) + happened("closed", [207, 300])).day == dt.date(2024, 6, 30)
    typed = happened("closed", range(3, 160, 7), 1)
    assert decide(created + month_ends(1, 6, 25) + typed).day == dt.date(2024, 6, 30), "some are dated to the day"


def test_closings_of_one_day_a_month_go_on_as_usual_after_the_last_creation() -> None:
    closed = [{"what": "closed", "day": dt.date(2024, month, 28), "n": 26} for month in range(4, 13)]
    created = happened("created", range(0, 245, 31), 15)
    changed = {"what": "modified", "day": dt.date(2024, 12, 28), "n": 9}
    assert decide([*created, *closed, changed]).day == dt.date(2024, 12, 28)


def test_a_closing_at_the_end_of_a_month_may_be_dated_after_the_last_change_within_it() -> None:
    book = [*happened("created", range(166)), *month_ends(1, 6, 25), *month_ends(8, 8, 1)]
    assert decide([*book, {"what": "modified", "day": on(170), "n": 9}]).day == dt.date(2024, 6, 30)
    daily = [*happened("created", range(166)), *happened("closed", range(182), 3)]
    assert decide([*daily, {"what": "modified", "day": on(170), "n": 9}]).day == on(170)


def test_no_closing_lies_after_the_last_change() -> None:
    days = (
        happened("created", range(100), 5)
        + happened("closed", range(160), 5)
        + [{"what": "modified", "day": on(120), "n": 9}]
    )
    assert decide(days).day == on(120)


def test_a_change_long_after_everything_else_dates_the_export_not_the_book() -> None:
    days = [*happened("created", range(100), 5), {"what": "modified", "day": on(500), "n": 9}]
    assert decide(days).day == on(99)
    assert decide([*happened("created", range(100), 5), {"what": "modified", "day": on(110), "n": 9}]).day == on(110)


def test_with_closing_dates_alone_what_stands_alone_is_dropped() -> None:
    days = happened("closed", range(300), 3) + happened("closed", [400, 700]) + happened("closed", [-500])
    told = decide(days)
    assert (told.day, told.first_closed) == (on(299), on(0))


def test_what_is_set_is_taken_and_the_credible_end_is_still_told() -> None:
    told = decide(happened("created", range(100)), given=on(50))
    assert (told.day, told.why, told.credible_until) == (on(50), "set by hand", on(99))


@pytest.mark.parametrize("gap", [5, 31])
def test_a_short_silence_is_not_alone(gap: int) -> None:
    counted = [(on(i), 3) for i in range(100)] + [(on(99 + gap), 1)]
    assert trimmed(counted) == counted


def test_a_sparse_book_keeps_its_far_ends() -> None:
    counted = [(on(i * 50), 1) for i in range(20)]
    assert trimmed(counted) == counted


def test_many_deals_are_not_alone_however_far() -> None:
    counted = [(on(i), 3) for i in range(100)] + [(on(300), 10)]
    assert trimmed(counted) == counted

"""The first figures."""

from __future__ import annotations

from typing import Any

import pytest

from winloss.errors import InternalError
from winloss.synthesize import totals
from winloss.synthesize.intake import IntakeFacts


def part(outcome: str, n: int, n_amount: int = 0, cents: int = 0, squares: float = 0.0) -> dict[str, Any]:
    return {
        "outcome": outcome,
        "n": n,
        "n_amount": n_amount,
        "amount_cents": cents,
        "amount_squares": squares,
        "median_cents": cents / n_amount if n_amount else None,
    }


def equal(outcome: str, n: int, each: int) -> dict[str, Any]:
    return part(outcome, n, n, n * each * 100, float(n * each * each))


EUR = totals.money([{"currency": "EUR", "n": 10}])


def test_every_rate_has_its_own_denominator() -> None:
    by = totals.read(
        [part("won", 30), part("lost", 50), part("no_decision", 20), part("disqualified", 100), part("open", 7)]
    )
    told = totals.totals(by, {}, EUR)
    assert (told.win_rate.successes, told.win_rate.n) == (30, 100)
    assert (told.competitive_win_rate.n, told.win_rate_with_junk.n) == (80, 200)
    assert told.win_rate_with_junk.value == 0.15


def test_a_book_without_closed_deals_gives_no_rate_and_says_why() -> None:
    told = totals.totals(totals.read([part("open", 7)]), {}, EUR)
    assert (told.win_rate.value, told.win_rate.why) == (None, "No deal has closed yet.")
    assert (told.win_rate_by_amount.value, told.won_amount_cents, told.average_won_cents) == (None, None, None)
    assert told.cycle_days_won.why == "No won deal has both dates."


def test_an_export_of_one_side_gives_no_rate() -> None:
    told = totals.totals(totals.read([equal("won", 842, 1), part("open", 7)]), {}, EUR)
    why = "All 842 closed deals are won: the lost ones seem to be missing from the data."
    assert {e.why for e in (told.win_rate, told.competitive_win_rate, told.win_rate_with_junk)} == {why}
    assert (told.win_rate.value, told.win_rate.n, told.win_rate_by_amount.why) == (None, 842, why)
    unread = totals.totals(totals.read([equal("lost", 293, 1), part("unclassified", 159)]), {}, EUR)
    assert unread.win_rate.why == (
        "All 293 closed deals are lost; how 159 more ended could not be read, and won ones may be among them."
    )
    few = totals.totals(totals.read([part("won", 19)]), {}, EUR)
    assert few.win_rate.value == 1
    lost = totals.totals(totals.read([part("lost", 15), part("no_decision", 5)]), {}, EUR)
    assert lost.win_rate.why.startswith("All 20 closed deals are lost: the won ones")


def test_the_rate_by_amount_weighs_each_deal() -> None:
    told = totals.totals(totals.read([equal("won", 20, 100), equal("lost", 20, 300)]), {}, EUR)
    assert told.win_rate_by_amount.value == 0.25
    assert (told.won_amount_cents, told.lost_amount_cents) == (200_000, 600_000)
    assert (told.average_won_cents, told.median_won_cents) == (10_000, 10_000)


@pytest.mark.parametrize(
    ("won", "lost", "why"),
    [
        (equal("won", 20, 1), part("lost", 20), "None of 20 lost or no-decision deals carries an amount."),
        (part("won", 20), equal("lost", 20, 1), "None of 20 won deals carries an amount."),
        (equal("won", 20, 1), part("lost", 20, 15, 1500, 15.0), "too uneven to compare."),
        (part("won", 20, 9, 900, 9.0), part("lost", 20, 9, 900, 9.0), "too uneven to compare."),
    ],
)
def test_the_rate_by_amount_is_refused_where_one_side_lacks_amounts(won: Any, lost: Any, why: str) -> None:
    told = totals.totals(totals.read([won, lost]), {}, EUR).win_rate_by_amount
    assert told.value is None
    assert told.why.endswith(why)


def test_data_without_amounts_says_so_and_blames_no_outcome() -> None:
    told = totals.totals(totals.read([part("won", 227), part("lost", 221)]), {}, totals.money([]))
    assert told.win_rate_by_amount.why == told.amounts_why == "No column was recognised as the amount of a deal."
    some = totals.totals(totals.read([part("won", 20), part("lost", 20), equal("open", 3, 9)]), {}, EUR)
    assert some.win_rate_by_amount.why == some.amounts_why == "No closed deal carries an amount."
    none = totals.totals(totals.read([part("open", 3)]), {}, EUR)
    assert (none.win_rate_by_amount.why, none.amounts_why) == ("No deal has closed yet.", "")


def test_several_currencies_are_never_added() -> None:
    purse = totals.money([{"currency": "USD", "n": 3}, {"currency": "EUR", "n": 30}, {"currency": None, "n": 1}])
    told = totals.totals(totals.read([equal("won", 20, 100), equal("lost", 20, 300)]), {}, purse)
    assert purse.currencies == (("EUR", 30), ("USD", 3), ("", 1))
    assert purse.currency is None
    assert told.win_rate_by_amount.why == "Amounts are in EUR and USD; they are added only with a file of rates."
    assert (told.won_amount_cents, told.median_won_cents, told.average_lost_cents) == (None, None, None)


def test_amounts_without_a_currency_take_the_only_one_named() -> None:
    assert totals.money([{"currency": "EUR", "n": 3}, {"currency": None, "n": 1}]).currency == "EUR"
    assert totals.money([{"currency": None, "n": 1}]).currency is None


def test_the_median_cycle_is_that_of_the_deals_counted() -> None:
    days = [{"outcome": "won", "cycle_days": d, "n": n} for d, n in ((3, 10), (1, 9), (9, 12))]
    told = totals.totals(totals.read([part("won", 31)]), totals.by_days(days), EUR).cycle_days_won
    assert (told.value, told.n) == (3, 31)
    assert told.low == 3  # ranks 10 and 22 of 31
    assert told.high == 9


def test_every_row_is_in_exactly_one_count() -> None:
    by = totals.read([part("won", 3), part("lost", 4), part("unclassified", 5)])
    told = totals.counts(by, IntakeFacts(rows=15, rejected=2, folded=1))
    assert (told.rows, told.closed, told.unclassified) == (15, 7, 5)


def test_counts_that_do_not_add_up_are_a_defect() -> None:
    with pytest.raises(InternalError, match="16 rows, and the counts add up to 3"):
        totals.counts(totals.read([part("won", 3)]), IntakeFacts(rows=16))
    with pytest.raises(InternalError, match="without a meaning"):
        totals.counts(totals.read([part("gone", 3)]), IntakeFacts())

from __future__ import annotations

import datetime as dt

import pytest

from winloss.report import figures as fig
from winloss.stats.estimate import Estimate
from winloss.synthesize import channels, notes, totals
from winloss.synthesize.as_of import AsOf

N = fig.NBSP


def test_counts_carry_thousands() -> None:
    assert fig.count(4238) == "4,238"
    assert fig.count(-4238) == "−4,238"
    assert fig.count(None) == "–"


def test_a_share_has_one_decimal_and_its_sign_stays_with_it() -> None:
    assert fig.share(4238 / 6711) == f"63.2{N}%"
    assert fig.share(0.0) == f"0.0{N}%"
    assert fig.share(None) == "–"
    assert fig.share(float("nan")) == "–"


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.123, "+12.3"), (-0.0412, "−4.1"), (0.0, "0.0"), (-0.00001, "0.0"), (None, "–")],
)
def test_a_difference_is_signed_unless_it_is_nothing(value: float | None, shown: str) -> None:
    assert fig.signed(value) == shown


@pytest.mark.parametrize(
    ("cents", "currency", "shown"),
    [
        (1_000_553_400, "USD", "$10.0M"),
        (12_340_000, "EUR", "€123k"),
        (1_240_000, "GBP", "£12,400"),
        (45, "USD", "$0"),
        (-45, "USD", "$0"),
        (-1_240_000, "USD", "−$12,400"),
        (120_000_000_000, "CHF", f"CHF{N}1.2bn"),
        (99_999_999, "USD", "$1.0M"),
        (9_999_999, "USD", "$100k"),
        (123_400, None, "1,234"),
        (None, "USD", "–"),
    ],
)
def test_money_is_rounded_to_what_one_decides_on(cents: int | None, currency: str | None, shown: str) -> None:
    assert fig.money(cents, currency) == shown


def test_a_sentence_writes_money_as_a_table_does() -> None:
    spent = channels.Spend(cents={"web": 79_300_000}, currency="EUR", why_not="")
    by = totals.read([{"outcome": "won", "n": 2, "n_amount": 0, "amount_cents": 0, "amount_squares": 0.0}])
    (told,) = notes.spend(spent, by, None, AsOf(day=None, why=""))
    assert told.startswith(f"Spend is {fig.money(79_300_000, 'EUR')} in all, {fig.money(39_650_000, 'EUR')} for each")
    assert "€793k in all, €396k for each" in told


def test_the_year_is_said_once_where_it_is_the_same() -> None:
    assert fig.span(dt.date(2026, 3, 1), dt.date(2026, 5, 31)) == f"1{N}Mar – 31{N}May{N}2026"
    assert fig.span(dt.date(2025, 12, 1), dt.date(2026, 5, 31)) == f"1{N}Dec{N}2025 – 31{N}May{N}2026"
    assert fig.span(None, dt.date(2026, 5, 31)) == f"31{N}May{N}2026"
    assert fig.span(None, None) == "–"


@pytest.mark.parametrize(
    ("p", "shown"), [(0.00003, f"<{N}0.001"), (0.0371, "0.037"), (0.71, "0.71"), (1.0, "1.00"), (None, "–")]
)
def test_a_probability_is_never_shown_as_zero(p: float | None, shown: str) -> None:
    assert fig.probability(p) == shown


def test_the_count_stands_before_the_percentage() -> None:
    told = Estimate(value=147 / 982, low=0.128, high=0.173, n=982, successes=147, method="Wilson")
    assert fig.rate(told) == f"147 of 982 (15.0{N}%)"
    assert fig.rate_of(told, "losses") == f"147 of 982 losses (15.0{N}%)"
    assert fig.interval(told) == f"12.8–17.3{N}%"


def test_a_refused_number_says_why_where_it_would_stand() -> None:
    assert fig.rate(Estimate.refused("Losses carry no amount.")) == "Losses carry no amount."
    assert fig.interval(Estimate.refused("Losses carry no amount.")) == ""


def test_a_share_without_a_count_of_successes_says_its_n() -> None:
    assert fig.rate(Estimate(value=0.388, n=1422)) == f"38.8{N}% (n{N}1,422)"


def test_one_deal_is_no_plural() -> None:
    assert fig.plural(1, "deal") == "1 deal"
    assert fig.plural(4238, "deal") == "4,238 deals"
    assert fig.plural(2, "row was", "rows were") == "2 rows were"
    assert fig.days(1) == f"1{N}day"

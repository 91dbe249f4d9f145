from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from pulled import pull, write
from winloss.errors import UserError
from winloss.sources.files.rates import read_rates

DAY = date(2024, 6, 30).toordinal() - date(1970, 1, 1).toordinal()


def test_rates_are_read_from_csv_and_toml_alike(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text("Currency,Rate,Date,Base\nUSD,0.92,2024-06-30,EUR\n")
    (tmp_path / "r.toml").write_text('base = "EUR"\n[[rate]]\ncurrency = "USD"\nrate = 0.92\ndate = 2024-06-30\n')
    one, other = read_rates(tmp_path / "r.csv"), read_rates(tmp_path / "r.toml")
    assert one.said("USD") == other.said("USD") == "1 USD = 0.92 EUR of 2024-06-30"


def test_the_latest_rate_on_or_before_the_day_is_taken(tmp_path: Path) -> None:
    lines = ["currency,rate,date,base", "USD,0.5,2024-06-30,EUR", "USD,2,2024-07-01,EUR"]
    (tmp_path / "r.csv").write_text("\n".join(lines))
    rates = read_rates(tmp_path / "r.csv")
    days = np.array([DAY - 400, DAY, DAY + 1, -1])
    assert rates.convert(np.array([100, 100, 100, 100]), "USD", days).tolist() == [50, 50, 200, 200]


def test_half_a_hundredth_goes_to_the_even_one(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text("currency,rate,date,base\nUSD,0.5,2024-06-30,EUR\n")
    assert read_rates(tmp_path / "r.csv").convert(np.array([5, 7]), "USD", np.array([DAY, DAY])).tolist() == [2, 4]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a,b\n1,2\n",
        "currency,rate,date,base\nUSD,x,2024-01-01,EUR\n",
        "currency,rate,date,base\nUSD,-1,2024-01-01,EUR\n",
    ],
)
def test_rates_that_cannot_be_read_are_the_readers_to_mend(tmp_path: Path, text: str) -> None:
    (tmp_path / "r.csv").write_text(text)
    with pytest.raises(UserError, match=r"r\.csv"):
        read_rates(tmp_path / "r.csv")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("currency,rate,date\nUSD,2,2024-01-01\n", "it has no 'base'"),
        ("currency,rate,date,base\nUSD,x,2024-01-01,EUR\n", "the rate 'x' is no number"),
        ("currency,rate,date,base\nUSD,2,1.1.24,EUR\n", "the date '1.1.24' is not written as 2024-06-30"),
        ("currency,rate,date,base\n", "it holds no rates"),
    ],
)
def test_what_is_wrong_with_rates_is_said_in_words(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "r.csv").write_text(text)
    with pytest.raises(UserError, match=re.escape(f"cannot be read ({said});")):
        read_rates(tmp_path / "r.csv")


def test_rates_that_are_not_there_are_said_without_a_number_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"\(No such file or directory\)"):
        read_rates(tmp_path / "none.csv")


DEALS = [
    {"Id": "1", "Stage": "Closed Won", "Amount": "100.00", "Currency": "USD", "Close Date": "2024-07-02"},
    {"Id": "2", "Stage": "Closed Lost", "Amount": "50", "Currency": "EUR", "Close Date": "2024-07-02"},
    {"Id": "3", "Stage": "Closed Lost", "Amount": "70", "Currency": "CHF", "Close Date": "2024-07-02"},
]


def test_without_rates_currencies_are_kept_apart_and_said(tmp_path: Path) -> None:
    found = pull(write(tmp_path / "d.csv", DEALS))
    assert found.column("amount_cents") == [10_000, 5_000, 7_000]
    assert found.column("currency") == ["USD", "EUR", "CHF"]
    problem = found.problem("several_currencies")
    assert problem is not None
    assert problem.count == 3


def test_with_rates_only_what_they_know_is_converted_and_the_rest_is_named(tmp_path: Path) -> None:
    rates = tmp_path / "r.csv"
    rates.write_text("currency,rate,date,base\nUSD,0.9,2024-06-30,EUR\n")
    found = pull(write(tmp_path / "d.csv", DEALS), rates=rates)
    assert found.column("amount_cents") == [9_000, 5_000, 7_000]
    assert found.column("currency") == ["EUR", "EUR", "CHF"]
    converted, unknown = found.problem("converted_currency"), found.problem("unknown_currency")
    assert converted is not None
    assert converted.message == "1 amount converted at 1 USD = 0.9 EUR of 2024-06-30."
    assert unknown is not None
    assert "CHF 1" in unknown.message

"""Numbers become bands with plain bounds; words become codes; nobody-knows is no value."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from winloss.synthesize.attributes import MOST_LEVELS, code_numbers, code_words
from winloss.synthesize.bands import band, plainest
from winloss.synthesize.coded import BLANK, UNKNOWN, Coded, clusters, month_of, read_days, read_groups, read_words
from winloss.synthesize.study import LeftOut


@pytest.mark.parametrize(
    ("low", "middle", "high", "plain"),
    [(183, 207, 241, 200), (1996.2, 1998, 2001.7, 2000), (-3, 0.2, 4, 0), (0.61, 0.634, 0.66, 0.65), (7, 7, 7, 7)],
)
def test_a_bound_is_the_roundest_number_nearby(low: float, middle: float, high: float, plain: float) -> None:
    assert plainest(low, middle, high) == pytest.approx(plain)


def test_bands_are_labelled_with_plain_bounds_and_hold_every_value() -> None:
    values = np.round(np.random.default_rng(0).lognormal(5, 1.3, 5000))
    bands = band(values)
    assert [b.label for b in bands] == ["under 50", "50-99", "100-199", "200-499", "500 and over"]
    assert sum(int(((values >= b.low) & (values <= b.high)).sum()) for b in bands) == 5000


def test_thousands_are_set_apart_in_every_band_but_not_in_years() -> None:
    random = np.random.default_rng(4)
    employees = random.integers(1, 15_000, 4000).astype(float)
    assert [b.label for b in band(employees)][1:3] == ["3,000-5,999", "6,000-8,999"]
    founded = np.r_[random.integers(1960, 2020, 4000), [0] * 20].astype(float)
    assert all("," not in b.label for b in band(founded))


def test_few_distinct_numbers_are_a_band_each() -> None:
    assert [b.label for b in band(np.array([3.0, 6.0, 11.0] * 20))] == ["3", "6", "11"]


def test_equal_numbers_are_one_band_and_skewed_ones_fewer() -> None:
    assert len(band(np.full(100, 7.0))) == 1
    skewed = np.r_[np.zeros(900), np.arange(1, 101)]
    assert [b.label for b in band(skewed)] == ["0", "under 30", "30-49", "50-79", "80 and over"]


def test_deal_sizes_are_labelled_in_whole_units_and_conditions_stay_in_cents() -> None:
    cents = np.random.default_rng(1).lognormal(13, 1, 3000).round()
    coded = code_numbers("deal_size", "Deal size", cents, field="amount_cents", unit=100.0, whole=True)
    assert coded.levels[1].label == "2,000 to under 3,500"
    condition = coded.levels[1].condition
    assert condition is not None
    assert condition.field == "amount_cents"
    assert 200_000 <= int(condition.values[0]) <= int(condition.values[1]) < 350_000


def test_money_is_labelled_with_its_sign_and_never_taken_for_years() -> None:
    assert [b.label for b in band(np.array([200_000.0, 250_000.0, 210_000.0]), unit=100.0, sign="€")] == [
        "€2,000",
        "€2,100",
        "€2,500",
    ]
    spread = band(np.arange(0, 1_000_000, 100.0), unit=100.0, sign="CHF ")
    assert [b.label for b in spread][:2] == ["under CHF 2,000", "CHF 2,000-CHF 3,999"]
    assert spread[-1].label == "CHF 8,000 and over"


def test_placeholders_and_blanks_are_told_apart_and_are_no_values() -> None:
    words = read_words(pa.chunked_array([["B", "A", "A", " ", None], ["n/a", "Unknown", "-", "B", "A"]]), 10)
    assert words.values == ("A", "B")
    assert words.codes.tolist() == [1, 0, 0, BLANK, BLANK, UNKNOWN, UNKNOWN, UNKNOWN, 1, 0]


def test_an_absent_column_is_blank_everywhere() -> None:
    assert read_words(None, 3).codes.tolist() == [BLANK] * 3
    assert read_groups(None, 2).tolist() == [BLANK] * 2


def test_groups_need_no_names_but_know_nobody() -> None:
    assert read_groups(pa.chunked_array([["b", None, "n/a", "b", "a"]]), 5).tolist()[:4] == [0, BLANK, BLANK, 0]


def test_rare_values_beyond_255_are_counted_together_and_said() -> None:
    column = pa.chunked_array([[f"v{min(i % 400, 350)}" for i in range(12_000)]])
    coded = code_words("x_term", "Term", column)
    assert isinstance(coded, Coded)
    assert len(coded.levels) == MOST_LEVELS + 1
    assert coded.levels[-1].kind == "other"
    assert coded.levels[-1].condition is None
    assert coded.counts().sum() == 12_000
    assert "96 of its 351 values are rare" in coded.note


def test_nearly_unique_columns_are_left_out() -> None:
    out = code_words("x_ref", "Ref", pa.chunked_array([[str(i) for i in range(300)]]))
    assert isinstance(out, LeftOut)
    assert "own value" in out.why


def test_months_count_on_over_the_years_and_no_day_is_no_month() -> None:
    import datetime as dt

    column = pa.chunked_array([[dt.date(2023, 12, 31), dt.date(2024, 1, 1), None, dt.date(1969, 12, 31)]])
    months = month_of(read_days(column, 4))
    assert months[1] - months[0] == 1
    assert months[2] == BLANK
    assert months[3] == 1969 * 12 + 11


def test_deals_without_a_cluster_stand_alone() -> None:
    found = clusters("accounts", np.array([0, 0, 1, BLANK, 2, 2, 2], np.int32))
    assert found is not None
    assert found.codes.tolist() == [0, 0, BLANK, BLANK, 1, 1, 1]
    assert found.count == 2


def test_one_rep_or_no_deal_in_common_is_no_cluster() -> None:
    assert clusters("reps", np.zeros(9, np.int32)) is None
    assert clusters("accounts", np.arange(9, dtype=np.int32)) is None

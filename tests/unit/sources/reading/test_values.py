"""Blanks, dates, money, numbers and categories: decided over the column, said, exact."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import pyarrow as pa
import pytest

from winloss.sources.files.profile import ColumnProfile
from winloss.sources.files.values import blanks, categories, dates, figures, money, numbers
from winloss.sources.files.values.blanks import Blank
from winloss.tables.escape import safe_cell


def column(values: Sequence[str | None]) -> pa.StringArray:
    return pa.array(values, pa.string())


def profile_of(values: Sequence[str | None]) -> ColumnProfile:
    profile = ColumnProfile("x")
    profile.add(column(values))
    return profile


def dated(values: Sequence[str | None], **more: str) -> tuple[dates.DateDecision, list[str | None], list[str | None]]:
    """The decision, ISO dates (`bad` where bad) and ISO instants."""
    decision = dates.decide(profile_of(values), **more)
    days, instants, bad = dates.convert(column(values), decision)
    shown: list[Any] = [
        "bad" if b else d and d.isoformat() for d, b in zip(days.to_pylist(), bad.to_pylist(), strict=True)
    ]
    moments: list[Any] = instants.to_pylist() if instants is not None else [None] * len(values)
    return decision, shown, [moment and moment.isoformat() for moment in moments]


def amounts(values: Sequence[str | None], **more: str) -> tuple[money.MoneyDecision, list[int | str | None]]:
    decision = money.decide(profile_of(values), **more)
    cents, _, bad = money.convert(column(values), decision)
    return decision, ["bad" if b else c for c, b in zip(cents.to_pylist(), bad.to_pylist(), strict=True)]


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("", Blank.BLANK),
        (" \u00a0\t", Blank.BLANK),
        ("Select", Blank.PLACEHOLDER),
        ("-- Please select --", Blank.PLACEHOLDER),
        ("Please Select…", Blank.PLACEHOLDER),
        ("-", Blank.PLACEHOLDER),
        ("—", Blank.PLACEHOLDER),
        ("N/A", Blank.PLACEHOLDER),
        ("#N/A", Blank.PLACEHOLDER),
        ("#REF!", Blank.PLACEHOLDER),
        ("(blank)", Blank.PLACEHOLDER),
        ("NULL", Blank.PLACEHOLDER),
        ("Not Specified", Blank.PLACEHOLDER),
        ("keine Angabe", Blank.PLACEHOLDER),
        ("Non renseigné", Blank.PLACEHOLDER),
        ("не указано", Blank.PLACEHOLDER),
        ("Unknown", Blank.UNKNOWN),
        ("(unknown)", Blank.UNKNOWN),
        ("Don’t know", Blank.UNKNOWN),
        ("?", Blank.UNKNOWN),
        ("Unbekannt", Blank.UNKNOWN),
        ("None", None),
        ("No", None),
        ("0", None),
        ("Selecta GmbH", None),
        ("Blank Rome LLP", None),
        ("A-", None),
    ],
)
def test_blank_placeholder_and_unknown_are_told_apart(value: str, kind: Blank | None) -> None:
    assert blanks.kind_of(value) is kind


def test_none_is_a_word_for_whoever_asks() -> None:
    assert [blanks.is_none_word(v) for v in ("None", "(none)", "- None -", "Keine", "Nonesuch")] == [True] * 4 + [False]


def test_cleaning_a_column_nulls_placeholders_alone() -> None:
    values = ["Select", "select ", "Unknown", "Won", "- none -", "#REF!", None, "n / a"]
    assert (
        blanks.cleaned(column(values)).to_pylist()
        == [None if blanks.is_placeholder(v) else v for v in values]
        == [None, None, "Unknown", "Won", "- none -", None, None, "n / a"]
    )


def test_every_placeholder_is_found_in_a_column() -> None:
    words = sorted(blanks._PLACEHOLDERS)
    assert all(blanks.is_placeholder(word) for word in words)
    assert blanks.cleaned(column([f"[{word.title()}]" for word in words])).null_count == len(words)


@pytest.mark.parametrize(
    ("written", "iso"),
    [
        ("2024-03-01", "2024-03-01"),
        ("2024/3/1", "2024-03-01"),
        ("20240301", "2024-03-01"),
        ("1 Mar 2024", "2024-03-01"),
        ("Mar 1, 2024", "2024-03-01"),
        ("March 1st, 2024", "2024-03-01"),
        ("01-Mar-24", "2024-03-01"),
        ("2024-Mar-01", "2024-03-01"),
        ("Fri, 1 Mar 2024", "2024-03-01"),
        ("1. März 2024", "2024-03-01"),
        ("1er mars 2024", "2024-03-01"),
        ("1 de marzo de 2024", "2024-03-01"),
        ("1 de março de 2024", "2024-03-01"),
        ("1 марта 2024 г.", "2024-03-01"),
        ("2024年3月1日", "2024-03-01"),
        ("45352", "2024-03-01"),
        ("1709251200", "2024-03-01"),
        ("1709251200000", "2024-03-01"),
        ("2024-02-30", "bad"),
        ("2023-02-29", "bad"),
        ("2024-02-29", "2024-02-29"),
        ("2024-13-01", "bad"),
        ("1969-12-31", "bad"),
        ("2101-01-01", "bad"),
        ("Closed 2024", "bad"),
        ("1 Foo 2024", "bad"),
        ("2024", "bad"),
        ("12", "bad"),
        ("Unknown", None),
        ("n/a", None),
    ],
)
def test_usual_forms_of_dates(written: str, iso: str | None) -> None:
    assert dated([written])[1] == [iso]


@pytest.mark.parametrize(
    ("written", "instant"),
    [
        ("2024-03-01T13:50:07Z", "2024-03-01T13:50:07+00:00"),
        ("2024-03-01T00:30:00+02:00", "2024-02-29T22:30:00+00:00"),
        ("2024-03-01 23:30:00.250-0500", "2024-03-02T04:30:00.250000+00:00"),
        ("2024-03-01 13:50", "2024-03-01T13:50:00+00:00"),
        ("3/1/2024 1:50 PM", "2024-03-01T13:50:00+00:00"),
        ("3/1/2024 12:05 AM", "2024-03-01T00:05:00+00:00"),
        ("1 Mar 2024 13:50 CET", "2024-03-01T12:50:00+00:00"),
        ("Fri Mar 01 2024 13:50:00 GMT+0100 (Central European Standard Time)", "2024-03-01T12:50:00+00:00"),
        ("20240301T135007Z", "2024-03-01T13:50:07+00:00"),
        ("45352.5764", "2024-03-01T13:50:01+00:00"),
        ("1709301007.5", "2024-03-01T13:50:07.500000+00:00"),
    ],
)
def test_times_become_instants_in_utc_and_dates_stay_as_written(written: str, instant: str) -> None:
    decision, days, instants = dated([written], order="mdy")
    assert days == ["2024-03-01"]
    assert instants == [instant]
    assert decision.zone in {"written", "utc"}


@pytest.mark.parametrize(
    "written", ["2024-03-01 25:00", "2024-03-01 13:61", "3/1/2024 13:50 PM", "2024-03-01 10:00+15:00"]
)
def test_impossible_times_are_bad(written: str) -> None:
    assert dated([written], order="mdy")[1] == ["bad"]


@pytest.mark.parametrize(
    ("values", "order", "said", "first"),
    [
        (["01.02.2024", "13.02.2024"], "dmy", "day first: 13.02.2024 settles it", "2024-02-01"),
        (["3/1/2017", "10/20/2016"], "mdy", "month first: 10/20/2016 settles it", "2017-03-01"),
        (["08-05-2018 20:17", "26-02-2018 19:58"], "dmy", "day first: 26-02-2018 19:58 settles it", "2018-05-08"),
        (["05/06/2024", "07/08/2024"], "mdy", "ambiguous, no day over 12: read month first because of the slashes", "2024-05-06"),
        (["05.06.2024", "07.08.2024"], "dmy", "ambiguous, no day over 12: read day first because of '.' between the numbers", "2024-06-05"),
        (["01/03/2024", "01/04/2024", "01/05/2024"], "dmy", "day first: the first number is always 1, the second goes through the months", "2024-03-01"),
        (["24-03-01", "99-12-31"], "ymd", "year first: 99-12-31 settles it", "2024-03-01"),
        (["1/2/24", "1/13/24"], "mdy", "month first: 1/13/24 settles it", "2024-01-02"),
        (["2024-03-01"], "ymd", "year first", "2024-03-01"),
        (["45352", "45353"], "serial", "days counted by a spreadsheet", "2024-03-01"),
    ],
)  # fmt: skip
def test_the_order_is_decided_over_the_column_and_said(values: list[str], order: str, said: str, first: str) -> None:
    decision, days, _ = dated(values)
    assert (decision.order, decision.how) == (order, said)
    assert days[0] == first


def test_contradicting_dates_are_told_and_bad() -> None:
    decision, days, _ = dated(["13.02.2024", "14.02.2024", "02.13.2024"])
    assert decision.how == "day first: 13.02.2024 settles it, against 1 such as 02.13.2024"
    assert days == ["2024-02-13", "2024-02-14", "bad"]


def test_a_column_that_does_not_say_follows_the_file() -> None:
    decision, days, _ = dated(["03/04/2024"], hint="dmy")
    assert days == ["2024-04-03"]
    assert not decision.settled


def test_a_day_over_12_decides_even_among_the_last_of_many_values() -> None:
    start = dt.datetime.fromisoformat("2024-01-01")
    early = [
        f"{(start + dt.timedelta(days=i % 12)):%d/%m/%Y} {i // 3600:02}:{i // 60 % 60:02}:{i % 60:02}"
        for i in range(30_000)
    ]
    profile = ColumnProfile("x")
    profile.add(column(early))
    profile.add(column(["13/02/2024 01:00:00"]))
    assert profile.distinct is None
    assert dates.decide(profile).how == "day first: 13/02/2024 settles it"


@pytest.mark.parametrize(
    ("values", "cents"),
    [
        (["€ 3.500,00", "€ 2.900,00", "100", "1,5"], [350_000, 290_000, 10_000, 150]),
        (["$141.56K", "1.2M", "2bn", "1.5 million"], [14_156_000, 120_000_000, 200_000_000_000, 150_000_000]),
        (["1,054", "550", "4,821"], [105_400, 55_000, 482_100]),
        (["1.054", "550", "4.821"], [105_400, 55_000, 482_100]),
        (["1.054", "1550", "4.821"], [105, 155_000, 482]),
        (["(1,234.50)", "-12.00", "12.00-", "- 5.00", "+7.25"], [-123_450, -1_200, -1_200, -500, 725]),
        (["27.987,61- EUR", "6.133,07 EUR-", "1.000,00 EUR"], [-2_798_761, -613_307, 100_000]),
        (["EUR 12", "12 EUR", "12 €", "€12", "eur 12,50"], [1_200, 1_200, 1_200, 1_200, 1_250]),
        (["₹58,00,000", "5 lakh", "2 Cr", "1,00,000.50"], [580_000_000, 50_000_000, 2_000_000_000, 10_000_050]),
        (["1 234 567,89", "1\u00a0234,00", "1\u202f000"], [123_456_789, 123_400, 100_000]),
        (["CHF 1'234.50", "1’000.00"], [123_450, 100_000]),
        (["1e3", "1.5E+06", "25e-1"], [100_000, 150_000_000, 250]),
        (["0.005", "0.015", "0.025", "-0.005", "1.0049999"], [0, 2, 2, 0, 100]),
        (["12345678901234.56", "92233720368547758.07"], [1_234_567_890_123_456, 9_223_372_036_854_775_807]),
        (["92233720368547758.08", "99999999999999999999999"], ["bad", "bad"]),
        ([".5", "5.", "0"], [50, 500, 0]),
        (["R$ 1.000,00", "zł 5,00", "5 руб."], [100_000, 500, 500]),
        (["abc", "12%", "1.2.3", "--5", "12 pieces", "1,23,4", "EUR 5 USD"], ["bad"] * 7),
        (["Unknown", "n/a", "#REF!", "-", None], [None] * 5),
    ],
)  # fmt: skip
def test_amounts_are_read_exactly(values: list[str | None], cents: list[int | str | None]) -> None:
    assert amounts(values)[1] == cents


def test_currencies_are_named_by_iso_codes() -> None:
    values = ["€5", "5 USD", "£5", "US$ 5", "5", "kr 5", "n/a"]
    decision = money.decide(profile_of(values))
    _, currencies, _ = money.convert(column(values), decision)
    assert currencies is not None
    assert currencies.to_pylist() == ["EUR", "USD", "GBP", "USD", None, None, None]
    assert decision.currencies == ("EUR", "GBP", "USD")


def test_a_column_without_currencies_has_none() -> None:
    assert money.convert(column(["5"]), money.decide(profile_of(["5"])))[1] is None


@pytest.mark.parametrize(
    ("elsewhere", "code", "said"),
    [
        ([], "USD", "$ read as USD: nothing says otherwise"),
        (["CAD", "EUR"], "CAD", "$ read as CAD, which the file names"),
        (["CAD", "USD"], None, "$ could be CAD, USD: left without a currency"),
    ],
)
def test_a_dollar_sign_is_usd_unless_the_file_says_otherwise(elsewhere: list[str], code: str | None, said: str) -> None:
    decision = money.decide(profile_of(["$5.00"]), currencies_seen=elsewhere)
    assert decision.dollar == code
    assert said in decision.how


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (["€ 3.500,00", "100"], "decimal comma: '€ 3.500,00' settles it"),
        (["12.50", "12,5", "7.25"], "decimal point: '12.50' settles it, against 1 such as '12,5'"),
        (["1,054"], "'1,054' read as thousands: every comma stands before three digits"),
        (["1.054", "1550"], "decimal point: '1.054' beside whole numbers of four digits without a sign"),
        (["5", "7"], "whole numbers"),
    ],
)
def test_the_decimal_sign_is_said(values: list[str], said: str) -> None:
    assert money.decide(profile_of(values)).how == said


def test_the_last_of_many_amounts_can_settle_the_sign() -> None:
    profile = ColumnProfile("x")
    profile.add(column([f"{i // 1000 + 1}.{i % 1000:03}" for i in range(30_000)]))
    profile.add(column(["12.345,67"]))
    assert money.decide(profile).decimal == ","


def test_a_map_settles_sign_and_order() -> None:
    assert amounts(["1.054"], decimal=".")[1] == [105]
    assert dated(["03/04/2024"], order="dmy")[1] == ["2024-04-03"]


def test_numbers_and_percent_signs() -> None:
    all_signed = numbers.decide(profile_of(["12.5 %", "3%"]))
    assert numbers.convert(column(["12.5 %", "3%"]), all_signed)[0].to_pylist() == [12.5, 3.0]
    some = numbers.decide(profile_of(["12.5 %", "0.3"]))
    values, bad = numbers.convert(column(["12.5 %", "0.3", "x", "1e-3", "EUR 5", None, "1,234.5", "2k"]), some)
    assert values.to_pylist() == [0.125, 0.3, None, 0.001, None, None, 1234.5, 2000.0]
    assert bad.to_pylist() == [False, False, True, False, True, False, False, False]


FOLDED = {
    "capitals": ({"Google": 5, "google": 2, "GOOGLE": 1}, "Google"),
    "spaces": ({"GTX Pro": 3, "GTXPro": 9}, "GTXPro"),
    "hyphens": ({"e-mail": 4, "E_Mail": 2, "email": 1}, "e-mail"),
    "no-break spaces": ({"Web Shop": 2, "Web\u00a0Shop": 5, " Web  Shop ": 1}, "Web Shop"),
    "full width": ({"ＡＢＣ": 1, "ABC": 1}, "ABC"),
    "Cyrillic look-alikes": ({"B1": 3, "В1": 1, "б1": 1}, "B1"),
    "a word of two scripts": ({"Саmpaign": 2, "Campaign": 1}, "Campaign"),
    "dashes": ({"50-199": 2, "50–199": 1, "50 - 199": 1}, "50-199"),
    "other scripts": ({"Москва": 2, "МОСКВА": 1}, "Москва"),
}


@pytest.mark.parametrize("name", FOLDED)
def test_spellings_of_one_category_are_joined_and_told(name: str) -> None:
    counts, kept = FOLDED[name]
    mapping, told = categories.fold(counts)
    assert {mapping.get(value, value) for value in counts} == {kept}
    assert len(told) == 1
    assert told[0][0] == kept


def test_what_differs_in_meaning_stays_apart() -> None:
    apart = [
        "C", "C++", "C#", "1-10", "11-0", "110", "A", "A+", "A-", "-5", "5", "Q1 2024", "Q12024 x", "<10", ">10", "10",
        "B2B", "B2C", "Москва", "1.5", "15", "1 5", "Net 30", "Net 3 0", "R&D", "RD", "Ёлка", "CО2 tax", "CO tax",
    ]  # fmt: skip
    mapping, told = categories.fold(dict.fromkeys(apart, 1))
    assert told == []
    assert set(mapping) <= {"CО2 tax"}


def test_misspellings_are_suggested_not_folded() -> None:
    counts = {
        "technology": 12,
        "technolgy": 4,
        "medical": 9,
        "medicla": 1,
        "deals": 9,
        "deal": 1,
        "Q1 plan": 9,
        "Q2 plan": 1,
    }
    assert categories.fold(counts) == ({}, [])
    assert [(rare, meant) for rare, meant, _ in categories.suggest(counts)] == [
        ("medicla", "medical"),
        ("technolgy", "technology"),
    ]


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("=1+1", "'=1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
        ("-2+3", "'-2+3"),
        ("\t=1", "'\t=1"),
        (" =1", "' =1"),
        ("-12.5", "-12.5"),
        ("+49 30 1234567", "+49 30 1234567"),
        ("- 1.234,50", "- 1.234,50"),
        ("-5 %", "-5 %"),
        ("Acme", "Acme"),
        ("", ""),
        ("- note", "'- note"),
    ],
)
def test_formulas_are_made_harmless(text: str, safe: str) -> None:
    assert safe_cell(text) == safe


def test_hundredths_named_by_a_header_are_exact_and_halves_go_to_the_even_one() -> None:
    cents = pa.array([684_000, None, 150, 250, -150, -251, 2**63 - 1], pa.int64())
    assert money.scaled(cents, Fraction(1, 100)).to_pylist() == [6_840, None, 2, 2, -2, -3, 92_233_720_368_547_758]
    assert money.scaled(cents[:3], 1_000).to_pylist() == [684_000_000, None, 150_000]


def test_digits_of_another_script_are_no_error() -> None:
    assert figures.decide({"0": 1, "٠.``٠": 1}).sign in {".", ","}
    assert figures.decide({"0": 1, "٠.٠٠٠": 1}).sign in {".", ","}

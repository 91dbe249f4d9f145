from __future__ import annotations

import csv
from collections import Counter

import pytest

from exports import export
from winloss.capture.reasons import How, read_values
from winloss.capture.taxonomy import shipped
from winloss.errors import UserError


def code_of(value: str, **more: object) -> str | None:
    return read_values({value: 1}, shipped(), **more)[value].code  # type: ignore[arg-type]  # forwarded as given


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("Price", "price_value"),
        ("PriceTooHigh", "price_value"),
        ("price_too_high", "price_value"),
        ("1. Price", "price_value"),
        ("Closed Lost: Timing", "indecision_timing"),
        ("Lost - Price", "price_value"),
        ("lost because of price", "price_value"),
        ("Zu teuer", "price_value"),
        ("Kein Budget", "buyer_organisation"),
        ("Trop cher", "price_value"),
        ("Fonctionnalité manquante", "product_capability"),
        ("Sin presupuesto", "buyer_organisation"),
        ("Sem interesse", "qualification"),
        ("Слишком дорого", "price_value"),
        ("Пропала потребность", "qualification"),
        ("No Decision / Non-Responsive", "indecision_timing"),
        ("No Budget / Lost Funding", "buyer_organisation"),
        ("Remaining with Incumbent Vendor", "indecision_timing"),
        ("Strategic Direction Change (Customer)", "buyer_organisation"),
        ("Not enough stock", "implementation_risk"),
        ("Relationship", "trust_credibility"),
        ("Slow response", "sales_execution"),
        ("Messaging resonated", "messaging_content"),
        ("Does not answer", "indecision_timing"),
        ("DOESN\u2019T-ANSWER", "indecision_timing"),
        ("Duplicate", "junk_duplicate"),
        ("Wrong number", "junk_invalid_contact"),
        ("Spam", "junk_spam"),
        ("Test", "junk_test"),
        ("Other", "other"),
        ("Unknown", "unknown"),
    ],
)
def test_known_values_are_read_in_any_spelling(value: str, code: str) -> None:
    assert code_of(value) == code


@pytest.mark.parametrize("value", ["Non target", "non-target", "Not our target", "Нецелевой"])
def test_non_target_is_qualification_and_no_junk(value: str) -> None:
    assert code_of(value) == "qualification"


@pytest.mark.parametrize("value", ["Competition", "Lost to competitor", "Went to Rivals", "Out-Sold", "Выбрали других"])
def test_a_competitor_is_no_reason(value: str) -> None:
    reading = read_values({value: 3}, shipped())[value]
    assert (reading.code, reading.sub_reason, reading.rival, reading.competitor) == (
        "unknown",
        "competitor_won",
        True,
        None,
    )


@pytest.mark.parametrize(
    "value", ["-", "--None--", "n/a", "Select", "not specified", "#REF!", "", "  ", "keine Angabe", "не указано"]
)
def test_placeholders_are_no_reason_given(value: str) -> None:
    reading = read_values({value: 1}, shipped())[value]
    assert (reading.how, reading.code, reading.given) == (How.BLANK, None, False)


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("Lost to Acme", "Acme"),
        ("lost to ACME", "Acme"),
        ("Acme", "Acme"),
        ("Went with Acme", "Acme"),
        ("Verloren an Acme", "Acme"),
        ("Lost to Competitor - Acme", "Acme"),
        ("Lost to Competitor - Initech", "Initech"),
        ("Competitor: Hooli", "Hooli"),
        ("Lost to Globex", "Globex"),
    ],
)
def test_a_value_that_names_a_competitor_gives_its_name(value: str, name: str) -> None:
    reading = read_values({value: 1}, shipped(), competitors=["Acme"])[value]
    assert (reading.code, reading.competitor, reading.rival) == ("unknown", name, True)


def test_a_reason_beside_the_winner_is_kept() -> None:
    reading = read_values({"Lost to Acme on price": 1}, shipped(), competitors=["Acme"])["Lost to Acme on price"]
    assert (reading.code, reading.competitor, reading.how) == ("price_value", "Acme", How.PATTERN)


@pytest.mark.parametrize("value", ["Lost to budget cuts", "Lost to no decision", "Went to tender", "Went with Initech"])
def test_words_after_lost_to_are_no_name_unless_they_look_like_one(value: str) -> None:
    assert read_values({value: 1}, shipped(), competitors=["Acme"])[value].competitor is None


@pytest.mark.parametrize(
    "value",
    [
        "Price; Features",
        "Price | Features",
        "Price\nFeatures",
        "Price, Features",
        "Price / Features",
        "Price and features",
    ],
)
def test_of_several_reasons_the_first_is_primary_and_the_others_are_kept(value: str) -> None:
    reading = read_values({value: 1}, shipped())[value]
    assert (reading.code, reading.secondary, reading.how) == ("price_value", ("product_capability",), How.LIST)


def test_a_first_reason_that_nobody_understands_is_not_replaced_by_the_second() -> None:
    reading = read_values({"Foo; Price": 1}, shipped())["Foo; Price"]
    assert (reading.code, reading.secondary, reading.how) == (None, ("price_value",), How.NOT_UNDERSTOOD)


def test_of_a_path_the_last_known_part_decides() -> None:
    assert code_of("Budget - Too Expensive") == "price_value"
    assert code_of("Budget - No Budget") == "buyer_organisation"
    assert code_of("Communication (press releases)") == "messaging_content"


def test_words_inside_a_value_are_read_and_told_as_such() -> None:
    read = read_values({"Angebot viel zu teuer": 2, "Price": 5}, shipped())
    assert read["Angebot viel zu teuer"].code == "price_value"
    assert [reading.value for reading in read.by_pattern] == ["Angebot viel zu teuer"]


@pytest.mark.parametrize("value", ["not price", "Price was not the issue", "no implementation"])
def test_what_is_denied_is_not_read(value: str) -> None:
    assert code_of(value) is None


def test_a_value_that_points_at_two_reasons_is_listed_and_not_guessed() -> None:
    reading = read_values({"Timing of the price list": 1}, shipped())["Timing of the price list"]
    assert (reading.code, reading.how) == (None, How.NOT_UNDERSTOOD)
    assert reading.why == "points at indecision_timing and at price_value"


SENTENCE = "They liked the demo a lot but in the end their finance team picked the cheaper offer"


def test_sentences_are_free_text_and_no_reason_is_made_of_them() -> None:
    reading = read_values({SENTENCE: 1}, shipped())[SENTENCE]
    assert (reading.code, reading.how, reading.given) == (None, How.FREE_TEXT, True)


def test_a_sentence_that_says_who_won_gives_the_competitor_only() -> None:
    said = "Lost to Acme, implementation speed was the deciding factor and not the budget"
    reading = read_values({said: 1}, shipped(), competitors=["Acme"])[said]
    assert (reading.code, reading.competitor) == (None, "Acme")


def test_a_field_of_sentences_is_told_as_free_text() -> None:
    assert read_values({f"{SENTENCE} number {n}": 1 for n in range(30)}, shipped()).free_text
    assert not read_values({"Price": 30, SENTENCE: 1}, shipped()).free_text


def test_the_map_wins_in_any_spelling() -> None:
    read = read_values(
        {"Gutstein refusal": 2, "gutstein-refusal": 1}, shipped(), {"Gutstein refusal": "buyer_organisation"}
    )
    assert {reading.code for reading in read.readings} == {"buyer_organisation"}
    assert {reading.how for reading in read.readings} == {How.MAP}
    assert code_of("Price", overrides={"price": "qualification"}) == "qualification"


def test_the_map_can_say_competitor_or_blank() -> None:
    read = read_values({"A": 1, "B": 1, "C": 1}, shipped(), {"A": "competitor:Acme", "B": "competitor", "C": "blank"})
    assert (read["A"].competitor, read["A"].code) == ("Acme", "unknown")
    assert (read["B"].competitor, read["B"].rival) == (None, True)
    assert read["C"].how is How.BLANK


def test_a_map_that_agrees_keeps_what_the_words_say_beside_the_reason() -> None:
    reading = read_values({"Competitor had better price": 1}, shipped(), {"Competitor had better price": "price_value"})
    assert (reading.readings[0].how, reading.readings[0].rival) == (How.MAP, True)


def test_a_map_to_no_code_is_told_with_the_nearest() -> None:
    with pytest.raises(UserError, match=r"'Expensive' as 'pricevalue'.*did you mean \"price_value\""):
        read_values({}, shipped(), {"Expensive": "pricevalue"})


def test_what_is_not_understood_is_listed_with_the_line_to_add() -> None:
    read = read_values({"Inadequate": 174, 'The "Gutstein"': 1, "Price": 9}, shipped())
    assert read.map_lines == (
        "[reasons]",
        '"Inadequate" = "code"  # 174 deals',
        '"The \\"Gutstein\\"" = "code"  # 1 deal',
    )
    assert read.deals(How.NOT_UNDERSTOOD) == 175
    assert read.deals() == 184


def test_every_reason_of_the_school_export_is_what_it_honestly_is() -> None:
    """Values whose meaning only the school knows are listed, not guessed."""
    with export("it-school-crm", "deals.csv").open(encoding="utf-8-sig", newline="") as file:
        lost = Counter(row["Lost Reason"] for row in csv.DictReader(file) if row["Stage"] == "Lost")
    read = read_values(lost, shipped())
    expected = {
        "Doesn't Answer": "indecision_timing",
        "Changed Decision": "indecision_timing",
        "Duplicate": "junk_duplicate",
        "Non target": "qualification",
        "Stopped Answering": "indecision_timing",
        "Invalid number": "junk_invalid_contact",
        "Expensive": "price_value",
        "needs time to think": "indecision_timing",
        "Conditions are not suitable": "price_value",
        "Next stream": "indecision_timing",
        "Not for myself": "qualification",
        "Does not speak English": "qualification",
        "Didn't leave an application": "qualification",
        "Thought for free": "price_value",
        "Does not know how to use a computer": "qualification",
        "Went to Rivals": "unknown",
        "The contract did not fit": "price_value",
        "Inadequate": None,
        "Gutstein refusal": None,
        "Considering a different direction in IT": None,
        "Refugee": None,
        "": None,
    }
    assert {reading.value: reading.code for reading in read.readings} == expected
    assert read.deals(How.NOT_UNDERSTOOD) == 486
    assert sum(reading.count for reading in read.readings if reading.code in shipped().junk_codes) == 3206


@pytest.mark.parametrize(
    "value",
    [
        "Customer", "Customers", "Custom", "Customization", "Customs", "Precise", "Precision", "Concurrently", "Report", "Account",
        "Manager", "Region", "Channel", "Prospect",
    ],
)  # fmt: skip
def test_a_stem_of_one_language_catches_no_word_of_another(value: str) -> None:
    assert read_values({value: 3}, shipped()).readings[0].code is None

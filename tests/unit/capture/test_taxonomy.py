from __future__ import annotations

import pytest

from winloss.capture.taxonomy import POINTS_AT, Taxonomy, reference_page, shipped, shipped_stamp
from winloss.capture.words import fold
from winloss.errors import UserError
from winloss.tables import OUTCOMES

PRIMARY = (
    "price_value",
    "product_capability",
    "implementation_risk",
    "trust_credibility",
    "sales_execution",
    "messaging_content",
    "buyer_organisation",
    "indecision_timing",
    "qualification",
)

SMALL = """
name = "ours"
version = "2"
[[reason]]
code = "price"
label = "Price"
definition = "The price decided."
fits = ["lost"]
{extra}
[[reason]]
code = "other"
label = "Other"
definition = "Another."
fits = ["lost"]
primary = false
[[reason]]
code = "unknown"
label = "Unknown"
definition = "Nobody knows."
fits = ["lost"]
primary = false
"""


def small(extra: str = "") -> Taxonomy:
    return Taxonomy.parse(SMALL.format(extra=extra), where="ours.toml")


def test_the_nine_primary_reasons_are_shipped_in_order() -> None:
    assert tuple(reason.code for reason in shipped().primary) == PRIMARY


def test_junk_codes_fit_disqualified_only_and_are_never_primary() -> None:
    junk = [reason for reason in shipped().reasons if reason.junk]
    assert [reason.code for reason in junk] == ["junk_duplicate", "junk_invalid_contact", "junk_spam", "junk_test"]
    assert all(reason.fits == ("disqualified",) and not reason.primary for reason in junk)


def test_every_shipped_reason_is_complete() -> None:
    for reason in shipped().reasons:
        assert reason.label
        assert reason.definition.endswith(".")
        assert set(reason.fits) <= set(OUTCOMES)
        assert reason.points_at in ("", *POINTS_AT)
        if reason.primary:
            assert reason.points_at
            assert reason.content_gap


@pytest.mark.parametrize("code", ["indecision_timing", "buyer_organisation"])
def test_timing_and_budget_come_back_after_three_to_six_months(code: str) -> None:
    reason = shipped().reason(code)
    assert (reason.window_from_days, reason.window_to_days) == (90, 180)


def test_reasons_that_never_come_back_have_no_window() -> None:
    without = {reason.code for reason in shipped().reasons if reason.window_from_days is None}
    assert without == {"qualification", "other", "unknown", *shipped().junk_codes}


@pytest.mark.parametrize(
    ("preset", "expected"),
    [
        (
            "three_field",
            {
                "Price advantage": "price_value",
                "Product fit": "product_capability",
                "Competitor loss": "unknown",
                "Champion left": "buyer_organisation",
                "No decision / timing": "indecision_timing",
                "Poor onboarding": "implementation_risk",
                "Messaging resonated": "messaging_content",
                "Other": "other",
            },
        ),
        (
            "picklist",
            {
                "Timing": "indecision_timing",
                "Need": "qualification",
                "Price": "price_value",
                "Competition": "unknown",
                "Poor qualification": "qualification",
            },
        ),
    ],
)
def test_ready_lists_are_mapped_and_a_competitor_is_no_reason(preset: str, expected: dict[str, str]) -> None:
    entries = shipped().presets[preset].entries
    assert {entry.label: entry.code for entry in entries} == expected
    assert [e.label for e in entries if e.competitor] == [
        label for label, code in expected.items() if code == "unknown"
    ]


def test_the_words_of_the_shipped_list_mean_one_reason_each() -> None:
    exact = shipped().lexicon.exact
    assert len(exact) > 1500
    assert exact["zu teuer"].code == exact["trop cher"].code == exact[fold("слишком дорого")].code == "price_value"
    assert exact[fold("Preço muito alto")].code == exact[fold("muy caro")].code == "price_value"


def test_a_merge_is_followed_to_its_end() -> None:
    listed = small(
        """
[[reason]]
code = "cost"
label = "Cost"
definition = "Old."
fits = ["lost"]
merged_into = "money"
[[reason]]
code = "money"
label = "Money"
definition = "Old."
fits = ["lost"]
merged_into = "price"
"""
    )
    assert listed.current("cost") == "price"
    assert [reason.code for reason in listed.primary] == ["price"]
    assert [(b.code, b.kind, b.into) for b in listed.breaks] == [
        ("cost", "merged", ("money",)),
        ("money", "merged", ("price",)),
    ]


def test_a_renamed_code_is_read_as_its_new_one() -> None:
    listed = small('renamed_from = ["pricing"]')
    assert listed.current("pricing") == "price"
    assert listed.known_codes["pricing"] == "price"


def test_a_retired_or_split_reason_keeps_its_code_and_the_break_is_marked() -> None:
    listed = small(
        """
[[reason]]
code = "budget"
label = "Budget"
definition = "Old."
fits = ["lost"]
split_into = ["price", "other"]
[[reason]]
code = "vibes"
label = "Vibes"
definition = "Old."
fits = ["lost"]
retired = "2"
"""
    )
    assert listed.current("budget") == "budget"
    assert listed.current("vibes") == "vibes"
    assert not listed.reason("vibes").in_force
    assert [(b.code, b.kind) for b in listed.breaks] == [("budget", "split"), ("vibes", "retired")]


def test_a_code_that_never_was_is_none() -> None:
    assert shipped().current("weather") is None
    assert "weather" not in shipped()


def test_an_unknown_code_is_told_with_the_nearest() -> None:
    with pytest.raises(UserError, match='did you mean "price_value"'):
        shipped().reason("price_valu")


def test_a_list_of_ones_own_extends_the_shipped_one() -> None:
    own = Taxonomy.parse(
        """
extends = "winloss"
name = "ours"
version = "1"
[[reason]]
code = "price_value"
label = "Money"
[[reason]]
code = "weather"
label = "Weather"
definition = "It rained."
fits = ["lost"]
synonyms.en = ["rain"]
"""
    )
    assert own.reason("price_value").label == "Money"
    assert own.reason("price_value").definition == shipped().reason("price_value").definition
    assert own.lexicon.exact["rain"].code == "weather"
    assert own.stamp.startswith("ours 1 ")
    assert own.stamp != shipped().stamp
    assert shipped_stamp() == shipped().stamp


@pytest.mark.parametrize(
    ("extra", "told"),
    [
        ('fist = ["lost"]', r"ours.toml: reason price.fist is no key here; did you mean \"fits\""),
        ('points_at = "sale"', r"reason price.points_at is 'sale'; did you mean \"sales\""),
        ("window_from_days = -1\nwindow_to_days = 3", r"reason price.window_from_days is -1"),
        ("window_from_days = 9\nwindow_to_days = 3", r"window_from_days and window_to_days must stand together"),
        ("window_to_days = 3", r"must stand together"),
        ('window_to_days = "3"', r"window_to_days must be a whole number"),
        ("junk = 1", r"reason price.junk must be true or false"),
        ('merged_into = "prize"', r"merged_into names 'prize'; did you mean \"price\""),
        ('merged_into = "price"', r"merged_into leads back to itself"),
        ('renamed_from = ["other"]', r"renamed_from names 'other', which still stands"),
        ('synonyms.en = ["--"]', r"synonyms.en has '--', which holds no word"),
        (
            'synonyms.en = ["x"]\n[[reason]]\ncode="b"\nlabel="B"\ndefinition="b"\nfits=["lost"]\nsynonyms.en=["X"]',
            r"'X', which stands under reason price.synonyms.en already",
        ),
        ('[[reason]]\ncode="price"\nlabel="B"\ndefinition="b"\nfits=["lost"]', r"reason price stands twice"),
        ('[[reason]]\ncode="Bad"\nlabel="B"\ndefinition="b"\nfits=["lost"]', r"must be lower-case letters"),
        ('[[reason]]\ncode="b"\ndefinition="b"\nfits=["lost"]', r"reason b.label is missing"),
        (
            '[[reason]]\ncode="b"\nlabel="B"\ndefinition="b"\nfits=["loss"]',
            r"reason b.fits has 'loss'; did you mean \"lost\"",
        ),
        ('[[reason]]\ncode="b"\nlabel="B"\ndefinition="b"\nfits=[]', r"reason b.fits names no outcome"),
    ],
)
def test_a_wrong_key_is_named(extra: str, told: str) -> None:
    with pytest.raises(UserError, match=told):
        small(extra)


@pytest.mark.parametrize("text", ["name = ", "name = 'x'", "reason = 1", "[[reason]]\ncode = 1"])
def test_a_file_that_is_no_taxonomy_is_told(text: str) -> None:
    with pytest.raises(UserError, match=r"ours\.toml"):
        Taxonomy.parse(text, where="ours.toml")


def test_other_and_unknown_must_be_there() -> None:
    with pytest.raises(UserError, match="reason other is missing"):
        Taxonomy.parse('name="x"\nversion="1"\n[[reason]]\ncode="a"\nlabel="A"\ndefinition="a"\nfits=["lost"]')


def test_the_reference_page_names_every_reason_and_ready_list() -> None:
    page = reference_page()
    assert all(f"(`{reason.code}`)" in page for reason in shipped().reasons)
    assert all(preset.label in page for preset in shipped().presets.values())

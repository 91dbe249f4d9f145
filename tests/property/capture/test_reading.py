"""What holds for any values: one reading each, never a crash, counts kept, spelling without weight."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from winloss.capture import competitors, reasons
from winloss.capture.reasons import How
from winloss.capture.taxonomy import shipped
from winloss.capture.words import fold, name_key

words = st.sampled_from(
    [
        "price",
        "lost to",
        "Acme",
        "not",
        "timing",
        ";",
        "-",
        "/",
        "and",
        "features",
        "(",
        ")",
        "competitor",
        ":",
        "|",
        "1.",
        "kein",
        "дорого",
    ]
)
values = st.one_of(st.text(max_size=40), st.lists(words, max_size=9).map(" ".join))
counted = st.dictionaries(values, st.integers(0, 10**6), max_size=8)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(counted)
def test_every_reason_is_read_once_and_its_count_kept(raw: dict[str, int]) -> None:
    read = reasons.read_values(raw, shipped(), competitors=["Acme"])
    assert {r.value: r.count for r in read.readings} == raw
    for reading in read.readings:
        assert reading.code is None or reading.code in shipped()
        assert (reading.code is None) == (reading.how in (How.BLANK, How.FREE_TEXT, How.NOT_UNDERSTOOD))
        assert reading.competitor is None or reading.rival


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.sampled_from(sorted(shipped().lexicon.exact)), st.sampled_from([" ", "_", "-", "  ", "\u00a0"]))
def test_a_known_value_is_read_whatever_its_case_and_spaces(word: str, space: str) -> None:
    meant = shipped().lexicon.exact[word]
    for spelling in (word.replace(" ", space), word.upper(), word.capitalize()):
        reading = reasons.read_values({spelling: 1}, shipped())[spelling]
        assert reading.code == meant.code or reading.how is How.BLANK or fold(spelling) != word


@settings(max_examples=150, deadline=None, derandomize=True)
@given(counted)
def test_every_competitor_is_read_once_and_named_only_if_it_is_one(raw: dict[str, int]) -> None:
    read = competitors.read_values(raw)
    assert {r.value: r.count for r in read.readings} == raw
    for reading in read.readings:
        assert (reading.name is not None) == (reading.kind == "competitor")
        assert reading.name is None or name_key(reading.name)


@given(st.text(max_size=60))
def test_folding_twice_is_folding_once_for_lower_case(text: str) -> None:
    once = fold(text)
    assert fold(once) in (once, fold(fold(once)))
    assert once == once.strip()

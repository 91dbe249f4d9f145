"""The top reasons, the bars beside them, and the flip."""

from __future__ import annotations

from typing import Any

import pytest

from winloss.synthesize import reasons, totals
from winloss.synthesize.glossary import Glossary, ReasonWords

EUR = totals.money([{"currency": "EUR", "n": 1}])
MIXED = totals.money([{"currency": "EUR", "n": 1}, {"currency": "USD", "n": 1}])
GLOSSARY = Glossary.listing(
    ReasonWords(code=code, label=code.upper(), points_at="sales", content_gap=f"{code} guide") for code in "abcdefg"
)


def given(reason: str | None, n: int, each: int = 0, *, won: bool = False, read: bool = True) -> dict[str, Any]:
    return {
        "is_won": won,
        "reason": reason,
        "reason_given": reason is not None or not read,
        "n": n,
        "n_amount": n if each else 0,
        "amount_cents": n * each * 100,
        "amount_squares": float(n * each * each),
    }


def raw(reason: str | None, value: str, n: int) -> dict[str, Any]:
    return {"is_won": False, "reason": reason, "reason_value": value, "n": n}


def test_five_reasons_then_the_others_and_what_is_not_known() -> None:
    rows = [given(code, n) for code, n in zip("abcdefg", (70, 60, 50, 40, 30, 20, 10), strict=True)]
    rows += [given("other", 5), given("unknown", 4), given(None, 3, read=False), given(None, 8)]
    losses, wins = reasons.read(rows, [raw("a", "A?", 40), raw("a", "AA", 30), raw(None, "huh", 3)])
    told = reasons.table(losses, GLOSSARY, EUR)
    assert [(row.code, row.count) for row in told] == [
        ("a", 70),
        ("b", 60),
        ("c", 50),
        ("d", 40),
        ("e", 30),
        ("other", 35),
        ("unknown", 4),
        ("unread", 3),
        (None, 8),
    ]
    assert sum(row.share.value or 0 for row in told) == pytest.approx(1)
    assert told[0].raw_values == (("A?", 40), ("AA", 30))
    assert [row.label for row in told[5:]] == [
        "Other reasons",
        "Reason unknown",
        "Reason not understood",
        "No reason given",
    ]
    assert (told[0].points_at, told[0].content_gap, told[5].points_at) == ("sales", "a guide", "")
    assert reasons.unread(losses, wins) == (("huh", 3),)
    assert reasons.table(wins, GLOSSARY, EUR) == ()


def test_no_table_of_win_reasons_where_nobody_gave_one() -> None:
    _, wins = reasons.read([given(None, 50, won=True)], [])
    assert reasons.table(wins, GLOSSARY, EUR) == ()
    _, wins = reasons.read([given(None, 50, won=True), given("a", 1, won=True)], [])
    assert [(row.code, row.count, row.content_gap) for row in reasons.table(wins, GLOSSARY, EUR)] == [
        ("a", 1, ""),
        (None, 50, ""),
    ]


def test_shares_by_amount_are_of_all_known_amounts() -> None:
    losses, _ = reasons.read([given("a", 30, 100), given("b", 10, 900)], [])
    first, second = reasons.table(losses, GLOSSARY, EUR)
    assert (first.share.value, first.share_by_amount.value) == (0.75, 0.25)
    assert (first.rank, first.rank_by_amount, second.rank, second.rank_by_amount) == (1, 2, 2, 1)


def test_the_flip_is_named_even_where_the_dearest_reason_is_not_among_the_first_five() -> None:
    rows = [given(code, n, 100) for code, n in zip("abcdef", (70, 60, 50, 40, 30, 20), strict=True)]
    losses, _ = reasons.read([*rows, given("g", 10, 5000)], [])
    assert reasons.flip(losses, GLOSSARY, EUR) == (
        "By count the first reason is a (70 deals against 10); by amount it is g (€50,000 against €7,000)."
    )


def test_no_flip_where_one_reason_leads_both_ways_or_amounts_do_not_add() -> None:
    losses, _ = reasons.read([given("a", 30, 100), given("b", 10, 100)], [])
    assert reasons.flip(losses, GLOSSARY, EUR) == ""
    flipped, _ = reasons.read([given("a", 30, 100), given("b", 10, 900)], [])
    assert reasons.flip(flipped, GLOSSARY, EUR) != ""
    assert reasons.flip(flipped, GLOSSARY, MIXED) == ""


@pytest.mark.parametrize(
    ("first", "second", "told"),
    [((300, 1000), (200, 1600), True), ((300, 1000), (200, 1502), False), ((300, 1000), (296, 1100), False)],
    ids=["clear", "0.1 points by amount", "0.7 points by count"],
)
def test_a_lead_of_less_than_a_point_is_no_flip(first: tuple[int, int], second: tuple[int, int], told: bool) -> None:
    near, _ = reasons.read([given("a", *first), given("b", *second)], [])
    assert bool(reasons.flip(near, GLOSSARY, EUR)) is told


def test_one_large_deal_is_no_flip() -> None:
    few, _ = reasons.read([given("a", 30, 100), given("b", 9, 900)], [])
    assert reasons.flip(few, GLOSSARY, EUR) == ""
    enough, _ = reasons.read([given("a", 30, 100), given("b", 10, 900)], [])
    assert reasons.flip(enough, GLOSSARY, EUR).endswith("by amount it is b (€9,000 against €3,000).")


def test_amounts_that_are_missing_on_most_losses_give_no_share() -> None:
    losses, _ = reasons.read([given("a", 10, 100), given("b", 30)], [])
    first = reasons.table(losses, GLOSSARY, EUR)[1]
    assert (first.share_by_amount.value, first.share_by_amount.why) == (
        None,
        "10 of 40 lost or no-decision deals carry an amount.",
    )
    assert first.rank_by_amount is None
    none, _ = reasons.read([given("a", 30)], [])
    assert (
        reasons.table(none, GLOSSARY, EUR)[0].share_by_amount.why
        == "None of 30 lost or no-decision deals carries an amount."
    )
    assert reasons.table(losses, GLOSSARY, MIXED)[0].share_by_amount.why.startswith("Amounts are in EUR and USD")

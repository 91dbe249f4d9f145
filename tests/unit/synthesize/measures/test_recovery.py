"""Whom to ask again, and when."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from book_of_deals import ask, book, day, deal
from winloss.errors import UserError
from winloss.synthesize import recovery, stages, totals
from winloss.synthesize.glossary import Glossary, ReasonWords

EUR = totals.money([{"currency": "EUR", "n": 1}])
GLOSSARY = Glossary.listing(
    [
        ReasonWords(code="timing", label="Timing", window=(90, 180)),
        ReasonWords(code="price", label="Price", window=(180, 365)),
        ReasonWords(code="no_need", label="No need"),
    ]
)
DAY = day("2024-07-01")


def ago(days: int) -> dt.date:
    return DAY - dt.timedelta(days=days)


def test_each_reason_has_its_own_window_and_its_dates_are_told() -> None:
    deals = book(
        [
            deal("lost", deal_id="a", deal_name="Deal A", account_name="Acme", owner_id="p", reason="timing")
            | {"closed_on": ago(100), "amount_cents": 500, "amount_known": True},
            deal("lost", deal_id="b", reason="price", closed_on=ago(100)),
            deal("no_decision", deal_id="c", reason="price", closed_on=ago(200), account_id="acc"),
            deal("lost", deal_id="d", reason="no_need", closed_on=ago(100)),
            deal("lost", deal_id="e", closed_on=ago(100)),
        ]
    )
    told = recovery.recovery(deals, ask=ask, glossary=GLOSSARY, as_of=DAY, purse=EUR)
    assert [(p.deal_id, p.account, p.reason, p.amount_cents) for p in told.prospects] == [
        ("a", "Acme", "Timing", 500),
        ("c", "acc", "Price", None),
    ]
    assert (told.total, told.total_cents) == (2, 500)
    assert (told.prospects[0].window_from, told.prospects[0].window_to) == (ago(10), DAY + dt.timedelta(days=80))


def test_a_window_set_by_hand_opens_all_but_the_reasons_that_never_come_back() -> None:
    deals = book(
        [
            deal("lost", deal_id="timing", reason="timing", closed_on=ago(40)),
            deal("lost", deal_id="no reason", closed_on=ago(119)),
            deal("lost", deal_id="too young", reason="price", closed_on=ago(29)),
            deal("lost", deal_id="too old", reason="price", closed_on=ago(121)),
            deal("lost", deal_id="never", reason="no_need", closed_on=ago(40)),
        ]
    )
    told = recovery.recovery(deals, ask=ask, glossary=GLOSSARY, as_of=DAY, purse=EUR, window_days=30)
    assert {p.deal_id for p in told.prospects} == {"timing", "no reason"}
    assert next(p.reason for p in told.prospects if p.deal_id == "no reason") == "No reason given"
    with pytest.raises(UserError):
        recovery.windows(GLOSSARY, 0)


def test_at_most_25_are_shown_and_all_are_counted() -> None:
    deals = book(deal("lost", reason="timing", closed_on=ago(100), amount_cents=i + 1) for i in range(40))
    told = recovery.recovery(deals, ask=ask, glossary=GLOSSARY, as_of=DAY, purse=EUR)
    assert [p.amount_cents for p in told.prospects] == list(range(40, 15, -1))
    assert (told.total, told.total_cents) == (40, sum(range(1, 41)))
    everyone = recovery.every(deals, ask=ask, glossary=GLOSSARY, as_of=DAY, currency="EUR")
    assert len(everyone) == 40
    assert everyone[:25] == told.prospects


def test_nobody_to_ask_says_why() -> None:
    nobody = book([deal("lost", closed_on=ago(100)), deal("won")])
    told = recovery.recovery(nobody, ask=ask, glossary=GLOSSARY, as_of=DAY, purse=EUR)
    assert told.why_none.startswith("No lost or no-decision deal has a reason that was understood")
    told = recovery.recovery(nobody, ask=ask, glossary=GLOSSARY, as_of=None, purse=EUR)
    assert told.why_none.startswith("No closed deal says when it closed")
    young = book([deal("lost", reason="timing", closed_on=ago(1))])
    told = recovery.recovery(young, ask=ask, glossary=GLOSSARY, as_of=DAY, purse=EUR)
    assert told.why_none == "No lost or no-decision deal has a reason whose window is open on this day."


def test_amounts_of_several_currencies_are_not_summed() -> None:
    mixed = totals.money([{"currency": "EUR", "n": 1}, {"currency": "USD", "n": 1}])
    deals = book([deal("lost", reason="timing", closed_on=ago(100), amount_cents=5)])
    told = recovery.recovery(deals, ask=ask, glossary=GLOSSARY, as_of=DAY, purse=mixed)
    assert (told.total, told.total_cents, told.prospects[0].amount_cents) == (1, None, 5)


def test_stages_by_losses_with_the_unknown_one_last() -> None:
    rows: list[dict[str, Any]] = [
        {"stage_reached": None, "reason": "price", "n": 50},
        {"stage_reached": "Demo", "reason": "price", "n": 6},
        {"stage_reached": "Demo", "reason": "timing", "n": 14},
        {"stage_reached": "Offer", "reason": "price", "n": 9},
        {"stage_reached": "Offer", "reason": None, "n": 21},
    ]
    told = stages.table(rows, GLOSSARY)
    assert [(row.deal_stage, row.lost, row.top_reason) for row in told] == [
        ("Offer", 30, ""),
        ("Demo", 20, "Timing"),
        ("Not recorded", 50, "Price"),
    ]
    assert [row.share.value for row in told] == [0.3, 0.2, 0.5]
    assert stages.table(rows[:1], GLOSSARY) == ()


def test_many_stages_end_in_one_row() -> None:
    rows: list[dict[str, Any]] = [{"stage_reached": f"s{i:02d}", "reason": None, "n": 5} for i in range(20)]
    told = stages.table(rows, GLOSSARY)
    assert (len(told), told[-1].deal_stage, told[-1].lost) == (16, "Other deal stages", 25)


def test_amounts_of_several_currencies_keep_their_own_and_the_latest_lost_comes_first() -> None:
    both = totals.money([{"currency": "EUR", "n": 2}, {"currency": "JPY", "n": 1}])
    deals = book(
        [
            deal("lost", deal_id="yen", reason="timing", closed_on=ago(120), amount_cents=900_000_00, currency="JPY"),
            deal("lost", deal_id="euro", reason="timing", closed_on=ago(100), amount_cents=9_000_00, currency="EUR"),
            deal("lost", deal_id="none", reason="timing", closed_on=ago(110), amount_cents=5_00),
        ]
    )
    told = recovery.recovery(deals, ask=ask, glossary=GLOSSARY, as_of=DAY, purse=both)
    assert told.dated
    assert [(p.deal_id, p.currency) for p in told.prospects] == [("euro", "EUR"), ("none", None), ("yen", "JPY")]
    assert recovery.every(deals, ask=ask, glossary=GLOSSARY, as_of=DAY, dated=True) == told.prospects
    one = recovery.recovery(deals, ask=ask, glossary=GLOSSARY, as_of=DAY, purse=EUR)
    assert [(p.deal_id, p.currency) for p in one.prospects] == [("yen", "JPY"), ("euro", "EUR"), ("none", "EUR")]

"""Channels, their cost, junk, and spend to be questioned."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from winloss.synthesize import channels, totals

EUR = totals.money([{"currency": "EUR", "n": 1}])
DAY = dt.date(2024, 6, 30)


def channel(name: str | None, closed: int, won: int, junk: int = 0) -> dict[str, Any]:
    return {
        "lead_source": name,
        "closed": closed,
        "won": won,
        "disqualified": junk,
        "n_amount": won,
        "won_amount_cents": won * 100,
    }


def spent(name: str | None, cents: int, currency: str | None = "EUR") -> dict[str, Any]:
    day = dt.date(2024, 1, 1)
    return {"value": name, "currency": currency, "spend_cents": cents, "first_on": day, "last_on": day}


def test_cost_is_spend_over_won_deals_whatever_the_case_of_the_name() -> None:
    spend = channels.Spend.read([spent("web  Ads", 1000), spent("Fair", 500), spent(None, 7)])
    rows = channels.table([channel("Web Ads", 50, 4), channel("Fair", 20, 0), channel("Friends", 10, 5)], spend, EUR)
    assert [(row.lead_source, row.spend_cents, row.cost_per_won_cents, row.why_no_cost) for row in rows] == [
        ("Web Ads", 1000, 250, ""),
        ("Fair", 500, None, "No deal was won."),
        ("Friends", None, None, "No spend is recorded for it."),
    ]
    assert spend.total_cents == 1507


def test_spend_in_several_currencies_is_not_added() -> None:
    spend = channels.Spend.read([spent("Web", 1000), spent("Web", 500, "USD")])
    row = channels.table([channel("Web", 50, 4)], spend, EUR)[0]
    assert (row.cost_per_won_cents, row.why_no_cost) == (None, "Spend is in EUR and USD; it is added only with rates.")


def test_spend_without_a_currency_is_in_that_of_the_deals() -> None:
    unnamed = channels.Spend.read([spent("Web", 1000, None)], deals_in="EUR")
    assert (unnamed.currency, unnamed.taken) == ("EUR", True)
    named = channels.Spend.read([spent("Web", 1000, "USD"), spent("Fair", 1, None)], deals_in="EUR")
    assert (named.currency, named.taken) == ("USD", False)
    nowhere = channels.Spend.read([spent("Web", 1000, None)])
    assert (nowhere.currency, nowhere.taken) == (None, False)


def test_the_smallest_channels_share_a_row_and_no_channel_is_no_table() -> None:
    rows = channels.table([channel(f"c{i:02d}", 100 - i, 10) for i in range(45)], channels.Spend(), EUR)
    assert len(rows) == 41
    assert (rows[-1].lead_source, rows[-1].closed, rows[-1].won) == (
        "Other channels",
        sum(100 - i for i in range(40, 45)),
        50,
    )
    assert channels.table([channel(None, 50, 4)], channels.Spend(), EUR) == ()


def test_junk_moves_the_channel_that_has_more_of_it_than_others() -> None:
    rows = [channel("Organic", 982, 147, 1203), channel("Ads", 5000, 250, 700), channel("Tiny", 20, 10, 100)]
    moves = channels.junk_moves(rows)
    assert [(m.lead_source, m.without.n, m.with_junk.n) for m in moves] == [("Organic", 982, 2185)]
    assert round(moves[0].points, 3) == round(147 / 982 - 147 / 2185, 3)


def test_junk_that_is_spread_evenly_names_no_channel() -> None:
    assert channels.junk_moves([channel(f"c{i}", 1000, 500, 500) for i in range(5)]) == ()


def lately(*values: tuple[str | None, int, int]) -> list[dict[str, Any]]:
    return [{"value": value, "closed": closed, "won": won} for value, closed, won in values]


def test_spend_of_another_currency_than_the_deals_is_not_shown_as_theirs() -> None:
    spent = channels.Spend(cents={"web": 90_000}, currency="USD", why_not="")
    (row,) = channels.table([channel("Web", 100, 30)], spent, EUR)
    assert (row.spend_cents, row.cost_per_won_cents) == (None, None)
    assert row.why_no_cost == "Spend is in USD and deals are in EUR; give a file of rates."


@pytest.mark.parametrize(
    ("name", "how"),
    [
        *((name, "paid") for name in ("Paid social", "Google Ads", "AdWords", "PPC", "Trade Show", "Bloggers")),
        *(
            (name, "owned")
            for name in ("Organic search", "Web", "E-mail", "Website", "Cold Call", "Webinar", "Inbound")
        ),
        *((name, "referral") for name in ("Customer Referral", "Partner", "Word of mouth", "Empfehlung")),
        *((name, "unknown") for name in ("Other", "Unknown", "Joint past", "Advisory", "CRM", "Badge scan")),
    ],
)
def test_a_channels_name_says_how_buyers_come(name: str, how: str) -> None:
    assert channels.came(name) == how


def test_a_channel_is_questioned_when_its_bound_is_low_and_the_rest_does_better() -> None:
    part = channels.recent(
        "lead_source", lately(("Ads", 200, 4), ("Web", 300, 90)), channels.Spend.read([spent("Ads", 90_000)])
    )
    rows = channels.pause([part], DAY)
    assert [(row.segment, row.win_rate.successes, row.rest.n, row.spend_cents) for row in rows] == [
        ("lead_source = Ads", 4, 300, 90_000)
    ]
    assert rows[0].words == (
        "Closed in the 90 days to 30 Jun 2024: 4 of 200 (2.0 %) won, the rest 90 of 300 (30.0 %). "
        "€900 was spent meanwhile."
    )


def test_what_is_low_everywhere_or_of_few_deals_is_not_questioned() -> None:
    low = channels.recent("lead_source", lately(("Ads", 200, 10), ("Web", 200, 12)), channels.Spend())
    few = channels.recent("product", lately(("A", 29, 0), ("B", 300, 90)), channels.Spend())
    unsure = channels.recent("campaign", lately(("A", 40, 3), ("B", 300, 90)), channels.Spend())
    blank = channels.recent("content", lately((None, 300, 0), ("B", 300, 90)), channels.Spend())
    assert channels.pause([low, few, unsure, blank], DAY) == ()


def test_one_of_hundreds_that_is_low_by_chance_is_not_questioned() -> None:
    values = [(f"c{i}", 60, 9) for i in range(300)]
    alone = channels.recent("campaign", lately(("odd", 60, 2), ("all", 600, 90)), channels.Spend())
    among = channels.recent("campaign", lately(("odd", 60, 2), *values), channels.Spend())
    assert len(channels.pause([alone], DAY)) == 1
    assert channels.pause([among], DAY) == ()


def test_won_deals_without_a_date_count_in_favour() -> None:
    counted = lately(("Ads", 200, 4), ("Web", 300, 45))
    few = channels.recent("lead_source", counted, channels.Spend(), lately(("Ads", 3, 3)))
    many = channels.recent("lead_source", counted, channels.Spend(), lately(("Ads", 40, 40)))
    assert "even if its 3 won deals without a date closed then" in channels.pause([few], DAY)[0].words
    assert channels.pause([many], DAY) == ()

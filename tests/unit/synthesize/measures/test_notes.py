"""What belongs on the first page."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

from winloss.synthesize import channels, notes, reasons, totals
from winloss.synthesize.as_of import AsOf
from winloss.synthesize.intake import ColumnFact, JoinFact, ProblemFact
from winloss.synthesize.remedies import ON_PAGES
from winloss.synthesize.ripeness import Ripeness
from winloss.synthesize.study import CohortRow, Issue

DAY = dt.date(2024, 6, 30)
BLANK = {"n_amount": 0, "amount_cents": 0, "amount_squares": 0.0, "median_cents": None}


def by(**outcomes: int) -> totals.ByOutcome:
    return totals.read([{"outcome": outcome, "n": n, **BLANK} for outcome, n in outcomes.items()])


def test_junk_is_told_with_what_it_would_do() -> None:
    deals = by(won=30, lost=70, disqualified=100)
    told = notes.junk(deals, totals.totals(deals, {}, totals.Money()), [], [{"reason_value": "Duplicate", "n": 100}])
    assert told == [
        (
            "100 junk deals (Duplicate (100)) are left out of every rate: "
            "with junk the win rate would be 15.0 % instead of 30.0 %."
        )
    ]
    clean = by(won=30, lost=70)
    assert notes.junk(deals, totals.totals(deals, {}, totals.Money()), [], []) == [
        (
            "100 deals that their status disqualifies or deletes are left out of every rate: "
            "if all of them were losses the win rate would be 15.0 % instead of 30.0 %."
        )
    ]
    (some,) = notes.junk(deals, totals.totals(deals, {}, totals.Money()), [], [{"reason_value": "Spam", "n": 40}])
    assert some.startswith("100 junk deals (Spam (40)), 60 of them by their status, are left out of every rate: if all")
    assert notes.junk(clean, totals.totals(clean, {}, totals.Money()), [], []) == []


def test_what_reading_met_is_told_where_it_bends_the_figures() -> None:
    problems = [
        ProblemFact(code="placeholder", message="Cells were blank.", count=3),
        ProblemFact(code="join_found_nobody", message="Nobody. In the map: …", fact="Nobody.", count=7),
        ProblemFact(code="open_by_blanks", message="Read as open.", count=2),
        ProblemFact(code="ids_differ", message="Rows of one id differ.", count=9),
    ]
    assert notes.reading(problems) == ["Nobody. In the map: …", "Read as open.", "Rows of one id differ."]
    on_pages = "Nobody. Write the values alike, or name two other columns on the page of the upload."
    assert notes.reading(problems, ON_PAGES) == [on_pages, "Read as open.", "Rows of one id differ."]


def test_deals_without_an_outcome_are_told_with_what_to_do() -> None:
    assert notes.unclassified(by(won=30, lost=70)) == []
    assert notes.unclassified(by(won=30, lost=70, unclassified=12)) == [
        "12 deals are in no rate, for no value of their stage or status was understood: add a line to the map for each."
    ]
    assert notes.unclassified(by(unclassified=1), ON_PAGES)[0].startswith(
        "1 deal is in no rate, for no value of its stage or status was understood: "
    )


def told_reasons(*, read: int, unread: int, none: int) -> reasons.Side:
    amounts = {"n_amount": 0, "amount_cents": 0, "amount_squares": 0.0}
    rows: list[dict[str, Any]] = [
        {"is_won": False, "reason": "price_value", "reason_given": True, "n": read, **amounts},
        {"is_won": False, "reason": None, "reason_given": True, "n": unread, **amounts},
        {"is_won": False, "reason": None, "reason_given": False, "n": none, **amounts},
    ]
    return reasons.read(rows, [])[0]


def test_reasons_that_were_not_understood_are_told_from_over_a_tenth_of_those_given() -> None:
    assert notes.unread_reasons(told_reasons(read=90, unread=10, none=500)) == []
    assert notes.unread_reasons(told_reasons(read=141, unread=60, none=25)) == [
        (
            "The reason was not understood on 60 of 201 (29.9 %) lost or no-decision deals that carry one, so that each other "
            "reason may be given more often than shown: add a line to the map for each."
        )
    ]


def kinds(*rows: tuple[str | None, int, int]) -> list[dict[str, Any]]:
    return [{"deal_type": name, "closed": closed, "won": won} for name, closed, won in rows]


def test_renewals_that_swamp_the_rate_are_told_with_what_new_business_has() -> None:
    told = notes.renewals(kinds(("Renewal", 400, 360), ("New Business", 600, 120), (None, 50, 10)))
    assert told == [
        (
            "Renewal deals swamp the win rate: they are 400 of 1,000 closed deals and win 360 of 400 (90.0 %). "
            "The other deals alone win 120 of 600 (20.0 %); --exclude 'deal_type = Renewal' leaves them out."
        )
    ]


def test_pages_name_a_setting_where_a_terminal_has_an_option() -> None:
    told = notes.renewals(kinds(("Renewal", 400, 360), ("New Business", 600, 120)), ON_PAGES)
    assert told[0].endswith("; deal_type = Renewal in the setting exclude leaves them out of every page.")


def test_several_types_of_known_buyers_are_left_out_together() -> None:
    told = notes.renewals(kinds(("Renewal", 200, 180), ("Existing Business", 200, 180), ("New", 600, 120)))
    assert """--exclude 'deal_type in ("Existing Business", Renewal)' leaves them out""" in told[0]


def test_few_renewals_or_such_as_win_alike_swamp_nothing() -> None:
    assert notes.renewals(kinds(("Renewal", 40, 36), ("New Business", 600, 120))) == []
    assert notes.renewals(kinds(("Upsell", 400, 90), ("New Business", 600, 120))) == []
    assert notes.renewals(kinds(("New", 400, 90), ("Other", 600, 120))) == []
    assert notes.renewals(kinds(("Renewal", 400, 90))) == []


def test_currencies_are_told_only_where_there_are_several() -> None:
    assert notes.amounts(totals.money([{"currency": "EUR", "n": 5}])) == []
    told = notes.amounts(totals.money([{"currency": "EUR", "n": 5}, {"currency": "USD", "n": 7}]))
    assert told == [
        "Amounts are in several currencies, USD (7 deals) and EUR (5 deals): give a file of rates to add them."
    ]


def test_missing_dates_are_told() -> None:
    deals = by(won=30, lost=70)
    dated = AsOf(day=DAY, why="", first_closed=DAY)
    assert notes.dates(deals, AsOf(day=None, why=""), 100, 0)[0].startswith("No closed deal has a closing date")
    assert notes.dates(deals, dated, 5, 0) == []
    assert notes.dates(deals, dated, 6, 1) == [
        "6 of 100 closed deals have no closing date: they are in the totals, in no period.",
        "1 closed deal has a closing date after 30 Jun 2024: in the totals, in no period.",
    ]


def test_uneven_dates_bend_the_trend_one_way() -> None:
    assert notes.uneven_dates(None) == ""
    assert "by period are too low" in notes.uneven_dates((0.5, 0.9))
    assert "by period are too high" in notes.uneven_dates((0.9, 0.5))


def losses(given: int, none: int) -> reasons.Side:
    amounts = {"n_amount": 0, "amount_cents": 0, "amount_squares": 0.0}
    rows = [{"is_won": False, "reason": "a", "reason_given": True, "n": given, **amounts}] if given else []
    rows += [{"is_won": False, "reason": None, "reason_given": False, "n": none, **amounts}] if none else []
    return reasons.read(rows, [])[0]


def test_missing_reasons_are_told_from_half_of_the_losses_on() -> None:
    assert notes.missing_reasons(losses(51, 49)) == []
    assert notes.missing_reasons(losses(40, 60))[0].startswith(
        "No reason is given for 60 of 100 lost or no-decision deals"
    )
    assert notes.missing_reasons(losses(0, 60))[0].startswith(
        "No reason is given for any of 60 lost or no-decision deals"
    )


def cohort(month: int, *, ripe: bool, left_cut: bool = False) -> CohortRow:
    start = dt.date(2024, month, 1)
    return CohortRow(start=start, created=10, closed=4, won=1, share_closed=0.4, ripe=ripe, left_cut=left_cut)


def test_unripe_and_cut_months_are_told() -> None:
    ripe = Ripeness(
        cohorts=(cohort(1, ripe=True, left_cut=True), cohort(2, ripe=True), cohort(3, ripe=False)), after_days=50
    )
    told = notes.ripeness(ripe)
    assert told[0] == (
        "Deals created since 1 Mar 2024 are not ripe (4 of 10 have closed): nine of ten closings happen within 50 days."
    )
    assert told[1].startswith("The book begins with closings later than its first deals: of the 10 created before")


def test_a_book_of_closed_deals_only_is_told() -> None:
    assert notes.only_closed(by(won=3, lost=4)) != []
    assert notes.only_closed(by(won=3, lost=4, open=1)) == []
    assert notes.only_closed(by(open=1)) == []
    assert notes.only_closed(by(won=3, lost=4), by(won=3, lost=9, open=1)) == []
    assert notes.only_closed(by(won=20, open=3))[0].startswith("All 20 closed deals are won: the lost ones seem to be")
    assert notes.only_closed(by(lost=15, no_decision=5))[0].startswith("All 20 closed deals are lost")
    assert notes.only_closed(by(won=19, open=3)) == []


def spent(first: dt.date, last: dt.date) -> channels.Spend:
    return channels.Spend(cents={"web": 90_000}, currency="EUR", why_not="", first_on=first, last_on=last)


def test_spend_is_told_with_what_does_not_match() -> None:
    moment = AsOf(day=DAY, why="", first_closed=dt.date(2024, 1, 1))
    matched = {"deals": 100, "matched": 60, "campaigns": 10, "campaigns_matched": 7}
    told = notes.spend(spent(dt.date(2024, 1, 1), DAY), by(won=30, lost=70), matched, moment)
    assert told == [
        "Spend is €900 in all, €30 for each of 30 won deals whatever their channel.",
        (
            "40 of 100 deals with a campaign (40.0 %) name one that is not in the spend (3 of 10 campaigns): "
            "it cannot be said what they cost."
        ),
    ]
    unnamed = replace(spent(dt.date(2024, 1, 1), DAY), taken=True)
    assert notes.spend(unnamed, by(won=30), None, moment) == [
        f"{told[0]} It names no currency and is taken as EUR, as deals are."
    ]
    other_days = notes.spend(spent(dt.date(2023, 1, 1), DAY), by(won=30), None, moment)
    assert other_days[-1].startswith("Spend covers 1 Jan 2023 to 30 Jun 2024, closings 1 Jan 2024 to 30 Jun 2024")
    assert notes.spend(channels.Spend(), by(won=30), None, moment) == []


def test_what_was_left_out_or_set_is_told() -> None:
    assert notes.left_out(notes.LeftOutDeals()) == []
    out = notes.LeftOutDeals(segments=("deal_type = Renewal",), deals=12, closed=10, won=9)
    assert notes.left_out(out) == [
        (
            "12 deals left out on request (deal_type = Renewal): 9 of 10 (90.0 %) of those closed were won; "
            "no figure but the count of rows holds them."
        )
    ]
    assert notes.left_out(notes.LeftOutDeals(segments=("a = b",)))[0].endswith("which matches no deal.")
    assert notes.set_by_hand(AsOf(day=DAY, why=""), 0) == []
    assert notes.set_by_hand(AsOf(day=DAY, why=""), 3) == [
        "As of 30 Jun 2024, set by hand: 3 deals closed later and count as open."
    ]


def test_amounts_below_zero_are_told_with_what_they_come_to_and_what_they_are_kept_out_of() -> None:
    euros = totals.money([{"currency": "EUR", "n": 5}])
    mixed = totals.money([{"currency": "EUR", "n": 5}, {"currency": "USD", "n": 7}])
    assert notes.negative_amounts(0, 0, euros) == []
    assert notes.negative_amounts(33, -46_400_000, euros) == [
        (
            "33 closed deals carry an amount below zero, −€464k in all. "
            "They count as deals, and are in no sum, average or rate by amount."
        )
    ]
    assert notes.negative_amounts(1, -100, mixed) == [
        "1 closed deal carries an amount below zero. It counts as a deal, and is in no sum, average or rate by amount."
    ]


def issue(code: str, n: int, message: str = "Told.", kept_out_of: str = "") -> Issue:
    return Issue(code=code, message=message, count=n, kept_out_of=kept_out_of)


def test_what_bends_more_than_a_twentieth_of_the_closed_deals_is_on_the_first_page_the_gravest_first() -> None:
    found = [
        issue("closed_before_created", 44),
        issue("repeated_rows", 83, "Rows equal another one in every column; they are kept."),
        issue(
            "stage_against_outcome", 4003, "The deal stage says another outcome than the status.", "deal stages at loss"
        ),
        issue("immature_months", 900),
    ]
    assert notes.in_the_data(found, by(won=500, lost=500)) == [
        "The deal stage says another outcome than the status: 4,003 deals, kept out of deal stages at loss.",
        "Rows equal another one in every column; they are kept: 83 rows.",
    ]
    codes = ("stage_against_outcome", "loss_reason_on_won", "closed_before_created", "same_deal_twice")
    assert len(notes.in_the_data([issue(code, 90) for code in codes], by(won=500, lost=500))) == 3


def test_dates_whose_order_nothing_settles_are_told_once_for_all_columns_read_alike() -> None:
    how = "ambiguous, no day over 12: read month first because of the slashes"
    columns = [ColumnFact(header=name, target=name, use="canonical", why="", how=how) for name in ("Created", "Closed")]
    settled = ColumnFact(header="Won", target="won_on", use="canonical", why="", how="day first: 13/02/2024 settles it")
    assert notes.ambiguous_dates([*columns, settled]) == [
        (
            "No day is over 12 in Created and Closed, so that nothing settles whether the day or the month stands first: "
            "read month first because of the slashes. Months, trends and durations rest on that."
        )
    ]
    assert notes.ambiguous_dates([settled]) == []


def test_a_joined_file_in_which_many_deals_find_no_row_is_told() -> None:
    made = JoinFact(
        left="deals.csv", right="acc.csv", on_left="Account", on_right="Name", matched=316, unmatched=84, blank=0
    )
    assert notes.joins([made], []) == [
        "84 of 400 deals find no row in acc.csv by Account: what it tells is blank on them."
    ]
    lonely = ProblemFact(code="join_found_nobody", message="No deal found its row.", count=84, column="Account")
    assert notes.joins([made], [lonely]) == []
    assert notes.joins([replace(made, matched=9000)], []) == []

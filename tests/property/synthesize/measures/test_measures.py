"""What holds for every book: order does not matter, parts add up, nothing is counted twice."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from book_of_deals import ask, book, deal
from winloss.aggregate import channels as channel_counts
from winloss.aggregate import competitors as competitor_counts
from winloss.aggregate import periods as period_counts
from winloss.aggregate import reasons as reason_counts
from winloss.aggregate import totals as total_counts
from winloss.synthesize import channels, competitors, reasons, totals
from winloss.synthesize.as_of import AsOf, decide, trimmed
from winloss.synthesize.asking import rows
from winloss.synthesize.calendar import UNITS, Calendar
from winloss.synthesize.glossary import Glossary, ReasonWords
from winloss.synthesize.intake import IntakeFacts
from winloss.synthesize.periods import trend
from winloss.synthesize.ripeness import judge
from winloss.tables import OUTCOMES

DAYS = st.dates(dt.date(2022, 1, 1), dt.date(2025, 12, 31))
GLOSSARY = Glossary.listing(ReasonWords(code=c, label=c, window=(30, 90)) for c in "abcdefgh")


@st.composite
def a_deal(draw: st.DrawFn) -> dict[str, Any]:
    outcome = draw(st.sampled_from(OUTCOMES))
    kind = draw(st.sampled_from(("competitor", "none", "unknown", "blank")))
    return deal(
        outcome,
        created_on=draw(st.none() | DAYS),
        closed_on=draw(st.none() | DAYS) if outcome not in ("open", "unclassified") else None,
        amount_cents=draw(st.none() | st.integers(0, 10**9)),
        currency=draw(st.sampled_from((None, "EUR"))),
        reason=draw(st.none() | st.sampled_from("abcdefgh")),
        lead_source=draw(st.none() | st.sampled_from(("Web", "Fair"))),
        competitor_kind=kind,
        competitor=draw(st.sampled_from(("A", "B"))) if kind == "competitor" else None,
        competitor_present=None,
        loss_reason_on_won=outcome == "won" and draw(st.booleans()),
    )


BOOKS = st.lists(a_deal(), max_size=40)


def measured(deals: list[dict[str, Any]]) -> tuple[Any, ...]:
    """Every measure of a book, in plain values."""
    table = book(deals)
    by = totals.read(rows(ask, total_counts.outcomes(table)))
    purse = totals.money(rows(ask, total_counts.currencies(table)))
    losses, wins = reasons.read(rows(ask, reason_counts.by_reason(table)), rows(ask, reason_counts.raw_values(table)))
    field = competitors.Field.read(rows(ask, competitor_counts.by_competitor(table)))
    by_channel = rows(ask, channel_counts.by_channel(table))
    return (
        totals.counts(by, IntakeFacts(rows=len(deals))),
        totals.totals(by, totals.by_days(rows(ask, total_counts.cycles(table))), purse),
        reasons.table(losses, GLOSSARY, purse),
        reasons.table(wins, GLOSSARY, purse),
        competitors.table(field, purse, {}),
        channels.table(by_channel, channels.Spend(), purse),
    )


def rounded(measures: tuple[Any, ...]) -> str:
    """Sums of floats may differ in their last digit with the order of rows."""
    return re.sub(r"\d+\.\d+", lambda found: f"{float(found.group()):.9g}", repr(measures))


@given(BOOKS)
@settings(max_examples=5, deadline=None)
def test_parts_add_up_to_the_whole(deals: list[dict[str, Any]]) -> None:
    counts, told, lost, won, rivals, by_channel = measured(deals)
    assert counts.rows == len(deals)
    assert sum(row.count for row in lost) == counts.lost + counts.no_decision
    contradictory = sum(one["loss_reason_on_won"] for one in deals)
    assert not won or sum(row.count for row in won) == counts.won - contradictory
    assert not rivals or sum(row.closed for row in rivals) == counts.closed
    assert not by_channel or sum(row.closed for row in by_channel) == counts.closed
    assert not told.win_rate.given or told.win_rate.n == counts.closed


@given(BOOKS, st.randoms(use_true_random=False))
@settings(max_examples=5, deadline=None)
def test_neither_the_order_of_rows_nor_a_second_copy_changes_a_share(deals: list[dict[str, Any]], chance: Any) -> None:
    kept = [one | {"deal_id": f"d{i}"} for i, one in enumerate(deals)]
    once = measured(kept)
    assert rounded(measured(chance.sample(kept, len(kept)))) == rounded(once)
    twice = measured(deals + deals)
    assert twice[0].rows == 2 * once[0].rows
    if once[1].win_rate.given and twice[1].win_rate.given:
        assert twice[1].win_rate.value == once[1].win_rate.value
        assert twice[1].win_rate.n == 2 * once[1].win_rate.n
    assert [(row.code, row.count * 2) for row in once[2]] == [(row.code, row.count) for row in twice[2]]
    assert [row.share.value for row in once[2]] == [row.share.value for row in twice[2]]


@given(BOOKS, st.sampled_from(UNITS), st.integers(1, 12))
@settings(max_examples=5, deadline=None)
def test_every_closing_of_a_credible_day_is_in_one_period(deals: list[dict[str, Any]], unit: str, first: int) -> None:
    table = book(deals)
    dated = [one["closed_on"] for one in deals if one["is_closed"] and one["closed_on"]]
    day, start = max(dated, default=None), min(dated, default=None)
    moment = AsOf(day=day, why="", first_closed=start, first_created=dt.date(2022, 1, 1), credible_until=day)
    ripe = judge(rows(ask, period_counts.cohorts(table)), moment)
    told = trend(rows(ask, period_counts.closings(table)), moment, ripe, unit=unit, fiscal_year_start_month=first)
    assert sum(row.closed for row in told.periods) == len(dated)
    assert sum(row.closed for row in told.month_in_quarter) == len(dated)
    assert all(a.end + dt.timedelta(days=1) == b.start for a, b in zip(told.periods, told.periods[1:], strict=False))
    assert all(row.closed <= row.created for row in ripe.cohorts)


@given(DAYS, st.sampled_from(UNITS), st.integers(1, 12), st.integers(-30, 30))
def test_a_period_holds_its_days_and_no_others(day: dt.date, unit: str, first: int, away: int) -> None:
    calendar = Calendar(unit, first)
    start = calendar.start(day)
    assert start <= day <= calendar.end(start)
    assert calendar.start(calendar.end(start)) == start
    assert calendar.start(calendar.next(start)) == calendar.next(start)
    assert calendar.shift(calendar.shift(start, away), -away) == start


COUNTED = st.dictionaries(DAYS, st.integers(1, 50), max_size=60).map(lambda found: sorted(found.items()))


@given(COUNTED)
def test_what_is_trimmed_is_little_and_at_the_ends(counted: list[tuple[dt.date, int]]) -> None:
    kept = trimmed(counted)
    total = sum(n for _, n in counted)
    assert [one for one in counted if one in kept] == kept
    assert total - sum(n for _, n in kept) <= 2 * max(1.0, 0.01 * total)
    inside = [one for one in counted if kept and kept[0][0] <= one[0] <= kept[-1][0]]
    assert inside == kept


@given(COUNTED, COUNTED)
def test_the_as_of_date_is_a_date_of_the_book(created: Any, closed: Any) -> None:
    days = [{"what": "created", "day": day, "n": n} for day, n in created]
    days += [{"what": "closed", "day": day, "n": n} for day, n in closed]
    told = decide(days)
    assert (told.day is None) == (not days)
    assert told.day is None or told.day in {row["day"] for row in days}
    assert decide(list(reversed(days))) == told

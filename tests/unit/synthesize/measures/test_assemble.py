"""The whole study of a book made by hand."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

import ibis.expr.types as ir
import pyarrow as pa
import pytest

from book_of_deals import ask, book, day, deal, table
from winloss.capture.taxonomy import shipped
from winloss.errors import InternalError, UserError
from winloss.report import wording
from winloss.synthesize.assemble import StudyOptions, scope, study
from winloss.synthesize.intake import IntakeFacts
from winloss.synthesize.study import Study
from winloss.tables.segment import Segment

TODAY = day("2025-06-01")
START = day("2024-01-01")
LOST = (("lost", "price_value"), ("lost", "indecision_timing"), ("lost", None), ("no_decision", "indecision_timing"))


def deals() -> list[dict[str, Any]]:
    """480 deals over a year, 40 of them junk and 40 open; renewals are won, new business seldom is."""
    chance = random.Random(7)
    made = []
    for i in range(480):
        created = START + dt.timedelta(days=(i * 7) % 360)
        given: dict[str, Any] = {
            "created_on": created,
            "closed_on": created + dt.timedelta(days=5 + i % 40),
            "account_id": f"a{i}",
            "owner_id": f"p{i % 7}",
            "amount_cents": (100 + i) * 100,
            "currency": "EUR",
            "lead_source": ("Web", "Fair", "Friends")[i % 3],
            "stage_reached": ("Demo", "Offer")[i % 2],
        }
        if i % 12 == 0:
            made.append(deal("open", **given | {"closed_on": None}))
        elif i % 12 == 1:
            made.append(deal("disqualified", reason="junk_duplicate", **given))
        elif i % 12 < 5:
            won = chance.random() < 0.9
            made.append(deal("won" if won else "lost", deal_type="Renewal", **given))
        elif chance.random() < 0.25:
            made.append(deal("won", deal_type="New", **given))
        else:
            outcome, reason = LOST[i % 4]
            rival = {"competitor": "Acme"} if i % 5 == 0 else {"competitor_kind": "none"}
            made.append(deal(outcome, deal_type="New", reason=reason, **given, **rival))
    return made


def test_deals_that_name_several_competitors_are_counted_and_the_first_counts() -> None:
    rows = [
        deal("lost", competitor="Acme", competitor_raw="Acme;Globex"),
        deal("won", competitor="Initech", competitor_raw="Initech, Acme"),
        deal("open", competitor="Acme", competitor_raw="Acme;Globex"),
        deal("lost", competitor="Smith & Sons", competitor_raw="Smith & Sons"),
        deal("lost", competitor="Acme", competitor_raw="Acme"),
    ]
    (several,) = (one for one in studied(book(rows)).quality.issues if one.code == "several_competitors")
    assert (several.count, several.message) == (2, "Closed deals name several competitors: the first one counts.")


def studied(rows: ir.Table | None = None, intake: IntakeFacts | None = None, **options: Any) -> Study:
    tables = options.pop("tables", {})
    asked = StudyOptions(today=TODAY, **options)
    return study(
        scope(book(deals()) if rows is None else rows, ask=ask, options=asked),
        ask=ask,
        tables=tables,
        custom=(),
        taxonomy=shipped(),
        intake=intake or IntakeFacts(),
        options=asked,
        book={"name": "made by hand"},
    )


@pytest.fixture(scope="module")
def told() -> Study:
    spend = table(
        pa.table(
            {
                "lead_source": ["Web"],
                "campaign": pa.array([None], pa.string()),
                "content": pa.array([None], pa.string()),
                "currency": ["EUR"],
                "amount_cents": [100_000],
                "spent_on": [START],
            }
        )
    )
    return studied(intake=IntakeFacts(rows=483, rejected=2, folded=1), tables={"spend": spend})


def test_every_row_is_counted_once(told: Study) -> None:
    assert told.counts.rows == 483
    assert (told.counts.open, told.counts.disqualified, told.counts.closed) == (40, 40, 400)
    assert told.totals.win_rate.n == 400
    assert told.totals.win_rate_with_junk.n == 440


def test_every_section_adds_up_to_the_whole(told: Study) -> None:
    lost = told.counts.lost + told.counts.no_decision
    assert sum(row.closed for row in told.trend.periods) == 400
    assert sum(row.closed for row in told.trend.month_in_quarter) == 400
    assert sum(row.count for row in told.loss_reasons) == lost
    assert sum(row.closed for row in told.competitors) == 400
    assert sum(row.lost for row in told.stages) == lost
    assert sum(row.closed for row in told.channels) == 400
    assert sum(row.created for row in told.trend.cohorts) == 440


def test_what_bends_the_figures_is_said_on_the_first_page(told: Study) -> None:
    assert any(note.startswith("40 junk deals") for note in told.notes)
    assert any(note.startswith("Renewal deals swamp the win rate") for note in told.notes)
    assert told.competitor_why.startswith("None of ")


def test_the_study_names_its_day_and_its_money(told: Study) -> None:
    assert told.as_of is not None
    assert told.as_of_why.startswith(("the last closing date", "the day the last deal was created"))
    assert (told.currency, told.currencies) == ("EUR", (("EUR", 400),))
    assert told.book == {"name": "made by hand"}
    web = next(row for row in told.channels if row.lead_source == "Web")
    assert web.cost_per_won_cents == round(100_000 / web.won)


def test_what_is_left_out_leaves_every_figure_but_the_counts_of_rows(told: Study) -> None:
    rest = studied(exclude=(Segment.of(deal_type="Renewal"),))
    assert rest.counts.closed == 400
    assert rest.excluded == ("deal_type = Renewal",)
    assert rest.totals.win_rate.n == 280
    assert sum(row.closed for row in rest.trend.periods) == 280
    assert rest.notes[0].startswith("120 deals left out on request (deal_type = Renewal): ")
    assert rest.excluded_deals == 120
    assert not any("swamp" in note for note in rest.notes)


def test_a_field_nobody_has_cannot_be_left_out() -> None:
    with pytest.raises(UserError, match="No field is called 'colour'"):
        studied(exclude=(Segment.of(colour="red"),))


def test_a_day_set_by_hand_shows_the_book_as_it_stood() -> None:
    half = day("2024-06-30")
    told = studied(as_of=half)
    assert (told.as_of, told.as_of_why) == (half, "set by hand")
    later = [one for one in deals() if one["closed_on"] and one["closed_on"] > half]
    assert told.counts.open == 40 + len(later)
    assert told.counts.rows == 480
    assert sum(row.closed for row in told.trend.periods) == told.counts.closed
    assert any("set by hand" in note for note in told.notes)


def test_the_deals_behind_a_figure_have_the_limits_of_the_study() -> None:
    options = StudyOptions(today=TODAY, as_of=day("2024-06-30"), exclude=(Segment.of(deal_type="Renewal"),))
    limited = scope(book(deals()), ask=ask, options=options)
    behind = ask(limited.deals).to_pylist()
    assert {one["deal_type"] for one in behind if one["is_closed"]} == {"New"}
    assert max(one["closed_on"] for one in behind if one["is_closed"]) <= options.as_of


def test_counts_that_do_not_add_up_stop_the_study() -> None:
    with pytest.raises(InternalError):
        studied(intake=IntakeFacts(rows=1))


@pytest.mark.parametrize("rows", [[], [deal("open")], [deal("won")], [deal("disqualified")], [deal("unclassified")]])
def test_a_book_of_almost_nothing_has_a_study(rows: list[dict[str, Any]]) -> None:
    told = studied(book(rows))
    assert told.counts.rows == len(rows)
    assert told.actions == ()
    assert told.actions_why != ""
    assert told.recovery.why_none != ""


def test_the_unread_is_listed_with_counts() -> None:
    rows = [deal("unclassified", deal_stage="Limbo")] * 3
    rows += [deal("lost", reason_given=True, reason_value="huh", closed_on=START)] * 2
    told = studied(book(rows))
    assert told.quality.unread_stages == (("Limbo", 3),)
    assert told.quality.unread_reasons == (("huh", 2),)


def test_a_trend_by_the_hour_is_refused() -> None:
    with pytest.raises(UserError, match="No trend by 'hour'"):
        studied(trend_unit="hour")


def test_refunds_count_as_deals_and_in_no_sum() -> None:
    rows = [deal("won", amount_cents=10_000)] * 3 + [deal("lost", amount_cents=5_000)] * 4
    rows += [deal("won", amount_cents=-7_000), deal("lost", amount_cents=-1_000), deal("open", amount_cents=-9_000)]
    told = studied(book(rows))
    assert (told.counts.won, told.counts.lost, told.totals.won_amount_cents, told.totals.lost_amount_cents) == (
        4,
        5,
        30_000,
        20_000,
    )
    assert "2 closed deals carry an amount below zero, −80 in all." in " ".join(told.notes)
    (issue,) = (one for one in told.quality.issues if one.code == "negative_amount")
    assert (issue.count, issue.kept_out_of) == (2, "sums, averages, medians, shares and rates by amount")


def test_amounts_of_several_currencies_are_told_of_each_and_never_added() -> None:
    rows = [deal("won", amount_cents=10_000, currency="EUR")] * 3 + [deal("won", amount_cents=700, currency="USD")]
    rows += [deal("lost", amount_cents=5_000, currency="USD"), deal("no_decision", amount_cents=900, currency="USD")]
    rows += [deal("lost", amount_cents=-5, currency="EUR"), deal("open", amount_cents=40, currency="EUR"), deal("lost")]
    told = studied(book(rows))
    assert [(r.currency, r.won, r.won_amount_cents, r.lost, r.lost_amount_cents) for r in told.by_currency] == [
        ("EUR", 3, 30_000, 0, 0),
        ("USD", 1, 700, 2, 5_900),
    ]
    assert (told.totals.won_amount_cents, told.totals.lost_amount_cents) == (None, None)
    assert wording.amounts_by_currency(told, won=True) == "€300, $7"
    assert wording.amounts_by_currency(told, won=False) == "€0, $59"
    assert studied().by_currency == ()

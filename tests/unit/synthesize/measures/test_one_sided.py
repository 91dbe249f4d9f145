"""Books that hold lost deals alone, or won ones alone."""

from __future__ import annotations

from typing import Any

import pytest

from book_of_deals import ask, book, day, deal
from winloss.capture.taxonomy import shipped
from winloss.report.formats import md
from winloss.synthesize.assemble import StudyOptions, scope, study
from winloss.synthesize.intake import IntakeFacts
from winloss.synthesize.study import Study


def _studied(outcome: str, n: int = 240) -> Study:
    rows: list[dict[str, Any]] = [
        deal(
            outcome,
            created_on=day(f"2024-{1 + i % 12:02}-01"),
            closed_on=day(f"2024-{1 + i % 12:02}-20"),
            account_id=f"a{i}",
            owner_id=f"p{i % 7}",
            amount_cents=(100 + i) * 100,
            currency="EUR",
            lead_source=("Web", "Fair", "Friends")[i % 3],
            competitor=("Acme", "Globex")[i % 2],
            reason="price_value",
        )
        for i in range(n)
    ]
    options = StudyOptions(today=day("2025-06-01"))
    return study(
        scope(book(rows), ask=ask, options=options),
        ask=ask,
        tables={},
        custom=(),
        taxonomy=shipped(),
        intake=IntakeFacts(),
        options=options,
        book={},
    )


@pytest.mark.parametrize(
    ("outcome", "why"),
    [
        ("lost", "All 240 closed deals are lost: the won ones seem to be missing from the data."),
        ("won", "All 240 closed deals are won: the lost ones seem to be missing from the data."),
    ],
)
def test_where_all_deals_ended_alike_no_part_of_the_study_gives_a_win_rate(outcome: str, why: str) -> None:
    told = _studied(outcome)
    rates = [
        told.totals.win_rate,
        *(row.win_rate for row in told.trend.periods),
        *(row.win_rate for row in told.competitors),
        *(rate for row in told.competitors for _, rate in row.by_size),
        *(row.win_rate for row in told.channels),
        *(level.win_rate for table in told.attributes for level in table.levels),
        *(level.difference for table in told.attributes for level in table.levels),
    ]
    assert len(rates) > 20
    assert {(rate.value, rate.why) for rate in rates} == {(None, why)}
    assert (told.trend.comparisons, told.trend.month_in_quarter, told.trend.why_none) == ((), (), why)
    assert [one for one in told.findings if one.measure.startswith("win_rate")] == []
    assert told.power == "All closed deals ended alike: no win rate could be compared."
    assert told.pause == ()


def test_what_was_counted_of_lost_deals_alone_stays() -> None:
    told = _studied("lost")
    assert [(row.name, row.closed, row.share_of_losses.value) for row in told.competitors] == [
        ("Acme", 120, 0.5),
        ("Globex", 120, 0.5),
    ]
    assert [(row.code, row.count) for row in told.loss_reasons] == [("price_value", 240)]
    assert sorted(row.closed for row in told.trend.periods)[-11:] == [20] * 11
    sources = next(table for table in told.attributes if table.name == "lead_source")
    assert sorted((level.value, level.closed) for level in sources.levels) == [
        ("Fair", 80),
        ("Friends", 80),
        ("Web", 80),
    ]


@pytest.mark.parametrize("outcome", ["lost", "won"])
def test_the_sections_of_such_a_book_count_deals_and_show_no_percentage(outcome: str) -> None:
    page = md.markdown(_studied(outcome))
    sections = {part.split("\n")[0]: part for part in page.split("\n## ")}
    assert "| Lead source | Closed |" in sections["How many closed deals each value has"]
    assert "%" not in sections["How many closed deals each value has"] + sections["No trend can be told"]


def test_fewer_than_20_closed_deals_that_ended_alike_are_counted_as_they_are() -> None:
    told = _studied("lost", n=19)
    assert (told.totals.win_rate.value, told.trend.why_none) == (0.0, "")

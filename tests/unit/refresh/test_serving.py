"""What pages show of the whole book is what the report says, and a segment's page counts that segment's deals."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from winloss import refresh
from winloss.demo import invent, write
from winloss.errors import UserError
from winloss.refresh.serving import Served, serve
from winloss.store import Book, View
from winloss.synthesize.assemble import StudyOptions
from winloss.synthesize.coded import Marks
from winloss.synthesize.study import Study
from winloss.tables.segment import Segment

WITHIN = StudyOptions(today=dt.date(2026, 12, 31))
SEGMENTS = (
    "industry = Healthcare",
    "industry in (Healthcare, Retail) and lead_source = Webinar",
    "amount_cents between 1000000 and 5000000",
    "closed_on between 2025-03-01 and 2025-08-31",
    "competitor is blank",
    "outcome = lost",
    "is_won = true",
    "industry = Nowhere",
    "region between A and O",
)


@pytest.fixture(scope="module")
def view(tmp_path_factory: pytest.TempPathFactory) -> Iterator[View]:
    place = tmp_path_factory.mktemp("serving")
    files = write(invent(1_200, seed=3), place, flavour="hubspot")
    book = Book.create(place / "book")
    refresh.import_files(book, files, options=refresh.ImportOptions())
    with book.read() as opened:
        yield opened


@pytest.fixture(scope="module")
def served(view: View) -> Served:
    return serve(view, options=WITHIN)


@pytest.fixture(scope="module")
def study(view: View) -> Study:
    return refresh.study_of(view, options=WITHIN, name="book").study


def everything(served: Served) -> Marks:
    return np.ones(served.shelf.n, bool)


def test_the_whole_book_is_told_as_the_report_tells_it(served: Served, study: Study) -> None:
    told = served.glance(everything(served))
    for name in ("currency", "totals", "trend", "reason_flip", "competitor_why", "left_out"):
        assert getattr(told, name) == getattr(study, name), name
    assert told.reason_coverage == study.quality.reason_coverage
    # Words of the CRM, sizes and numbers of tests are the report's alone.
    assert told.loss_reasons == tuple(replace(row, raw_values=()) for row in study.loss_reasons)
    assert told.win_reasons == tuple(replace(row, raw_values=()) for row in study.win_reasons)
    assert told.competitors == tuple(replace(row, by_size=()) for row in study.competitors)
    assert served.tables(everything(served)) == tuple(replace(table, tested=0) for table in study.attributes)


@pytest.mark.parametrize("written", SEGMENTS)
def test_a_segment_holds_the_deals_that_the_engine_says(view: View, served: Served, written: str) -> None:
    segment = Segment.parse(written)
    asked = segment.of_table(refresh.resolving(view)).select("deal_id")
    inside = served.inside(segment)
    found = [str(one) for one in served.shelf.table["deal_id"].filter(inside).to_pylist()]
    assert sorted(found) == sorted(str(one) for one in view.ask(asked)["deal_id"].to_pylist())


@pytest.mark.parametrize("written", SEGMENTS)
def test_a_segment_is_counted_as_a_book_of_its_deals_alone(view: View, served: Served, written: str) -> None:
    told = served.glance(served.inside(Segment.parse(written)))
    outcomes = view.ask(Segment.parse(written).of_table(refresh.resolving(view)).select("outcome"))
    counts: dict[str, int] = {}
    for outcome in outcomes["outcome"].to_pylist():
        counts[str(outcome)] = counts.get(str(outcome), 0) + 1
    assert {name: part.n for name, part in told.by.of.items()} == counts
    assert sum(row.count for row in told.loss_reasons) <= told.by.not_won.n
    for table in served.tables(served.inside(Segment.parse(written))):
        assert sum(level.closed for level in table.levels) == told.closed


def test_the_rest_is_what_the_reader_may_see_outside_of_the_segment(served: Served) -> None:
    inside, among = (
        served.inside(Segment.parse("industry = Healthcare")),
        served.inside(Segment.parse('lead_source in ("Paid search", Webinar, Referral, Outbound)')),
    )
    told = served.glance(inside & among, among=among)
    closed = np.zeros(served.shelf.n, bool)
    closed[served.shelf.place] = True
    outside = among & ~inside & closed
    assert told.rest.n == outside.sum()
    assert told.rest.successes == (outside & served.shelf.won).sum()
    assert told.difference.value == pytest.approx(told.totals.win_rate.value - told.rest.value)  # type: ignore[operator]


def test_nothing_is_outside_of_everything(served: Served) -> None:
    assert served.glance(everything(served)).rest.why == "No deal is outside of it."


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("indutry = Retail", "did you mean 'industry'"),
        ("amount_cents = much", "holds numbers"),
        ("industry", "expected"),
        ("amount_cents between 5000000 and 1000000", "write the smaller first"),
        ("closed_on between 2025-08-31 and 2025-03-01", "write the smaller first"),
        ("outcome = Loss", "No outcome is called 'Loss': did you mean 'lost'"),
    ],
)
def test_a_segment_that_cannot_be_says_why(served: Served, written: str, says: str) -> None:
    with pytest.raises(UserError, match=says):
        served.inside(Segment.parse(written))


def test_owners_and_teams_reach_their_deals(served: Served) -> None:
    owners: list[Any] = served.shelf.table["owner_id"].to_pylist()
    owner = next(one for one in owners if one)
    assert served.of_owners(frozenset({owner}), frozenset()).sum() == owners.count(owner)
    assert served.of_owners(frozenset(), frozenset()).sum() == 0
    assert served.names[owner]


def test_served_again_it_says_the_same(view: View, served: Served, tmp_path: Path) -> None:
    again = serve(view, options=WITHIN)
    assert again.glance(everything(again)) == served.glance(everything(served))
    assert again.tables(everything(again)) == served.tables(everything(served))

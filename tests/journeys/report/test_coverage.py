"""What the report says of the filling of fields, from the file on."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from pulled import write
from winloss import refresh
from winloss.capture.picklist import Entry, Picklist, adopt
from winloss.capture.taxonomy import shipped
from winloss.report.formats.md import markdown
from winloss.synthesize.assemble import StudyOptions
from winloss.tables.segment import Segment

NOTED = 12
DEALS = 40


def _written(tmp_path: Path) -> Path:
    rows = [
        {
            "Deal ID": f"D{n}",
            "Stage": ["Won", "Lost"][n % 2],
            "Amount": "10",
            "Close Date": f"2024-03-{n % 28 + 1:02d}",
            "Description": f"Talked to them, {n} times." if n % 2 and n < 2 * NOTED else "",
        }
        for n in range(DEALS)
    ]
    return write(tmp_path / "deals.csv", rows)


def test_notes_are_covered_by_outcome_and_their_text_is_not_held(tmp_path: Path) -> None:
    options = StudyOptions(today=dt.date(2024, 4, 1))
    with refresh.passing_book([_written(tmp_path)], options=refresh.ImportOptions()) as (book, _), book.read() as view:
        studied = refresh.study_of(view, options=options, name="deals")
        held = set(view.ask(studied.deals.select("notes"))["notes"].to_pylist())
        left = refresh.study_of(
            view, options=StudyOptions(today=options.today, exclude=(Segment.parse("notes is blank"),)), name="deals"
        )
    (notes,) = [row for row in studied.study.quality.coverage if row.field == "notes"]
    assert (notes.filled, notes.closed, notes.share_won, notes.share_lost) == (NOTED, DEALS, 0, 2 * NOTED / DEALS)
    assert held == {None, "yes"}
    assert left.study.totals.win_rate.n == NOTED


def test_the_report_tells_what_the_adopted_picklist_covers(tmp_path: Path) -> None:
    rows = [
        {"Deal ID": f"D{n}", "Stage": "Lost" if n < 20 else "Won", "Close Date": "2024-03-01", "Loss Reason": reason}
        for n, reason in enumerate(["Price"] * 12 + ["Timing"] * 5 + ["Other"] * 3 + [""] * 10)
    ]
    options, taxonomy = StudyOptions(today=dt.date(2024, 4, 1)), shipped()
    chosen = Picklist(entries=(Entry(label="Too dear", code="price_value"),), taxonomy=taxonomy.stamp)
    deals = write(tmp_path / "deals.csv", rows)
    with refresh.passing_book([deals], options=refresh.ImportOptions()) as (book, _):
        with book.read() as view:
            assert refresh.study_of(view, options=options, name="deals").study.quality.picklist is None
        refresh.adopt_picklist(book, adopt(chosen, on=dt.date(2024, 3, 2), taxonomy=taxonomy))
        with book.read() as view:
            study = refresh.study_of(view, options=options, name="deals").study
    cover = study.quality.picklist
    assert cover is not None
    assert (cover.covered.successes, cover.covered.n, cover.adopted_on) == (12, 20, dt.date(2024, 3, 2))
    assert (cover.outside, cover.other_or_unknown) == (((taxonomy.label("indecision_timing"), 5),), 3)
    assert "covers 12 of 20 closed deals with a reason" in markdown(study)

"""An export of the month under the name of last month's adds its deals: the report counts those of both."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from winloss import refresh
from winloss.refresh import ImportOptions
from winloss.store import Book
from winloss.synthesize.assemble import StudyOptions


def test_two_exports_of_one_name_are_reported_together(tmp_path: Path) -> None:
    book, file = Book.create(tmp_path / "book"), tmp_path / "deals.csv"
    for month in (2, 3):
        rows = f"{month}1,Closed Won,2026-0{month}-02,5\n{month}2,Closed Lost,2026-0{month}-03,6\n"
        file.write_text("Opportunity ID,Stage,Close Date,Amount\n" + rows)
        refresh.import_files(book, [file], options=ImportOptions())
    with book.read() as view:
        told = refresh.study_of(view, options=StudyOptions(today=dt.date(2026, 6, 1)), name="book").study
    assert told.counts.rows == 4

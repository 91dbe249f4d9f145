"""An export of the month under the name of last month's adds its deals: the report counts those of both."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from winloss import refresh
from winloss.refresh import ImportOptions
from winloss.store import Book
from winloss.synthesize.assemble import StudyOptions
from winloss.synthesize.study import Counts


def test_two_exports_of_one_name_are_reported_together(tmp_path: Path) -> None:
    book, file = Book.create(tmp_path / "book"), tmp_path / "deals.csv"
    for month in (2, 3):
        rows = f"{month}1,Closed Won,2026-0{month}-02,5\n{month}2,Closed Lost,2026-0{month}-03,6\n"
        file.write_text("Opportunity ID,Stage,Close Date,Amount\n" + rows)
        refresh.import_files(book, [file], options=ImportOptions())
    with book.read() as view:
        told = refresh.study_of(view, options=StudyOptions(today=dt.date(2026, 6, 1)), name="book").study
    assert told.counts.rows == 4


HEAD = "Opportunity ID,Stage,Close Date,Amount\n"


def deals(first: int, last: int, name: str = "A") -> str:
    return "".join(
        f"{name}{i},{'Closed Won' if i % 2 else 'Closed Lost'},2026-01-{i % 28 + 1:02},{i}\n"
        for i in range(first, last)
    )


def counted(book: Book) -> Counts:
    with book.read() as view:
        return refresh.study_of(view, options=StudyOptions(today=dt.date(2026, 6, 1)), name="book").study.counts


def brought(book: Book, place: Path, name: str, text: str) -> Counts:
    file = place / name
    file.write_text(HEAD + text)
    refresh.import_files(book, [file], options=ImportOptions())
    return counted(book)


BAD = "X1,Closed Won,2026-13-45,5\n"
TWICE = "A3,Closed Won,2026-01-04,3\n"


def test_a_weekly_export_under_a_new_name_counts_its_bad_and_repeated_rows_once(tmp_path: Path) -> None:
    book = Book.create(tmp_path / "book")
    first = brought(book, tmp_path, "week1.csv", deals(0, 100) + BAD + TWICE)
    assert (first.rows, first.rejected, first.folded) == (102, 1, 1)
    for week in (2, 3):
        told = brought(book, tmp_path, f"week{week}.csv", deals(0, 100 + week) + BAD + TWICE)
        assert (told.rows, told.rejected, told.folded) == (102 + week, 1, 1)
    mended = brought(book, tmp_path, "week4.csv", deals(5, 104))
    assert (mended.rows, mended.rejected, mended.folded) == (104, 0, 0), "deals that a newer export leaves out stay"
    book.undo(made_at=dt.datetime(2026, 6, 2, tzinfo=dt.UTC))
    assert counted(book) == told


def test_exports_of_other_deals_or_of_other_columns_are_counted_beside_each_other(tmp_path: Path) -> None:
    book = Book.create(tmp_path / "book")
    brought(book, tmp_path, "north.csv", deals(0, 50) + BAD)
    both = brought(book, tmp_path, "south.csv", deals(0, 50, "B") + BAD)
    assert (both.rows, both.rejected) == (102, 2)
    again = brought(book, tmp_path, "south2.csv", deals(0, 52, "B") + BAD)
    assert (again.rows, again.rejected) == (104, 2)
    other = tmp_path / "owners.csv"
    other.write_text("Opportunity ID,Stage,Owner\n" + "".join(f"A{i},Closed Won,Ann\n" for i in range(50)))
    refresh.import_files(book, [other], options=ImportOptions())
    assert counted(book).rejected == 2

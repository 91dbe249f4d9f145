"""A report tells which spellings of a competitor were joined."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from winloss import refresh
from winloss.refresh import ImportOptions
from winloss.store import Book
from winloss.synthesize.assemble import StudyOptions
from winloss.synthesize.intake import FoldFact


def test_competitors_that_were_joined_are_told_among_the_spellings(tmp_path: Path) -> None:
    names = ("ACME", "Acme Inc.", "ACME", "Acme", "ACME", "Globex")
    lines = [
        f"A{i},{'Closed Won' if i % 2 else 'Closed Lost'},2026-01-{i % 28 + 1:02},{names[i % 6]}" for i in range(60)
    ]
    book, file = Book.create(tmp_path / "book"), tmp_path / "deals.csv"
    file.write_text("\n".join(("Opportunity ID,Stage,Close Date,Main Competitor", *lines)))
    refresh.import_files(book, [file], options=ImportOptions())
    with book.read() as view:
        told = refresh.study_of(view, options=StudyOptions(today=dt.date(2026, 6, 1)), name="book").study
    assert told.quality.folds == (
        FoldFact(
            column="Main Competitor",
            kept="ACME",
            folded=(("Acme", 10), ("Acme Inc.", 10)),
            why="one name but for case, spaces, punctuation or legal form",
        ),
    )
    assert [(row.name, row.closed) for row in told.competitors] == [("ACME", 50), ("Globex", 10)]

"""A snapshot of a book is a book, of one moment, whatever others do meanwhile."""

from __future__ import annotations

import datetime as dt
import os
import threading
from pathlib import Path

import pytest

from winloss import refresh
from winloss.errors import UserError
from winloss.refresh import ImportOptions
from winloss.store import Book

NOW = dt.datetime(2030, 1, 1, tzinfo=dt.UTC)


def land(book: Book, place: Path, number: int) -> None:
    file = place / "deals.csv"
    rows = "".join(f"{n},Closed Won,2026-02-02,{number}\n" for n in range(5))
    file.write_text("Opportunity ID,Stage,Close Date,Amount\n" + rows)
    refresh.import_files(book, [file], options=ImportOptions())


def amounts(book: Book, version: int) -> set[int | None]:
    with book.read(version) as view:
        return set(view.ask(view.tables["deals"])["amount_cents"].to_pylist())


@pytest.fixture
def book(tmp_path: Path) -> Book:
    made = Book.create(tmp_path / "book")
    for number in (1, 2, 3):
        land(made, tmp_path, number)
    return made


def test_it_holds_every_version_that_is_kept(book: Book, tmp_path: Path) -> None:
    book.prune(keep=2, now=NOW)
    taken = book.snapshot(tmp_path / "copy")
    copy = Book.open(tmp_path / "copy")
    assert (taken.first, taken.last) == (2, 3)
    assert [one.version for one in copy.log()] == [3, 2]
    assert (amounts(copy, 2), amounts(copy, 3)) == ({200}, {300})
    land(copy, tmp_path, 9)
    assert (amounts(copy, 4), amounts(book, 3)) == ({900}, {300})
    copy.undo(made_at=NOW)
    assert amounts(copy, 5) == {300}


def test_what_a_stopped_import_left_is_not_in_it(book: Book, tmp_path: Path) -> None:
    stray = book.path / "tables" / "deals" / "00000009-0000-aaaaaaaa.parquet"
    stray.write_bytes(b"half")
    book.snapshot(tmp_path / "copy")
    assert not list((tmp_path / "copy").rglob("00000009*"))


def test_of_an_empty_book_it_is_empty(tmp_path: Path) -> None:
    Book.create(tmp_path / "book").snapshot(tmp_path / "copy")
    assert Book.open(tmp_path / "copy").manifest().version == 0


def test_where_disks_know_no_links_files_are_copied(
    book: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", refuse)
    book.snapshot(tmp_path / "copy")
    assert amounts(Book.open(tmp_path / "copy"), 3) == {300}


def test_a_book_that_lacks_a_file_is_told(book: Book, tmp_path: Path) -> None:
    next(book.path.glob("tables/deals/00000002*.parquet")).unlink()
    with pytest.raises(UserError, match="missing: restore"):
        book.snapshot(tmp_path / "copy")


def test_while_others_import_undo_and_prune_every_snapshot_opens(book: Book, tmp_path: Path) -> None:
    ended = threading.Event()
    (tmp_path / "exports").mkdir()

    def change() -> None:
        number = 4
        while not ended.is_set():
            land(book, tmp_path / "exports", number)
            if number % 3 == 0:
                book.undo(made_at=NOW)
            book.prune(keep=2, now=NOW + dt.timedelta(days=365))
            number += 1

    hand = threading.Thread(target=change)
    hand.start()
    try:
        for count in range(12):
            taken = book.snapshot(tmp_path / f"copy{count}")
            copy = Book.open(tmp_path / f"copy{count}")
            for version in range(taken.first, taken.last + 1):
                assert len(amounts(copy, version)) == 1
    finally:
        ended.set()
        hand.join()

"""Which version pages show: the one in force; of a large book the one before, until the new one has been read."""

from __future__ import annotations

import datetime as dt
import time
from functools import partial
from pathlib import Path

import pytest

from winloss import refresh
from winloss.store import Book
from winloss.tables.segment import Segment
from winloss.web.book import shelves
from winloss.web.people.rights import Reach

HEAD = "Deal ID,Deal Name,Stage,Amount,Created,Closed\n"
EVERYBODY = Reach(everything=True)


def grow(home: Path, number: int) -> None:
    """One more deal, as a version of its own."""
    file = home / f"{number}.csv"
    file.write_text(HEAD + f"{number},Deal {number},Won,100,2026-01-0{number},2026-02-0{number}\n", "utf-8")
    refresh.import_files(Book.create(home / "book"), [file], options=refresh.ImportOptions())


def deals() -> int:
    served = shelves.current()
    return 0 if served is None else shelves.glance(served, EVERYBODY, Segment()).deals


@pytest.fixture(autouse=True)
def _nothing_held() -> None:
    shelves.forget_all()


def test_nothing_is_shown_of_an_empty_house(home: Path) -> None:
    assert shelves.current() is None
    Book.create(home / "book")
    assert shelves.current() is None


def test_an_import_shows_at_once(home: Path) -> None:
    grow(home, 1)
    assert deals() == 1
    grow(home, 2)
    assert deals() == 2


def test_of_a_large_book_nobody_waits_for_the_new_version(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    grow(home, 1)
    assert deals() == 1
    monkeypatch.setattr(shelves, "MANY", 0)
    grow(home, 2)
    assert deals() == 1
    until_s = time.monotonic() + 60
    while deals() == 1 and time.monotonic() < until_s:
        time.sleep(0.05)
    assert deals() == 2


def test_what_was_taken_back_is_shown_no_more(home: Path) -> None:
    grow(home, 1)
    grow(home, 2)
    assert deals() == 2
    Book.open(home / "book").undo(made_at=dt.datetime(2026, 5, 1, tzinfo=dt.UTC))
    assert deals() == 1
    Book.open(home / "book").undo(made_at=dt.datetime(2026, 5, 2, tzinfo=dt.UTC))
    assert shelves.current() is None


def test_a_made_value_is_made_once_and_the_oldest_goes_first() -> None:
    held, made = shelves.Remembered(2), list[int]()

    def make(key: int) -> int:
        made.append(key)
        return key

    for key in (1, 2, 1, 3, 2):
        assert held.get(key, partial(make, key)) == key
    assert made == [1, 2, 3, 2]


def test_a_process_lets_go_of_whom_another_forgot(home: Path) -> None:
    grow(home, 1)
    held = shelves.current()
    assert shelves.current() is held
    let_go: list[str] = []
    shelves.let_go_too(partial(let_go.append, "fragments"))
    shelves.say_forgotten()
    assert shelves.current() is not held
    assert let_go == ["fragments"]
    assert shelves.current() is shelves.current()
    shelves._others.pop()


def test_what_was_being_made_when_somebody_was_forgotten_is_not_kept() -> None:
    held = shelves.Remembered(4)

    def made() -> str:
        held.clear()
        return "Zoë"

    assert held.get("who", made) == "Zoë"
    assert not held.holds("who")

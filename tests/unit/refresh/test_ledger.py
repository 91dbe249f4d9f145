"""Actions and verdicts in a book."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from acted import action, drifting, measurement
from landing_rows import land, page, stored
from winloss.act.action import State
from winloss.act.measurement import Decision
from winloss.act.written import Written
from winloss.errors import UserError
from winloss.refresh import ledger
from winloss.refresh.ledger import Ledger
from winloss.store import Book
from winloss.tables.people import opaque

ADA = opaque("Ada Byron")


@pytest.fixture
def book(tmp_path: Path) -> Book:
    return Book.create(tmp_path / "book")


def read(book: Book, version: int | None = None) -> Ledger:
    with book.read(version) as view:
        return ledger.read(view)


def put(book: Book, *actions: str) -> ledger.Put:
    return ledger.put(book, Written(actions=tuple(action(id_) for id_ in actions)), note="test")


def test_actions_come_back_as_they_were_put(book: Book) -> None:
    full = action(goal=0.08, looks=2, owner_id=ADA)
    done = ledger.put(book, Written(actions=(full,), owners={ADA: "Ada Byron"}), note="test")
    held = read(book)
    assert held.actions == (full,)
    assert held.names == {ADA: "Ada Byron"}
    assert (done.new, done.version, held.version) == (("guided-start",), 1, 1)


def test_putting_the_same_again_makes_no_version(book: Book) -> None:
    put(book, "a")
    again = put(book, "a")
    assert (again.new, again.unchanged, again.version) == ((), ("a",), 1)


def test_a_changed_action_is_updated_and_the_old_version_stays_readable(book: Book) -> None:
    put(book, "a", "b")
    longer = replace(action("a"), ends_on=dt.date(2026, 1, 31))
    done = ledger.put(book, Written(actions=(longer,)), note="test")
    assert (done.changed, done.version) == (("a",), 2)
    assert read(book).action("a") == longer
    assert read(book, 1).action("a") == action("a")
    assert [one.id for one in read(book).actions] == ["a", "b"]


def test_a_missing_action_is_answered_with_those_there_are(book: Book) -> None:
    with pytest.raises(UserError, match="the book holds none; `winloss act add` makes one"):
        read(book).action("a")
    put(book, "guided-start", "other")
    with pytest.raises(UserError, match="did you mean 'guided-start'"):
        read(book).action("guided")
    with pytest.raises(UserError, match="there are guided-start, other"):
        read(book).action("zzz")


def test_a_verdict_is_written_once_and_its_action_is_measured(book: Book) -> None:
    put(book, "guided-start")
    assert ledger.record(book, measurement(), read_from=1) == 2
    held = read(book)
    row = held.record(held.action("guided-start"))
    assert row is not None
    assert (row["verdict"], row["effect"], row["book_version"], row["decision"]) == ("improved", 0.141, 1, None)
    assert held.action("guided-start").state is State.MEASURED


def test_no_verdict_is_a_record_too(book: Book) -> None:
    put(book, "guided-start")
    ledger.record(book, drifting(), read_from=1)
    assert stored(book, "verdict", "why", table="verdicts") == [(None, drifting().why)]


def test_an_import_changes_no_action_that_has_a_verdict(book: Book) -> None:
    put(book, "guided-start")
    ledger.record(book, measurement(), read_from=1)
    done = put(book, "guided-start", "new")
    assert (done.kept, done.new) == (("guided-start",), ("new",))
    assert read(book).action("guided-start").state is State.MEASURED


def test_a_decision_is_added_and_the_verdict_stays(book: Book) -> None:
    put(book, "guided-start")
    ledger.record(book, measurement(), read_from=1)
    held = read(book)
    after = ledger.decide(book, held, held.action("guided-start"), Decision.KEEP, days=60)
    assert after.state is State.KEPT
    assert stored(book, "verdict", "effect", "decision", table="verdicts") == [("improved", 0.141, "keep")]
    assert read(book).action("guided-start").state is State.KEPT


def test_nothing_is_decided_before_a_verdict(book: Book) -> None:
    put(book, "guided-start")
    held = read(book)
    with pytest.raises(UserError, match="has no verdict yet"):
        ledger.decide(book, held, held.action("guided-start"), Decision.STOP, days=60)


def test_an_extended_action_opens_again_and_ends_after_its_first_verdict(book: Book) -> None:
    put(book, "guided-start")
    ledger.record(book, measurement(), read_from=1)
    held = read(book)
    of = held.action("guided-start")
    with pytest.raises(UserError, match="extend by 125 days or more"):
        ledger.decide(book, held, of, Decision.EXTEND, days=60)
    with pytest.raises(UserError, match="longer than two years"):
        ledger.decide(book, held, of, Decision.EXTEND, days=700)
    after = ledger.decide(book, held, of, Decision.EXTEND, days=125)
    assert after.ends_on == dt.date(2026, 5, 1)
    again = read(book)
    assert again.action("guided-start").state is State.EXTENDED
    assert again.record(after) is None
    ledger.record(book, replace(measurement(after), as_of=dt.date(2026, 6, 1)), read_from=again.version)
    assert stored(book, "as_of", "decision", table="verdicts") == [
        (dt.date(2026, 4, 30), "extend"),
        (dt.date(2026, 6, 1), None),
    ]


def test_an_owner_whose_name_one_person_bears_is_that_person(book: Book) -> None:
    rows = [{"person_id": opaque("ada@example.org"), "name": "Ada Byron"}]
    land(book, page(rows, table="people"), table="people")
    told = Written(actions=(action(owner_id=ADA),), owners={ADA: "Ada Byron"})
    settled = ledger.settled(told, read(book))
    assert settled.actions[0].owner_id == opaque("ada@example.org")
    assert settled.owners == {}


def test_an_owner_whose_name_two_people_bear_is_kept_by_name(book: Book) -> None:
    rows = [{"person_id": opaque(f"ada{i}@example.org"), "name": "Ada Byron"} for i in range(2)]
    land(book, page(rows, table="people"), table="people")
    settled = ledger.settled(Written(actions=(action(owner_id=ADA),), owners={ADA: "Ada Byron"}), read(book))
    assert settled.actions[0].owner_id == ADA
    assert settled.owners == {ADA: "Ada Byron"}


def test_what_is_known_of_a_person_stays(book: Book) -> None:
    land(book, page([{"person_id": ADA, "name": "Ada Byron", "team": "North"}], table="people"), table="people")
    told = ledger.settled(Written(actions=(action(owner_id=ADA),), owners={ADA: "ada byron"}), read(book))
    ledger.put(book, told, note="test")
    assert stored(book, "name", "team", table="people") == [("Ada Byron", "North")]

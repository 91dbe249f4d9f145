"""A person forgotten is in no file of the book, every version of it opens as before, and a kill does no harm."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path
from typing import Any

import pytest

from searched import holding
from winloss import refresh
from winloss.errors import UserError
from winloss.refresh import ImportOptions, forgetting
from winloss.store import Book, delta
from winloss.store import forget as forgets
from winloss.store.folder import Folder
from winloss.tables.people import opaque

NAME, EMAIL = "Zoë O'Brien-Díaz", "zoe.obrien@northwind.test"
ANN = "Ann Other"
HEADER = "Opportunity ID,Deal Name,Owner,Owner Email,Stage,Amount,Close Date,Created Date,Lost Reason,Notes,Loop\n"
ME = opaque(NAME)


def row(
    number: int, month: int, *, owner: str = NAME, email: str = EMAIL, notes: str = "", outcome: str = "Closed Won"
) -> str:
    loop = f"cc {EMAIL}" if number % 2 else "nobody"
    return (
        f'{number},"Deal {number} of {owner}","{owner}",{email},{outcome},{1000 + number},2026-{month:02d}-15,2026-01-02,'
        f'{"Price" if outcome == "Closed Lost" else ""},"{notes}",{loop}\n'
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three imports, the last of them undone: four versions, two of them of the same rows. With their rejects."""
    place = tmp_path_factory.mktemp("made")
    book = Book.create(place / "book")
    for month in (2, 3, 4):
        rows = [row(10 * month + n, month, notes=f"ask ZOË  O'BRIEN-DÍAZ\nor {EMAIL.upper()}") for n in range(4)]
        rows += [row(10 * month + n, month, owner=ANN, email="ann@x.test", outcome="Closed Lost") for n in range(4, 8)]
        file = place / f"{NAME} {month}.csv"
        file.write_text(HEADER + "".join(rows) + f"x{month},{NAME},,,Closed Won,bad amount,2026-02-02,2026-01-01,,,\n")
        refresh.import_files(book, [file], options=ImportOptions(rejects_dir=place / "rejects"))
        file.unlink()
    book.undo(made_at=dt.datetime(2026, 5, 1, tzinfo=dt.UTC))
    return place


@pytest.fixture
def book(made: Path, tmp_path: Path) -> Book:
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    for path in tmp_path.glob("book/manifests/*.json"):
        path.write_text(path.read_text().replace(str(made), str(tmp_path)))
    return Book.open(tmp_path / "book")


def rows_of(book: Book, version: int) -> list[dict[str, Any]]:
    with book.read(version) as view:
        return view.ask(view.tables["deals"].order_by("deal_id")).to_pylist()


def person(book: Book) -> forgetting.Person:
    return forgetting.find(book, EMAIL)


def test_they_are_found_by_their_address(book: Book) -> None:
    found = person(book)
    assert (found.emails, found.names) == ((EMAIL,), (NAME,))
    assert found.id == found.ids[0] == ME


def test_nothing_of_them_is_left_in_any_file(book: Book, tmp_path: Path) -> None:
    before = holding(tmp_path, NAME, EMAIL)
    assert any("people.parquet" in name for name in before)
    assert sum("tables/deals" in name and "inside" in name for name in before) >= 3
    assert any("rejects" in name for name in before)
    told = forgetting.in_book(book, person(book))
    assert (told.book.versions, told.book.people) == (4, 1)
    assert holding(book.path, NAME, EMAIL) == []
    assert holding(tmp_path / "rejects", NAME, EMAIL) == []


def test_every_version_holds_the_same_but_for_the_person(book: Book) -> None:
    before = {version: rows_of(book, version) for version in (1, 2, 3, 4)}
    log = [(one.version, one.made_at, one.parent, one.content_of) for one in book.log()]
    forgetting.in_book(book, person(book))
    for version, rows in before.items():
        after = rows_of(book, version)
        assert [one["deal_id"] for one in after] == [one["deal_id"] for one in rows]
        assert [one["amount_cents"] for one in after] == [one["amount_cents"] for one in rows]
        assert [one["owner_id"] for one in after] == [one["owner_id"] for one in rows]
    first = rows_of(book, 1)[0]
    assert first["deal_name"] == f"Deal 20 of {ME}"
    assert first["notes"] == f"ask {ME}\nor {ME}"
    others = [one for one in rows_of(book, 2) if one["owner_id"] == opaque(ANN)]
    assert {one["deal_name"] for one in others} == {f"Deal {n} of {ANN}" for n in (24, 25, 26, 27, 34, 35, 36, 37)}
    assert [(one.version, one.made_at, one.parent, one.content_of) for one in book.log()] == log
    with book.read() as view:
        assert [one["name"] for one in view.ask(view.tables["people"]).to_pylist()] == [ANN]


def test_looking_changes_nothing_and_tells_what_would_be(book: Book, tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    looked = forgetting.in_book(book, person(book), look=True)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before
    done = forgetting.in_book(book, person(book))
    assert looked == done


def test_a_second_time_there_is_nothing_to_do(book: Book) -> None:
    found = person(book)
    forgetting.in_book(book, found)
    files = {path: path.read_bytes() for path in book.path.rglob("*") if path.is_file()}
    again = forgetting.in_book(book, found)
    assert (again.book.anything, again.files) == (False, ())
    assert len(list(book.path.parent.glob("rejects/*"))) == 3
    assert {path: path.read_bytes() for path in book.path.rglob("*") if path.is_file()} == files


def test_somebody_who_is_not_there_changes_nothing(book: Book) -> None:
    files = {path: path.read_bytes() for path in book.path.rglob("*") if path.is_file() and path.name != "lock"}
    told = forgetting.in_book(book, forgetting.find(book, "nobody@northwind.test"))
    assert not told.book.anything
    assert {path: path.read_bytes() for path in files} == files


def test_the_book_goes_on_afterwards(book: Book, tmp_path: Path) -> None:
    forgetting.in_book(book, person(book))
    file = tmp_path / "may.csv"
    file.write_text(HEADER + row(20, 2, owner=ANN, email="ann@x.test") + row(51, 5, owner=ANN, email=""))
    done = refresh.import_files(book, [file], options=ImportOptions())
    assert (done.landed["deals"].new, done.landed["deals"].changed) == (1, 1)
    book.undo(made_at=dt.datetime(2026, 6, 1, tzinfo=dt.UTC))
    assert rows_of(book, 6) == rows_of(book, 4)
    assert book.prune(keep=1, now=dt.datetime(2027, 1, 1, tzinfo=dt.UTC)).last == 6
    assert len(rows_of(book, 6)) == 16


@pytest.mark.parametrize("step", range(12))
def test_stopped_at_any_step_every_version_opens_and_again_does_the_rest(
    book: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    found, before = person(book), {version: len(rows_of(book, version)) for version in (1, 2, 3, 4)}
    _stop_at(monkeypatch, step)
    with pytest.raises(KeyboardInterrupt):
        forgetting.in_book(book, found)
    monkeypatch.undo()
    assert {version: len(rows_of(book, version)) for version in (1, 2, 3, 4)} == before
    again = person(book)
    assert (again.names, again.ids) == ((NAME,), (ME,))
    forgetting.in_book(book, again)
    assert holding(book.path, NAME, EMAIL) == []
    assert {version: len(rows_of(book, version)) for version in (1, 2, 3, 4)} == before


def _stop_at(monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    """The machine stops at the so many-th write, of whatever kind."""
    count = iter(range(1000))

    def stopping(target: Any, name: str) -> None:
        real = getattr(target, name)

        def act(*args: Any, **kwargs: Any) -> Any:
            if next(count) == step:
                raise KeyboardInterrupt
            return real(*args, **kwargs)

        monkeypatch.setattr(target, name, act)

    for target, name in (
        (Folder, "adopt"),
        (Folder, "write_manifest"),
        (delta, "commit"),
        (forgets, "_remove_unnamed"),
        (forgets, "_people"),
    ):
        stopping(target, name)


def test_while_another_writes_it_waits_for_nobody_and_changes_nothing(book: Book) -> None:
    with book.landing(), pytest.raises(UserError, match="Another winloss is writing"):
        forgetting.in_book(book, person(book))


def test_an_address_that_is_none_is_told() -> None:
    with pytest.raises(UserError, match="is no e-mail address"):
        forgetting.find(None, "zoe")

"""Old versions let go: what is kept is whole, what is gone is said."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from landing_rows import MADE_AT, files_of, land, many, page, stored
from winloss.errors import UserError
from winloss.store import Book

LATER = MADE_AT + dt.timedelta(hours=2)


@pytest.fixture
def book(tmp_path: Path) -> Book:
    """Four versions: the deals of each replace those before; accounts stand since the first."""
    made = Book.create(tmp_path / "book")
    land(made, page([{"account_id": "one", "employees": 1}], table="accounts"), table="accounts")
    for number in (1, 2, 3):
        land(made, many(range(4), amount_cents=number))
    return made


def bytes_of(book: Book) -> int:
    return sum(p.stat().st_size for p in [*book.path.glob("tables/*/*.parquet"), *book.path.glob("manifests/*.json")])


def test_the_last_versions_are_kept_with_all_they_name(book: Book) -> None:
    before = bytes_of(book)
    done = book.prune(keep=2, now=LATER)
    assert (done.versions, done.first, done.last, done.bytes) == (2, 3, 4, before - bytes_of(book))
    assert [manifest.version for manifest in book.log()] == [4, 3]
    assert stored(book, "amount_cents") == [(3,)] * 4
    assert stored(book, "amount_cents", version=3) == [(2,)] * 4
    assert stored(book, "employees", table="accounts") == [(1,)]
    assert files_of(book.path, "manifests/*") == {"00000003.json", "00000004.json"}


def test_what_is_gone_is_said_and_an_undo_to_it_is_refused(book: Book) -> None:
    book.prune(keep=1, now=LATER)
    with pytest.raises(UserError, match=r"has no version 2: its versions are 4 to 4; older ones were pruned"):
        book.manifest(2)
    with pytest.raises(UserError, match=r"has no version 3.*older ones were pruned"):
        book.undo(made_at=MADE_AT)
    assert stored(book, "amount_cents") == [(3,)] * 4


def test_files_that_an_undo_brought_back_are_kept(book: Book) -> None:
    book.undo(made_at=MADE_AT)
    book.prune(keep=1, now=LATER)
    assert stored(book, "amount_cents") == [(2,)] * 4
    land(book, many(range(4), amount_cents=9))
    assert stored(book, "amount_cents") == [(9,)] * 4
    assert stored(book, "amount_cents", version=5) == [(2,)] * 4


def test_files_that_cannot_be_removed_are_told_and_gone_the_next_time(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    unlink = Path.unlink

    def refused(path: Path, missing_ok: bool = False) -> None:
        if path.suffix == ".parquet":
            raise PermissionError(path)
        unlink(path, missing_ok=missing_ok)

    before = bytes_of(book)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", refused)
        done = book.prune(keep=2, now=LATER)
    assert (done.versions, done.stuck) == (2, 1)
    assert done.bytes == before - bytes_of(book)
    again = book.prune(keep=2, now=LATER)
    assert (again.versions, again.files, again.stuck) == (0, 1, 0)


def test_pruning_twice_frees_nothing_more(book: Book) -> None:
    book.prune(keep=2, now=LATER)
    again = book.prune(keep=3, now=LATER)
    assert (again.versions, again.files, again.bytes, again.first) == (0, 0, 0, 3)


def test_a_version_replaced_a_moment_ago_stays_for_its_readers(book: Book) -> None:
    assert book.prune(keep=1, now=MADE_AT + dt.timedelta(minutes=59)).versions == 0
    with book.read(3) as view:
        assert book.prune(keep=2, now=LATER).versions == 2
        assert view.ask(view.tables["deals"].amount_cents.sum().name("sum"))["sum"].to_pylist() == [8]


def test_nothing_goes_where_a_version_to_keep_is_damaged(book: Book) -> None:
    files = files_of(book.path)
    (book.path / "manifests" / "00000003.json").write_text("{")
    with pytest.raises(UserError, match="Version 3 of the book"):
        book.prune(keep=2, now=LATER)
    assert files_of(book.path) == files
    assert book.manifest(1).version == 1


def test_the_version_in_force_is_never_let_go_and_an_empty_book_has_none(book: Book, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="always kept"):
        book.prune(keep=0, now=LATER)
    assert Book.create(tmp_path / "empty").prune(keep=1, now=LATER).files == 0

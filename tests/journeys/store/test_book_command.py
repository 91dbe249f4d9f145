from __future__ import annotations

import json
from pathlib import Path

import pytest

from landing_rows import land, many
from program import winloss
from winloss.store import Book


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> str:
    book = Book.create(tmp_path_factory.mktemp("kept") / "book")
    land(book, many(range(1200)), source="[deals].csv", told={"tallies": {"deals": {"rejected": 3}}})
    land(book, many(range(1000, 1300), amount_cents=5), source="[deals].csv")
    return str(book.path)


def test_the_log_tells_what_each_version_changed_within_80_columns(place: str) -> None:
    shown = winloss("book", "log", "--book", place)
    assert shown.returncode == 0
    assert "deals: 1,200 new, 3 rejected" in shown.stdout
    assert "deals: 100 new, 200 changed" in shown.stdout
    assert "import [deals].csv" in shown.stdout
    assert max(map(len, shown.stdout.splitlines())) <= 80


def test_the_log_as_json_has_every_count(place: str) -> None:
    newest, first = json.loads(winloss("book", "log", "--book", place, "--json").stdout)[-2:]
    assert first["counts"] == {"deals": {"new": 1200, "changed": 0, "unchanged": 0, "rejected": 3, "folded": 0}}
    assert (newest["version"], newest["rows"], newest["made_at"]) == (2, {"deals": 1300}, "2026-03-01T12:00:00+00:00")


def test_show_tells_what_a_version_holds(place: str) -> None:
    assert "1,200" in winloss("book", "show", "--book", place, "--at", "1").stdout
    assert json.loads(winloss("book", "show", "--book", place, "--at", "2", "--json").stdout)["version"] == 2


def test_undo_tells_what_stands_now(place: str) -> None:
    shown = winloss("book", "undo", "--book", place)
    assert shown.stdout == "Version 3: undo of 2. The book holds 1,200 rows, as in version 1.\n"
    assert "as version 1" in winloss("book", "log", "--book", place).stdout


@pytest.mark.parametrize("command", ["log", "show", "undo"])
def test_where_no_book_is_one_sentence_says_how_to_make_one(command: str, tmp_path: Path) -> None:
    shown = winloss("book", command, "--book", str(tmp_path / "none"))
    assert shown.returncode == 2
    assert shown.stderr == (
        f"winloss: There is no book at {tmp_path / 'none'}: `winloss import FILE --book {tmp_path / 'none'}` makes one.\n"
    )


def test_prune_says_what_it_freed_and_what_is_kept(tmp_path: Path) -> None:
    book = Book.create(tmp_path / "book")
    for number in (1, 2, 3):
        land(book, many(range(10), amount_cents=number))
    assert winloss("book", "prune", "--book", str(book.path)).returncode == 2
    done = winloss("book", "prune", "--keep", "2", "--book", str(book.path))
    assert done.returncode == 0
    assert done.stdout.startswith("Let go of 1 version, which freed 0.0 MB in 2 files.")
    assert done.stdout.endswith("The book keeps versions 2 to 3.\n")
    again = json.loads(winloss("book", "prune", "--keep", "2", "--book", str(book.path), "--json").stdout)
    assert again == {"versions": 0, "files": 0, "bytes": 0, "stuck": 0, "first": 2, "last": 3}

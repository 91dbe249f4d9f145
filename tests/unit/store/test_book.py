from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from landing_rows import MADE_AT, custom, files_of, land, many, stored
from winloss.errors import UserError
from winloss.store import Book, Landed, Manifest, SourceEntry, TableEntry
from winloss.tables import TABLES
from winloss.tables.custom import Use


@pytest.fixture
def book(tmp_path: Path) -> Book:
    return Book.create(tmp_path / "book")


def test_a_new_book_is_empty_and_offers_every_table(book: Book) -> None:
    assert book.manifest() == Manifest()
    assert book.log() == ()
    with book.read() as view:
        assert set(view.tables) == set(TABLES)
        assert view.ask(view.tables["deals"]).schema.names == TABLES["deals"].schema.names
        assert view.ask(view.tables["touches"].count().name("n"))["n"].to_pylist() == [0]


def test_creating_a_book_where_one_is_opens_it(book: Book) -> None:
    land(book, many(range(2)))
    assert Book.create(book.path).manifest().version == 1


def test_a_folder_with_other_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(UserError, match="holds other files"):
        Book.create(tmp_path)
    assert files_of(tmp_path, "*") == {"thesis.txt"}


def test_a_book_cannot_be_made_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "deals.csv").write_text("mine")
    with pytest.raises(UserError, match="No book can be made"):
        Book.create(tmp_path / "deals.csv")


def test_opening_where_no_book_is_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="winloss import FILE --book"):
        Book.open(tmp_path)


def test_an_interrupted_making_is_gone_on_with(tmp_path: Path) -> None:
    (tmp_path / "book" / "manifests").mkdir(parents=True)
    assert Book.create(tmp_path / "book").manifest().version == 0


def test_undo_goes_back_one_landing_at_a_time_to_the_empty_book(book: Book) -> None:
    for number in (1, 2, 3):
        land(book, many(range(number), amount_cents=number), settings={"number": number})
    notes = [book.undo(made_at=MADE_AT) for _ in range(3)]
    assert [after.note for after in notes] == ["undo of 3", "undo of 2", "undo of 1"]
    assert [after.content_of for after in notes] == [2, 1, 0]
    assert [after.settings for after in notes] == [{"number": 2}, {"number": 1}, {}]
    with pytest.raises(UserError, match="nothing to undo"):
        book.undo(made_at=MADE_AT)
    assert stored(book, "amount_cents", version=4) == [(2,), (2,)]
    assert stored(book, "amount_cents") == []


def test_after_an_undo_the_next_landing_builds_on_what_stands(book: Book) -> None:
    land(book, many(range(2), amount_cents=1))
    land(book, many(range(4), amount_cents=2))
    book.undo(made_at=MADE_AT)
    landed, manifest = land(book, many([1, 7], amount_cents=3))
    assert landed == Landed(rows=2, new=1, changed=1)
    assert stored(book, "deal_id", "amount_cents") == [("D000000", 1), ("D000001", 3), ("D000007", 3)]
    assert book.undo(made_at=MADE_AT).content_of == 1
    assert manifest.parent == 3
    assert stored(book, "amount_cents", version=2) == [(2,)] * 4


def test_undo_takes_back_only_the_version_that_was_seen(book: Book) -> None:
    land(book, many(range(1)))
    land(book, many(range(2)))
    with pytest.raises(UserError, match="version 2 is in force, not 1"):
        book.undo(made_at=MADE_AT, of=1)
    assert book.manifest().version == 2
    assert book.undo(made_at=MADE_AT, of=2).content_of == 1


def test_the_same_import_after_an_undo_lands_again(book: Book) -> None:
    land(book, many(range(2)))
    book.undo(made_at=MADE_AT)
    landed, _ = land(book, many(range(2)))
    assert landed == Landed(rows=2, new=2)
    assert len(stored(book, "deal_id")) == 2


@pytest.mark.parametrize("version", [-1, 3])
def test_a_version_that_is_not_there_is_named_with_those_that_are(book: Book, version: int) -> None:
    land(book, many(range(2)))
    with pytest.raises(UserError, match=f"no version {version}: its versions are 1 to 1"):
        book.manifest(version)


def test_a_manifest_survives_its_json() -> None:
    manifest = Manifest(
        version=3,
        made_at=MADE_AT,
        program="1.2",
        note="undo of 2 – ü",
        parent=0,
        content_of=1,
        tables={"deals": TableEntry(delta_version=4, rows=9)},
        custom={"deals": (custom("x_seats", Use.NUMBER),)},
        sources={"crm": SourceEntry(told={"a": [1, None]}, landed={"deals": Landed(rows=9, new=9)}, version=1)},
        settings={"taxonomy": "x"},
    )
    assert Manifest.from_json(manifest.to_json()) == manifest


@pytest.mark.parametrize("written", ["", "00000009x", "soon", "\x00\x00", "9" * 40])
def test_a_damaged_pointer_says_which_number_to_write(book: Book, written: str) -> None:
    land(book, many(range(2)))
    (book.path / "CURRENT").write_text(written)
    with pytest.raises(UserError, match="write 00000001"):
        Book.open(book.path).manifest()


def test_a_lost_pointer_says_which_number_to_write(book: Book) -> None:
    land(book, many(range(2)))
    (book.path / "CURRENT").unlink()
    with pytest.raises(UserError, match="write 00000001"):
        Book.open(book.path)
    with pytest.raises(UserError, match="write 00000001"):
        Book.create(book.path)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"format": "winloss.book/2"}, "a later winloss wrote it .format 2, this one reads 1"),
        ({"format": "other/1"}, "not a manifest of winloss"),
        ({"format": None}, "not a manifest of winloss"),
        ({"tables": 3}, "damaged"),
        ({"version": 7}, "it is of version 7"),
        ({"custom": {"deals": [{"name": "x_a"}]}}, "damaged"),
    ],
)
def test_a_foreign_manifest_is_one_sentence(book: Book, change: dict[str, object], says: str) -> None:
    land(book, many(range(2)))
    path = book.path / "manifests" / "00000001.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(UserError, match=says):
        book.manifest()


@pytest.mark.parametrize("written", ["", "[]", "{", "\xff"])
def test_a_damaged_manifest_is_one_sentence(book: Book, written: str) -> None:
    land(book, many(range(2)))
    (book.path / "manifests" / "00000001.json").write_text(written, encoding="latin-1")
    with pytest.raises(UserError, match=r"Version 1 of the book at .* cannot be read"):
        book.manifest()


def test_a_missing_manifest_is_one_sentence(book: Book) -> None:
    land(book, many(range(2)))
    (book.path / "manifests" / "00000001.json").unlink()
    with pytest.raises(UserError, match=r"lacks 00000001\.json"):
        book.manifest()


@pytest.mark.parametrize("damage", ["missing", "cut", "emptied", "log"])
def test_a_missing_or_damaged_file_is_one_sentence(book: Book, damage: str) -> None:
    land(book, many(range(500), notes="words"))
    (path,) = (book.path / "tables" / "deals").glob("*.parquet")
    if damage == "missing":
        path.unlink()
    elif damage == "log":
        for entry in (book.path / "tables" / "deals" / "_delta_log").iterdir():
            entry.unlink()
    else:
        path.write_bytes(path.read_bytes()[: 900 if damage == "cut" else 0])
    with pytest.raises(UserError, match="restore the book"), book.read():
        pass
    with pytest.raises(UserError, match="restore the book"):
        land(book, many(range(2)))


def test_damage_inside_a_file_is_one_sentence_when_it_is_read(book: Book) -> None:
    land(book, many(range(5000), notes="words"))
    (path,) = (book.path / "tables" / "deals").glob("*.parquet")
    content = bytearray(path.read_bytes())
    content[4 : len(content) // 2] = bytes(len(content) // 2 - 4)
    path.write_bytes(content)
    with pytest.raises(UserError, match="restore the book"), book.read() as view:
        view.ask(view.tables["deals"])


def test_what_a_killed_landing_left_is_cleaned_by_the_next(book: Book) -> None:
    land(book, many(range(2)))
    left = [
        book.path / "tables" / "deals" / "00000002-0000-abcdef00.parquet",
        book.path / "manifests" / "00000002.json",
        book.path / "staging" / "half.parquet",
    ]
    for path in left:
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"half")
    land(book, many(range(3)))
    assert [path for path in left if path.exists() and path.read_bytes() == b"half"] == []
    assert len(stored(book, "deal_id")) == 3


def test_reading_leaves_the_book_as_it_was(book: Book) -> None:
    land(book, many(range(2)))
    before = {path: path.stat().st_mtime_ns for path in book.path.rglob("*")}
    stored(book, "deal_id")
    assert {path: path.stat().st_mtime_ns for path in book.path.rglob("*")} == before


def test_a_held_table_is_computed_once_and_lives_with_the_view(book: Book) -> None:
    land(book, many(range(4), amount_cents=5))
    with book.read() as view:
        deals = view.tables["deals"]
        held = view.hold("resolved", deals.select(deals.deal_id, euros=deals.amount_cents / 100))
        assert view.ask(held.euros.sum().name("sum"))["sum"].to_pylist() == [0.2]
        again = view.hold("resolved", held.filter(held.deal_id == "D000001"))
        assert view.ask(again).to_pydict() == {"deal_id": ["D000001"], "euros": [0.05]}


def test_instants_are_kept_to_the_microsecond_in_utc(book: Book) -> None:
    at = dt.datetime(2026, 3, 29, 1, 30, 0, 123456, tzinfo=dt.UTC)
    land(book, many(range(1), closed_at=at))
    assert stored(book, "closed_at") == [(at,)]

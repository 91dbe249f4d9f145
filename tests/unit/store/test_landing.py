from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from landing_rows import MADE_AT, custom, day, files_of, land, many, page, stored
from winloss.errors import DataError, InternalError, UserError
from winloss.store import Book, Landed
from winloss.tables import TABLES
from winloss.tables.custom import Use


@pytest.fixture
def book(tmp_path: Path) -> Book:
    return Book.create(tmp_path / "the book")


def test_a_first_landing_keeps_every_row(book: Book) -> None:
    landed, manifest = land(book, many(range(3), amount_cents=100), many(range(3, 5), amount_cents=200))
    assert landed == Landed(rows=5, new=5)
    assert (manifest.version, manifest.tables["deals"].rows, manifest.note) == (1, 5, "import crm")
    assert [amount for (amount,) in stored(book, "amount_cents")] == [100, 100, 100, 200, 200]


def test_the_same_file_twice_makes_no_version(book: Book) -> None:
    land(book, many(range(5)), told={"rows": (5,)})
    landed, manifest = land(book, many(range(5)), told={"rows": [5]})
    assert landed == Landed(rows=5, unchanged=5)
    assert manifest == book.manifest()
    assert len(book.log()) == 1


def test_a_newer_export_updates_adds_and_leaves_the_rest(book: Book) -> None:
    land(book, many(range(4), amount_cents=1, deal_stage="Demo"))
    newer = page([{"deal_id": f"D{n:06d}", "amount_cents": n % 2 + 1, "deal_stage": "Demo"} for n in range(1, 6)])
    landed, manifest = land(book, newer)
    assert landed == Landed(rows=5, new=2, changed=2, unchanged=1)
    assert manifest.tables["deals"].rows == 6
    assert [amount for (amount,) in stored(book, "amount_cents")] == [1, 2, 1, 2, 1, 2]


def test_an_old_version_stays_readable(book: Book) -> None:
    land(book, many(range(3), amount_cents=1))
    land(book, many(range(5), amount_cents=2))
    assert stored(book, "amount_cents", version=1) == [(1,)] * 3
    assert stored(book, "amount_cents") == [(2,)] * 5
    assert stored(book, "amount_cents", version=0) == []


@pytest.mark.parametrize(
    ("dates", "wins"),
    [
        ([day(2), day(1)], 0),
        ([day(1), day(2)], 1),
        ([day(1), day(1)], 1),
        ([day(2), None], 1),
        ([None, day(1)], 1),
        ([None, None], 1),
        ([day(3), None, day(2)], 1),
        ([day(2), day(3), day(1)], 1),
    ],
)
def test_of_equal_keys_the_latest_wins_and_without_dates_the_later_row(book: Book, dates: list[Any], wins: int) -> None:
    rows = [{"deal_id": "A", "modified_at": date, "amount_cents": at} for at, date in enumerate(dates)]
    landed, _ = land(book, page(rows))
    assert landed == Landed(rows=len(rows), new=1, folded=len(rows) - 1)
    assert stored(book, "amount_cents") == [(wins,)]


@pytest.mark.parametrize(
    ("before", "after", "stands"), [(2, 1, True), (1, 2, False), (1, 1, False), (None, 1, False), (1, None, False)]
)
def test_an_older_row_never_overwrites_a_newer_one(
    book: Book, before: int | None, after: int | None, stands: bool
) -> None:
    land(book, page([{"deal_id": "A", "modified_at": before and day(before), "amount_cents": 1}]))
    landed, manifest = land(book, page([{"deal_id": "A", "modified_at": after and day(after), "amount_cents": 2}]))
    assert landed == Landed(rows=1, changed=int(not stands), unchanged=int(stands))
    assert manifest.version == (1 if stands else 2)
    assert stored(book, "amount_cents") == [(1 if stands else 2,)]


def test_a_changed_row_followed_by_the_stored_one_is_no_change(book: Book) -> None:
    land(book, page([{"deal_id": "A", "amount_cents": 1}, {"deal_id": "B", "amount_cents": 1}]))
    landed, _ = land(book, page([{"deal_id": "A", "amount_cents": 2}, {"deal_id": "A", "amount_cents": 1}]))
    assert landed == Landed(rows=2, unchanged=1, folded=1)


def test_the_stored_row_followed_by_a_changed_one_is_a_change(book: Book) -> None:
    land(book, page([{"deal_id": "A", "amount_cents": 1}, {"deal_id": "B", "amount_cents": 1}]))
    landed, _ = land(book, page([{"deal_id": "A", "amount_cents": 1}, {"deal_id": "A", "amount_cents": 2}]))
    assert landed == Landed(rows=2, changed=1, folded=1)
    assert stored(book, "amount_cents") == [(2,), (1,)]


def test_where_a_row_came_from_is_no_change_of_the_row(book: Book) -> None:
    land(book, page([{"deal_id": "A", "source_file": "may.csv", "source_line": 2}]))
    landed, manifest = land(book, page([{"deal_id": "A", "source_file": "june.csv", "source_line": 9}]))
    assert landed == Landed(rows=1, unchanged=1)
    assert manifest.version == 1


def test_a_column_that_an_export_lacks_keeps_its_stored_values(book: Book) -> None:
    land(book, page([{"deal_id": "A", "notes": "kept", "amount_cents": 1}, {"deal_id": "B", "notes": "too"}]))
    landed, _ = land(book, page([{"deal_id": "A", "amount_cents": 2}, {"deal_id": "C", "amount_cents": 3}]))
    assert landed == Landed(rows=2, new=1, changed=1)
    assert stored(book, "amount_cents", "notes") == [(2, "kept"), (None, "too"), (3, None)]


def test_a_column_that_the_source_does_not_carry_may_stand_blank_on_the_pages(book: Book) -> None:
    land(book, page([{"deal_id": "A", "notes": "kept", "amount_cents": 1}]))
    blank = page([{"deal_id": "A", "notes": None, "amount_cents": 2}])
    landed, _ = land(book, blank, schema=page([{"deal_id": "", "amount_cents": 0}]).schema)
    assert landed == Landed(rows=1, changed=1)
    assert stored(book, "amount_cents", "notes") == [(2, "kept")]


def test_a_blank_in_a_column_that_is_carried_clears_the_value(book: Book) -> None:
    land(book, page([{"deal_id": "A", "notes": "gone soon"}]))
    landed, _ = land(book, page([{"deal_id": "A", "notes": None}]))
    assert landed == Landed(rows=1, changed=1)
    assert stored(book, "notes") == [(None,)]


def test_a_new_custom_column_widens_the_table(book: Book) -> None:
    land(book, many(range(3)))
    land(
        book,
        page([{"deal_id": "D000001", "x_seats": 4.5}], types={"x_seats": pa.float64()}),
        custom=[custom("x_seats", Use.NUMBER)],
    )
    assert stored(book, "x_seats") == [(None,), (4.5,), (None,)]
    with book.read(1) as view:
        assert "x_seats" not in view.tables["deals"].columns
    assert [column.name for column in book.manifest().custom["deals"]] == ["x_seats"]


def test_a_custom_column_that_becomes_text_is_widened(book: Book) -> None:
    numbers = page(
        [{"deal_id": "A", "x_seats": 12.0}, {"deal_id": "B", "x_seats": 2.5}], types={"x_seats": pa.float64()}
    )
    land(book, numbers, custom=[custom("x_seats", Use.NUMBER)])
    land(book, page([{"deal_id": "C", "x_seats": "a few"}]), custom=[custom("x_seats", Use.ATTRIBUTE)])
    assert stored(book, "x_seats") == [("12",), ("2.5",), ("a few",)]
    landed, manifest = land(book, numbers, custom=[custom("x_seats", Use.NUMBER)])
    assert landed == Landed(rows=2, unchanged=2)
    assert manifest.custom["deals"][0].use is Use.ATTRIBUTE
    assert stored(book, "x_seats", version=1) == [(12.0,), (2.5,)]


def test_an_undo_of_a_widening_can_be_landed_on_again(book: Book) -> None:
    land(
        book,
        page([{"deal_id": "A", "x_seats": 12.0}], types={"x_seats": pa.float64()}),
        custom=[custom("x_seats", Use.NUMBER)],
    )
    land(book, page([{"deal_id": "B", "x_seats": "few"}]), custom=[custom("x_seats", Use.ATTRIBUTE)])
    book.undo(made_at=MADE_AT)
    assert stored(book, "deal_id", "x_seats") == [("A", 12.0)]
    land(
        book,
        page([{"deal_id": "C", "x_seats": 3.0}], types={"x_seats": pa.float64()}),
        custom=[custom("x_seats", Use.NUMBER)],
    )
    assert stored(book, "deal_id", "x_seats") == [("A", 12.0), ("C", 3.0)]
    assert stored(book, "deal_id", "x_seats", version=2) == [("A", "12"), ("B", "few")]


def test_an_ignored_custom_column_is_not_landed(book: Book) -> None:
    land(book, page([{"deal_id": "A", "x_checksum": "e3"}]), custom=[custom("x_checksum", Use.IGNORED)])
    with book.read() as view:
        assert "x_checksum" not in view.tables["deals"].columns


def test_several_tables_are_one_version(book: Book) -> None:
    with book.landing() as landing:
        landing.land("deals", [many(range(3))])
        landing.land("accounts", [page([{"account_id": "a", "industry": "Retail"}], table="accounts")])
        manifest = landing.commit(source="crm", told={}, settings={}, made_at=MADE_AT)
    assert manifest.version == 1
    assert {name: entry.rows for name, entry in manifest.tables.items()} == {"deals": 3, "accounts": 1}


def test_a_table_landed_twice_in_one_landing_builds_on_itself(book: Book) -> None:
    with book.landing() as landing:
        landing.land("deals", [many(range(3), amount_cents=1)])
        landed = landing.land("deals", [many(range(2, 5), amount_cents=2)])
        landing.commit(source="crm", told={}, settings={}, made_at=MADE_AT)
    assert landed == Landed(rows=3, new=2, changed=1)
    assert stored(book, "amount_cents") == [(1,), (1,), (2,), (2,), (2,)]
    assert book.manifest().sources["crm"].landed["deals"] == Landed(rows=6, new=5, changed=1)


def test_other_settings_alone_make_a_version(book: Book) -> None:
    land(book, many(range(3)), settings={"taxonomy": "1"})
    landed, manifest = land(book, many(range(3)), settings={"taxonomy": "2"})
    assert landed == Landed(rows=3, unchanged=3)
    assert (manifest.version, manifest.settings) == (2, {"taxonomy": "2"})
    with book.landing() as landing:
        manifest = landing.commit(source=None, told={}, settings={"taxonomy": "3"}, made_at=MADE_AT)
    assert (manifest.version, manifest.note, list(manifest.sources)) == (3, "settings", ["crm"])


def test_leaving_without_a_commit_changes_nothing(book: Book) -> None:
    land(book, many(range(3)))
    before = files_of(book.path, "**/*")
    with book.landing() as landing:
        landing.land("deals", [many(range(9))])
    assert book.manifest().version == 1
    assert files_of(book.path, "**/*") - {"lock"} == before - {"lock"}


def test_names_live_in_people_alone_and_are_not_versioned(book: Book) -> None:
    land(book, page([{"person_id": "p_1", "name": "Kim Example"}], table="people"), table="people")
    land(book, page([{"person_id": "p_2", "name": "Lee Example"}], table="people"), table="people")
    assert stored(book, "person_id", "name", table="people", version=0) == [
        ("p_1", "Kim Example"),
        ("p_2", "Lee Example"),
    ]
    assert "people" not in book.manifest().tables
    others = [path for path in book.path.rglob("*") if path.is_file() and path.name != "people.parquet"]
    assert not [path for path in others if b"Kim Example" in path.read_bytes()]


def test_many_small_landings_are_written_together(book: Book) -> None:
    for number in range(20):
        land(book, many([number]))
    assert stored(book, "deal_id") == [(f"D{number:06d}",) for number in range(20)]
    current = book.manifest().tables["deals"].delta_version
    from deltalake import DeltaTable

    assert len(DeltaTable(book.path / "tables" / "deals", version=current).file_uris()) <= 9


def test_a_table_with_a_null_key_is_refused_whole(book: Book) -> None:
    with pytest.raises(DataError, match="1 rows of deals have no deal_id"):
        land(book, page([{"deal_id": "A"}, {"deal_id": None}]))
    assert book.manifest().version == 0


@pytest.mark.parametrize("column", ["colour", "X_seats"])
def test_a_column_that_nobody_declared_is_a_defect_of_the_source(book: Book, column: str) -> None:
    with pytest.raises(InternalError, match=column):
        land(book, page([{"deal_id": "A", column: "b"}]))


def test_a_pull_without_rows_changes_nothing(book: Book) -> None:
    land(book, many(range(2)))
    landed, _ = land(book, many([]))
    assert landed == Landed()
    landed, manifest = land(book)
    assert (landed, manifest.version) == (Landed(), 1)


def test_a_second_writer_is_told_to_wait(book: Book) -> None:
    with book.landing(), pytest.raises(UserError, match="Another winloss is writing"), Book.open(book.path).landing():
        pass
    with pytest.raises(UserError, match="Another winloss"), book.landing():
        book.undo(made_at=MADE_AT)


def test_a_reader_keeps_its_version_while_another_writes(book: Book) -> None:
    land(book, many(range(3), amount_cents=1))
    with book.read() as view:
        land(book, many(range(4), amount_cents=2))
        assert view.ask(view.tables["deals"].amount_cents.sum().name("sum"))["sum"].to_pylist() == [3]


def test_every_declared_type_comes_back_as_it_was(book: Book) -> None:
    names = [field.name for field in TABLES["deals"].schema]
    values: dict[str, Any] = {}
    for field in TABLES["deals"].schema:
        values[field.name] = {
            "string": "Zoë – \"quoted\", 'x'\n",
            "int64": -(2**63) + 1,
            "date32[day]": day(5).date(),
            "timestamp[us, tz=UTC]": day(5),
        }[str(field.type)]
    land(book, page([values]))
    with book.read() as view:
        assert view.ask(view.tables["deals"]).select(names).schema.equals(TABLES["deals"].schema)
    assert stored(book, *names) == [tuple(values.values())]


def test_dictionaries_and_other_widths_are_cast(book: Book) -> None:
    batch = pa.RecordBatch.from_pydict(
        {
            "deal_id": pa.array(["A", "B", "A"]).dictionary_encode(),
            "amount_cents": pa.array([1, 2, 3], pa.int32()),
            "x_seats": pa.array([1, None, 3], pa.int64()),
        }
    )
    landed, _ = land(book, batch)
    assert landed == Landed(rows=3, new=2, folded=1)
    assert stored(book, "deal_id", "amount_cents", "x_seats") == [("A", 3, 3.0), ("B", 2, None)]


def test_encoded_text_lands_as_the_same_text_written_out(book: Book, tmp_path: Path) -> None:
    rows = [{"deal_id": f"D{n}", "region": "NS"[n % 2] if n % 3 else None, "notes": f"n{n // 8}"} for n in range(40)]
    plain = [page(rows[at : at + 10]) for at in range(0, 40, 10)]
    encoded = [
        pa.RecordBatch.from_arrays([c.dictionary_encode() for c in one.columns], one.schema.names) for one in plain
    ]
    land(book, *encoded)
    other = Book.create(tmp_path / "another book")
    land(other, *plain)
    names = ("deal_id", "region", "notes")
    assert (
        stored(book, *names) == stored(other, *names) == sorted((r["deal_id"], r["region"], r["notes"]) for r in rows)
    )
    (file,) = (book.path / "tables" / "deals").glob("*.parquet")
    assert {field.type for field in pq.read_schema(file)} == {pa.string()}
    assert land(book, *plain)[0] == land(other, *encoded)[0] == Landed(rows=40, unchanged=40)
    changed = [{**row, "region": "S"} for row in rows[:5]]
    again = pa.RecordBatch.from_arrays([c.dictionary_encode() for c in page(changed).columns], list(changed[0]))
    assert land(book, again)[0] == land(other, page(changed))[0]
    assert stored(book, *names) == stored(other, *names)


def test_rows_that_are_not_landed_leave_no_value_in_the_files(book: Book) -> None:
    rows = [{"deal_id": f"D{n}", "region": "North"} for n in range(9)]
    land(book, page(rows))
    newer = page([{**rows[0], "region": "Gone"}, {**rows[0], "region": "South"}, *rows[1:]])
    land(book, pa.RecordBatch.from_arrays([c.dictionary_encode() for c in newer.columns], newer.schema.names))
    written = b"".join(path.read_bytes() for path in (book.path / "tables").rglob("*.parquet"))
    assert b"South" in written
    assert b"Gone" not in written

"""Answers kept beside the book: found again, never out of date, and never in the way."""

from __future__ import annotations

import shutil
from pathlib import Path

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pytest

from landing_rows import land, many, page
from winloss.store import Book, View, view
from winloss.store.kept import MOST, Kept, coded


@pytest.fixture(autouse=True)
def _anything_is_worth_keeping(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(view, "_WORTH_KEEPING_S", 0.0)


@pytest.fixture
def book(tmp_path: Path) -> Book:
    made = Book.create(tmp_path / "book")
    land(made, many(range(4), industry="Retail", amount_cents=5))
    return made


def asked(opened: View) -> ir.Table:
    deals = opened.name("some", opened.tables["deals"].mutate(euros=opened.tables["deals"].amount_cents / 100))
    return deals.group_by("industry").aggregate(euros=deals.euros.sum())


def answers(book: Book) -> set[Path]:
    return set((book.path / "kept").glob("*"))


def recalled(book: Book) -> dict[str, list[object]]:
    with book.read() as opened:
        found: dict[str, list[object]] = opened.recall(asked(opened)).to_pydict()
    return found


def test_an_answer_is_read_again_and_not_asked_for(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    first = recalled(book)
    assert first == {"industry": ["Retail"], "euros": [0.2]}
    monkeypatch.setattr(View, "ask", lambda *_: pytest.fail("it is asked for"))
    assert recalled(book) == first


def test_other_facts_and_other_questions_are_asked_anew(book: Book) -> None:
    recalled(book)
    land(book, many(range(4), industry="Retail", amount_cents=7))
    assert recalled(book)["euros"] == [0.28]
    with book.read(1) as opened:
        deals = opened.tables["deals"]
        opened.name("some", deals.mutate(euros=deals.amount_cents / 10))
        assert opened.recall(opened.connection.table("some").euros.sum().name("n"))["n"].to_pylist() == [2.0]
        assert opened.recall(asked(opened))["euros"].to_pylist() == [0.2]


def test_a_book_restored_without_what_it_kept_is_asked_anew(book: Book, tmp_path: Path) -> None:
    shutil.copytree(book.path, tmp_path / "backup")
    land(book, many(range(4), industry="Retail", amount_cents=7))
    assert recalled(book)["euros"] == [0.28]
    kept = {path.name: path.read_bytes() for path in answers(book)}
    shutil.rmtree(book.path)
    shutil.copytree(tmp_path / "backup", book.path)
    (book.path / "kept").mkdir(exist_ok=True)
    for name, content in kept.items():
        (book.path / "kept" / name).write_bytes(content)
    land(book, many(range(4), industry="Retail", amount_cents=9))
    assert recalled(book)["euros"] == [0.36]


def test_a_table_that_a_question_does_not_touch_changes_nothing(book: Book) -> None:
    recalled(book)
    before = answers(book)
    land(book, page([{"account_id": "one", "employees": 1}], table="accounts"), table="accounts")
    recalled(book)
    assert answers(book) == before


def test_what_a_small_table_holds_is_part_of_the_question(book: Book) -> None:
    def named(word: str) -> list[object]:
        with book.read() as opened:
            small = ibis.memtable(pa.table({"industry": ["Retail"], "word": [word]}))
            told = opened.name("told", opened.tables["deals"].left_join(small, "industry"))
            found: list[object] = opened.recall(told.select("word").distinct())["word"].to_pylist()
        return found

    assert (named("shops"), named("stores"), named("shops")) == (["shops"], ["stores"], ["shops"])
    assert len(answers(book)) == 2


def test_names_of_people_are_never_kept(book: Book) -> None:
    with book.read() as opened:
        opened.recall(opened.tables["people"].count().name("n"))
        opened.recall(opened.name("some", opened.tables["people"]).count().name("n"))
    assert answers(book) == set()


@pytest.mark.parametrize("harm", ["cut", "empty", "gone", "bent"])
def test_a_damaged_answer_is_asked_for_again(book: Book, harm: str) -> None:
    first = recalled(book)
    for path in answers(book):
        if harm == "gone":
            shutil.rmtree(path.parent)
        else:
            whole = bytearray(path.read_bytes())
            whole[len(whole) // 2] ^= 1
            path.write_bytes({"cut": bytes(whole[:200]), "empty": b"", "bent": bytes(whole)}[harm])
    assert recalled(book) == first


def test_a_book_that_cannot_be_written_to_answers_all_the_same(book: Book) -> None:
    (book.path / "kept").write_text("in the way", "utf-8")
    assert recalled(book) == {"industry": ["Retail"], "euros": [0.2]}


def test_the_oldest_answers_go_first(tmp_path: Path) -> None:
    kept = Kept(tmp_path / "kept", "stamp")
    for i in range(MOST + 3):
        kept.keep(str(i), pa.table({"n": [i]}))
    found = [answer["n"].to_pylist() for i in range(MOST + 3) if (answer := kept.find(str(i))) is not None]
    assert len(found) == MOST
    assert found[-1] == [MOST + 2]


def test_text_of_few_values_is_coded_and_says_the_same() -> None:
    rows = {"few": ["a", None, "b"] * 200, "many": [str(i) for i in range(600)], "n": list(range(600))}
    whole = pa.table(rows)
    made = coded(pa.concat_tables([whole.slice(0, 100), whole.slice(100)]))
    assert [pa.types.is_dictionary(made[name].type) for name in rows] == [True, False, False]
    assert made.to_pydict() == rows
    assert coded(pa.table({"none": pa.chunked_array([], pa.string())})).num_rows == 0

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from landing_rows import MADE_AT, day, land, page
from winloss.store import Book, Landed

Row = dict[str, Any]
ALWAYS = ("deal_id", "modified_at", "amount_cents")
MAYBE = ("notes", "x_seats")

rows = st.fixed_dictionaries(
    {
        "deal_id": st.sampled_from(["A", "B", "b", "B ", "Ж", ""]),
        "modified_at": st.one_of(st.none(), st.integers(1, 3).map(day)),
        "amount_cents": st.one_of(st.none(), st.integers(-1, 1)),
        "notes": st.one_of(st.none(), st.sampled_from(["", "x", "y\n'\""])),
        "x_seats": st.one_of(st.none(), st.sampled_from([0.0, -0.0, 1.5])),
    }
)
exports = st.tuples(st.lists(rows, max_size=7), st.sets(st.sampled_from(MAYBE)), st.integers(1, 3))
some = settings(max_examples=10, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def pages(given_rows: Sequence[Row], carried: set[str], size: int) -> list[pa.RecordBatch]:
    names = [*ALWAYS, *(name for name in MAYBE if name in carried)]
    template = page([dict.fromkeys(names)], types={"x_seats": pa.float64()}).schema
    kept = [{name: row[name] for name in names} for row in given_rows]
    return [pa.RecordBatch.from_pylist(kept[at : at + size], schema=template) for at in range(0, len(kept), size)]


def champion(rivals: Sequence[Row]) -> Row:
    """The rule in plain words: the latest date, of equals the later row; a row without a date beats those before it."""
    dated = [(row["modified_at"], at) for at, row in enumerate(rivals) if row["modified_at"] is not None]
    undated = [at for at, row in enumerate(rivals) if row["modified_at"] is None]
    latest = [max(dated)[1]] if dated else []
    return rivals[max(latest + undated)]


def model(book: dict[str, Row], given_rows: Sequence[Row], carried: set[str]) -> Landed:
    """Land rows in a dict, one key after the other; returns the counts."""
    names = [*ALWAYS, *carried]
    by_key: dict[str, list[Row]] = {}
    for row in given_rows:
        by_key.setdefault(row["deal_id"], []).append({name: row[name] for name in names})
    new = changed = 0
    for key, rivals in by_key.items():
        winner, before = champion(rivals), book.get(key)
        if before is None:
            new += 1
            book[key] = dict.fromkeys(MAYBE) | winner
            continue
        dates = before["modified_at"], winner["modified_at"]
        older = None not in dates and dates[0] > dates[1]
        if not older and any(before[name] != winner[name] for name in names):
            changed += 1
            before.update(winner)
    return Landed(
        rows=len(given_rows),
        new=new,
        changed=changed,
        unchanged=len(by_key) - new - changed,
        folded=len(given_rows) - len(by_key),
    )


def content(book: Book) -> list[Row]:
    with book.read() as view:
        deals = view.tables["deals"]
        names = [name for name in (*ALWAYS, *MAYBE) if name in deals.columns]
        rows: list[Row] = view.ask(deals.select(*names).order_by("deal_id")).to_pylist()
    return rows


@some
@given(st.lists(exports, min_size=1, max_size=3))
def test_any_exports_in_turn_land_as_by_hand_and_landing_one_again_changes_nothing(
    pulls: list[tuple[list[Row], set[str], int]],
) -> None:
    expected: dict[str, Row] = {}
    with tempfile.TemporaryDirectory() as place:
        book = Book.create(Path(place) / "book")
        for given_rows, carried, size in pulls:
            landed, _ = land(book, *pages(given_rows, carried, size))
            assert landed == model(expected, given_rows, carried)
        again, manifest = land(book, *pages(*pulls[-1]))
        assert (again.new, again.changed) == (0, 0)
        assert manifest.version == len(book.log()) <= len(pulls)
        assert [{name: row.get(name) for name in (*ALWAYS, *MAYBE)} for row in content(book)] == [
            expected[key] for key in sorted(expected)
        ]


@some
@given(st.lists(exports, min_size=1, max_size=2))
def test_undo_gives_back_exactly_what_was(pulls: list[tuple[list[Row], set[str], int]]) -> None:
    with tempfile.TemporaryDirectory() as place:
        book = Book.create(Path(place) / "book")
        states = [content(book)]
        for at, export in enumerate(pulls):
            land(book, *pages(*export), told={"at": at})
            states.append(content(book))
        for before in reversed(states[:-1]):
            book.undo(made_at=MADE_AT)
            assert content(book) == before


@some
@given(exports, st.randoms(use_true_random=False))
def test_the_order_of_rows_with_different_keys_does_not_matter(
    export: tuple[list[Row], set[str], int], random: Any
) -> None:
    given_rows, carried, size = export
    unique = list({row["deal_id"]: row for row in given_rows}.values())
    shuffled = random.sample(unique, len(unique))
    with tempfile.TemporaryDirectory() as place:
        one, other = Book.create(Path(place) / "one"), Book.create(Path(place) / "other")
        assert land(one, *pages(unique, carried, size))[0] == land(other, *pages(shuffled, carried, size))[0]
        assert content(one) == content(other)

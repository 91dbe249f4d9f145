"""What leaves as CSV: sent piece by piece, read by spreadsheets, and never run by them."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from winloss.tables.escape import safe_cell
from winloss.web.exports import csv_response


def _read(response: Any) -> list[list[str]]:
    return list(csv.reader(io.StringIO(b"".join(response.streaming_content).decode("utf-8-sig"), newline="")))


def test_a_table_becomes_a_file_to_keep() -> None:
    response = csv_response("deals of May", ["deal", "amount"], [("Zoë", 12), ("a;b", None)])
    assert response.headers["Content-Disposition"] == 'attachment; filename="deals-of-May.csv"'
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert response.headers["Cache-Control"] == "private, no-store"
    assert b"".join(iter(response)).startswith(b"\xef\xbb\xbfdeal,amount\r\n")
    assert _read(csv_response("x", ["deal", "amount"], [("Zoë", 12), ("a;b", None)])) == [
        ["deal", "amount"],
        ["Zoë", "12"],
        ["a;b", ""],
    ]


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("=1+1", "'=1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("-12.5", "-12.5"),
        (-12.5, "-12.5"),
        (True, "yes"),
        (dt.date(2026, 5, 31), "2026-05-31"),
        (dt.datetime(2026, 5, 31, 12, 0, 1, 5, tzinfo=dt.UTC), "2026-05-31 12:00:01+00:00"),
        ("a\0b", "ab"),
        ("\ud800", "?"),
    ],
)
def test_cells_are_written_so_that_nothing_runs(value: object, written: str) -> None:
    assert _read(csv_response("x", ["=evil()"], [(value,)])) == [["'=evil()"], [written]]


def test_rows_are_sent_while_they_are_made() -> None:
    asked = []

    def rows() -> Iterator[tuple[int]]:
        for count in range(10_000):
            asked.append(count)
            yield (count,)

    sent = iter(csv_response("x", ["n"], rows()))
    next(sent)
    assert len(asked) < 1000
    assert b"".join(sent).count(b"\r\n") > 9000


@pytest.mark.parametrize(("name", "file"), [('../../"x\r\ny', "x-y"), ("", "export"), ("Übersicht", "bersicht")])
def test_no_name_breaks_the_header(name: str, file: str) -> None:
    assert csv_response(name, ["a"], []).headers["Content-Disposition"] == f'attachment; filename="{file}.csv"'


@given(st.lists(st.tuples(st.text(), st.text()), max_size=8))
def test_every_text_comes_back_as_it_was_but_for_the_apostrophe(rows: list[tuple[str, str]]) -> None:
    found = _read(csv_response("x", ["a", "b"], rows))[1:]
    told = [[safe_cell(text.replace("\0", "")) for text in row] for row in rows]
    assert found == told

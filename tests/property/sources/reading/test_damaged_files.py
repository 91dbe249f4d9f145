"""Damaged workbooks, Parquet and JSON files are refused in a sentence, or what is left of them is counted."""

from __future__ import annotations

import io
import json
import random
import tempfile
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from winloss.errors import UserError
from winloss.sources.files.raw import open_raw

ROWS = 40
MUTATIONS = 120


def workbook() -> bytes:
    held = io.BytesIO()
    with xlsxwriter.Workbook(held, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Deals")
        for row in range(ROWS):
            sheet.write_row(row, 0, [f"deal {row}", row * 1.5, row % 2 == 0, "Closed Won"])
    return held.getvalue()


def repacked(content: bytes, chance: random.Random) -> bytes:
    """The workbook with bytes changed inside its parts, packed again so that the archive itself is whole."""
    held = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            part = source.read(name)
            target.writestr(name, mutated(part, chance) if chance.random() < 0.3 else part)
    return held.getvalue()


def parquet() -> bytes:
    held = io.BytesIO()
    pq.write_table(pa.table({"id": list(range(ROWS)), "stage": ["Won", "Lost"] * (ROWS // 2)}), held)
    return held.getvalue()


def as_json() -> bytes:
    return json.dumps({"deals": [{"id": i, "stage": "Won", "more": {"a": [1, "x"]}} for i in range(ROWS)]}).encode()


def lines() -> bytes:
    return b"".join(b'{"id": %d, "stage": "Won", "note": "a\\nb"}\n' % i for i in range(ROWS))


def mutated(content: bytes, chance: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(max(1, len(changed)))
        kind = chance.randrange(4)
        if kind == 0:
            changed[at : at + 1] = bytes([chance.randrange(256)])
        elif kind == 1:
            del changed[at : at + chance.randint(1, 60)]
        elif kind == 2:
            changed[at:at] = chance.choice([b'"', b"{", b"]", b"\0", b"<", b"9" * 30, b"1e999", b"&amp;", b"[" * 3000])
        else:
            changed[at:] = b""
    return bytes(changed)


def check(content: bytes, name: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name)
        path.write_bytes(content)
        try:
            for table in open_raw(path):
                table.drain()
                assert table.rows == sum(batch.num_rows for batch in table.batches()) + len(table.rejects)
                assert len(set(table.header)) == len(table.header)
        except UserError as error:
            said = str(error)
            if "\n" in said or name not in said:
                raise AssertionError(said) from error


@pytest.mark.parametrize(
    ("name", "make"), [("d.xlsx", workbook), ("d.parquet", parquet), ("d.json", as_json), ("d.jsonl", lines)]
)
def test_changed_bytes_never_pass_for_a_defect_of_ours(name: str, make: object) -> None:
    assert callable(make)
    content, chance = make(), random.Random(11)
    for _ in range(MUTATIONS):
        check(mutated(content, chance), name)


def test_workbooks_changed_inside_never_pass_for_a_defect_of_ours() -> None:
    content, chance = workbook(), random.Random(12)
    for _ in range(MUTATIONS):
        check(repacked(content, chance), "d.xlsx")


VALUE = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=6)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=4), inner, max_size=3)),
    max_leaves=8,
)


@settings(max_examples=100, deadline=None)
@given(VALUE, st.sampled_from([None, 1]))
def test_any_json_is_a_table_or_refused(value: object, indent: int | None) -> None:
    check(json.dumps(value, indent=indent).encode(), "d.json")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.dictionaries(st.text(max_size=4), VALUE, max_size=3), max_size=4))
def test_any_objects_are_as_many_rows(rows: list[dict[str, object]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "d.json")
        path.write_text(json.dumps(rows))
        try:
            table = open_raw(path)[0].drain()
        except UserError:
            assert not any(rows)
            return
        assert table.rows + table.skipped.get("blank", 0) + table.skipped.get("footer", 0) == len(rows)

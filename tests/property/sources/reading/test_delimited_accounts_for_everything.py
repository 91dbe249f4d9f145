"""Whatever the bytes of a text file are: it is refused in a sentence, or every record of it is accounted for."""

from __future__ import annotations

import csv
import io
import random
import tempfile
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exports import export
from winloss.errors import UserError
from winloss.sources.files import delimited, records
from winloss.sources.files.profile import profile
from winloss.sources.files.raw import RawTable, open_raw

SMALL = settings(max_examples=150, deadline=None)

CELL = st.text(alphabet=st.sampled_from("ab1 ,;\t|\"'\n\r\\é€.="), max_size=8)
TABLE = st.integers(2, 5).flatmap(
    lambda width: st.lists(st.lists(CELL, min_size=width, max_size=width), min_size=1, max_size=12)
)
PIECE = st.sampled_from(
    ['"', '""', ",", "\n", "\r\n", "\r", "a", "b c", "12", '"x"', '","', "é", " ", "\\", "'", ";", "\0"]
)


def opened(content: bytes, name: str = "deals.csv") -> list[RawTable] | None:
    """The tables of a file of these bytes, drained; None where it is refused."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name)
        path.write_bytes(content)
        try:
            return [table.drain() for table in open_raw(path)]
        except UserError:
            return None


def cells_of(table: RawTable) -> list[list[str | None]]:
    return [list(row) for batch in table.batches() for row in zip(*batch.columns.to_pydict().values(), strict=True)]


def lines_of(table: RawTable) -> list[int | None]:
    return [line for batch in table.batches() for line in batch.lines.to_pylist()]


def marks(text: str) -> Counter[str]:
    """The letters and digits of a text."""
    return Counter(c for c in text if c.isalnum())


@SMALL
@given(st.binary(max_size=400))
def test_any_bytes_are_refused_or_counted(content: bytes) -> None:
    for table in opened(content) or []:
        kept = sum(batch.num_rows for batch in table.batches())
        assert table.rows == kept + len(table.rejects)
        assert len(set(table.header)) == len(table.header)
        assert all(count > 0 for count in table.skipped.values())


@SMALL
@given(TABLE)
def test_a_well_formed_file_comes_back_cell_by_cell(rows: list[list[str]]) -> None:
    width = len(rows[0])
    header = [f"name{chr(97 + i)}" for i in range(width)]
    written = io.StringIO(newline="")
    csv.writer(written, quoting=csv.QUOTE_ALL).writerows([header, *rows, [f"end{i}" for i in range(width)]])
    tables = opened(written.getvalue().encode())
    assert tables is not None
    wanted = [[cell if cell.strip() else None for cell in row] for row in rows]
    wanted = [row for row in wanted if any(row)]
    assert [list(row) for row in cells_of(tables[0])[:-1]] == wanted
    assert tables[0].skipped.get("blank", 0) == len(rows) - len(wanted)
    assert len(tables[0].rejects) == 0


@SMALL
@given(st.lists(PIECE, max_size=60))
def test_no_letter_or_digit_of_a_broken_file_vanishes(pieces: list[str]) -> None:
    body = "".join(pieces)
    content = f"one,two,three\nk,l,m\nn,o,p\n{body}\nq,r,s\n"
    tables = opened(content.encode())
    if (
        tables is None
        or tables[0].delimiter != ","
        or tables[0].skipped.keys() & {"footer", "title", "repeated_header"}
    ):
        return
    told = "".join(cell or "" for row in cells_of(tables[0]) for cell in row)
    told += "".join(reject.value for reject in tables[0].rejects) + "".join(tables[0].header)
    assert marks(told) == marks(content)


@SMALL
@given(st.lists(PIECE, max_size=60), st.integers(16, 90))
def test_the_size_of_blocks_changes_nothing(pieces: list[str], block_bytes: int) -> None:
    content = ("one,two,three\n" + 'k,l,"m\nm"\n' * 3 + "".join(pieces) + "\n" + "q,r,s\n" * 3).encode()
    whole = opened(content)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delimited, "CHUNK_BYTES", block_bytes)
        patch.setattr(records, "_LENIENT_BYTES", 400)
        pieced = opened(content)
    assert (whole is None) == (pieced is None)
    for a, b in zip(whole or [], pieced or [], strict=True):
        if any(reject.reason.startswith("a line break") for table in (a, b) for reject in table.rejects):
            return  # rows split by a line break are recognised within one block only
        assert cells_of(a) == cells_of(b)
        assert list(a.rejects) == list(b.rejects)
        assert a.skipped == b.skipped
        assert lines_of(a) == lines_of(b)


@SMALL
@given(st.lists(PIECE, max_size=60), st.integers(16, 90))
def test_whether_columns_are_encoded_changes_nothing(pieces: list[str], block_bytes: int) -> None:
    repeated = 'k,l,"m\nm"\n' * 3 + "one,two,three\nk,\xa0,x\nk\n"
    content = ("one,two,three\n" + repeated + "".join(pieces) + "\n" + "q,r,s\n" * 3 + "Total,,\n").encode()
    found = []
    for encoded in (frozenset[int](), frozenset(range(9))):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(delimited, "CHUNK_BYTES", block_bytes)
            patch.setattr(delimited, "_repeating", lambda *_, encoded=encoded: encoded)
            found.append(opened(content))
    without, encoded_tables = found
    assert (without is None) == (encoded_tables is None)
    for a, b in zip(without or [], encoded_tables or [], strict=True):
        assert cells_of(a) == cells_of(b)
        assert lines_of(a) == lines_of(b)
        assert list(a.rejects) == list(b.rejects)
        assert (a.skipped, a.notes) == (b.skipped, b.notes)
        assert [one.counts for one in profile(a)] == [other.counts for other in profile(b)]
        assert [one.max_length for one in profile(a)] == [other.max_length for other in profile(b)]


@pytest.mark.parametrize(
    "parts",
    [("maven-crm", "sales_pipeline.csv"), ("it-school-crm", "deals.csv"), ("salvirt-b2b", "deals.csv")],
    ids=lambda parts: parts[0],
)
def test_mutated_exports_are_refused_or_counted(parts: tuple[str, str]) -> None:
    original = export(*parts).read_bytes()[:60_000]
    chance = random.Random(7)
    for _ in range(25):
        content = bytearray(original)
        for _ in range(chance.randint(1, 12)):
            at = chance.randrange(len(content))
            kind = chance.randrange(4)
            if kind == 0:
                content[at] = chance.randrange(256)
            elif kind == 1:
                del content[at : at + chance.randint(1, 200)]
            elif kind == 2:
                content[at:at] = chance.choice([b'"', b"\n", b",", b"\0", b"\xff", b"\r", b'""'])
            else:
                content[at:at] = content[: chance.randint(1, 500)]
        for table in opened(bytes(content)) or []:
            assert table.rows == sum(batch.num_rows for batch in table.batches()) + len(table.rejects)
            assert table.rows > 50

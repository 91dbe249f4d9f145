"""A person taken out of files of every kind, and nothing else with them."""

from __future__ import annotations

import gzip
import zipfile
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from searched import holding
from winloss.sources.files.erase import erase, pieces
from winloss.tables.traces import Traces, traces_of

NAME, EMAIL, ID = "Zoë O'Brien", "zoe@x.test", "p_000000000001"
TRACES = traces_of([EMAIL], [NAME], ids=[ID])


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("by Zoë O'Brien.", f"by {ID}."),
        ("by ZOË\u00a0 O'BRIEN", f"by {ID}"),
        ("O'Brien, Zoë;", f"{ID};"),
        ("mail ZOE@X.test.", f"mail {ID}."),
        ("Zoe\u0308 O’Brien", ID),
        (r'"to Zo\u00eb O\'Brien"', r'"to Zo\u00eb O\'Brien"'),
        (r'"to\nZo\u00eb O&apos;Brien"', rf'"to\n{ID}"'),
        ("Zo&#235; O&#39;Brien", ID),
        ("zoe%40x.test", ID),
        ("mary.zoe@x.test zoe@x.test.au zoe@x.testing", "mary.zoe@x.test zoe@x.test.au zoe@x.testing"),
        ("Zoë O'Brienne, McZoë O'Brien", "Zoë O'Brienne, McZoë O'Brien"),
        ("Zoë and O'Brien", "Zoë and O'Brien"),
        ("", ""),
    ],
)
def test_a_person_is_known_however_they_are_written(text: str, clean: str) -> None:
    assert TRACES.rewrite(text)[0] == clean


def test_a_name_of_one_word_counts_where_it_is_the_whole_cell() -> None:
    max_ = traces_of(["m@x.test"], ["Max"], ids=[ID])
    assert max_.rewrite("Max")[0] == ID
    assert max_.rewrite('12,"Max",MAX,to the max\nMax,Maxim')[0] == f'12,"{ID}",{ID},to the max\n{ID},Maxim'


def test_of_several_ids_the_one_made_of_the_writing_takes_its_place() -> None:
    from winloss.tables.people import opaque

    found = traces_of([EMAIL], [NAME], ids=["p_0a0a0a0a0a0a", opaque(EMAIL)])
    assert (found.emails, found.names) == ({EMAIL: opaque(EMAIL)}, {NAME: "p_0a0a0a0a0a0a"})


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "cp1252", "mac-roman"])
def test_text_of_any_encoding_keeps_everything_else(tmp_path: Path, codec: str) -> None:
    file = tmp_path / "deals.csv"
    lines = "name;who;Straße\r\n" + "Zoë O'Brien;zoe@x.test;Köln äöü ÄÖÜß\r\n" * 3 + 'Ann;ann@x.test;"a\nb"\r\n'
    file.write_bytes(lines.encode(codec))
    file.chmod(0o640)
    told = erase(file, TRACES)
    assert (told.found, told.left) == (6, None)
    assert file.read_bytes().decode(codec) == lines.replace(NAME, ID).replace(EMAIL, ID)
    assert file.stat().st_mode & 0o777 == 0o640
    assert list(tmp_path.iterdir()) == [file]


def test_bytes_that_are_no_text_stay_as_they_are(tmp_path: Path) -> None:
    file = tmp_path / "deals.csv"
    file.write_bytes(b"Z\xc3\xb6e\n" * 30 + b"\xff\x00 zoe@x.test \xfe\n")
    assert erase(file, TRACES).found == 1
    assert file.read_bytes() == b"Z\xc3\xb6e\n" * 30 + b"\xff\x00 " + ID.encode() + b" \xfe\n"


def test_workbooks_gzip_and_parquet_are_written_anew(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in (["deal", "owner", "n"], ["1", NAME, 5], ["2", "Ann", 7], [f"call {EMAIL} soon", "Ann", 8]):
        book.active.append(row)
    book.properties.creator = NAME
    book.save(tmp_path / "deals.xlsx")
    (tmp_path / "deals.csv.gz").write_bytes(gzip.compress(f"who\n{NAME}\n".encode()))
    pq.write_table(pa.table({"who": [NAME, None, "Ann"], "n": [1, 2, 3]}), tmp_path / "deals.parquet")
    told = {file.name: erase(file, TRACES) for file in sorted(tmp_path.iterdir())}
    assert {name: (one.found, one.left) for name, one in told.items()} == {
        "deals.csv.gz": (1, None),
        "deals.parquet": (1, None),
        "deals.xlsx": (3, None),
    }
    assert holding(tmp_path, NAME, EMAIL) == []
    sheet = openpyxl.load_workbook(tmp_path / "deals.xlsx").active
    assert sheet is not None
    assert [list(row) for row in sheet.iter_rows(values_only=True)][1:] == [
        ["1", ID, 5],
        ["2", "Ann", 7],
        [f"call {ID} soon", "Ann", 8],
    ]
    assert pq.read_table(tmp_path / "deals.parquet").to_pydict() == {"who": [ID, None, "Ann"], "n": [1, 2, 3]}


def test_a_name_put_together_of_parts_in_a_workbook_is_told(tmp_path: Path) -> None:
    from openpyxl.cell.rich_text import CellRichText, TextBlock
    from openpyxl.cell.text import InlineFont

    book = openpyxl.Workbook()
    assert book.active is not None
    book.active["A1"] = CellRichText("by Zoë ", TextBlock(InlineFont(b=True), "O'Brien"))
    book.save(tmp_path / "deals.xlsx")
    assert erase(tmp_path / "deals.xlsx", TRACES).left == "a name is put together of parts in it"


@pytest.mark.parametrize("content", [b"PK\x03\x04rubbish", b"PAR1rubbish", b"\x1f\x8brubbish", b""])
def test_what_is_damaged_is_told_and_stays(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "deals"
    file.write_bytes(content)
    told = erase(file, TRACES)
    assert (told.found, bool(told.left)) == (0, bool(content))
    assert [one.read_bytes() for one in tmp_path.iterdir()] == [content]


def test_a_file_called_after_the_person_is_called_after_the_id(tmp_path: Path) -> None:
    (tmp_path / f"{NAME} May.csv").write_text("a\n1\n")
    erase(tmp_path / f"{NAME} May.csv", TRACES)
    assert [file.name for file in tmp_path.iterdir()] == [f"{ID} May.csv"]


def test_looking_changes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "deals.csv"
    file.write_text(f"{NAME}\n")
    assert erase(file, TRACES, look=True).found == 1
    assert file.read_text() == f"{NAME}\n"


_WORDS = st.sampled_from([NAME, EMAIL, "Ann", "mary.", "x", ",", "\n", " ", "O'Brien", "Zoë", "a" * 700, " " * 700])


@settings(deadline=None)
@given(st.lists(_WORDS, max_size=12).map("".join), st.integers(1, 900))
def test_blocks_of_any_size_give_the_same_as_the_whole(text: str, size: int) -> None:
    def blocks() -> Iterator[str]:
        yield from (text[at : at + size] for at in range(0, len(text), size))

    told = list(pieces(blocks(), TRACES))
    assert ("".join(piece for piece, _ in told), sum(count for _, count in told)) == _whole(text, TRACES)


def _whole(text: str, traces: Traces) -> tuple[str, int]:
    spans = traces.spans(text)
    for start, end, id_ in reversed(spans):
        text = text[:start] + id_ + text[end:]
    return text, len(spans)


def test_a_workbook_of_the_old_format_that_names_them_is_told(tmp_path: Path) -> None:
    file = tmp_path / "deals.xls"
    file.write_bytes(b"\xd0\xcf\x11\xe0" + NAME.encode("utf-16-le"))
    assert erase(file, TRACES).left == "a workbook of the old format cannot be rewritten"
    file.write_bytes(b"\xd0\xcf\x11\xe0" + "Ann".encode("utf-16-le"))
    assert erase(file, TRACES).left is None


def test_zip_archives_of_text_are_rewritten(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("deals.csv", f"{NAME}\n")
        archive.writestr("picture.png", b"\x89PNG")
    assert erase(tmp_path / "a.zip", TRACES).found == 1
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert (archive.read("deals.csv"), archive.read("picture.png")) == (f"{ID}\n".encode(), b"\x89PNG")

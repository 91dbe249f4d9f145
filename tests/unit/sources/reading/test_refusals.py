"""Files that cannot be read: one sentence that names the file and says what to do, and bounded memory."""

from __future__ import annotations

import gzip
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from winloss.errors import UserError
from winloss.sources.files.raw import RawTable, open_raw


def sheet_with(path: Path, cells: str) -> None:
    """A workbook of one sheet whose XML is given."""
    with xlsxwriter.Workbook(str(path)) as book:
        book.add_worksheet().write(0, 0, "Id")
    parts = {}
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    head, _, _ = parts["xl/worksheets/sheet1.xml"].partition(b"<sheetData>")
    parts["xl/worksheets/sheet1.xml"] = head + b"<sheetData>" + cells.encode() + b"</sheetData></worksheet>"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)


def drained(path: Path) -> list[RawTable]:
    return [table.drain() for table in open_raw(path)]


def truncated(path: Path, content: bytes, share: float = 0.6) -> None:
    path.write_bytes(content[: int(len(content) * share)])


def parquet_bytes(folder: Path) -> bytes:
    pq.write_table(pa.table({"id": list(range(5000))}), folder / "whole.parquet")
    return (folder / "whole.parquet").read_bytes()


def workbook_bytes(folder: Path) -> bytes:
    with xlsxwriter.Workbook(str(folder / "whole.xlsx")) as book:
        sheet = book.add_worksheet()
        for row in range(500):
            sheet.write_row(row, 0, [f"deal {row}", row])
    return (folder / "whole.xlsx").read_bytes()


CASES: dict[str, tuple[str, Callable[[Path, Path], object], str]] = {
    "picture": ("deals.csv", lambda p, _: p.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(900)), "picture"),
    "web page": ("deals.xls", lambda p, _: p.write_text("<html><table><tr><td>Stage</td></tr></table>"), "web page"),
    "sheet XML": (
        "deals.xls",
        lambda p, _: p.write_text(
            '<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>'
        ),
        "save it as",
    ),
    "PDF": ("deals.csv", lambda p, _: p.write_bytes(b"%PDF-1.7 ..."), "PDF"),
    "empty": ("deals.csv", lambda p, _: p.write_bytes(b""), "empty"),
    "only spaces": ("deals.csv", lambda p, _: p.write_text("  \n \n,,,\n"), "no text"),
    "binary": ("deals.csv", lambda p, _: p.write_bytes(bytes(range(256)) * 40), "binary"),
    "archive of something else": (
        "deals.xlsx",
        lambda p, _: zipfile.ZipFile(p, "w").writestr("deals.csv", "a,b"),
        "ZIP",
    ),
    "cut workbook": ("deals.xlsx", lambda p, f: truncated(p, workbook_bytes(f)), "cut short"),
    "cut Parquet": ("deals.parquet", lambda p, f: truncated(p, parquet_bytes(f)), "cut short"),
    "cut gzip": (
        "deals.csv.gz",
        lambda p, _: truncated(p, gzip.compress(os.urandom(9000).hex().encode())),
        "cut short",
    ),
    "cut JSON": ("deals.json", lambda p, _: p.write_text('{"deals": [{"id": 1}, {"id": '), "cut short"),
    "JSON without objects": ("deals.json", lambda p, _: p.write_text('{"total": 3, "page": [1, 2]}{'), "JSON"),
    "deep JSON": ("deals.json", lambda p, _: p.write_text('[{"a":' + "[" * 100_000), "JSON"),
    "old workbook that is none": (
        "deals.xls",
        lambda p, _: p.write_bytes(b"\xd0\xcf\x11\xe0" + bytes(3000)),
        "damaged",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_cannot_be_read_is_said_in_a_sentence(case: str, tmp_path: Path) -> None:
    name, write, said = CASES[case]
    path = tmp_path / name
    write(path, tmp_path)
    with pytest.raises(UserError, match=said) as refused:
        drained(path)
    assert name in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_missing_file_and_a_folder_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no file"):
        open_raw(tmp_path / "nowhere.csv")
    with pytest.raises(UserError, match="is a folder"):
        open_raw(tmp_path)


def test_a_pipe_is_refused_without_waiting_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "deals.csv")
    with pytest.raises(UserError, match="no ordinary file"):
        open_raw(tmp_path / "deals.csv")


@pytest.mark.parametrize("header", ["", "Id,Stage,Amount\n1,Won,2\n"], ids=["from the start", "below a header"])
def test_a_line_without_end_is_refused(header: str, tmp_path: Path) -> None:
    path = tmp_path / "deals.csv"
    path.write_text(header + "x" * (40 << 20))
    with pytest.raises(UserError, match="no line end within 16 MB"):
        open_raw(path)[0].drain()


def test_a_workbook_that_unpacks_to_gigabytes_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "deals.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            for _ in range(100):
                sheet.write(bytes(1 << 20))
    assert path.stat().st_size < 200_000
    with pytest.raises(UserError, match="no ordinary workbook"):
        open_raw(path)


def test_a_workbook_that_lies_about_its_size_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "deals.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", bytes(20 << 20))
    content = path.read_bytes()
    path.write_bytes(content.replace((20 << 20).to_bytes(4, "little"), (900).to_bytes(4, "little")))
    with pytest.raises(UserError, match=r"damaged|no ordinary workbook"):
        open_raw(path)


FAR = {
    "named": '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
    "in other quotes, backwards": "<row r='1'><c r='XFD1048576'><v>1</v></c><c r='XFD1'><v>1</v></c></row>",
    "not named": "<row>" + "<c/>" * 16_000 + "<c><v>1</v></c></row>" + "<row/>" * 4_000 + "<row><c><v>1</v></c></row>",
}


@pytest.mark.parametrize("cells", FAR)
def test_cells_far_apart_are_not_laid_out(cells: str, tmp_path: Path) -> None:
    path = tmp_path / "deals.xlsx"
    sheet_with(path, FAR[cells])
    with pytest.raises(UserError, match=r"rows × 16,\d{3} columns: too large"):
        open_raw(path)


def test_a_gzip_bomb_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("winloss.sources.files.raw.RATIO_FROM_BYTES", 4 << 20)
    path = tmp_path / "deals.csv.gz"
    path.write_bytes(gzip.compress(b"a,b\n" * (6 << 20)))
    with pytest.raises(UserError, match="far more than an export holds"):
        open_raw(path, work_dir=tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["deals.csv.gz"]


def test_a_header_alone_is_a_table_of_no_rows(tmp_path: Path) -> None:
    path = tmp_path / "deals.csv"
    path.write_text("Id,Stage,Amount\n")
    table = open_raw(path)[0].drain()
    assert table.header == ("Id", "Stage", "Amount")
    assert table.rows == 0


@pytest.mark.parametrize("suffix", ["csv", "parquet", "xlsx"])
def test_a_table_of_very_many_columns_is_refused_before_its_rows_are_read(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"wide.{suffix}"
    names = [f"c{n}" for n in range(5_001)]
    if suffix == "csv":
        path.write_text("\n".join([",".join(names), ",".join("1" for _ in names)]))
    elif suffix == "parquet":
        pq.write_table(pa.table({name: ["1"] for name in names}), path)
    else:
        with xlsxwriter.Workbook(str(path)) as book:
            book.add_worksheet().write_row(0, 0, names)
    with pytest.raises(UserError, match=rf"wide\.{suffix} has 5,001 columns, and at most 5,000 are read"):
        open_raw(path)

"""Workbooks, Parquet and JSON: typed values as exact text, sheets and arrays chosen and told."""

from __future__ import annotations

import datetime as dt
import json
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from exports import export
from pulled import pull
from winloss.errors import UserError
from winloss.sources.files.raw import RawTable, open_raw

ID = "5805028000055525099"


at = dt.datetime.fromisoformat


def rows_of(table: RawTable) -> list[dict[str, str | None]]:
    return [row for batch in table.batches() for row in batch.columns.to_pylist()]


@pytest.fixture
def workbook(tmp_path: Path) -> Path:
    path = tmp_path / "deals.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("Deals")
        day, minute = book.add_format({"num_format": "dd.mm.yyyy"}), book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        long = book.add_format({"num_format": "[h]:mm:ss"})
        sheet.write(0, 0, "Closed deals of the year")
        sheet.write_row(2, 0, ["Id", "Closed", "Amount", "Won", "Took", "Serial"])
        sheet.write_string(3, 0, ID)
        sheet.write_datetime(3, 1, at("2024-03-01"), day)
        sheet.write_number(3, 2, 3500)
        sheet.write_boolean(3, 3, True)
        sheet.write_datetime(3, 4, dt.timedelta(hours=30, minutes=2), long)
        sheet.write_number(3, 5, 45352)
        sheet.write_row(5, 0, ["2", "", 0.1, "#REF!", "", 45352.5])
        sheet.write_datetime(5, 1, at("2024-03-01T13:50"), minute)
        book.add_worksheet("Old").hide()
        book.add_worksheet("Empty")
    return path


def test_cells_become_plain_exact_text(workbook: Path) -> None:
    table = open_raw(workbook)[0].drain()
    assert rows_of(table) == [
        {"Id": ID, "Closed": "2024-03-01", "Amount": "3500", "Won": "true", "Took": "30:02:00", "Serial": "45352"},
        {
            "Id": "2",
            "Closed": "2024-03-01 13:50:00",
            "Amount": "0.1",
            "Won": "#REF!",
            "Took": None,
            "Serial": "45352.5",
        },
    ]
    assert [line for batch in table.batches() for line in batch.lines.to_pylist()] == [4, 6]
    assert table.header_line == 3
    assert table.skipped == {"title": 1, "blank": 2}
    assert "sheet 'Old' is hidden: not read" in table.notes
    assert "sheet 'Empty' is empty: not read" in table.notes


def test_every_visible_sheet_with_a_table_is_one(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        for name in ("Deals", "Accounts"):
            book.add_worksheet(name).write_row(0, 0, [name, "Name"])
            book.get_worksheet_by_name(name).write_row(1, 0, ["x", "y"])
    assert [(t.label, t.header[0]) for t in open_raw(path)] == [
        ("book.xlsx [Deals]", "Deals"),
        ("book.xlsx [Accounts]", "Accounts"),
    ]


def test_ids_that_lost_digits_in_the_spreadsheet_are_told(tmp_path: Path) -> None:
    path = tmp_path / "deals.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["Id", "Stage"])
        sheet.write_row(1, 0, [int(ID), "Won"])
    table = open_raw(path)[0].drain()
    assert any(note.startswith("Id: 1 number of more than 15 digits lost the last ones") for note in table.notes)


def test_the_sheet_and_the_text_of_one_export_are_the_same_deals() -> None:
    sheet = open_raw(export("it-school-crm", "deals.xlsx"))[0].drain()
    text = open_raw(export("it-school-crm", "deals.csv"))[0].drain()
    assert sheet.rows == text.rows == 21_593
    assert sheet.skipped == text.skipped == {"blank": 2}
    assert sheet.header == text.header
    for column in ("Id", "Stage", "Lost Reason", "Source", "Closing Date", "Created Time"):
        assert [row[column] for row in rows_of(sheet)] == [row[column] for row in rows_of(text)]


def test_a_day_of_a_parquet_column_is_that_of_its_zone_and_said(tmp_path: Path) -> None:
    """Half past nine in the evening of the last of June in New York is July in UTC; the instant is the same."""
    instant, zones = (
        at("2025-07-01T01:30:00"),
        {"home": "America/New_York", "utc": "UTC", "east": "+02:00", "odd": "Nowhere/City"},
    )
    columns = {name: pa.array([instant], pa.timestamp("us", zone)) for name, zone in zones.items()}
    pq.write_table(pa.table(columns), tmp_path / "deals.parquet", store_schema=True)
    table = open_raw(tmp_path / "deals.parquet")[0].drain()
    assert rows_of(table) == [
        {
            "home": "2025-06-30T21:30:00-0400",
            "utc": "2025-07-01T01:30:00Z",
            "east": "2025-07-01T03:30:00+0200",
            "odd": "2025-07-01T01:30:00Z",
        }
    ]
    assert table.notes == (
        "times are in America/New_York: days are those of that zone",
        "times are in +02:00: days are those of that zone",
    )
    rows = [{"id": f"d{n}", "status": ["won", "lost"][n % 2]} for n in range(10)]
    closed = pa.array([instant] * 10, pa.timestamp("us", "America/New_York"))
    pq.write_table(pa.Table.from_pylist(rows).append_column("closed_at", closed), tmp_path / "zoned.parquet")
    found = pull(tmp_path / "zoned.parquet")
    assert found.column("closed_on")[0] == dt.date(2025, 6, 30)
    assert found.column("closed_at")[0] == instant.replace(tzinfo=dt.UTC)


def test_parquet_types_become_text(tmp_path: Path) -> None:
    columns: dict[str, Any] = {
        "id": [int(ID), 2],
        "at": pa.array([at("2024-03-01T13:05"), None], pa.timestamp("ns")),
        "zoned": pa.array([at("2024-03-01T13:05:01.500000"), None], pa.timestamp("us", "Europe/Berlin")),
        "share": [3500.0, 1e-7],
        "money": pa.array([Decimal("12.50"), None]),
        "on": pa.array([dt.date(2024, 3, 1), None]),
        "more": pa.array([{"a": 1, "b": "x"}, None]),
        "tags": [["a", "b"], []],
        "kind": pa.array(["x", " "]).dictionary_encode(),
        "flag": [True, False],
        "nothing": pa.nulls(2),
    }
    pq.write_table(pa.table(columns), tmp_path / "deals.parquet")
    table = open_raw(tmp_path / "deals.parquet")[0].drain()
    assert rows_of(table)[0] == {
        "id": ID,
        "at": "2024-03-01T13:05:00",
        "zoned": "2024-03-01T14:05:01.500000+0100",
        "share": "3500",
        "money": "12.50",
        "on": "2024-03-01",
        "more.a": "1",
        "more.b": "x",
        "tags": "a; b",
        "kind": "x",
        "flag": "true",
        "nothing": None,
    }
    assert rows_of(table)[1]["share"] == "0.0000001"
    assert rows_of(table)[1]["kind"] is None


def test_a_crm_answer_is_flattened_and_numbers_stay_as_written(tmp_path: Path) -> None:
    answer = (
        '{"total": 2, "results": [{"id": 12345678901234567890, "properties": {"amount": 1.10, "won": true}, "tags": ["a", "b"]},'
        ' {"id": 2, "properties": {"reason": "Price \\u20ac"}}], "paging": {"next": null}}'
    )
    (tmp_path / "deals.json").write_text(answer)
    table = open_raw(tmp_path / "deals.json")[0].drain()
    assert table.header == ("id", "properties.amount", "properties.won", "tags", "properties.reason")
    assert rows_of(table)[0] == {
        "id": "12345678901234567890",
        "properties.amount": "1.10",
        "properties.won": "true",
        "tags": "a; b",
        "properties.reason": None,
    }
    assert rows_of(table)[1]["properties.reason"] == "Price €"


@pytest.mark.parametrize("indent", [None, 2])
def test_arrays_and_several_arrays_are_tables(tmp_path: Path, indent: int | None) -> None:
    deals = [{"id": i, "stage": "Won"} for i in range(3)]
    (tmp_path / "a.json").write_text(json.dumps(deals, indent=indent))
    (tmp_path / "b.json").write_text(json.dumps({"deals": deals, "accounts": [{"name": "Acme"}]}, indent=indent))
    assert open_raw(tmp_path / "a.json")[0].drain().rows == 3
    assert [(t.label, t.drain().rows) for t in open_raw(tmp_path / "b.json")] == [
        ("b.json [deals]", 3),
        ("b.json [accounts]", 1),
    ]


def test_lines_that_are_no_object_are_rejected(tmp_path: Path) -> None:
    (tmp_path / "deals.jsonl").write_text('{"id": 1}\n\n{"id": 2}\nnope\n[1]\n{"id": 3}')
    table = open_raw(tmp_path / "deals.jsonl")[0].drain()
    assert [row["id"] for row in rows_of(table)] == ["1", "2", "3"]
    assert [(r.line, r.value) for r in table.rejects] == [(4, "nope"), (5, "[1]")]
    assert table.skipped == {"blank": 1}
    assert table.rows == 5


def test_a_json_larger_than_a_block_comes_whole(tmp_path: Path) -> None:
    deals = [{"id": i, "note": "x" * 300 + "é"} for i in range(9_000)]
    (tmp_path / "deals.json").write_text(json.dumps({"deals": deals}, ensure_ascii=False), encoding="utf-8")
    table = open_raw(tmp_path / "deals.json")[0].drain()
    assert [row["id"] for row in rows_of(table)] == [str(i) for i in range(9_000)]


ODS = (
    '<?xml version="1.0" encoding="UTF-8"?><office:document-content'
    ' xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
    ' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
    ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
    '<table:table table:name="Deals">{rows}</table:table></office:spreadsheet></office:body></office:document-content>'
)
ODS_ROW = "<table:table-row{more}>{cells}</table:table-row>"
ODS_CELL = '<table:table-cell office:value-type="string"{more}><text:p>{text}</text:p></table:table-cell>'


def open_document(path: Path, rows: str) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", ODS.format(rows=rows))
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
    return path


def test_open_document_sheets_are_read(tmp_path: Path) -> None:
    rows = "".join(
        ODS_ROW.format(more="", cells="".join(ODS_CELL.format(more="", text=text) for text in row))
        for row in (("Id", "Stage"), ("1", "Won"), ("2", "Lost"))
    )
    table = open_raw(open_document(tmp_path / "deals.ods", rows))[0].drain()
    assert rows_of(table) == [{"Id": "1", "Stage": "Won"}, {"Id": "2", "Stage": "Lost"}]


def test_open_document_sheets_that_unfold_to_millions_are_refused(tmp_path: Path) -> None:
    cell = ODS_CELL.format(more=' table:number-columns-repeated="16000"', text="x")
    rows = ODS_ROW.format(more=' table:number-rows-repeated="1000000"', cells=cell)
    with pytest.raises(UserError, match="too large"):
        open_raw(open_document(tmp_path / "deals.ods", rows))

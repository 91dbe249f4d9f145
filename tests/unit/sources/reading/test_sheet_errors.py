"""Errors in cells are told apart from blank ones, though the reader of sheets gives both alike."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
import xlsxwriter

from pulled import pull, write
from winloss.sources.files import sheet_errors
from winloss.sources.files.raw import open_raw
from winloss.sources.files.values.blanks import is_sheet_error

HEADER = ["Id", "Stage", "Amount", "Segment"]


@pytest.fixture
def workbook(tmp_path: Path) -> Path:
    """Eight deals from row 3 on, a column to the right; errors at rows 4, 5 and 7."""
    path = tmp_path / "deals.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        book.add_worksheet("Notes & more").write_formula(0, 0, "=1/0", value="#DIV/0!")
        sheet = book.add_worksheet('Deals "2024"')
        sheet.write_row(1, 1, HEADER)
        for n in range(8):
            sheet.write_row(2 + n, 1, [f"D{n}", ["Won", "Lost"][n % 2], 10, ["a", "b"][n % 2]])
        for row, error in ((3, "#N/A"), (4, "#DIV/0!"), (6, "#REF!")):
            sheet.write_formula(row, 3, "=VLOOKUP(1,A1:B9,2)", value=error)
        sheet.write_formula(6, 4, '=IF(A1="<v>","","")', value="#VALUE!")
        sheet.write_blank(7, 3, None, book.add_format({"bold": True}))
    return path


def test_errors_stand_in_their_cells(workbook: Path) -> None:
    table = next(t for t in open_raw(workbook) if "Deals" in t.label)
    rows = [row for batch in table.batches() for row in batch.columns.to_pylist()]
    assert [row["Amount"] for row in rows] == ["10", "#N/A", "#DIV/0!", "10", "#REF!", None, "10", "10"]
    assert [row["Segment"] for row in rows][4] == "#VALUE!"


def test_errors_are_counted_apart_and_taken_as_blank(workbook: Path) -> None:
    found = pull(workbook)
    assert found.column("amount_cents") == [1000, None, None, 1000, None, None, 1000, 1000]
    told = {p.column: p.count for p in found.told.problems if p.code == "sheet_error"}
    assert told == {"Amount": 3, "Segment": 1}
    assert found.problem("placeholder") is None
    assert found.told.tallies["deals"].rejected == 0


def test_errors_are_found_wherever_the_pieces_of_a_sheet_end(workbook: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = pull(workbook).rows()
    for size in (7, 64, 999):
        monkeypatch.setattr(sheet_errors, "PIECE_BYTES", size)
        assert pull(workbook).rows() == expected


def test_sheets_of_another_program_are_read_alike(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (HEADER, ["D1", "Won", "#N/A", "a"], ["D2", "Lost", 5, "#NAME?"]):
        sheet.append(row)
    book.save(tmp_path / "other.xlsx")
    found = pull(tmp_path / "other.xlsx")
    assert found.column("amount_cents") == [None, 500]
    assert {p.column for p in found.told.problems if p.code == "sheet_error"} == {"Amount", "Segment"}


def test_errors_written_as_text_in_a_csv_are_counted_alike(tmp_path: Path) -> None:
    rows = [
        dict(zip(HEADER, [f"D{n}", ["Won", "Lost"][n % 2], ["5", "#NV", "-"][n % 3], "a"], strict=True))
        for n in range(6)
    ]
    found = pull(write(tmp_path / "deals.csv", rows))
    told = {p.code: p.count for p in found.told.problems if p.column == "Amount"}
    assert told == {"sheet_error": 2, "placeholder": 2}


@pytest.mark.parametrize(
    ("value", "error"),
    [
        ("#N/A", True),
        ("#div/0!", True),
        ("#WERT!", True),
        ("#¡REF!", True),
        ("#1", False),
        ("N/A", False),
        ("#", False),
    ],
)
def test_errors_are_known_by_their_look(value: str, error: bool) -> None:
    assert is_sheet_error(value) is error

"""Delimited files: delimiter, encoding, header, footers, and the line of every row."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from exports import export
from winloss.sources.files import delimited, raw_table
from winloss.sources.files.raw import RawTable, open_raw

Read = Callable[..., RawTable]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def opened(content: str | bytes, name: str = "deals.csv") -> RawTable:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return open_raw(path)[0].drain()

    return opened


def rows_of(table: RawTable) -> list[tuple[str | None, ...]]:
    return [row for batch in table.batches() for row in zip(*batch.columns.to_pydict().values(), strict=True)]


def lines_of(table: RawTable) -> list[int | None]:
    return [line for batch in table.batches() for line in batch.lines.to_pylist()]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(read: Read, delimiter: str) -> None:
    lines = [("Id", "Amount", "Note"), ("1", "1,50", "a; b"), ("2", "2,75", "c"), ("3", "10,00", "d | e")]
    text = "\n".join(delimiter.join(f'"{cell}"' if delimiter in cell else cell for cell in line) for line in lines)
    table = read(text)
    assert table.delimiter == delimiter
    assert rows_of(table) == lines[1:]


def test_decimal_commas_do_not_make_a_comma_file(read: Read) -> None:
    table = read("Id;Amount;Stage\n1;1,5;Won\n2;2,5;Lost\n3;3,5;Won\n")
    assert table.delimiter == ";"
    assert rows_of(table)[0] == ("1", "1,5", "Won")


@pytest.mark.parametrize(
    "above",
    ["Pipeline 2025/26;;;;;;\n", "Pipeline 2025/26;;;;;;\nDeal;;Money;Dates;;;\n", "Pipeline 2025/26\n\n"],
    ids=["title", "title and groups", "title without separators"],
)
def test_lines_above_the_header_do_not_make_a_comma_file_of_decimal_commas(read: Read, above: str) -> None:
    table = read(
        f"{above}Kunde;Deal;Wert;Angelegt;Abschluss;Ergebnis;Grund\n"
        + "".join(f"K{n};P{n};5.8{n},01 €;20.07.2025;28.08.2025;verloren;zu teuer\n" for n in range(10, 60))
    )
    assert table.delimiter == ";"
    assert table.header == ("Kunde", "Deal", "Wert", "Angelegt", "Abschluss", "Ergebnis", "Grund")
    assert table.rows == 50


def test_lists_within_cells_do_not_make_a_semicolon_file(read: Read) -> None:
    table = read("Id,Tags,Stage\n1,a;b;c,Won\n2,a;d;e,Lost\n3,x;y;z,Won\n")
    assert table.delimiter == ","


def test_a_first_line_that_names_the_delimiter_is_honoured(read: Read) -> None:
    table = read("sep=;\nId;Name, first\n1;a,b\n")
    assert table.header == ("Id", "Name, first")
    assert rows_of(table) == [("1", "a,b")]
    assert lines_of(table) == [3]


@pytest.mark.parametrize(
    ("codec", "text"),
    [
        ("utf-8-sig", "Id,Käufer\n1,Müller\n"),
        ("utf-16", "Id,Käufer\n1,Müller\n"),
        ("utf-16-le", "Id,Käufer\n1,Müller\n2,Größe\n"),
        ("utf-16-be", "Id,Käufer\n1,Müller\n2,Größe\n"),
        ("cp1252", "Id,Käufer\n1,Müller – Söhne\n"),
        ("cp1252", "Id,Betrag\n1,1.086.87 €\n2,99€\n3,€ 5\n"),
        ("cp1252", "Id,Ort,Betrag\n1,Köln,1.086 €\n2,Bonn,99 €\n3,Ulm,5 €\n"),
        ("cp1252", "Id,Note\n1,Total – 5\n2,© 2024 Acme\n3,Nº 5\n4,it’s “big”\n"),
        ("cp850", "Id,Grund\n1,Größe\n2,für später\n3,Köln\n4,Müller\n"),
        ("cp1254", "Id,Neden\n1,Müşteri vazgeçti\n2,İstanbul şubesi\n"),
        ("cp1251", "Id,Причина\n1,Высокая цена\n2,Ушёл к конкуренту\n"),
        ("cp1250", "Id,Przyczyna\n1,cena zbyt wysoka\n2,Łódź święto żółć\n"),
        ("mac-roman", "Id,Raison\n1,Prix trop élevé\n2,Décision reportée\n"),
        ("cp932", "Id,理由\n1,価格が高い\n2,機能が足りない\n"),
    ],
)
def test_encodings_are_told_by_their_words(read: Read, codec: str, text: str) -> None:
    table = read(text.encode(codec))
    lines = [tuple(line.split(",")) for line in text.split("\n")[:-1]]
    assert table.header == lines[0]
    assert rows_of(table) == lines[1:]


def test_a_foreign_byte_far_down_a_long_file_still_counts(read: Read) -> None:
    plain = b"".join(b"%d,Won,plain text of some length\n" % i for i in range(60_000))
    table = read(b"Id,Stage,Note\n" + plain + "60000,Won,Müller\n".encode("cp1252"))
    assert table.encoding == "cp1252"
    assert rows_of(table)[-1] == ("60000", "Won", "Müller")


def test_a_row_with_bytes_that_are_no_text_is_rejected_with_its_column(read: Read) -> None:
    good = "".join(f"{i},Käufer {i}\n" for i in range(30)).encode()
    table = read(b"Id,Name\n" + good + b"30,M\xffller\n31,ok\n")
    assert table.encoding == "utf-8"
    assert table.kept == 31
    assert [(r.line, r.column, r.value) for r in table.rejects] == [(32, "Name", "M\ufffdller")]


def test_lines_are_right_behind_quoted_line_ends_and_blank_rows(read: Read) -> None:
    table = read('Id,Note\r\n1,"a\r\nb\r\nc"\r\n\r\n2,x\r\n , \u00a0\r\n3,"y\nz"\r\n4,w\r\n')
    assert rows_of(table) == [("1", "a\r\nb\r\nc"), ("2", "x"), ("3", "y\nz"), ("4", "w")]
    assert lines_of(table) == [2, 6, 8, 10]
    assert table.skipped == {"blank": 2}


def test_titles_above_and_footers_below_are_skipped_and_told(read: Read) -> None:
    table = read(
        "Closed deals this year\nAs of 2024-06-30 by Eva Kent\n\n"
        "Opportunity Name,Stage,Amount,Close Date\n"
        "A,Closed Won,100,2024-01-02\nB,Closed Lost,50,2024-02-02\nC,Closed Won,10,2024-02-03\n"
        '"Grand Totals (3 records)",,160\n\n"Copyright (c) 2000-2024 salesforce.com, inc. All rights reserved."\n'
        '"Confidential Information - Do Not Distribute"\n"Generated By:  Eva Kent  30/06/2024 10:11"\n'
    )
    assert table.header == ("Opportunity Name", "Stage", "Amount", "Close Date")
    assert table.header_line == 4
    assert table.rows == 3
    assert lines_of(table) == [5, 6, 7]
    assert table.skipped == {"title": 2, "blank": 2, "footer": 4}
    assert "footer skipped: Grand Totals (3 records) | 160" in table.notes


@pytest.mark.parametrize("title", ["", '"My Opportunities"\n'])
@pytest.mark.parametrize("company", ["", '"Acme Inc."\n'])
def test_the_footer_of_a_salesforce_report_is_counted_once_and_as_footer(read: Read, title: str, company: str) -> None:
    table = read(
        '"Opportunity Name","Stage","Amount","Close Date"\n'
        '"A","Closed Won","10","3/13/2024"\n"B","Closed Lost","10","3/14/2024"\n\n\n'
        f'{title}"Copyright (c) 2000-2024 salesforce.com, inc. All rights reserved."\n'
        f'"Confidential Information - Do Not Distribute"\n"Generated By:  Eva Kent  4/1/2024 9:00 AM"\n{company}'
    )
    assert [row[0] for row in rows_of(table)] == ["A", "B"]
    assert table.skipped == {"blank": 2, "footer": 3 + bool(title) + bool(company)}
    assert not any("fewer cells" in note for note in table.notes)


def test_rows_of_one_cell_above_a_footer_stay_rows_and_are_padded(read: Read) -> None:
    table = read('Id,Stage,Amount\n1,Won,5\n2\n3\n"Confidential Information - Do Not Distribute"\n')
    assert [row[0] for row in rows_of(table)] == ["1", "2", "3"]
    assert table.skipped == {"footer": 1}
    assert "2 rows had fewer cells than the header: the missing ones are blank" in table.notes


def test_a_deal_called_total_is_no_footer(read: Read) -> None:
    table = read("Id,Account,Stage,Amount\n1,Acme,Won,5\n2,Total Energies,Lost,7\n3,Total,Won,9\n")
    assert table.rows == 3
    assert table.skipped == {}


def test_sums_below_the_table_are_footers(read: Read) -> None:
    table = read("Id,Account,Stage,Amount,Close\n1,Acme,Won,5,2024-01-01\n2,Bolt,Lost,7,2024-01-01\n,,,12,\n")
    assert table.rows == 2
    assert table.skipped == {"footer": 1}


def test_titles_and_sums_around_repeated_headers_are_no_rows(read: Read) -> None:
    header, sums = "Name,Owner,Stage,Value\n", ",,,35.5\n"
    text = f"Active,,,\n{header}a,Ann,Demo,10\nb,Ann,Demo,25.5\n{sums}Closed,,,\n{header}c,Ann,Won,35.5\n{sums}"
    table = read(text.encode())
    assert [row[0] for row in rows_of(table)] == ["a", "b", "c"]
    assert table.skipped == {"title": 2, "repeated_header": 1, "summary": 2}


@pytest.mark.parametrize(
    "last", ["Stand: 1.7.2025", "Datenstand 01.07.2025", "Stichtag: 2025-07-01", "État au 01/07/2025"]
)
def test_a_day_of_the_data_below_a_report_is_a_footer(read: Read, last: str) -> None:
    rows = "".join(f"{n};Firm {n};Won;{n}\n" for n in range(1, 9))
    table = read(f"Nr;Kunde;Status;Betrag\n{rows}Summe;;;36\n{last}\n".encode())
    assert (len(rows_of(table)), table.skipped) == (8, {"footer": 2})


def test_repeated_headers_are_skipped_and_counted(read: Read) -> None:
    table = read("Id,Stage\n1,Won\nId,Stage\n2,Lost\nId,Stage\n")
    assert rows_of(table) == [("1", "Won"), ("2", "Lost")]
    assert table.skipped == {"repeated_header": 2}


def test_short_rows_are_padded_and_long_ones_rejected(read: Read) -> None:
    table = read("a,b,c\n1,2,3\n4,5\n6,7,8,9\n10,11,12,,\n13,14,15\n")
    assert rows_of(table) == [("1", "2", "3"), ("4", "5", None), ("10", "11", "12"), ("13", "14", "15")]
    assert lines_of(table) == [2, 3, 5, 6]
    assert [(r.line, r.reason) for r in table.rejects] == [(4, "4 cells where the header has 3")]
    assert table.rows == 5
    assert "1 row had fewer cells than the header: the missing ones are blank" in table.notes


def test_a_row_split_by_a_bare_line_break_is_rejected_not_doubled(read: Read) -> None:
    table = read("Id,Stage,Amount,Note,Owner\n1,Won,5,fine,Eva\n2,Lost,7,too\nexpensive,Ben\n3,Won,9,ok,Eva\n")
    assert [row[0] for row in rows_of(table)] == ["1", "3"]
    assert [r.line for r in table.rejects] == [3, 4]


def test_quotes_inside_cells_are_text(read: Read) -> None:
    table = read('Id,Note,Stage\n1,5" pipe,Won\n2,"He said "no" to us",Lost\n3,"a ""b"" c",Won\n4, "x, y" ,Won\n')
    assert [row[1] for row in rows_of(table)] == ['5" pipe', 'He said "no" to us', 'a "b" c', "x, y"]
    assert len(table.rejects) == 0


def test_a_quote_that_never_closes_costs_one_row_at_most(read: Read) -> None:
    below = "".join(f"{i},note {i},Won\n" for i in range(3, 50))
    table = read(f'Id,Note,Stage\n1,fine,Won\n2,"never closed,Lost\n{below}')
    assert [row[0] for row in rows_of(table)] == [str(i) for i in range(1, 50)]
    assert rows_of(table)[1] == ("2", '"never closed', "Lost")


def test_backslash_escapes_are_understood(read: Read) -> None:
    table = read('Id,Note,Stage\n1,"say \\"hi\\", then go",Won\n2,"b\\\\",Lost\n3,"\\"x\\", y",Won\n')
    assert [row[1] for row in rows_of(table)] == ['say "hi", then go', "b\\", '"x", y']


def test_single_quotes_can_quote(read: Read) -> None:
    table = read("'Id','Note','Stage'\n'1','a, b','Won'\n'2','c','Lost'\n")
    assert rows_of(table) == [("1", "a, b", "Won"), ("2", "c", "Lost")]


def test_old_line_ends_are_line_ends(read: Read) -> None:
    table = read("Id,Stage\r1,Won\r2,Lost\r")
    assert rows_of(table) == [("1", "Won"), ("2", "Lost")]
    assert lines_of(table) == [2, 3]


def test_a_carriage_return_inside_a_cell_splits_no_row(read: Read) -> None:
    table = read(b"Id,Note,Stage\r\n1,first\rsecond,Won\r\n2,x,Lost\r\n")
    assert rows_of(table) == [("1", "first second", "Won"), ("2", "x", "Lost")]


def test_headers_are_made_unique_and_named(read: Read) -> None:
    table = read("Amount,Amount, ,Stage,\n1,2,3,Won,x\n4,5,6,Lost,y\n")
    assert table.header == ("Amount", "Amount (2)", "column_3", "Stage", "column_5")
    assert "two columns are called 'Amount': column 2 is called 'Amount (2)'" in table.notes
    assert "column 3 has no header: called column_3" in table.notes


def test_a_header_with_a_line_break_is_one_name(read: Read) -> None:
    table = read('Id,"Close\nDate",Stage\n1,2024-01-01,Won\n2,2024-01-02,Lost\n')
    assert table.header == ("Id", "Close Date", "Stage")
    assert lines_of(table) == [3, 4]


def test_a_file_without_a_header_loses_no_row(read: Read) -> None:
    table = read("1,Acme,100.50,2024-01-02,Won\n2,Bolt,30,2024-01-03,Lost\n3,Cora,70,2024-02-03,Won\n")
    assert table.header == ("column_1", "column_2", "column_3", "column_4", "column_5")
    assert table.header_line == 0
    assert table.rows == 3


def test_a_gzipped_file_is_read_and_its_copy_removed(tmp_path: Path) -> None:
    path = tmp_path / "deals.csv.gz"
    path.write_bytes(gzip.compress(b"Id,Stage\n1,Won\n"))
    tables = open_raw(path, work_dir=tmp_path)
    assert rows_of(tables[0]) == [("1", "Won")]
    assert tables[0].label == "deals.csv.gz"
    del tables
    assert [p.name for p in tmp_path.iterdir()] == ["deals.csv.gz"]


def test_later_passes_read_what_was_put_by(read: Read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("winloss.sources.files.spill.IN_MEMORY_BYTES", 0)
    monkeypatch.setattr(delimited, "CHUNK_BYTES", 300)
    rows = [(str(n), ("Won", "Lost", f"Stage {n // 40}", None)[n % 4]) for n in range(400)]
    table = read("Id,Stage\n" + "".join(f"{id_},{stage or ''}\n" for id_, stage in rows))
    assert [part.suffix for part in tmp_path.glob("winloss-*/*")] == [".arrow"]
    assert rows_of(table) == rows_of(table) == rows
    assert lines_of(table) == list(range(2, 402))
    del table
    assert not list(tmp_path.glob("winloss-*"))


def test_a_broken_off_pass_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "deals.csv"
    path.write_text("Id,Stage\n" + "1,Won\n" * 10 + "x,y,z\n")
    table = open_raw(path)[0]
    next(table.batches())
    table.drain()
    assert table.rows == 11


def test_many_rejects_are_kept_in_order(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(raw_table, "REJECTS_IN_MEMORY", 3)
    table = read("a,b\n1,2\n3,4\n" + "".join(f"{i},x,y\n" for i in range(10)) + "5,6\n" * 30)
    assert [reject.line for reject in table.rejects] == list(range(4, 14))
    assert len(table.rejects) == 10


def test_progress_is_told_in_bytes(tmp_path: Path) -> None:
    path = tmp_path / "deals.csv"
    path.write_text("Id,Stage\n1,Won\n")
    told: list[tuple[int, int]] = []
    open_raw(path, progress=lambda done, total: told.append((done, total)))[0].drain()
    assert told[-1] == (15, 15)


@pytest.mark.parametrize(
    ("parts", "rows"),
    [
        (("maven-crm", "sales_pipeline.csv"), 8800),
        (("it-school-crm", "deals.csv"), 21593),
        (("salvirt-b2b", "deals.csv"), 448),
        (("skygeni-sales", "skygeni_sales_data.csv"), 5000),
        (("pattern-miner", "deals_hubspot_import.csv"), 100),
        (("olist-funnel", "olist_closed_deals_dataset.csv"), 842),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else None,
)
def test_exports_come_back_as_the_csv_module_reads_them(parts: tuple[str, str], rows: int) -> None:
    table = open_raw(export(*parts))[0].drain()
    assert table.rows == rows
    assert len(table.rejects) == 0
    with export(*parts).open(encoding="utf-8-sig", newline="") as opened:
        reference = list(csv.reader(opened, delimiter=table.delimiter or ","))
    assert table.header == tuple(reference[0])
    assert rows_of(table) == [tuple(cell if cell.strip() else None for cell in row) for row in reference[1 : rows + 1]]


def test_a_mark_of_byte_order_below_the_header_is_kept_in_its_cell(tmp_path: Path) -> None:
    path = tmp_path / "deals.tsv"
    path.write_bytes(b"Id\tStage\tAmount\n\xef\xbb\xbf1\tWon\t5\n2\tLost\t7\n")
    assert rows_of(open_raw(path)[0].drain()) == [("\ufeff1", "Won", "5"), ("2", "Lost", "7")]

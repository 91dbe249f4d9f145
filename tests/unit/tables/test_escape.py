from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from winloss.tables.escape import safe_cell

RUN = "=+-@\t\r"


@pytest.mark.parametrize(
    "value", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "-", "+"]
)
def test_what_a_spreadsheet_would_run_gets_an_apostrophe(value: str) -> None:
    assert safe_cell(value) == f"'{value}"


@pytest.mark.parametrize("value", ["", "Acme", "-3", "+3.5", "-1,234.50", "-2e5", "-12 %", "a=b", "2026-05-31"])
def test_plain_numbers_and_harmless_text_stay(value: str) -> None:
    assert safe_cell(value) == value


@given(st.text())
def test_no_cell_that_is_not_a_number_begins_with_what_is_run_and_nothing_is_lost(value: str) -> None:
    safe = safe_cell(value)
    assert safe in {value, f"'{value}"}
    if safe[:1] in RUN and safe:
        assert set(safe) <= set("+-0123456789.,eE% \u00a0")


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\x00")))
def test_a_written_cell_is_read_back(value: str) -> None:
    text = io.StringIO(newline="")
    csv.writer(text).writerow([safe_cell(value)])
    text.seek(0)
    assert next(csv.reader(text), [""])[0] == safe_cell(value)

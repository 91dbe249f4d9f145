"""What reading did to the data is told in every format: spellings joined into one, files joined."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from rich.console import Console

from report_study import full
from winloss.report import anonymise, terminal, wording
from winloss.report.figures import NBSP
from winloss.report.formats.md import markdown
from winloss.report.formats.xlsx import sheets
from winloss.synthesize.intake import FoldFact, JoinFact
from winloss.synthesize.study import Study

FOLDS = (
    FoldFact(column="product", kept="GTX Pro", folded=(("GTXPro", 1480),), why="the same but for spaces"),
    FoldFact(column="region", kept="EMEA", folded=(("emea", 3), ("Emea", 1)), why="the same but for case"),
)
JOIN = JoinFact(
    left="j_deals.csv",
    right="j_acc.csv",
    on_left="Account",
    on_right="Name",
    matched=316,
    unmatched=84,
    blank=2,
    examples=("Initech", "Hooli"),
)


@pytest.fixture
def study() -> Study:
    return replace(full(), quality=replace(full().quality, folds=FOLDS, joins=(JOIN,)))


def printed(study: Study) -> str:
    out = io.StringIO()
    terminal.summary(study, Console(file=out, width=80))
    return " ".join(out.getvalue().replace(NBSP, " ").split())


def test_markdown_tells_all_spellings_and_files_that_were_joined(study: Study) -> None:
    told = markdown(study).replace(NBSP, " ")
    assert "| product | GTX Pro | GTXPro 1,480 | the same but for spaces |" in told
    assert "| region | EMEA | emea 3, Emea 1 | the same but for case |" in told
    assert "| j\\_acc.csv to j\\_deals.csv | Account = Name | 316 | 84 | 2 | Initech, Hooli |" in told


def test_the_workbook_tells_all_spellings_and_files_that_were_joined(study: Study, tmp_path: Path) -> None:
    sheets(study, {}, tmp_path / "r.xlsx")
    told = list(openpyxl.load_workbook(tmp_path / "r.xlsx")["Quality"].iter_rows(values_only=True))
    assert ("spelling joined", "product: GTXPro to GTX Pro", 1480, None, None, None, "the same but for spaces") in told
    assert ("spelling joined", "region: Emea to EMEA", 1, None, None, None, "the same but for case") in told
    found_none = ("file joined, found none", "j_acc.csv to j_deals.csv by Account = Name", 84)
    assert (*found_none, None, None, None, "Initech, Hooli") in told


def test_the_terminal_tells_the_spelling_joined_most_in_one_line(study: Study) -> None:
    assert "! Spellings joined into one: GTXPro to GTX Pro (1,480 rows), and 2 more spellings." in printed(study)
    assert "Spellings" not in printed(full())


def test_anonymised_no_spelling_and_no_file_is_named(study: Study) -> None:
    bare = anonymise.study(study, anonymise.labels(study))
    assert wording.spellings(bare) == "Spellings were joined into one in 2 columns."
    assert "| A file | Account = Name | 316 | 84 | 2 | – |" in markdown(bare).replace(NBSP, " ")

"""`winloss segments` from the command line: on the demo company, on a book, on real exports, and where it cannot."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema  # type: ignore[import-untyped]  # it ships no types
import pytest

from exports import export
from program import winloss
from winloss.demo import invent, write
from winloss.report.schema import SEGMENT, SEGMENTS, schema


def searched(*words: str | int | Path) -> dict[str, Any]:
    done = winloss("segments", *words, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def firm(told: dict[str, Any]) -> list[str]:
    return [one["segment"] for one in told["segments"] if one["status"] == "established"]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("company")
    write(invent(2500, seed=1), place, flavour="salesforce")
    done = winloss("import", place / "opportunities.csv", "--book", place / "book")
    assert done.returncode == 0, done.stderr
    return place


@pytest.mark.parametrize("outcome", ["won", "reason:price_value", "competitor:vornexa", "recent:120"])
def test_the_json_of_every_outcome_fits_its_schema(place: Path, outcome: str) -> None:
    told = searched("--book", place / "book", "--outcome", outcome, "--depth", 2)
    assert [e.message for e in jsonschema.Draft202012Validator(schema(SEGMENTS)).iter_errors(told)] == []
    assert told["tested"] == sum(part["segments"] for part in told["tested_by"])


def test_a_book_and_its_file_give_the_same_segments(place: Path) -> None:
    of_book, of_file = searched("--book", place / "book"), searched(place / "opportunities.csv")
    assert of_book["segments"] == of_file["segments"]
    assert firm(of_book)


def test_planted_causes_are_found(place: Path) -> None:
    assert 'lead_source = "Paid social"' in firm(searched("--book", place / "book", "--depth", 1))
    rivals = firm(searched("--book", place / "book", "--outcome", "competitor:Vornexa"))
    assert any("Healthcare" in written for written in rivals)


def test_the_terminal_says_what_the_json_holds(place: Path) -> None:
    done = winloss("segments", "--book", place / "book")
    told = searched("--book", place / "book")
    text = " ".join(done.stdout.split())
    assert f"of {told['tested']:,} looked at" in text
    assert " ".join(told["power"].split()) in text
    assert max(len(line.rstrip()) for line in done.stdout.splitlines()) <= 80


@pytest.mark.parametrize("ending", ["svg", "png", "json", "csv"])
def test_it_writes_a_file_by_its_ending(place: Path, ending: str, tmp_path: Path) -> None:
    out = tmp_path / "new" / f"segments.{ending}"
    done = winloss("segments", "--book", place / "book", "--out", out, "--quiet")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    if ending == "svg":
        ET.fromstring(out.read_text("utf-8"))
    elif ending == "json":
        assert json.loads(out.read_text("utf-8"))["schema"] == "winloss.segments/1"
    elif ending == "csv":
        with out.open(encoding="utf-8-sig", newline="") as file:
            assert len(list(csv.DictReader(file))) == len(searched("--book", place / "book")["segments"])
    else:
        assert out.read_bytes().startswith(b"\x89PNG")


def test_one_segment_is_told_and_its_json_fits_its_schema(place: Path) -> None:
    segment = "industry = Healthcare and size_band = 50-149"
    told = searched("--book", place / "book", "--why", segment)
    assert [e.message for e in jsonschema.Draft202012Validator(schema(SEGMENT)).iter_errors(told)] == []
    done = winloss("segments", "--book", place / "book", "--why", segment)
    assert done.returncode == 0, done.stderr
    for title in ("Why they were lost", "Competitors in losses", "By quarter", "Its neighbours", "The largest deals"):
        assert title in done.stdout
    assert f"{told['here']['successes']} of {told['here']['n']}" in done.stdout
    assert max(len(line.rstrip()) for line in done.stdout.splitlines()) <= 80


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--by", "colour"], "No attribute is called 'colour'. There are: "),
        (["--by", "x_probability"], "is not searched"),
        (["--outcome", "reason:weather"], "No deal is lost for 'weather'. The reasons of these deals are: "),
        (["--outcome", "competitor:Nobody"], "No deal is lost to 'Nobody'. The competitors of these deals are: "),
        (["--outcome", "profit"], "No outcome is called 'profit': choose won, "),
        (["--why", "industry ="], "was not understood"),
        (["--why", "industry = Mars"], "No closed deal has industry = Mars."),
        (["--depth", "4"], "Invalid value for '--depth'"),
        (["--min-share", "7"], "Invalid value for '--min-share'"),
        (["--out", "x.pdf"], "Segments are not written as '.pdf'"),
        (["--exclude", "planet = Mars"], "No field is called 'planet'"),
    ],
)
def test_what_cannot_be_searched_is_one_sentence(place: Path, words: list[str], said: str) -> None:
    done = winloss("segments", "--book", place / "book", *words)
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def test_an_empty_file_and_no_file_are_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "empty.csv").write_text("")
    for words in ([tmp_path / "empty.csv"], []):
        done = winloss("segments", *words)
        assert done.returncode in {2, 3}
        assert done.stderr.startswith("winloss: ")
        assert done.stderr.count("\n") == 1


def test_a_file_without_a_closed_deal_lists_nothing(tmp_path: Path) -> None:
    (tmp_path / "open.csv").write_text("Deal ID,Stage,Amount,Industry\n1,Proposal,10,Retail\n2,Discovery,20,Energy\n")
    told = searched(tmp_path / "open.csv")
    assert (told["segments"], told["tested"], told["power"]) == ([], 0, "No deal is closed yet.")
    assert [e.message for e in jsonschema.Draft202012Validator(schema(SEGMENTS)).iter_errors(told)] == []


def test_nothing_is_listed_in_noise() -> None:
    assert searched(export("skygeni-sales", "skygeni_sales_data.csv"))["segments"] == []


def test_nothing_is_listed_where_only_the_quarter_matters() -> None:
    names = ("sales_pipeline", "accounts", "products", "sales_teams")
    assert searched(*(export("maven-crm", f"{name}.csv") for name in names))["segments"] == []


def test_known_strong_attributes_lead() -> None:
    told = searched(export("salvirt-b2b", "deals.csv"))
    assert firm(told)[:2] == ["x_up_sale = Yes", "x_client = New"]
    assert told["amounts_why"] == "The deals carry no amounts."

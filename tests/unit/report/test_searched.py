"""A search of segments as a reader sees it: in the terminal, as a picture, as a table."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest
from rich.console import Console

from report_study import gap, share
from winloss.errors import UserError
from winloss.report import searched, searched_files, spread
from winloss.report.charts import Painter
from winloss.stats.estimate import Estimate
from winloss.synthesize.exploration import Exploration, Explored, SearchedAttribute
from winloss.synthesize.finding import Confounder, Finding, Kind, Status, Survival
from winloss.synthesize.study import LeftOut

NONE = Estimate.refused("The deals carry no amounts.")


def listed(segment: str, k1: int, n1: int, k0: int, n0: int, *, status: Status = Status.ESTABLISHED) -> Explored:
    finding = Finding(
        id=segment[:10],
        kind=Kind.SEGMENT,
        segment=segment,
        claim=f"Deals with {segment} differ.",
        measure="win_rate",
        here=share(k1, n1),
        comparison=share(k0, n0),
        difference=gap(k1, n1, k0, n0),
        p=0.001,
        q=0.01,
        status=status,
        covers=n1,
        absorbed=("region = North", "region = South", "region = East"),
    )
    return Explored(finding=finding, by_amount=NONE, by_amount_beside=NONE)


FOUND = Exploration(
    measure="win_rate",
    heading="Won of all closed deals",
    whole=share(400, 1000),
    found=(
        listed("industry = Healthcare", 20, 200, 380, 800),
        listed('size_band = "50-199"', 150, 250, 250, 750),
        listed("persona = Buyer", 30, 40, 370, 960, status=Status.EARLY_SIGNAL),
    ),
    tested=1234,
    tested_by=((1, 34), (2, 200), (3, 1000)),
    power="Four times in five, …",
    searched=(SearchedAttribute(name="industry", label="Industry", values=12, rare=2, rare_deals=31),),
    left_out=(LeftOut(name="x_score", label="Score", why="it is set while selling"),),
    amounts_why=NONE.why,
)


def printed(found: Exploration, width: int = 80) -> str:
    console = Console(width=width, file=io.StringIO(), record=True)
    searched.summary(found, console)
    return console.export_text()


def test_the_summary_fits_80_columns() -> None:
    assert max(len(line.rstrip()) for line in printed(FOUND, width=200).splitlines()) <= 80


def test_the_summary_says_what_was_found_searched_and_left_out() -> None:
    text = " ".join(printed(FOUND).split())
    assert "Won of all closed deals: 400 of 1,000" in text
    assert "2 segments are established, 1 early signal, of 1,234 looked at." in text
    assert "also: Region North; Region South; 1 more" in text
    assert "34 with one condition, 200 with two, 1,000 with three" in text
    assert "Too rare for a segment, counted together: Industry 2 values of 31 deals." in text
    assert "Not searched: Score (it is set while selling)." in text
    assert "Not by amount: The deals carry no amounts." in text
    assert text.endswith("Four times in five, …")


def test_an_empty_search_says_what_it_could_have_seen() -> None:
    text = printed(replace(FOUND, found=()))
    assert "Nothing is established, of 1,234 looked at." in text
    assert "Four times in five" in text


def test_a_difference_that_does_not_hold_says_so() -> None:
    one = FOUND.found[0]
    client = Confounder(attribute="x", label="Client", survival=Survival.VANISHES, difference=-0.02, low=-0.1, high=0.1)
    fallen = replace(one, finding=replace(one.finding, confounder=client))
    assert "no difference is left" in " ".join(printed(replace(FOUND, found=(fallen,))).split())


def test_the_drawn_line_has_its_dot_ends_and_zero_where_they_belong() -> None:
    line = searched.line(Estimate(value=0.2, low=0.1, high=0.4), 0.4, cells=41)
    assert (line.index("│"), line.index("├"), line.index("●"), line.index("┤")) == (20, 25, 30, 40)
    crossing = searched.line(Estimate(value=-0.1, low=-0.2, high=0.1), 0.4, early=True, cells=41)
    assert (crossing.index("┼"), crossing.index("○")) == (20, 15)


def test_the_picture_is_sorted_from_more_to_less() -> None:
    picture = spread.of_search(FOUND, Painter())
    assert picture is not None
    order = [picture.says.index(label) for label in ("Persona Buyer", "Size band 50-199", "Industry Healthcare")]
    assert order == sorted(order)
    for svg in (picture.wide, picture.narrow):
        ET.fromstring(svg)
        assert "var(--accent)" in svg
        assert "var(--below)" in svg


def test_a_dot_is_as_large_as_its_deals_are_many() -> None:
    areas = [
        spread._row(i, spot, spread._spots(FOUND), aside=True)["size"] for i, spot in enumerate(spread._spots(FOUND))
    ]
    assert areas == [pytest.approx(280 * 200 / 250), pytest.approx(280), pytest.approx(280 * 40 / 250)]


def test_the_picture_of_nothing_says_what_could_have_been_seen() -> None:
    svg = spread.picture_file(replace(FOUND, found=()), ".svg")
    assert isinstance(svg, str)
    assert "Nothing is established" in svg
    assert "Four times in five" in svg


def test_files_of_their_own_carry_their_colours() -> None:
    svg, png = (spread.picture_file(FOUND, ending) for ending in (".svg", ".png"))
    assert isinstance(svg, str)
    assert isinstance(png, bytes)
    assert "var(" not in svg
    assert png.startswith(b"\x89PNG")


def test_the_table_has_a_row_a_segment_and_runs_nothing_in_a_spreadsheet() -> None:
    evil = listed("region = x", 10, 100, 200, 900)
    evil = replace(evil, finding=replace(evil.finding, claim="=HYPERLINK(1)"))
    rows = list(csv.DictReader(io.StringIO(searched_files.table(replace(FOUND, found=(*FOUND.found, evil))))))
    assert [row["segment"] for row in rows] == [one.finding.segment for one in (*FOUND.found, evil)]
    assert rows[0]["share"] == str(20 / 200)
    assert rows[0]["also"] == "region = North; region = South; region = East"
    assert rows[-1]["claim"] == "'=HYPERLINK(1)"


def test_a_file_is_refused_before_anything_is_read() -> None:
    from pathlib import Path

    with pytest.raises(UserError, match=re.escape("choose .svg, .png, .json, .csv")):
        searched_files.check_path(Path("x.pdf"))
    with pytest.raises(UserError, match=r"One segment is not written as '.svg'"):
        searched_files.check_path(Path("x.svg"), one=True)

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from report_study import full, nearly_empty, refusing
from winloss.report import charts, spread
from winloss.report.charts import Mark, Painter, Picture, themed
from winloss.synthesize.study import Study

DRAWN: dict[str, Callable[[Study, Painter], Picture | None]] = {
    "trend": charts.trend,
    "month in quarter": charts.month_in_quarter,
    "cohorts": charts.cohorts,
    "reasons": lambda study, paint: charts.reasons(study.loss_reasons, study, paint),
    "reasons by amount": lambda study, paint: charts.reasons(study.loss_reasons, study, paint, by_amount=True),
    "competitors": charts.competitors,
    "spread": spread.of_study,
    "stages": lambda study, paint: charts.stages(study.stages, paint),
}


@pytest.fixture(scope="module")
def drawn() -> dict[str, Picture]:
    paint = Painter()
    pictures = {name: draw(full(), paint) for name, draw in DRAWN.items()}
    return {name: picture for name, picture in pictures.items() if picture is not None}


@pytest.mark.parametrize("name", DRAWN)
def test_each_chart_is_one_drawing_for_every_theme(name: str, drawn: dict[str, Picture]) -> None:
    for svg in (drawn[name].wide, drawn[name].narrow):
        ET.fromstring(svg)
        literal = set(re.findall(r'(?:fill|stroke)="(#[0-9a-fA-F]+|[a-z]+)"', svg)) - {"none", "transparent"}
        assert literal == set()
        assert 'font-family="Inter"' in svg


@pytest.mark.parametrize("name", DRAWN)
def test_a_narrow_chart_fits_a_phone(name: str, drawn: dict[str, Picture]) -> None:
    width = re.search(r'viewBox="0 0 ([0-9.]+)', drawn[name].narrow)
    assert width is not None
    assert float(width[1]) <= 345


def test_ids_differ_between_charts(drawn: dict[str, Picture]) -> None:
    ids = [found for p in drawn.values() for svg in (p.wide, p.narrow) for found in re.findall(r' id="([^"]+)"', svg)]
    assert len(ids) == len(set(ids))


def test_bars_are_labelled_with_count_and_share(drawn: dict[str, Picture]) -> None:
    assert "214 · 26.0" in drawn["reasons"].wide
    assert "$9.9M · 33.0" in drawn["reasons by amount"].wide


def test_reasons_by_amount_are_sorted_by_amount(drawn: dict[str, Picture]) -> None:
    said = drawn["reasons by amount"].says
    assert said.index("Product capability") < said.index("Price & value")


def test_what_is_refused_is_not_drawn() -> None:
    paint = Painter()
    assert charts.reasons(refusing().loss_reasons, refusing(), paint, by_amount=True) is None
    assert charts.trend(refusing(), paint) is None
    assert spread.of_study(refusing(), paint) is None
    assert [draw(nearly_empty(), paint) for draw in DRAWN.values()] == [None] * len(DRAWN)
    assert paint.drawn == 0


def test_a_withheld_win_rate_leaves_the_share_of_losses() -> None:
    picture = charts.competitors(refusing(), Painter())
    assert picture is not None
    assert picture.says.startswith("Share of all losses, by competitor: Northstar 214 ·")


def test_two_rows_of_one_label_are_both_drawn() -> None:
    marks = [Mark(label="Same", value=0.5, text="first"), Mark(label="Same", value=0.2, text="second")]
    picture = Painter().picture(lambda width: charts.bars(marks, width), "x")
    assert "first" in picture.wide
    assert "second" in picture.wide


@pytest.mark.parametrize("label", ['"quoted"', "back\\slash", "O'Neil", "<b>&amp;", "a\nb"])
def test_any_label_can_be_drawn(label: str) -> None:
    study = full()
    rows = (replace(study.loss_reasons[0], label=label), *study.loss_reasons[1:])
    picture = charts.reasons(rows, study, Painter())
    assert picture is not None
    ET.fromstring(picture.wide)
    assert "<b>" not in picture.__html__()


@pytest.mark.parametrize("before", [40, 43, 44])
def test_a_long_label_is_cut_wherever_its_emoji_stand(before: int) -> None:
    study = full()
    label = "0" * before + "\U0001f680\U0001f680\U0001f680" + "0" * 20
    rows = (replace(study.loss_reasons[0], label=label), *study.loss_reasons[1:])
    picture = charts.reasons(rows, study, Painter())
    assert picture is not None
    assert label in picture.says


def test_a_theme_replaces_colours_and_sizes_only() -> None:
    svg = '<svg width="10" height="5" viewBox="0 0 10 5"><path id="a" fill="#1f5184"/><use href="url(#a)"/></svg>'
    assert themed(svg, "c1") == (
        '<svg viewBox="0 0 10 5" style="max-width:10px;overflow:visible" focusable="false">'
        '<path id="c1-a" fill="var(--accent)"/><use href="url(#c1-a)"/></svg>'
    )


def test_eighty_weeks_are_drawn_with_labels_that_do_not_meet() -> None:
    study = full()
    first = study.trend.periods[0]
    weeks = tuple(replace(first, label=f"Week {i}") for i in range(80))
    picture = charts.trend(replace(study, trend=replace(study.trend, periods=weeks)), Painter())
    assert picture is not None
    assert len(re.findall(r">Week \d+<", picture.wide)) <= 10
    assert ">Week 79<" in picture.wide


def test_the_counts_over_the_months_stand_in_one_row_above_the_rule_at_all(drawn: dict[str, Picture]) -> None:
    counts = [f"{row.created:,}" for row in full().trend.cohorts]
    heights = [
        float(height)
        for height, said in re.findall(
            r'translate\([0-9.]+,(-?[0-9.]+)\)"[^>]*>([0-9,]+)</text>', drawn["cohorts"].wide
        )
        if said in counts
    ]
    assert len(heights) == len(counts)
    assert len(set(heights)) == 1


def test_no_rule_shows_through_the_gaps_between_words_of_a_narrow_chart(drawn: dict[str, Picture]) -> None:
    around = re.findall(r'<text[^>]*stroke="var\(--paper\)" stroke-width="(\d+)"', drawn["month in quarter"].narrow)
    assert set(around) == {"8"}

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from acted import NONE, START, action, bins, drifting, effect, measurement, no_change, span, too_few, unripe
from winloss.act.measurement import Measurement, Verdict
from winloss.act.measures import Measure
from winloss.report import acted_chart as chart
from winloss.report.acted_words import Names
from winloss.report.charts import ACCENT, BELOW
from winloss.tables.segment import Segment

NAMES = Names()


def worsened() -> Measurement:
    return measurement(verdict=Verdict.WORSENED, effect=effect(-0.2, -0.3, -0.1), bins=bins(-0.2))


def words_of(told: Measurement) -> str:
    svg = chart.picture_file(told, ".svg", names=NAMES)
    assert isinstance(svg, str)
    return " ".join(" ".join(ET.fromstring(svg).itertext()).replace("\N{NO-BREAK SPACE}", " ").split())


def test_the_picture_says_its_answer_window_and_what_it_could_show() -> None:
    text = words_of(measurement())
    for said in (
        "Win rate of industry Logistics rose 14 points (4 to 24) against the rest: improved",
        "window 1 Jul – 27 Dec 2025",
        "not counted: found here",
        "could show ±13 points",
        "as before",
        "+14 points",
        "what others did in such a time",
        "Keep it: it did what it was meant to do.",
    ):
        assert said in text, said


@pytest.mark.parametrize(
    ("told", "tone"),
    [
        (measurement(), "better"),
        (worsened(), "worse"),
        (no_change(), "same"),
        (too_few(), "early"),
        (drifting(), "early"),
        (unripe(), "early"),
    ],
)
def test_better_is_blue_worse_is_brown_and_no_verdict_is_outlined(told: Measurement, tone: str) -> None:
    frame = chart._Frame.of(told, 700)
    rows = [chart._bin(frame, one) for one in told.bins]
    window = [row for row, one in zip(rows, told.bins, strict=True) if one.phase == "window"]
    assert {row["tone"] for row in window} == {tone}
    assert {row["fill"] for row in window} == {"paper" if tone == "early" else tone}
    assert (chart._TONES["better"], chart._TONES["worse"]) == (ACCENT, BELOW)


def test_a_shorter_time_that_improved_is_blue() -> None:
    told = measurement(action(measure=Measure.parse("cycle_days")), effect=effect(-0.12, -0.2, -0.05))
    assert chart._tone(told) == "better"


def test_what_is_not_counted_is_outlined_and_quiet() -> None:
    told = measurement()
    frame = chart._Frame.of(told, 700)
    row = chart._bin(frame, next(one for one in told.bins if one.phase == "found"))
    assert (row["tone"], row["fill"]) == ("quiet", "paper")


def test_no_verdict_says_why_in_the_picture() -> None:
    assert "it cannot be told" not in words_of(drifting())
    assert "cannot be told from an effect" in words_of(drifting())
    assert "a verdict can be given from 28 Dec 2025" in words_of(unripe())
    nothing = measurement(bins=(), verdict=None, why="There is no deal before it.", effect=NONE, decision=None)
    assert "There is no deal before it." in words_of(nothing)


def test_the_effect_and_its_interval_are_always_inside() -> None:
    for value in (0.001, 0.14, -0.3, 0.7):
        told = measurement(effect=effect(value, value - 0.1, value + 0.1), bins=bins(value))
        assert chart._Frame.of(told, 700).edge >= min(abs(value) + 0.1, 1.0)


def test_extreme_values_and_long_words_still_make_a_picture() -> None:
    long = action(do="word " * 200, segment=Segment.of(industry="Ω😀 " * 60))
    wild = measurement(
        long,
        effect=effect(3.2, -5.0, 9.0),
        bins=tuple(replace(one, value=effect(5.0, -9.0, 40.0), n=10**7) for one in bins()),
        ramp=span(START - dt.timedelta(days=40), 40),
    )
    png = chart.picture_file(wild, ".png", names=NAMES)
    assert isinstance(png, bytes)
    assert png.startswith(b"\x89PNG")


def test_one_bin_and_two_years_of_window_are_drawn() -> None:
    one = measurement(bins=bins()[:1], found=None)
    assert "window" in words_of(one)
    far = measurement(action(ends_on=START + dt.timedelta(days=700)))
    assert re.search(r"window 1 Jul 2025 – 1 Jun 2027", words_of(far))

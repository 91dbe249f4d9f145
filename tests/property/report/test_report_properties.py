from __future__ import annotations

import json
import math
import re
from dataclasses import replace
from xml.etree import ElementTree as ET

from hypothesis import given, settings
from hypothesis import strategies as st

from report_study import full, nearly_empty, share
from winloss.report import anonymise, page
from winloss.report import figures as fig
from winloss.report.anonymise import Labels
from winloss.report.charts import PROPERTIES, themed
from winloss.report.document import dumps
from winloss.report.formats.md import markdown
from winloss.stats.estimate import Estimate
from winloss.synthesize.study import Study
from winloss.tables.segment import Segment

NUMBERS = st.one_of(st.none(), st.floats(), st.integers(-(10**12), 10**12))
NAMES = st.text(st.characters(categories=("Lu", "Ll", "Nd"), include_characters=" -&."), min_size=3, max_size=20)
TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=40)


def with_text(text: str) -> Study:
    """A study with a value from outside in every place that shows one."""
    some, attribute = full(), full().attributes[0]
    return replace(
        nearly_empty(),
        loss_reasons=(replace(some.loss_reasons[0], label=text),),
        competitors=(replace(some.competitors[0], name=text),),
        attributes=(replace(attribute, label=text, levels=(replace(attribute.levels[0], value=text),)),),
        findings=(replace(some.findings[0], claim=text or "x"),),
        notes=(text,),
        recovery=replace(some.recovery, prospects=(replace(some.recovery.prospects[0], deal_name=text),)),
    )


@given(st.integers(-(10**15), 10**15))
def test_money_has_at_most_one_decimal_and_never_loses_its_sign(cents: int) -> None:
    shown = fig.money(cents, "EUR")
    assert re.fullmatch(r"−?€[0-9,]+(?:\.[0-9])?(?:k|M|bn|tn)?", shown)
    assert shown.startswith("−") == (cents < 0 and shown.strip("−€") != "0")


@given(st.integers(0, 10**15), st.integers(0, 10**15))
def test_more_money_is_never_shown_as_less(one: int, other: int) -> None:
    small, large = sorted((one, other))
    assert amount(fig.money(small, None)) <= amount(fig.money(large, None))


def amount(shown: str) -> float:
    units = {"k": 1e3, "M": 1e6, "bn": 1e9, "tn": 1e12}
    number, unit = re.fullmatch(r"([0-9,.]+)([a-zM]*)", shown).groups()  # type: ignore[union-attr]  # it matches or fails
    return float(number.replace(",", "")) * units.get(unit, 1)


@given(st.floats(allow_nan=False), st.floats(0.01, 1))
def test_nothing_stands_outside_its_line(value: float, most: float) -> None:
    assert 0 <= float(page.place(value, most).rstrip("%")) <= 100


@given(NUMBERS, NUMBERS, NUMBERS)
def test_json_is_json_whatever_the_numbers_are(value: float | None, low: float | None, high: float | None) -> None:
    estimate = Estimate(value=value, low=low, high=high, n=3, why="" if value is not None else "No deal.")
    study = nearly_empty()
    text = dumps(replace(study, totals=replace(study.totals, win_rate=estimate)))
    told = json.loads(text, parse_constant=lambda name: (_ for _ in ()).throw(ValueError(name)))["win_rate"]
    given_value = value is not None and math.isfinite(value)
    assert (told["value"] is not None) == given_value
    assert given_value or told["why"]


@given(st.integers(0, 5000), st.integers(1, 5000))
def test_a_rate_reads_back_as_its_counts(won: int, lost: int) -> None:
    shown = fig.rate(share(won, won + lost))
    k, n = (int(part.replace(",", "")) for part in re.findall(r"[0-9,]+", shown)[:2])
    assert (k, n) == (won, won + lost)


@given(st.lists(NAMES, min_size=1, max_size=6, unique_by=str.casefold), TEXT)
def test_no_competitors_name_is_left_as_a_word(names: list[str], around: str) -> None:
    called = Labels(names)
    text = called.text(" | ".join([around, *names]))
    assert all(f"| {name}" not in text or name.casefold().startswith("competitor") for name in names if name.strip())


@given(NAMES)
def test_an_anonymised_segment_can_be_read_again(name: str) -> None:
    written = str(Segment.of(competitor=name, industry="Healthcare"))
    assert str(Segment.parse(Labels().segment(written))) == 'competitor = "Competitor A" and industry = Healthcare'


@given(TEXT)
def test_markdown_keeps_text_on_its_line(text: str) -> None:
    heads = [line for line in markdown(with_text(text)).splitlines() if line.startswith("# ")]
    assert len(heads) == 1


@settings(max_examples=5, deadline=None)
@given(TEXT)
def test_any_text_gives_a_page_without_markup_of_its_own(text: str) -> None:
    html = page.html(with_text(text + "<script>x</script>"), {})
    assert "<script" not in html
    for svg in re.findall(r"<svg class=\"marks\".*?</svg>", html, flags=re.S):
        ET.fromstring(svg)


@given(st.sampled_from(sorted(PROPERTIES)), st.integers(1, 99))
def test_every_colour_of_a_drawing_becomes_the_pages(colour: str, n: int) -> None:
    svg = themed(f'<svg width="1" height="1"><path fill="{colour}" stroke="{colour}"/></svg>', f"c{n}")
    assert colour not in svg


def test_a_study_is_anonymised_once_and_for_all() -> None:
    study = full()
    once = anonymise.study(study, anonymise.labels(study))
    again = anonymise.study(once, anonymise.labels(once))
    assert again.competitors == once.competitors

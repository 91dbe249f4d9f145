from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from report_study import deals_of, full
from winloss.report import anonymise, write
from winloss.report.anonymise import Labels, letters
from winloss.report.behind import gather
from winloss.report.document import document
from winloss.report.terminal import summary
from winloss.synthesize.intake import FoldFact, JoinFact
from winloss.synthesize.study import Study

NAMES = ("Northstar", "Meridian Cloud", "Halyard", "Basecraft", "Rollout", "& Sons", "rep-3f2a", "D-40", "acme export")


def hidden() -> Study:
    study = full()
    return anonymise.study(study, anonymise.labels(study))


def test_letters_go_on_after_z() -> None:
    assert [letters(n) for n in (0, 1, 25, 26, 27, 701, 702)] == ["A", "B", "Z", "AA", "AB", "ZZ", "AAA"]


@pytest.mark.parametrize("name", NAMES)
def test_no_name_is_left_anywhere_in_the_study(name: str) -> None:
    assert name.casefold() not in repr(document(hidden())).casefold()


@pytest.mark.parametrize("format", ["html", "md", "json"])
def test_no_name_is_left_in_what_is_written(format: str, tmp_path: Path) -> None:  # noqa: A002  # as the option
    for path in write(full(), tmp_path / f"r.{format}", format=format, deals=deals_of, anonymise=True):
        text = path.read_text("utf-8")
        assert [name for name in (*NAMES, "Deal number") if name in text] == []


def test_no_name_is_left_in_the_terminal() -> None:
    told = Console(width=80, file=io.StringIO(), record=True)
    summary(full(), told, anonymised=True)
    text = told.export_text()
    assert "Competitor A" in text
    assert [name for name in NAMES if name in text] == []


def test_competitors_are_lettered_by_rank_everywhere_alike() -> None:
    study = hidden()
    assert [c.name for c in study.competitors] == [
        *("Competitor A", "Competitor B", "Competitor C", "Competitor D"),
        *("None", "Unknown", "Blank"),
    ]
    claim = next(f for f in study.findings if f.kind == "competitor")
    assert claim.claim.startswith("Competitor A is named in 122 of 215")
    assert claim.measure == "share_of_losses:competitor:Competitor A"


def test_figures_segments_and_reasons_stay() -> None:
    before, after = full(), hidden()
    assert after.counts == before.counts
    assert after.totals == before.totals
    assert after.attributes == before.attributes
    assert [f.segment for f in after.findings] == [f.segment for f in before.findings]
    assert after.loss_reasons == before.loss_reasons


def test_a_deal_has_the_same_label_in_every_part() -> None:
    study = full()
    called = anonymise.labels(study)
    prospects = anonymise.study(study, called).recovery.prospects
    behind = anonymise.behind(gather(study, deals_of), called)
    assert [p.deal_id for p in prospects][:2] == ["Deal 1", "Deal 2"]
    labels = {row["deal_id"] for listed in behind.values() for row in listed.deals.to_pylist()}
    assert len(labels) == 12
    assert called.deal("D-400") == "Deal 1"


def test_a_competitor_in_a_segment_stays_in_text_form() -> None:
    called = Labels(["Northstar", "Meridian Cloud"])
    written = 'competitor in ("Meridian Cloud", Northstar) and region = EMEA'
    assert called.segment(written) == 'competitor in ("Competitor A", "Competitor B") and region = EMEA'


def test_names_are_replaced_as_whole_words_in_any_case() -> None:
    called = Labels(["Star", "Star Alliance"])
    assert called.text("STAR ALLIANCE beat star; starting now") == "Competitor B beat Competitor A; starting now"


def test_codes_stay_even_where_a_competitor_is_called_like_one() -> None:
    study = full()
    named = replace(study, competitors=(replace(study.competitors[0], name="lost"), *study.competitors[1:]))
    after = anonymise.study(named, anonymise.labels(named))
    assert {r.outcome for r in after.loss_reasons} == {"lost_or_no_decision"}
    assert after.competitors[0].kind == "competitor"


def test_values_that_the_data_brought_along_are_left_out() -> None:
    study = full()
    quality = replace(
        study.quality,
        folds=(FoldFact(column="account", kept="Acme", folded=(("ACME", 3),), why="case"),),
        joins=(
            JoinFact(
                left="a.csv",
                right="b.csv",
                on_left="id",
                on_right="id",
                matched=1,
                unmatched=1,
                blank=0,
                examples=("X",),
            ),
        ),
        rejects="/home/someone/deals.rejects.csv",
    )
    told = anonymise.study(replace(study, quality=quality), Labels()).quality
    assert "ACME" not in repr(told)
    assert "a.csv" not in repr(told)
    assert told.rejects == ""
    assert told.unread_reasons == (("Value 1", 7), ("Value 2", 2))


def test_the_values_of_a_column_called_competitor_are_lettered_though_no_field_holds_them() -> None:
    study = full()
    first = study.attributes[0]
    levels = tuple(
        replace(level, value=name, segment=f"x_main_rival = {name}")
        for level, name in zip(first.levels, ("Zenith", "none", "Northstar"), strict=False)
    )
    rivals = replace(first, name="x_main_rival", label="Main rival", levels=levels)
    study = replace(study, attributes=(rivals, *study.attributes[1:]))
    told = anonymise.study(study, anonymise.labels(study)).attributes[0]
    zenith = told.levels[0].value
    assert zenith.startswith("Competitor ")
    assert [level.value for level in told.levels] == [zenith, "none", "Competitor A"]
    assert [level.segment for level in told.levels] == [
        f'x_main_rival = "{zenith}"',
        "x_main_rival = none",
        'x_main_rival = "Competitor A"',
    ]

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from report_study import full, nearly_empty, refusing
from winloss.report.figures import NBSP, day
from winloss.report.formats.md import markdown
from winloss.stats.estimate import Estimate
from winloss.synthesize.study import Issue, Recovery, Study


def text(study: Study) -> str:
    return markdown(study).replace(NBSP, " ")


def test_the_first_heading_is_the_answer() -> None:
    assert text(full()).splitlines()[0] == "# We won 598 of 1,422 closed deals: 42.1 %"


@pytest.mark.parametrize("study", [full(), nearly_empty(), refusing()])
def test_every_table_has_as_many_cells_in_each_row(study: Study) -> None:
    rows: list[str] = []
    for line in [*text(study).splitlines(), ""]:
        if line.startswith("|"):
            rows.append(line.replace(r"\|", ""))
            continue
        assert len({row.count("|") for row in rows}) <= 1, rows
        rows = []


def test_text_of_the_data_is_never_markup() -> None:
    study = full()
    row = replace(study.loss_reasons[0], label="a|b *c* <script>\nd")
    told = text(replace(study, loss_reasons=(row, *study.loss_reasons[1:])))
    assert r"a\|b \*c\* \<script\> d" in told
    assert "<script>" not in told


def test_bars_are_drawn_in_text() -> None:
    assert "| Price & value | 214 | 26.0 % | $6.1M | 20.3 % | ████████████████████ |" in text(full())


def test_a_refused_number_says_why() -> None:
    assert "| By amount | not given: Losses carry no amount: 3 of 824 are filled. |" in text(refusing())


def test_a_finding_shows_its_evidence() -> None:
    told = text(full())
    assert "### Established: We win 31 of 171" in told
    assert "- Difference −27.2 points (−33.0 to −20.2 points)" in told
    assert "- p < 0.001, q 0.001 over 214 comparisons" in told
    assert "- What would make it firm: Two more quarters of about this size." in told


def test_a_median_without_an_interval_has_no_empty_one() -> None:
    study = full()
    few = replace(study.totals, cycle_days_won=Estimate(value=53, n=5))
    assert "| Median cycle, won | 53 days (n 5) |" in text(replace(study, totals=few))


def test_the_last_sentence_says_what_the_date_is() -> None:
    study = replace(full(), as_of_why="the last change of a deal")
    assert text(study).rstrip().endswith(f"As of {day(study.as_of)}: the last change of a deal.".replace(NBSP, " "))


def test_a_deal_to_open_again_says_why_it_was_lost_and_when_to_ask() -> None:
    prospect = replace(
        full().recovery.prospects[0],
        deal_name="Rollout",
        account="",
        reason="Budget & timing",
        amount_cents=1_240_000,
        currency="EUR",
        closed_on=dt.date(2026, 1, 20),
        window_from=dt.date(2026, 4, 20),
        window_to=dt.date(2026, 7, 19),
    )
    told = text(replace(full(), recovery=Recovery(prospects=(prospect,), total=3)))
    assert "| Deal | Account | Reason | Amount | Closed | Window |" in told
    assert "| Rollout | – | Budget & timing | €12,400 | 20 Jan 2026 | 20 Apr – 19 Jul 2026 |" in told
    assert "And 2 more deals, by value." in told


def test_what_the_data_lacks_is_a_table_of_counts() -> None:
    issue = Issue(code="blank", message="37 cells of 'Term' taken as blank.", count=37)
    quality = replace(full().quality, issues=(issue,))
    assert "| 37 cells of 'Term' taken as blank. | 37 | – |" in text(replace(full(), quality=quality))


def test_periods_that_are_not_ripe_say_why() -> None:
    assert "\n\nNot ripe: Deals created in the last 45 days are mostly still open." in text(full())


def test_what_was_left_out_stands_under_the_headline() -> None:
    assert text(full()).splitlines()[2] == "**Left out on request: Deal type Renewal (337 deals).**"
    assert "Left out" not in text(nearly_empty())

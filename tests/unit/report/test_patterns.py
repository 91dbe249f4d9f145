"""Which patterns are shown, in which order, and which of them never stand on the first page."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from rich.console import Console

from report_study import full
from winloss.report import page, patterns, terminal
from winloss.report.document import document
from winloss.report.figures import NBSP
from winloss.report.formats.md import markdown
from winloss.report.formats.xlsx import sheets
from winloss.synthesize.finding import Confounder, Finding, Status, Survival
from winloss.synthesize.study import Study

WIN, LOSS, CHANNEL = "segment-0c17d2aa31", "segment-4fa2b91c07", "channel-93aa01be55"


def owed(finding: Finding, survival: Survival, label: str = "Client") -> Finding:
    difference = -0.01 if survival is Survival.VANISHES else 0.2
    low, high = difference - 0.05, difference + 0.05
    held = Confounder(attribute="x", label=label, survival=survival, difference=difference, low=low, high=high)
    return replace(finding, confounder=held)


def with_fallen(study: Study, *fallen: str, survival: Survival = Survival.VANISHES) -> Study:
    return replace(study, findings=tuple(owed(f, survival) if f.id in fallen else f for f in study.findings))


def id_of(finding: Finding | None) -> str | None:
    return finding.id if finding else None


def many(established: int, early: int) -> Study:
    """A study of as many patterns, those with most at stake first."""
    study = full()
    one = next(f for f in study.findings if f.id == LOSS)
    firm = [replace(one, id=f"firm-{i:02}", claim=f"Claim {i:02}.") for i in range(established)]
    soft = [replace(one, id=f"soft-{i}", claim=f"Hint {i}.", status=Status.EARLY_SIGNAL) for i in range(early)]
    return replace(study, findings=(*firm, *soft), win_pattern="", loss_pattern="firm-00", actions=())


def printed(study: Study) -> str:
    out = io.StringIO()
    terminal.summary(study, Console(file=out, width=80))
    return " ".join(out.getvalue().replace(NBSP, " ").split())


def test_the_first_page_shows_the_pattern_that_the_study_chose() -> None:
    study = full()
    chosen = replace(study, loss_pattern=CHANNEL)
    assert id_of(patterns.of_first_page(chosen, won=False)) == CHANNEL
    assert id_of(patterns.of_first_page(study, won=True)) == WIN


def test_an_early_signal_that_the_study_did_not_choose_is_no_pattern_of_the_first_page() -> None:
    study = full()
    early = tuple(replace(f, status=Status.EARLY_SIGNAL) for f in study.findings)
    assert patterns.of_first_page(replace(study, findings=early), won=True) is None


def test_the_first_page_calls_an_early_signal_one_in_every_format(tmp_path: Path) -> None:
    firm = next(f for f in full().findings if f.id == WIN)
    early = replace(firm, status=Status.EARLY_SIGNAL, claim="Small buyers win.", what_would_firm_it="About 40 more.")
    study = replace(full(), findings=(early,), win_pattern=WIN, loss_pattern="", actions=())
    shown = page.html(study, {}).replace(NBSP, " ")
    assert '<div class="pattern win early"><h2>One win pattern (early signal, not established)</h2>' in shown
    assert "An association. What would make it firm: About 40 more. " in shown
    assert '<div class="pattern loss none"><h2>One loss pattern</h2>' in shown
    assert "**Win pattern (early signal, not established):** Small buyers win." in markdown(study)
    sheets(study, {}, tmp_path / "r.xlsx")
    book = openpyxl.load_workbook(tmp_path / "r.xlsx")
    told = [line[0] for line in book["Summary"].iter_rows(values_only=True)]
    assert "Win pattern (early signal, not established): Small buyers win." in told
    assert "Loss pattern: none is established" in told
    assert [line[1] for line in book["Findings"].iter_rows(values_only=True)] == ["Status", "early signal"]


@pytest.mark.parametrize("survival", [Survival.VANISHES, Survival.REVERSES])
def test_what_may_be_owed_to_something_else_comes_last_and_never_on_the_first_page(survival: Survival) -> None:
    study = with_fallen(replace(full(), loss_pattern=LOSS), LOSS, survival=survival)
    assert [f.id for f in patterns.established(study)] == [WIN, CHANNEL, LOSS]
    assert id_of(patterns.of_first_page(study, won=False)) == CHANNEL
    assert document(study)["loss_pattern"] == CHANNEL
    assert [f["id"] for f in document(study)["findings"]][:3] == [WIN, CHANNEL, LOSS]
    both = with_fallen(study, LOSS, CHANNEL)
    assert patterns.of_first_page(both, won=False) is None
    assert patterns.why_none(both, won=False) == "2 are established, but may be owed to something else: see Patterns."
    assert "**Loss pattern:** none is established. 2 are established, but may be owed" in markdown(both)


def test_how_much_could_have_been_seen_is_told_once() -> None:
    none = replace(full(), findings=(), win_pattern="", loss_pattern="")
    assert patterns.why_none(none, won=True) == none.power
    assert patterns.why_none(none, won=False) == "The same holds of losses."


def test_a_line_says_why_some_come_last() -> None:
    assert patterns.last(full()) == ""
    assert patterns.last(with_fallen(full(), LOSS)) == (
        "One comes after the others, and not on the first page: compared only where the strongest competing explanation is "
        "equal, nothing firm is left of the difference."
    )
    two = with_fallen(with_fallen(full(), LOSS), WIN, survival=Survival.REVERSES)
    assert patterns.last(two).startswith("2 come after the others")
    assert patterns.last(two).endswith("nothing firm is left of the difference or the difference turns round.")
    assert patterns.last(two) in page.html(two, {})
    assert patterns.last(two) in markdown(two)


def test_a_pattern_says_beside_itself_what_it_may_be_owed_to() -> None:
    study = with_fallen(full(), LOSS)
    assert "May be owed to client" in page.html(study, {})
    assert "### Established, may be owed to client: We win 31 of 171" in markdown(study)
    assert "(may be owed to client)" in printed(study)


def test_ten_patterns_are_shown_whole_and_the_others_in_a_line_each() -> None:
    study = many(17, 2)
    html = page.html(study, {})
    assert html.count('<article class="finding"') == 10
    assert "7 more patterns are established, with less at stake" in html
    assert html.count("Its evidence</summary>") == 7
    assert all(f'id="{f.id}"' in html for f in study.findings)
    told = markdown(study)
    assert told.count("### Established") == 10
    assert "### 7 more patterns are established, with less at stake" in told
    assert "| Claim 16. |" in told
    assert "more pattern" not in markdown(many(10, 0))


def test_the_terminal_tells_five_and_counts_the_others() -> None:
    text = printed(many(17, 4))
    assert "Claim 04." in text
    assert "Claim 05." not in text
    assert "… 12 more patterns in the report" in text
    assert "… 1 more early signal in the report" in text
    assert "more pattern" not in printed(many(5, 3))

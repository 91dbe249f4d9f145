from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from report_study import full, nearly_empty, refusing
from winloss.report.figures import NBSP
from winloss.report.terminal import summary
from winloss.synthesize.study import Study


def printed(study: Study, width: int = 80) -> str:
    out = io.StringIO()
    summary(study, Console(file=out, width=width), Path("/a/very/long/path/" + "x" * 90 + "/report.html"))
    return out.getvalue().replace(NBSP, " ")


@pytest.mark.parametrize("study", [full(), nearly_empty(), refusing()])
def test_no_line_but_the_path_is_wider_than_80_columns(study: Study) -> None:
    lines = printed(study, 200).splitlines()
    assert max(len(line) for line in lines if "/a/very" not in line) <= 80


def test_the_path_to_open_is_never_broken() -> None:
    assert "Open /a/very/long/path/" + "x" * 90 + "/report.html" in printed(full())


def test_it_says_what_the_first_page_says() -> None:
    text = printed(full())
    for part in (
        "We won 598 of 1,422 closed deals: 42.1 %",
        "Left out on request: Deal type Renewal (337 deals).",
        "598 won · 701 lost · 123 no decision",
        "95 % interval 39.5–44.6 %",
        "Price & value",
        "No reason given",
        "we win 71 of 285 (24.9 %)",
        "■ We win 31 of 171",
        "(early signal)",
        "1. Publish two healthcare references",
        "! 12 deals stand in a deal stage",
    ):
        assert part in text


def test_without_a_terminal_there_is_no_escape_code() -> None:
    assert "\x1b" not in printed(full())


def test_a_refused_number_says_why_in_place() -> None:
    text = printed(refusing())
    assert "not given: Losses carry no amount: 3 of 824 are filled." in " ".join(text.split())
    assert "win rate not given" in text


def test_brackets_in_the_data_are_not_taken_as_markup() -> None:
    from dataclasses import replace

    study = full()
    odd = replace(study.actions[0], do="Answer [bold]this[/bold] [/]")
    assert "Answer [bold]this[/bold] [/]" in printed(replace(study, actions=(odd,), notes=("[red]x",)))


def test_competitors_beyond_the_first_three_are_counted() -> None:
    study = full()
    rows = tuple(
        replace(study.competitors[0], name=name, kind="competitor", closed=90 - i)
        for i, name in enumerate(("Acme", "Globex", "Hooli", "Initech", "Umbrella"))
    )
    told = printed(replace(study, competitors=rows))
    assert "Hooli" in told
    assert "Initech" not in told
    assert "… 2 more competitors in the report" in told
    assert "more competitor" not in printed(replace(study, competitors=rows[:3]))

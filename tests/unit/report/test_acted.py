"""An action as a reader sees it: the sentences of every verdict, in the terminal and as JSON."""

from __future__ import annotations

import datetime as dt
import io
from dataclasses import replace

import jsonschema  # type: ignore[import-untyped]  # it ships no types
import pytest
from rich.console import Console

from acted import PLAN, action, drifting, effect, measurement, no_change, portfolio, rate, too_few, unripe
from winloss.act.ledger import verdict_row
from winloss.act.measurement import Decision, Look, Measurement, Method, Plan, Portfolio, Span, Standing, Verdict
from winloss.act.measures import Measure
from winloss.report import acted
from winloss.report import acted_words as words
from winloss.report.acted_words import Names
from winloss.report.schema import ACTED, ACTED_LIST, ACTED_PORTFOLIO, schema
from winloss.stats.estimate import Estimate
from winloss.tables.segment import Segment

NAMES = Names()
NBSP = "\N{NO-BREAK SPACE}"
ROW = verdict_row(measurement(), said_at=dt.datetime(2026, 5, 1, tzinfo=dt.UTC), book_version=3)


def said(text: str) -> str:
    return " ".join(text.replace(NBSP, " ").split())


def heading(told: Measurement) -> str:
    return said(words.heading(told, NAMES))


def printed(told: Measurement) -> str:
    console = Console(width=200, file=io.StringIO(), record=True)
    acted.summary(told, console, names=NAMES)
    return console.export_text()


def worsened() -> Measurement:
    return measurement(
        verdict=Verdict.WORSENED,
        effect=effect(-0.124, -0.2, -0.021),
        decision=Decision.STOP,
        decision_why="It did harm.",
    )


def planned() -> Measurement:
    return measurement(
        standing=Standing.PLANNED,
        verdict=None,
        why="It begins on 1 Jul 2025.",
        effect=Estimate.refused("It has not begun."),
        bins=(),
        decision=None,
        decision_why="",
    )


def ripening() -> Measurement:
    return replace(unripe(), standing=Standing.RIPENING, told_on=dt.date(2026, 2, 1))


@pytest.mark.parametrize(
    ("told", "says"),
    [
        (measurement(), "Win rate of industry Logistics rose 14 points (4 to 24) against the rest: improved"),
        (worsened(), "Win rate of industry Logistics fell 12 points (2.1 to 20) against the rest: worsened"),
        (no_change(), "No change seen in the win rate of industry Retail: +1.2 points (−6 to +8)"),
        (too_few(), "Too few deals to tell whether the win rate of industry Logistics changed"),
        (drifting(), "No verdict on the win rate of industry Logistics"),
        (unripe(), "Running: the win rate of industry Logistics, until 27 Dec 2025"),
        (
            ripening(),
            "Ended, its deals still open: the win rate of industry Logistics, a verdict from 1 Feb 2026",
        ),
        (planned(), "Planned: the win rate of industry Logistics, from 1 Jul 2025"),
    ],
    ids=["improved", "worsened", "no change", "too few", "drifting", "running", "ripening", "planned"],
)
def test_the_heading_is_the_answer(told: Measurement, says: str) -> None:
    assert heading(told) == says


@pytest.mark.parametrize(
    ("measure", "says"),
    [
        ("share_of_losses:reason:price_value", "share of losses for Price & value in industry Logistics rose 14"),
        ("share_of_losses:competitor:Vornexa", "share of losses to Vornexa in industry Logistics rose 14"),
        ("conversion:Proposal>Won", "share that goes from Proposal to Won in industry Logistics rose 14"),
        ("cycle_days", "time to close of industry Logistics became 14 % longer (4 to 24) against the rest"),
        ("reason_coverage", "share of losses with a reason in industry Logistics rose 14"),
    ],
)
def test_every_measure_has_its_words(measure: str, says: str) -> None:
    told = measurement(action(measure=Measure.parse(measure)))
    assert says in heading(told)[:1].lower() + heading(told)[1:]


def test_what_it_is_held_against_is_named() -> None:
    series = measurement(method=Method.SERIES)
    assert heading(series).endswith("against its own course before: improved")
    beside = measurement(action(compared_with=Segment.of(region="North")))
    assert heading(beside).endswith("against region North: improved")
    everything = measurement(action(segment=Segment()))
    assert heading(everything).startswith("Win rate of all deals rose")


def test_counts_stand_before_shares_here_and_in_the_rest() -> None:
    assert said(words.counted(measurement())) == (
        "Here 81 of 342 (23.7 %) before, 66 of 171 (38.6 %) since. "
        "The rest 620 of 1,690 (36.7 %) before, 410 of 1,085 (37.8 %) since."
    )
    assert "The rest" not in words.counted(measurement(method=Method.SERIES))


def test_no_figures_of_the_window_are_shown_before_a_look_is_due() -> None:
    assert words.counted(unripe()) == ""
    assert "38.6" not in printed(unripe())


def test_days_are_days() -> None:
    told = measurement(
        action(measure=Measure.parse("cycle_days")),
        here_before=Estimate(value=44.2, n=300),
        here_after=Estimate(value=38.1, n=150),
        method=Method.SERIES,
    )
    assert said(words.counted(told)) == "Here 44 days (n 300) before, 38 days (n 150) since."


def test_no_change_says_which_effect_is_ruled_out() -> None:
    assert said(words.ruled_out(no_change())) == (
        "Ruled out: a rise of more than 8 points, a fall of more than 6 points. The goal was 10 points."
    )
    days = measurement(action(measure=Measure.parse("cycle_days")), effect=effect(0.0, -0.02, 0.05))
    assert said(words.ruled_out(days)) == (
        "Ruled out: a time longer by more than 5 %, a time shorter by more than 2.0 %. The goal was 10 %."
    )


def test_too_few_says_what_would_have_been_seen_and_how_long_it_takes() -> None:
    assert said(words.could_show(too_few())) == (
        "Before it began, the smallest effect seen four times in five was 30 points (31 deals expected, 31 came). "
        "To see 10 points takes longer than two years."
    )
    longer = replace(too_few(), plan=replace(PLAN, days_for_goal=300))
    assert said(words.could_show(longer)).endswith("To see 10 points takes a window of 300 days.")
    never = replace(too_few(), plan=replace(PLAN, detectable=None))
    assert said(words.could_show(never)) == (
        "Before it began, no effect would have been seen four times in five (168 deals expected, 31 came)."
    )


def test_no_verdict_says_why() -> None:
    assert drifting().why in said(printed(drifting()))
    assert "Before the action its distance from the rest moved on its own by +2.1 points" in said(printed(drifting()))


def test_progress_counts_what_is_there_and_what_is_not_ripe() -> None:
    assert said(words.progress(unripe())) == "So far 70 deals of 168 expected; 12 deals not ripe yet, left out."
    assert words.progress(measurement()) == ""


def test_what_follows_says_why() -> None:
    assert words.follows(measurement()) == "Keep it: it did what it was meant to do."
    assert words.follows(no_change()) == "Stop it: a gain of ten points or more is ruled out."
    assert words.follows(too_few()).startswith("Extend it: its deals")
    assert words.follows(unripe()) == ""
    once = replace(measurement(), decision_why="It does what it was meant to do: keep it.")
    assert words.follows(once) == "It does what it was meant to do: keep it."


def test_what_is_planned_says_what_its_window_could_show() -> None:
    assert "The smallest effect seen four times in five: 13 points." in said(printed(planned()))


def test_the_power_statement_comes_before_it_starts() -> None:
    assert [said(line) for line in words.power(PLAN, action())] == [
        "Expected in its 180 days: 168 deals (342 to hold them against).",
        "The smallest effect seen four times in five: 13 points.",
        "The goal, 10 points, would be seen 56 times in 100.",
        "A window of 300 days would see ten points four times in five.",
    ]
    nothing = Plan(why="The book holds no deal before it.")
    assert words.power(nothing, action()) == [
        "Nothing can be promised before it starts: The book holds no deal before it."
    ]
    assert "No effect would be seen four times in five." in words.power(replace(PLAN, detectable=None), action())


def test_looks_overlaps_and_what_was_held_fixed_are_told() -> None:
    due = Look(due_on=dt.date(2025, 9, 28), information=0.5, bound=2.963, effect=effect(0.1, 0, 0.2), crossed=False)
    told = measurement(looks=(due, replace(due, crossed=None)), overlaps=("other", "third"))
    text = said(printed(told))
    assert "Look on 28 Sep 2025, at a bound of 2.96 errors: not crossed." in text
    assert "Look on 28 Sep 2025, at a bound of 2.96 errors: not due." in text
    assert "Other actions on some of these deals: other and third." in text
    assert "Held fixed: size band and lead source." in text
    assert "2 of 140 pretended actions on other segments and times stood out as much." in text
    assert "Kept out: 2 Apr – 30 Jun 2025, where it was found." in text


@pytest.mark.parametrize(
    "told", [measurement(), worsened(), no_change(), too_few(), drifting(), unripe(), ripening(), planned()]
)
def test_every_answer_fits_80_columns_and_the_schema(told: Measurement) -> None:
    assert max(len(line.rstrip()) for line in printed(told).splitlines()) <= 80
    whole = acted.document(told, names=NAMES, record=ROW)
    jsonschema.validate(whole, schema(ACTED))
    acted.dumps(whole)


def test_a_verdict_on_record_is_told() -> None:
    assert said(words.recorded(ROW, Measure.parse("win_rate"))) == (
        "On record as of 30 Apr 2026: improved, +14 points (+4 to +24)."
    )
    none = {**ROW, "verdict": None, "why": "It drifts."}
    assert said(words.recorded(none, Measure.parse("win_rate"))) == "On record as of 30 Apr 2026: no verdict."


def test_days_in_which_it_was_found_that_do_count_are_not_called_kept_out() -> None:
    counted = measurement(baseline=(Span(first=dt.date(2024, 4, 7), last=dt.date(2025, 6, 30)),))
    assert "Kept out" not in printed(counted)


def test_a_list_says_which_actions_wait_for_a_verdict() -> None:
    assert acted.Listed(action=action(), state="running", ended=True).says == "ended, no verdict yet"
    assert acted.Listed(action=action(), state="running").says == "running"
    assert acted.Listed(action=action(), state="kept", ended=True, record=ROW).says == "kept: improved"


def test_a_list_fits_80_columns_and_its_schema() -> None:
    listed = [
        acted.Listed(action=action(), state="measured", owner="Ada Byron", record=ROW),
        acted.Listed(action=action("a-very-long-name-of-an-action-indeed"), state="running"),
    ]
    console = Console(width=200, file=io.StringIO(), record=True)
    acted.listing(listed, console, names=NAMES)
    text = console.export_text()
    assert max(len(line.rstrip()) for line in text.splitlines()) <= 80
    assert "measured: improved · " in text
    assert text.splitlines()[0].endswith(" · Ada Byron")
    assert text.count("Should move the ") == len(listed)
    whole = acted.listed_document(listed, as_of=dt.date(2026, 4, 30))
    jsonschema.validate(whole, schema(ACTED_LIST))
    assert whole["actions"][0]["record"]["effect"]["value"] == 0.141


def test_the_portfolio_counts_and_says_how_many_verdicts_may_be_false() -> None:
    told = portfolio()
    assert words.portfolio_heading(told) == "1 of 3 measured actions improved what they were meant to"
    assert [said(line) for line in words.portfolio_sentences(told)] == [
        "Verdicts: 1 improved, 1 no change seen, 1 too few deals to tell.",
        "By chance alone, 0.15 of them would say improved or worsened.",
        "Won deals owed to actions on the win rate, improved or not: +29 (+4 to +53).",
    ]
    console = Console(width=200, file=io.StringIO(), record=True)
    acted.portfolio_summary(told, console, names=NAMES)
    assert max(len(line.rstrip()) for line in console.export_text().splitlines()) <= 80
    jsonschema.validate(acted.portfolio_document(told, year=2025, names=NAMES), schema(ACTED_PORTFOLIO))


def test_a_portfolio_without_verdicts_says_so() -> None:
    told = Portfolio(
        measured=0,
        by_verdict=(),
        false_to_expect=0.0,
        wins=Estimate.refused("No action is on the win rate."),
        actions=(unripe(),),
    )
    assert words.portfolio_heading(told) == "No verdict yet on 1 action"
    assert words.portfolio_sentences(told) == ["No action is on the win rate."]


def test_small_effects_keep_a_decimal_and_nought_has_no_sign() -> None:
    measure = Measure.parse("win_rate")
    assert words.signed(0.0123, measure) == "+1.2 points"
    assert words.signed(-0.04, measure) == "−4 points"
    assert words.signed(0.0001, measure) == "0.0 points"
    assert words.bounds(effect(-0.1, -0.2, -0.04)) == "4 to 20"
    assert words.value(rate(3, 10), measure) == f"3 of 10 (30.0{NBSP}%)"

"""What is proposed, on what, and when one could tell."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from winloss.stats.power import detectable_difference
from winloss.stats.shares import newcombe, wilson
from winloss.synthesize import actions, ranking, reasons
from winloss.synthesize.finding import Confounder, Finding, Kind, Status, Survival
from winloss.synthesize.glossary import Glossary, ReasonWords
from winloss.synthesize.study import AttributeTable, LevelRow
from winloss.tables.segment import Segment

GLOSSARY = Glossary.listing(
    [
        ReasonWords(code="price_value", label="Price", points_at="pricing", content_gap="Price guide"),
        ReasonWords(code="trust", label="Trust", points_at="marketing", content_gap="Customer stories"),
        ReasonWords(code="quiet", label="Quiet"),
    ]
)


def finding(name: str, here: tuple[int, int], rest: tuple[int, int], measure: str = "win_rate", **more: Any) -> Finding:
    given: dict[str, Any] = {"kind": Kind.SEGMENT, "segment": f"region = {name}", "status": Status.ESTABLISHED} | more
    return Finding(
        id=name,
        claim="",
        measure=measure,
        here=wilson(*here),
        comparison=wilson(*rest),
        difference=newcombe(*here, *rest),
        **given,
    )


def lost(survival: Survival) -> Confounder:
    return Confounder(attribute="rep", label="Rep", survival=survival, difference=0, low=0, high=0)


WORSE = finding("worse", (20, 200), (600, 2000))
BETTER = finding("better", (150, 300), (600, 2000))
REASON = finding("reason", (60, 100), (300, 1000), "share_of_losses:reason:trust", kind=Kind.REASON)


def test_nothing_established_is_nothing_to_do() -> None:
    early = finding("early", (20, 200), (600, 2000), status=Status.EARLY_SIGNAL)
    assert actions.propose([early], GLOSSARY) == (
        (),
        "Nothing is established in this book, so there is nothing to act on yet.",
    )


@pytest.mark.parametrize("survival", [Survival.VANISHES, Survival.REVERSES])
def test_a_difference_owed_to_something_else_is_not_acted_on(survival: Survival) -> None:
    owed = finding("owed", (20, 200), (600, 2000), confounder=lost(survival))
    assert actions.propose([owed], GLOSSARY)[0] == ()
    assert actions.propose([owed], GLOSSARY)[1].startswith("What is established may be owed")


def test_each_action_stands_on_its_finding() -> None:
    told, why = actions.propose([REASON, WORSE, BETTER], GLOSSARY)
    assert why == ""
    assert {action.finding for action in told} == {"worse", "better", "reason"}
    by = {action.finding: action for action in told}
    assert by["reason"].do == "Make what is missing for deals with region reason: customer stories."
    assert by["reason"].expect.startswith("The share of losses for trust goes down from 60.0 % to 45.0 %")
    assert by["reason"].expect.endswith(" more lost or no-decision deals to tell.")
    assert (by["reason"].points_at, by["worse"].points_at) == ("marketing", "sales")
    assert by["better"].deals_until_told is None
    assert "won as often as now (50.0 %)" in by["better"].expect
    assert by["worse"].expect.startswith("The win rate goes up from 10.0 % to 20.0 %")


def test_an_action_against_a_competitor_says_that_losses_to_it_should_move() -> None:
    rival = finding("met", (60, 100), (300, 1000), "share_of_losses:competitor:Vornexa", kind=Kind.COMPETITOR)
    told, _ = actions.propose([rival], GLOSSARY)
    assert told[0].expect.startswith("The share of losses to Vornexa goes down from 60.0 % to 45.0 %")


def test_fields_are_called_what_the_reader_calls_them() -> None:
    told, _ = actions.propose([WORSE], GLOSSARY, [table("region", "Sales region")])
    assert "lost among deals with sales region worse" in told[0].do
    told, _ = actions.propose([WORSE], GLOSSARY, [table("region", "RFI")])
    assert "deals with RFI worse" in told[0].do


def table(name: str, label: str, **levels: str) -> AttributeTable:
    rows = tuple(
        LevelRow(
            value=value, kind="value", segment=written, closed=9, won=1, win_rate=wilson(1, 9), difference=wilson(1, 9)
        )
        for value, written in levels.items()
    )
    return AttributeTable(name=name, label=label, levels=rows, ordered=False, tested=0)


def test_a_size_is_told_in_money_and_not_in_the_words_of_the_table() -> None:
    written = "amount_cents between 3200100 and 3994200"
    small = finding("small", (20, 200), (600, 2000), segment=written)
    sizes = table("deal_size", "Deal size", **{"32,000-39,999": written})
    told = [actions.propose([small], GLOSSARY, tables)[0][0].do for tables in ([sizes], [])]
    assert "among deals with deal size 32,000-39,999, then" in told[0]
    assert "among deals with amount from 32,001 to 39,942, then" in told[1]


def test_nobody_is_told_to_stop_selling_new_business() -> None:
    new = finding("new", (20, 200), (1800, 2000), segment='deal_type = "New Business" and region = North')
    assert actions.propose([new], GLOSSARY)[0] == ()


def test_at_most_five_and_one_a_segment() -> None:
    many = [finding(f"s{i}", (20 + i, 200), (600, 2000)) for i in range(8)]
    told, _ = actions.propose([*many, finding("again", (5, 200), (600, 2000), segment="region = s0")], GLOSSARY)
    assert len(told) == 5
    assert len({action.segment for action in told}) == 5
    assert told[0].finding == "again"


def test_a_reason_that_points_at_nobody_or_is_given_less_often_gives_no_action() -> None:
    quiet = finding("quiet", (60, 100), (300, 1000), "share_of_losses:reason:quiet", kind=Kind.REASON)
    fewer = finding("fewer", (10, 100), (300, 1000), "share_of_losses:reason:trust", kind=Kind.REASON)
    assert actions.propose([quiet, fewer], GLOSSARY)[0] == ()


CHANNELS = [
    ("Organic", "Do more of what brings deals with lead source Organic: find", "were promised before they came"),
    ("Facebook Ads", "Put more of the spend into deals with lead source Facebook Ads.", "Question what is spent on"),
    ("Partner referral", "Ask those who send deals with lead source Partner referral", "which buyers fit"),
    ("Joint past", "Find out what brings deals with lead source Joint past, and do more of it.", "and what it costs"),
]


@pytest.mark.parametrize(("name", "more", "less"), CHANNELS)
def test_a_channel_is_acted_on_as_buyers_come_by_it(name: str, more: str, less: str) -> None:
    segment = str(Segment.of(lead_source=name, region="North"))
    up = finding("up", (150, 300), (600, 2000), kind=Kind.CHANNEL, segment=str(Segment.of(lead_source=name)))
    down = finding("down", (20, 200), (600, 2000), kind=Kind.CHANNEL, segment=segment)
    told = {action.finding: action.do for action in actions.propose([up, down], GLOSSARY)[0]}
    assert told["up"].startswith(more)
    assert less in told["down"]


def test_channels_of_several_kinds_are_of_no_kind() -> None:
    both = 'lead_source in (Organic, "Paid social")'
    told, _ = actions.propose([finding("up", (150, 300), (600, 2000), kind=Kind.CHANNEL, segment=both)], GLOSSARY)
    assert told[0].do.startswith("Find out what brings")


def test_a_good_month_is_a_goal_for_the_others() -> None:
    season = finding("season", (800, 1000), (1000, 2000), "win_rate:month_in_quarter:3", kind=Kind.SEASON, segment="")
    action = actions.propose([season], GLOSSARY)[0][0]
    assert "the third month of a quarter" in action.do
    assert action.expect.startswith("The win rate of the other months goes up from 50.0 % to 65.0 %")


def test_the_deals_it_takes_are_the_fewest_that_would_tell() -> None:
    now = wilson(40, 400)
    needed = actions.deals_until_told(now, 0.2)
    assert needed is not None
    assert (detectable_difference(needed, 400, 0.1, way=1) or 1) <= 0.1
    assert (detectable_difference(needed - 1, 400, 0.1, way=1) or 1) > 0.1


def test_the_deals_it_takes_have_the_power_they_promise_for_a_rise() -> None:
    needed = actions.deals_until_told(wilson(97, 571), 0.289)
    assert needed is not None
    random = np.random.default_rng(3)
    before, after = random.binomial(571, 97 / 571, 8000), random.binomial(needed, 0.289, 8000)
    pooled = (before + after) / (571 + needed)
    z = (after / needed - before / 571) / np.sqrt(pooled * (1 - pooled) * (1 / 571 + 1 / needed))
    assert (np.abs(z) > 1.96).mean() == pytest.approx(0.8, abs=0.03)


def test_too_few_deals_today_can_never_tell() -> None:
    assert actions.deals_until_told(wilson(10, 30), 0.35) is None
    assert actions.deals_until_told(wilson(10, 30), 10 / 30) is None


def test_content_gaps_need_a_fifth_of_the_losses_or_an_established_finding() -> None:
    rows = [("price_value", 25), ("trust", 15), ("quiet", 60)]
    losses, _ = reasons.read([_bar(code, n) for code, n in rows], [])
    gaps = actions.content_gaps(losses, [REASON], GLOSSARY)
    assert [(gap.reason, gap.segment, gap.gap, gap.finding) for gap in gaps] == [
        ("price_value", "", "Price guide", ""),
        ("trust", "region = reason", "Customer stories", "reason"),
    ]
    few, _ = reasons.read([_bar("price_value", 29)], [])
    assert actions.content_gaps(few, [], GLOSSARY) == ()


def _bar(code: str, n: int) -> dict[str, Any]:
    amounts = {"n_amount": 0, "amount_cents": 0, "amount_squares": 0.0}
    return {"is_won": False, "reason": code, "reason_given": True, "n": n, **amounts}


def test_patterns_prefer_what_stands_then_what_moves_most_deals() -> None:
    early = finding("early", (10, 900), (600, 2000), status=Status.EARLY_SIGNAL)
    owed = finding("owed", (10, 900), (600, 2000), confounder=lost(Survival.VANISHES))
    small = finding("small", (8, 60), (600, 2000))
    assert ranking.patterns([early, owed, small, WORSE, BETTER]) == ("better", "worse")
    assert ranking.patterns([early, owed, small]) == ("", "small")
    assert ranking.patterns([early]) == ("", "early")
    assert ranking.patterns([]) == ("", "")


def test_a_season_is_a_pattern_only_where_nothing_else_is() -> None:
    season = finding("season", (800, 1000), (100, 2000), "win_rate:month_in_quarter:3", kind=Kind.SEASON, segment="")
    assert ranking.patterns([season, BETTER]) == ("better", "")
    assert ranking.patterns([season]) == ("season", "")


def test_nothing_is_at_stake_where_the_interval_holds_zero() -> None:
    assert ranking.weight(finding("none", (30, 100), (300, 1000))) == 0

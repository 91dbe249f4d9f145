from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from report_study import full, nearly_empty, share
from winloss.act.action import ActionKind
from winloss.act.propose import FEW_LEFT, propose
from winloss.act.written import read_toml, toml
from winloss.synthesize.finding import Finding, Kind, Status
from winloss.synthesize.study import ProposedAction, Study

STUDY = full()


def proposing(finding: Finding, **given: str) -> Study:
    """A study whose only proposal stands on `finding`."""
    told = {
        "do": "Do something.",
        "segment": finding.segment,
        "measure": finding.measure,
        "expect": "It goes up.",
        "points_at": "",
    } | given
    one = ProposedAction(finding=finding.id, deals_until_told=90, **told)
    return replace(STUDY, pause=(), findings=(finding,), actions=(one,))


def found(segment: str, measure: str, kind: Kind, here: tuple[int, int], rest: tuple[int, int]) -> Finding:
    a, b = share(*here), share(*rest)
    gap = replace(a, value=(a.value or 0) - (b.value or 0), low=None, high=None)
    return Finding(
        id="f1",
        kind=kind,
        segment=segment,
        claim="",
        measure=measure,
        here=a,
        comparison=b,
        difference=gap,
        status=Status.ESTABLISHED,
    )


WORSE = found('lead_source = "Paid social"', "win_rate", Kind.CHANNEL, (20, 100), (400, 1000))


def test_questioned_spend_comes_first_as_a_pause() -> None:
    one, *_ = propose(STUDY)
    assert one.action.kind is ActionKind.CAMPAIGN_PAUSE
    assert str(one.action.segment) == STUDY.pause[0].segment
    assert one.action.do == "Pause what is spent on Spring push and Paid social."
    assert one.notes == (STUDY.pause[0].words, FEW_LEFT)


def test_what_was_looked_at_is_kept_out_of_what_it_is_measured_by() -> None:
    for one in propose(STUDY):
        action = one.action
        assert (action.found_from, action.found_to) == (STUDY.totals.closed_from, STUDY.totals.closed_to)
        assert action.found_among == STUDY.tested
        assert STUDY.as_of is not None
        assert action.begins_on == STUDY.as_of + dt.timedelta(days=1)
        assert (action.days, action.owner_id) == (60, "")


def test_the_goal_is_half_of_the_difference_where_one_is_stated() -> None:
    assert propose(proposing(WORSE))[0].action.goal == pytest.approx(0.1)
    better = found("size_band = 50-149", "win_rate", Kind.SEGMENT, (60, 100), (400, 1000))
    assert propose(proposing(better))[0].action.goal is None


@pytest.mark.parametrize(
    ("finding", "points_at", "kind"),
    [
        (WORSE, "marketing", ActionKind.CAMPAIGN_PAUSE),
        (found("lead_source = Organic", "win_rate", Kind.CHANNEL, (20, 99), (40, 99)), "marketing", ActionKind.CONTENT),
        (found("content = Guide", "win_rate", Kind.CONTENT, (60, 99), (40, 99)), "marketing", ActionKind.CONTENT),
        (
            found("size_band = 1-9", "win_rate", Kind.SEGMENT, (60, 99), (40, 99)),
            "marketing",
            ActionKind.SCORING_WEIGHT,
        ),
        (found("size_band = 1-9", "win_rate", Kind.SEGMENT, (20, 99), (40, 99)), "sales", ActionKind.PROCESS),
        (
            found("region = N", "share_of_losses:competitor:Acme", Kind.COMPETITOR, (60, 99), (40, 99)),
            "marketing",
            ActionKind.COMPETITOR_PAGE,
        ),
        (
            found("region = N", "share_of_losses:reason:price_value", Kind.REASON, (60, 99), (40, 99)),
            "pricing",
            ActionKind.PRICING,
        ),
        (
            found("region = N", "share_of_losses:reason:onboarding", Kind.REASON, (60, 99), (40, 99)),
            "product",
            ActionKind.PRODUCT,
        ),
    ],
)
def test_the_kind_follows_what_the_finding_is_about(finding: Finding, points_at: str, kind: ActionKind) -> None:
    (one,) = propose(proposing(finding, points_at=points_at))
    assert one.action.kind is kind
    assert one.notes == ("It goes up.",)
    assert one.action.finding == "f1"


def test_what_is_about_no_segment_or_no_measure_of_actions_is_left_out() -> None:
    season = found("", "win_rate:month_in_quarter:3", Kind.SEASON, (60, 99), (40, 99))
    assert propose(proposing(season)) == ()
    assert propose(proposing(WORSE, measure="coverage:reason")) == ()


def test_a_segment_is_proposed_once_and_no_id_twice() -> None:
    both = replace(proposing(WORSE), pause=(replace(STUDY.pause[0], segment=WORSE.segment),))
    (one,) = propose(both, taken=["campaign-paid-social"])
    assert one.action.id == "campaign-paid-social-2"
    assert one.action.kind is ActionKind.CAMPAIGN_PAUSE


def test_nothing_is_proposed_where_nothing_was_found_or_no_day_is_known() -> None:
    assert propose(nearly_empty()) == ()
    assert propose(replace(STUDY, as_of=None)) == ()


def test_the_proposals_are_ready_to_be_imported() -> None:
    proposed = propose(STUDY)
    text = toml([one.action for one in proposed], notes={one.action.id: one.notes for one in proposed})
    assert read_toml(text).actions == tuple(one.action for one in proposed)
    assert len(proposed) >= 2

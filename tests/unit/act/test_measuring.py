"""Actions are measured on a book: who is compared with whom, what is kept out, and when a verdict may be given."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
import pytest

from book_of_deals import deal
from resolved import resolved
from winloss.act.action import Action, ActionKind, Basis, State
from winloss.act.measurement import Decision, Measurement, Method, Standing, Verdict
from winloss.act.measures import Measure
from winloss.act.measuring import Asked, measure_all
from winloss.act.portfolio import portfolio
from winloss.errors import UserError
from winloss.synthesize.as_of import AsOf
from winloss.tables.segment import Segment

D = dt.date
START, DAYS = D(2024, 1, 1), 730
BEGINS = D(2025, 7, 1)
LATER = D(2025, 12, 30)
Deals = list[dict[str, Any]]


def deals(seed: int = 0, *, a_day: int = 12, effect: float = 0.0, slow_wins: bool = False) -> Deals:
    """Two years of deals in which Retail wins `effect` (−1 to 1) more from BEGINS on."""
    random = np.random.default_rng(seed)
    made: Deals = []
    for day in range(DAYS):
        for _ in range(a_day):
            created = START + dt.timedelta(days=day)
            industry, region, size = (int(x) for x in random.integers(0, (6, 5, 4)))
            won = random.random() < 0.4 + effect * (industry == 0 and created >= BEGINS)
            cycle = int(random.integers(60, 100)) if won and slow_wins else int(random.integers(5, 40))
            closed = created + dt.timedelta(days=cycle)
            known = closed < START + dt.timedelta(days=DAYS)
            made.append(
                deal(
                    ("won" if won else "lost") if known else "open",
                    created_on=created,
                    closed_on=closed if known else None,
                    industry="Retail" if industry == 0 else f"industry {industry}",
                    region=f"region {region}",
                    size_band=f"size {size}",
                    reason=None if won or not known else ("price_value" if random.random() < 0.4 else "indecision"),
                )
            )
    return made


def action(**given: Any) -> Action:
    told: dict[str, Any] = {
        "id": "a",
        "do": "Something",
        "segment": Segment.parse("industry = Retail"),
        "measure": Measure.parse("win_rate"),
        "begins_on": BEGINS,
        "ends_on": D(2025, 9, 28),
        "found_among": 1,
    }
    return Action(**(told | given))


def asked(made: Deals, *, as_of: dt.date = LATER, changes: pa.Table | None = None) -> Asked:
    names = {name for row in made for name in row}
    table = resolved({name: [row.get(name) for row in made] for name in names})
    day = AsOf(day=as_of, why="set", credible_until=as_of, first_created=START, first_closed=START)
    return Asked(
        deals=ibis.memtable(table), changes=None if changes is None else ibis.memtable(changes), as_of=day, custom=()
    )


def ask() -> Callable[[Any], pa.Table]:
    return ibis.duckdb.connect().to_pyarrow  # type: ignore[no-any-return]  # of an untyped library


def measured(
    made: Deals, *actions: Action, as_of: dt.date = LATER, changes: pa.Table | None = None
) -> Sequence[Measurement]:
    chosen = actions or (action(),)
    return measure_all(asked(made, as_of=as_of, changes=changes), chosen, wanted=[one.id for one in chosen], ask=ask())


@pytest.fixture(scope="module")
def improved() -> Measurement:
    return measured(deals(effect=0.3))[0]


def test_a_rise_of_thirty_points_is_seen(improved: Measurement) -> None:
    assert improved.verdict is Verdict.IMPROVED
    assert improved.decision is Decision.KEEP
    assert improved.method is Method.DIFFERENCES
    low, high = improved.effect.low, improved.effect.high
    assert low is not None
    assert high is not None
    assert low < 0.3 < high


def test_every_deal_of_the_window_is_exposed_or_partly(improved: Measurement) -> None:
    assert improved.exposed + improved.partly_exposed == improved.here_after.n
    assert improved.partly_exposed > 0


def test_here_and_rest_are_plain_counts_of_deals(improved: Measurement) -> None:
    made = deals(effect=0.3)
    inside = [
        row
        for row in made
        if row["industry"] == "Retail" and row["closed_on"] and BEGINS <= row["closed_on"] <= D(2025, 9, 28)
    ]
    assert improved.here_after.n == len(inside)
    assert improved.here_after.successes == sum(row["outcome"] == "won" for row in inside)


def test_the_same_effect_on_fewer_deals_is_too_few_to_tell() -> None:
    told = measured(deals(a_day=3, effect=0.05))[0]
    assert told.verdict is Verdict.TOO_FEW
    assert told.plan.power is not None
    assert told.plan.power < 0.3


def test_before_the_end_there_is_progress_and_no_verdict() -> None:
    told = measured(deals(effect=0.3), as_of=D(2025, 9, 1))[0]
    assert (told.standing, told.verdict, told.effect.value) == (Standing.RUNNING, None, None)
    assert told.here_after.n > 0
    assert told.here_after.value is None
    assert "28 Sep 2025" in told.why


def test_before_the_start_the_power_is_stated() -> None:
    told = measured(deals(), as_of=D(2025, 6, 1))[0]
    assert told.standing is Standing.PLANNED
    assert told.plan.detectable is not None
    assert told.plan.deals_expected > 100


def test_what_was_announced_before_is_what_is_told_afterwards() -> None:
    made = deals()
    before = measured(made, as_of=D(2025, 6, 30))[0].plan
    after = measured(made)[0].plan
    assert before == after


def test_what_a_look_shows_does_not_depend_on_the_day_one_asks() -> None:
    made, looks = deals(effect=0.4), action(looks=3)
    first, later = (measured(made, looks, as_of=day)[0] for day in (D(2025, 8, 2), D(2025, 8, 20)))
    assert [look.crossed for look in first.looks] == [look.crossed for look in later.looks]
    assert first.looks[0].effect == later.looks[0].effect
    assert later.looks[1].crossed is None
    assert later.verdict is None


def test_slow_wins_do_not_look_like_losses_on_the_basis_of_creation() -> None:
    """Young deals show their losses first: those not ripe are left out, and nothing seems to have become worse."""
    made = deals(slow_wins=True, a_day=16)
    late = action(basis=Basis.CREATED, begins_on=D(2025, 5, 1), ends_on=D(2025, 8, 28))
    told = measured(made, late)[0]
    assert told.standing is Standing.TOLD
    assert told.ripe_days >= 60
    assert told.verdict is not Verdict.WORSENED
    assert told.here_after.value == pytest.approx(0.4, abs=0.1)
    too_early = measured(made, late, as_of=D(2025, 10, 1))[0]
    assert too_early.standing is Standing.RIPENING
    assert too_early.unripe > 0
    assert too_early.verdict is None


def test_deals_half_exposed_are_neither_before_nor_after_on_the_basis_of_creation() -> None:
    told = measured(deals(), action(basis=Basis.CREATED, begins_on=D(2025, 5, 1), ends_on=D(2025, 8, 28)))[0]
    assert told.ramp is not None
    assert told.ramp.last == D(2025, 4, 30)
    assert all(span.last < told.ramp.first for span in told.baseline)


def test_the_span_in_which_a_segment_was_found_is_not_in_its_baseline() -> None:
    told = measured(deals(), action(found_among=20, found_from=D(2025, 4, 1), found_to=D(2025, 6, 30)))[0]
    assert told.baseline[-1].last < D(2025, 4, 1)
    assert told.found is not None


def test_where_nobody_told_how_a_segment_was_found_luck_is_allowed_for() -> None:
    made = deals(7)
    known, unknown = measured(made, action(), action(id="b", found_among=None, begins_on=D(2025, 7, 2)))
    # Two actions on one segment: no verdict, yet their intervals can be compared.
    assert known.effect.low is not None
    assert unknown.effect.low is not None
    assert unknown.effect.high is not None
    assert known.effect.high is not None
    assert unknown.effect.high - unknown.effect.low > known.effect.high - known.effect.low
    assert any("luck" in caveat for caveat in unknown.caveats)


def test_two_actions_on_one_segment_at_once_get_no_verdict() -> None:
    first, second = measured(deals(effect=0.3), action(), action(id="b", begins_on=D(2025, 8, 1)))
    assert first.verdict is None
    assert first.overlaps == ("b",)
    assert "b ran at the same time" in first.why
    assert second.overlaps == ("a",)


def test_deals_of_another_action_are_not_compared_with() -> None:
    made = deals()
    other = action(id="b", segment=Segment.parse('industry = "industry 1"'))
    alone, beside = measured(made, action())[0], measured(made, action(), other)[0]
    assert beside.rest_after.n < alone.rest_after.n
    assert beside.overlaps == ()


def test_where_all_deals_are_acted_on_the_course_of_the_book_decides() -> None:
    told = measured(deals(effect=0.0), action(segment=Segment()))[0]
    assert told.method is Method.SERIES
    assert told.effect.value is not None
    assert any("nothing to compare with" in caveat for caveat in told.caveats)


def test_the_deals_to_compare_with_can_be_named() -> None:
    told = measured(deals(), action(compared_with=Segment.parse('industry = "industry 2"')))[0]
    wide = measured(deals(), action())[0]
    assert told.rest_after.n < 0.4 * wide.rest_after.n


def test_a_share_of_losses_counts_losses_with_a_reason() -> None:
    made = deals()
    told = measured(made, action(measure=Measure.parse("share_of_losses:reason:price_value")))[0]
    inside = [
        row
        for row in made
        if row["industry"] == "Retail"
        and row["outcome"] == "lost"
        and row["closed_on"]
        and BEGINS <= row["closed_on"] <= D(2025, 9, 28)
    ]
    assert told.here_after.n == len(inside)
    assert told.here_after.successes == sum(row["reason"] == "price_value" for row in inside)


def test_a_shorter_cycle_is_better() -> None:
    made = deals()
    for row in made:
        if row["industry"] == "Retail" and row["closed_on"] and row["closed_on"] >= BEGINS:
            row["cycle_days"] = max(1, row["cycle_days"] // 2)
    told = measured(made, action(measure=Measure.parse("cycle_days")))[0]
    assert told.verdict is Verdict.IMPROVED
    assert told.effect.value == pytest.approx(-0.5, abs=0.1)


def test_a_conversion_counts_deals_that_entered_the_first_stage() -> None:
    made = deals(a_day=8)
    random = np.random.default_rng(3)
    rows: list[Mapping[str, Any]] = []
    for i, row in enumerate(made):
        entered = dt.datetime.combine(row["created_on"] + dt.timedelta(days=3), dt.time(), dt.UTC)
        better = 0.35 * (row["industry"] == "Retail" and row["created_on"] >= BEGINS)
        steps = [("Demo", entered)]
        if random.random() < 0.4 + better:
            steps.append(("Proposal", entered + dt.timedelta(days=int(random.integers(1, 15)))))
        rows += [{"change_id": f"{i}-{s}", "deal_id": str(i), "to_stage": s, "changed_at": at} for s, at in steps]
    changes = pa.table(
        {
            "change_id": [row["change_id"] for row in rows],
            "deal_id": [row["deal_id"] for row in rows],
            "to_stage": [row["to_stage"] for row in rows],
            "changed_at": pa.array([row["changed_at"] for row in rows], pa.timestamp("us", tz="UTC")),
        }
    )
    told = measured(made, action(measure=Measure.parse("conversion:Demo>Proposal")), changes=changes)[0]
    assert told.verdict is Verdict.IMPROVED
    assert told.ripe_days <= 15
    assert told.effect.value == pytest.approx(0.35, abs=0.12)


def test_a_conversion_without_stage_changes_is_refused() -> None:
    with pytest.raises(UserError, match="no changes of deal stage"):
        measured(deals(a_day=1), action(measure=Measure.parse("conversion:Demo>Proposal")))


def test_a_segment_of_few_deals_gives_no_verdict_and_says_so() -> None:
    told = measured(
        deals(a_day=2),
        action(segment=Segment.parse('industry = Retail and region = "region 1" and size_band = "size 2"')),
    )[0]
    assert told.verdict is Verdict.TOO_FEW
    assert "deals to compare with" in told.plan.why


def test_a_portfolio_adds_up_what_was_told_and_expects_false_verdicts() -> None:
    told = measured(
        deals(effect=0.3),
        action(),
        action(id="b", segment=Segment.parse('industry = "industry 3"')),
        action(id="c", segment=Segment.parse('region = "region 2" and industry = "industry 4"')),
    )
    whole = portfolio(told)
    assert whole.measured == sum(one.verdict is not None for one in told)
    assert whole.false_to_expect == pytest.approx(0.05 * whole.measured)
    assert whole.wins.value == pytest.approx(
        sum((one.effect.value or 0) * one.here_after.n for one in told if one.verdict is not None)
    )


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"ends_on": D(2025, 6, 1)}, "before it begins"),
        ({"looks": 5}, "choose 1 to 4"),
        ({"found_from": D(2025, 1, 1)}, "only one end"),
        ({"goal": 10.0}, "choose 0.01 to 1"),
        ({"ends_on": D(2031, 6, 1)}, "two years at most"),
        ({"ends_on": D(2025, 7, 3)}, "choose 14 or more"),
        ({"found_from": D(2025, 1, 1), "found_to": D(2025, 7, 2)}, "within its own window"),
        ({"measure": Measure.parse("cycle_days"), "basis": Basis.CREATED}, "choose basis closed"),
    ],
)
def test_an_action_that_cannot_be_is_refused_in_a_sentence(given: dict[str, Any], says: str) -> None:
    with pytest.raises(UserError, match=says):
        action(**given)


def test_an_action_is_planned_until_it_begins_and_running_from_then_on() -> None:
    assert action().state_on(D(2025, 6, 30)) is State.PLANNED
    assert action().state_on(BEGINS) is State.RUNNING
    assert action(state=State.KEPT).state_on(BEGINS) is State.KEPT


def test_what_an_action_moves_is_not_held_fixed() -> None:
    """New content is read by more buyers, and who reads it buys: held fixed, the action would seem to do nothing."""
    made = deals(4, a_day=16)
    random = np.random.default_rng(5)
    for row in made:
        late = row["industry"] == "Retail" and (row["closed_on"] or START) >= BEGINS
        reads = random.random() < (0.8 if late else 0.2)
        row["content"] = "guide" if reads else "none so far"
        if row["outcome"] != "open":
            row["outcome"] = "won" if random.random() < (0.7 if reads else 0.3) else "lost"
            row["is_won"] = row["outcome"] == "won"
    by_kind = {kind: measured(made, action(kind=kind))[0] for kind in (ActionKind.CONTENT, ActionKind.PROCESS)}
    assert by_kind[ActionKind.CONTENT].verdict is Verdict.IMPROVED
    assert "Content" not in by_kind[ActionKind.CONTENT].adjusted_for
    assert "Content" in by_kind[ActionKind.PROCESS].adjusted_for


def test_what_ran_before_goes_on_working_and_is_not_credited_to_what_follows() -> None:
    made = deals(effect=0.3)
    later = action(id="b", begins_on=D(2025, 9, 29), ends_on=D(2025, 12, 27))
    told = measure_all(asked(made), [action(), later], wanted=["b"], ask=ask())[0]
    assert all(span.first > D(2025, 9, 28) for span in told.baseline)
    assert told.verdict is not Verdict.IMPROVED


def test_where_all_deals_have_the_same_value_nothing_can_move() -> None:
    made = deals()
    for row in made:
        if row["outcome"] == "lost":
            row["reason"], row["reason_given"] = "price_value", True
    told = measured(made, action(measure=Measure.parse("reason_coverage")))[0]
    assert told.verdict is None
    assert "same value" in told.why
    assert told.plan.power is None


def test_a_window_is_not_over_because_the_calendar_says_so() -> None:
    late = action(begins_on=D(2025, 12, 1), ends_on=D(2026, 2, 28))
    given = replace(asked(deals()).as_of, day=D(2026, 6, 1), credible_until=D(2025, 12, 30))
    told = measure_all(replace(asked(deals()), as_of=given), [late], wanted=["a"], ask=ask())[0]
    assert told.standing is Standing.RUNNING
    assert told.as_of == D(2025, 12, 30)


def test_half_a_year_of_short_steps_is_found_in_the_book() -> None:
    told = measured(deals(), action(ends_on=D(2025, 7, 14)))[0]
    assert told.here_before.n == sum(
        row["industry"] == "Retail"
        and row["closed_on"] is not None
        and told.baseline[0].first <= row["closed_on"] < BEGINS
        for row in deals()
    )


def test_an_action_written_down_after_it_began_says_so() -> None:
    told = measured(deals(), action(decided_on=D(2025, 10, 1)))[0]
    assert any("after it began" in caveat for caveat in told.caveats)


def test_without_time_to_see_a_drift_no_verdict_is_given() -> None:
    told = measured(deals(effect=0.4), action(begins_on=D(2024, 5, 1), ends_on=D(2024, 7, 29)))[0]
    assert told.verdict is None
    assert "moving" in told.why

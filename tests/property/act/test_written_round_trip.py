from __future__ import annotations

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from winloss.act import written
from winloss.act.action import Action, ActionKind, Basis, State
from winloss.act.ledger import action_of, row_of
from winloss.act.measures import Measure, MeasureKind
from winloss.tables.people import opaque
from winloss.tables.segment import Condition, Segment

TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
SOME = TEXT.filter(lambda text: bool(text.strip()))
FORMULAS = st.sampled_from(["=1", "'=1", "''=1", "-5", "'-5", "@x", "\t=1", "'", "= 1"])
WORDS = SOME | FORMULAS
DAYS = st.dates(dt.date(2000, 1, 1), dt.date(2100, 1, 1))
SEGMENTS = st.lists(
    st.builds(lambda name, value: Condition(name, "=", (value,)), st.sampled_from("abc"), TEXT), max_size=2
)
MEASURES = st.sampled_from(
    ["win_rate", "share_of_losses:reason:x", "share_of_losses:competitor:A B", "conversion:A>B", "cycle_days"]
)


@st.composite
def actions(draw: st.DrawFn) -> Action:
    begins_on = draw(DAYS)
    found = draw(st.none() | st.tuples(st.integers(1, 300), st.integers(0, 400)))
    found_to = found and begins_on - dt.timedelta(days=found[0])
    beside = draw(SEGMENTS)
    measure = Measure.parse(draw(MEASURES))
    bases = [Basis.CLOSED] if measure.kind is MeasureKind.CYCLE_DAYS else list(Basis)
    return Action(
        id=draw(WORDS),
        do=draw(WORDS),
        segment=Segment(tuple(draw(SEGMENTS))),
        measure=measure,
        begins_on=begins_on,
        ends_on=begins_on + dt.timedelta(days=draw(st.integers(13, 730))),
        kind=draw(st.sampled_from(ActionKind)),
        basis=draw(st.sampled_from(bases)),
        owner_id=draw(st.just("") | SOME.map(opaque)),
        decided_on=draw(st.none() | DAYS),
        found_from=found and found_to and found_to - dt.timedelta(days=found[1]),
        found_to=found_to,
        found_among=draw(st.none() | st.integers(1, 10**9)),
        goal=draw(st.none() | st.floats(0.001, 0.9)),
        looks=draw(st.integers(1, 4)),
        compared_with=Segment(tuple(beside)) if beside else None,
        finding=draw(st.just("") | WORDS),
        state=draw(st.sampled_from(State)),
    )


MANY = st.lists(actions(), min_size=1, max_size=4, unique_by=lambda action: action.id)


@given(MANY)
def test_toml_gives_back_what_was_written(many: list[Action]) -> None:
    assert list(written.read_toml(written.toml(many)).actions) == many


@given(MANY)
def test_a_table_gives_back_what_was_written(many: list[Action]) -> None:
    assert list(written.read_csv(written.as_csv(many)).actions) == many


@given(actions())
def test_a_row_gives_back_its_action(one: Action) -> None:
    assert action_of(row_of(one)) == one


@given(SOME, SOME)
def test_names_of_owners_lead_back_to_their_ids(name: str, other: str) -> None:
    made = action_owned_by(opaque(name))
    for names in ({opaque(name): name}, {opaque(name): other}, {}):
        assert written.read_toml(written.toml([made], names=names)).actions[0].owner_id == opaque(name)
        assert written.read_csv(written.as_csv([made], names=names)).actions[0].owner_id == opaque(name)


def action_owned_by(owner_id: str) -> Action:
    return Action(
        id="a",
        do="Do it.",
        segment=Segment(),
        measure=Measure.parse("win_rate"),
        begins_on=dt.date(2026, 1, 1),
        ends_on=dt.date(2026, 3, 1),
        owner_id=owner_id,
    )

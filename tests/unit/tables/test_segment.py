from __future__ import annotations

import datetime as dt
import re

import ibis
import pyarrow as pa
import pytest

from winloss.errors import UserError
from winloss.tables import OUTCOMES
from winloss.tables.segment import Condition, Segment

DEALS = {
    "industry": ["Healthcare", "Retail", None, "and"],
    "employees": [60, 200, 1000, None],
    "closed_on": ["2026-01-05", "2026-02-05", "2026-03-05", None],
}
KINDS = ibis.memtable(
    {"n": [1], "day": ["2026-01-01"], "at": ["2026-01-01"], "word": ["x"], "outcome": ["won"]}
).mutate(day=ibis._.day.cast("date"), at=ibis._["at"].cast("timestamp"))


def rows(written: str) -> list[int]:
    table = ibis.memtable({"row": [0, 1, 2, 3], **DEALS}).mutate(closed_on=ibis._.closed_on.cast("date"))
    chosen = Segment.parse(written).of_table(table).order_by("row").row
    return [int(row) for row in chosen.to_pyarrow().to_pylist()]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("", [0, 1, 2, 3]),
        ("industry = Healthcare", [0]),
        ('industry = "and"', [3]),
        ("industry in (Retail, Healthcare)", [0, 1]),
        ("industry is blank", [2]),
        ("employees between 100 and 1000", [1, 2]),
        ("closed_on between 2026-02-01 and 2026-03-05", [1, 2]),
        ("employees between 1 and 500 and industry = Retail", [1]),
    ],
)
def test_a_segment_takes_the_rows_it_names(written: str, expected: list[int]) -> None:
    assert rows(written) == expected


def test_the_text_form_is_sorted_by_field() -> None:
    assert str(Segment.parse("b = 1 and a in (y, x)")) == "a in (x, y) and b = 1"


def test_a_value_that_is_no_bare_word_is_quoted() -> None:
    assert str(Segment.of(size_band="50-149", industry='Food & "Drink"', team="in")) == (
        r'industry = "Food & \"Drink\"" and size_band = 50-149 and team = "in"'
    )


@pytest.mark.parametrize(
    "written", ["industry", "industry =", "= x", "a = b or c = d", "a in ()", "a between 1", 'a = "b']
)
def test_what_is_not_understood_is_said_with_an_example(written: str) -> None:
    with pytest.raises(UserError, match=r"was not understood.*Write for example"):
        Segment.parse(written)


def test_only_a_field_that_is_written_much_like_it_is_proposed() -> None:
    table = ibis.table({"modified_at": "timestamp", "industry": "string"})
    with pytest.raises(UserError, match="'industy': did you mean 'industry'"):
        Segment.parse("industy = x").predicate(table)
    with pytest.raises(UserError, match=r"'nofield': `winloss inspect` lists"):
        Segment.parse("nofield = x").predicate(table)


def test_an_unknown_field_is_named() -> None:
    with pytest.raises(UserError, match="No field is called 'planet'"):
        rows("planet = Mars")


@pytest.mark.parametrize(
    "written", ["n = many", "n between 1 and nan", "day = soon", "day = 2026-02-30", "sure = maybe"]
)
def test_a_value_that_its_column_cannot_hold_is_told_before_anything_is_looked_up(written: str) -> None:
    table = ibis.memtable(pa.table({"n": [1], "day": [dt.date(2026, 5, 31)], "sure": [True]}))
    with pytest.raises(UserError, match=r"holds (numbers|dates|true or false).* cannot be looked up"):
        Segment.parse(written).predicate(table)


@pytest.mark.parametrize(
    ("written", "turned"),
    [
        ("n between 10 and 9", "n between 9 and 10"),
        ('n between "-1.5" and "-2"', 'n between "-2" and "-1.5"'),
        ("day between 2026-06-01 and 2026-05-31", "day between 2026-05-31 and 2026-06-01"),
        ("at between 2026-05-31 and 2026-05-30", "at between 2026-05-30 and 2026-05-31"),
    ],
)
def test_bounds_that_no_value_lies_between_are_told_and_turned(written: str, turned: str) -> None:
    with pytest.raises(UserError, match=f"write the smaller first, as {turned}."):
        Segment.parse(written).predicate(KINDS)


@pytest.mark.parametrize(
    "written",
    [
        "n between 9 and 10",
        "n between 9 and 9",
        "day between 2026-05-31 and 2026-05-31",
        'at between 2026-05-31 and "2026-05-31 10:00"',
        "word between b and a",
    ],
)
def test_bounds_in_order_and_of_words_are_looked_up(written: str) -> None:
    assert Segment.parse(written).of_table(KINDS).count().to_pyarrow().as_py() == 0


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("outcome = Won", "No outcome is called 'Won': did you mean 'won'?"),
        ('outcome in (lost, "no decision")', "No outcome is called 'no decision': did you mean 'no_decision'?"),
        (
            "outcome = archived",
            "No outcome is called 'archived': write one of won, lost, no_decision, disqualified, open, unclassified.",
        ),
    ],
)
def test_an_outcome_that_is_none_is_told(written: str, said: str) -> None:
    with pytest.raises(UserError, match=re.escape(said)):
        Segment.parse(written).predicate(KINDS)


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_every_outcome_can_be_looked_up(outcome: str) -> None:
    assert Segment.of(outcome=outcome).of_table(KINDS).count().to_pyarrow().as_py() == (outcome == "won")


def test_conditions_keep_no_order() -> None:
    one = Segment((Condition("b", "=", ("1",)), Condition("a", "in", ("y", "x"))))
    other = Segment((Condition("a", "in", ("x", "y")), Condition("b", "=", ("1",))))
    assert one == other

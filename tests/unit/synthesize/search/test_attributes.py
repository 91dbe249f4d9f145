"""Which columns are compared, and which are left out and why."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from resolved import attributes, resolved
from winloss.synthesize.attributes import choose, columns_of, names_people, same_partition
from winloss.synthesize.coded import BLANK, UNKNOWN
from winloss.synthesize.leaks import Filling, follows_cycle, separation
from winloss.synthesize.study import LeftOut
from winloss.tables.custom import BLANK_IS_NO, CustomColumn, Use

N = 400
WON = [i % 4 == 0 for i in range(N)]
OUTCOME = ["won" if w else "lost" for w in WON]
EVEN = [f"E{i % 3}" for i in range(N)]


def _choose(custom: tuple[CustomColumn, ...] = (), **columns: list[object]) -> tuple[list[str], dict[str, LeftOut]]:
    table = resolved({"outcome": OUTCOME, **columns})
    chosen = choose(table, np.array(WON), custom)
    return [a.name for a in chosen.attributes], {out.name: out for out in chosen.left_out}


def test_declared_and_custom_columns_of_few_values_are_compared() -> None:
    kept, out = _choose(attributes("Plan"), industry=[*EVEN], x_plan=[f"P{i % 5}" for i in range(N)])
    assert kept == ["industry", "x_plan"]
    assert not out


def test_a_column_filled_on_wins_only_is_quarantined_and_named() -> None:
    kept, out = _choose(attributes("Months"), x_months=[str(i % 3) if WON[i] else None for i in range(N)])
    assert not kept
    assert out["x_months"].quarantined
    assert "filled on 100 of 100 won and 0 of 300 lost or no-decision deals" in out["x_months"].why


def _box(ticked_of_won: int, ticked_of_lost: int) -> tuple[list[str], dict[str, LeftOut]]:
    """A box ticked on so many of a hundred won and of a hundred lost deals."""
    seen = {True: 0, False: 0}
    values = []
    for won in WON:
        ticked = seen[won] % 100 < (ticked_of_won if won else ticked_of_lost)
        values.append("x" if ticked else "no")
        seen[won] += 1
    box = CustomColumn(name="x_demo", label="Demo", use=Use.ATTRIBUTE, why=f"one value or blank: {BLANK_IS_NO}")
    return _choose((box,), x_demo=[*values])


def test_a_box_that_is_ticked_more_often_on_wins_is_compared() -> None:
    assert _box(70, 24) == (["x_demo"], {})


def test_a_box_that_is_ticked_on_wins_alone_is_quarantined() -> None:
    kept, out = _box(70, 1)
    assert not kept
    assert out["x_demo"].quarantined
    assert out["x_demo"].why == (
        "its filling depends on the outcome: filled on 70 of 100 won and 3 of 300 lost or no-decision deals"
    )


def test_a_column_of_use_leak_is_quarantined() -> None:
    leak = CustomColumn(name="x_probability", label="Probability (%)", use=Use.LEAK, why="it is set at the close")
    _, out = _choose((leak,), x_probability=["1"] * N)
    assert out["x_probability"].quarantined
    assert out["x_probability"].why == "it is set at the close"


def test_a_number_that_is_the_length_of_the_deal_in_any_unit_is_quarantined() -> None:
    days: list[object] = [5 + i * 37 % 190 for i in range(N)]
    weeks: list[object] = [str(int(str(day)) // 7 + 2) for day in days]
    seats: list[object] = [str(int(str(day)) + i * 101 % 173) for i, day in enumerate(days)]
    numbers = tuple(replace(column, use=Use.NUMBER) for column in attributes("Weeks", "Seats"))
    kept, out = _choose(numbers, cycle_days=days, x_weeks=weeks, x_seats=seats)
    assert kept == ["x_seats"]
    assert out["x_weeks"].quarantined
    assert out["x_weeks"].why == "it says how long the deal took, which is known only when it is over"


def test_too_few_timed_deals_tell_nothing_of_a_number() -> None:
    days = np.arange(40, dtype=float)
    assert follows_cycle(3 * days, days)
    assert not follows_cycle(3 * days[:29], days[:29])
    assert not follows_cycle(np.full(40, 3.0), days)
    assert not follows_cycle(np.where(days < 25, days, np.nan), days)


def test_values_that_all_but_say_the_outcome_are_quarantined() -> None:
    kept, out = _choose(attributes("State"), x_state=["go" if w and i % 40 else "no" for i, w in enumerate(WON)])
    assert not kept
    assert out["x_state"].quarantined
    assert "all but say the outcome: of a won and a lost deal they tell which is which 9" in out["x_state"].why


def test_the_deal_size_is_quarantined_where_losses_carry_no_amount() -> None:
    kept, out = _choose(industry=[*EVEN], amount_cents=[1000 + i * 37 if WON[i] else 0 for i in range(N)])
    assert kept == ["industry"]
    assert out["deal_size"].quarantined


def test_the_deal_size_is_compared_where_both_carry_amounts() -> None:
    kept, _ = _choose(amount_cents=[1000 + (i * 7919) % 5000 for i in range(N)])
    assert kept == ["deal_size"]


def test_whether_a_competitor_was_met_is_compared_where_the_field_says_no_more() -> None:
    said = [["Yes", "No", "No", "Unknown", None, "yes"][i % 6] for i in range(N)]
    table = resolved({"outcome": OUTCOME, "competitor_raw": said})
    (met,) = choose(table, np.array(WON), ()).attributes
    assert [(level.label, str(level.condition)) for level in met.levels] == [
        ("Yes", "competitor_raw in (Yes, yes)"),
        ("No", "competitor_raw = No"),
    ]
    assert met.label == "Competitor met"
    assert met.counts().tolist() == [sum(s in ("Yes", "yes") for s in said), said.count("No")]
    assert (met.codes[3], met.codes[4]) == (UNKNOWN, BLANK)


def test_a_competitor_met_by_name_or_told_on_losses_only_is_not_compared() -> None:
    assert _choose(competitor_raw=["Acme" if i % 5 == 0 else "None" for i in range(N)]) == ([], {})
    kept, out = _choose(competitor_raw=[None if won else ["Yes", "No"][i % 2] for i, won in enumerate(WON)])
    assert not kept
    assert out["competitor_raw"].quarantined
    assert _choose(competitor_raw=["No" for _ in range(N)]) == ([], {})


@pytest.mark.parametrize(("currency", "sign"), [("EUR", "€"), ("CHF", "CHF\N{NO-BREAK SPACE}"), (None, "")])
def test_the_deal_size_is_in_the_deals_currency(currency: str | None, sign: str) -> None:
    amounts = [100_000 + (i * 7919) % 500_000 for i in range(N)]
    table = resolved({"outcome": OUTCOME, "amount_cents": amounts, "currency": [currency] * N})
    (size,) = choose(table, np.array(WON), ()).attributes
    assert size.levels[-1].label == f"{sign}5,000 and over"


def test_amounts_of_several_currencies_are_not_compared() -> None:
    _, out = _choose(
        amount_cents=[1000 + (i * 7919) % 5000 for i in range(N)],
        currency=["EUR" if i % 2 else "USD" for i in range(N)],
    )
    assert "several currencies" in out["deal_size"].why


@pytest.mark.parametrize(
    "label",
    [
        "Manager",
        "Sales Agent",
        "Account Executive",
        "SDR",
        "Created By",
        "Opportunity Owner",
        "Solutions Engineer",
        "CSM Name",
        "Solution Consultant",
        "Presales",
        "Sales_Rep_2",
        "Account Manager Name",
        "SDR Assigned",
        "Account Executive 2",
        "user_name",
        "username",
        "Username",
        "owner_name",
        "assigned_to",
        "sales person",
        "Closer",
        "Closed By",
        "Erstellt von",
        "Verkäufer",
        "Propriétaire",
        "Créé par",
        "Creado por",
        "Responsável",
        "Assegnato a",
        "Toegewezen aan",
        "Ответственный",
    ],
)
def test_columns_that_name_people_are_not_compared(label: str) -> None:
    column = CustomColumn(name="x_who", label=label, use=Use.ATTRIBUTE)
    assert names_people(column)
    kept, out = _choose((column,), x_who=[*EVEN])
    assert not kept
    assert "people" in out["x_who"].why
    assert not out["x_who"].quarantined


@pytest.mark.parametrize(
    "label",
    [
        "Report type",
        "Management level",
        "Ownership",
        "Agency",
        "Representation",
        "Segment",
        "Presales hours",
        "Solutions",
        "User count",
        "Mitarbeiter",
        "Enclosed",
    ],
)
def test_words_that_only_begin_like_people_are_compared(label: str) -> None:
    assert not names_people(CustomColumn(name="x_who", label=label, use=Use.ATTRIBUTE))


def test_reps_are_never_an_attribute() -> None:
    assert "owner_id" not in columns_of(["owner_id", "industry", "deal_name", "account_id"], ())
    assert columns_of(["owner_id", "industry"], ()) == ("industry",)


def test_an_echo_is_left_out_and_names_the_column_it_repeats() -> None:
    codes = {"E0": "17", "E1": "18", "E2": "19"}
    kept, out = _choose(attributes("Code"), industry=[*EVEN], x_code=[codes[e] for e in EVEN])
    assert kept == ["industry"]
    assert "as Industry does" in out["x_code"].why


def test_one_value_is_nothing_to_compare_and_an_empty_declared_column_is_no_news() -> None:
    kept, out = _choose(industry=["Bank"] * N)
    assert not kept
    assert list(out) == ["industry"]


def test_a_column_of_few_filled_deals_is_left_out() -> None:
    _, out = _choose(industry=[EVEN[i] if i < 20 else None for i in range(N)])
    assert "only 20" in out["industry"].why


def test_the_size_band_stands_for_the_employees() -> None:
    kept, out = _choose(size_band=[*EVEN], employees=[10 + i for i in range(N)])
    assert kept == ["size_band"]
    assert out["employees"].why == "the size band says it already"


@pytest.mark.parametrize(
    ("won", "lost", "leak"),
    [
        ((98, 100), (0, 900), True),
        ((90, 100), (600, 900), True),
        ((60, 100), (500, 900), False),
        ((15, 100), (9, 900), True),
        ((3, 10), (0, 10), False),
        ((100, 100), (900, 900), False),
    ],
)
def test_filling_that_depends_on_the_outcome(won: tuple[int, int], lost: tuple[int, int], leak: bool) -> None:
    filling = Filling(filled_won=won[0], won=won[1], filled_lost=lost[0], lost=lost[1])
    assert filling.depends_on_outcome is leak


def test_separation_is_the_area_under_the_curve() -> None:
    assert separation(np.array([90, 10]), np.array([100, 100])) == pytest.approx(0.9)
    assert separation(np.array([50, 50]), np.array([100, 100])) == 0.5
    assert separation(np.array([1] * 8), np.array([1] * 8)) == 0.5


def test_many_tiny_values_do_not_seem_to_know_the_outcome() -> None:
    won = np.random.default_rng(0).random(900) < 0.3
    groups = np.arange(900) % 300
    assert separation(np.bincount(groups[won], minlength=300), np.bincount(groups)) == 0.5


def test_partitions_are_the_same_up_to_one_in_a_hundred() -> None:
    table = resolved({"outcome": OUTCOME, "industry": EVEN, "region": ["X", *EVEN[1:]], "country": EVEN[1:] + EVEN[:1]})
    by_name = {a.name: a for a in choose(table.drop_columns(["region"]), np.array(WON), ()).attributes}
    assert list(by_name) == ["industry"]  # a cyclic shift of three values renames them: the same partition
    other = choose(table.drop_columns(["country", "industry"]), np.array(WON), ()).attributes[0]
    assert same_partition(by_name["industry"], other)

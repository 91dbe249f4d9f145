"""Coverage, contradictions, the shape of entry, and what reading told."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from winloss.synthesize import quality, reasons, totals
from winloss.synthesize.as_of import AsOf
from winloss.synthesize.glossary import Glossary, ReasonWords
from winloss.synthesize.intake import ColumnFact, IntakeFacts, ProblemFact
from winloss.synthesize.remedies import ON_PAGES
from winloss.synthesize.ripeness import Ripeness
from winloss.synthesize.study import CohortRow, Issue
from winloss.tables.custom import CustomColumn, Use

DAY = dt.date(2024, 1, 1)
NOTHING = {
    "closed_before_created": 0,
    "loss_reason_on_won": 0,
    "stage_against_outcome": 0,
    "closed_without_date": 0,
    "reason_on_open": 0,
    "undated": 0,
}
GLOSSARY = Glossary.listing([ReasonWords(code="price", label="Price"), ReasonWords(code="trust", label="Trust")])


def bar(code: str | None, n: int, *, given: bool = True) -> dict[str, Any]:
    amounts = {"n_amount": 0, "amount_cents": 0, "amount_squares": 0.0}
    return {"is_won": False, "reason": code, "reason_given": given, "n": n, **amounts}


def side(*bars: dict[str, Any]) -> reasons.Side:
    return reasons.read(bars, [])[0]


def found(**more: Any) -> dict[str, Issue]:
    shape: dict[str, Any] = {
        "contradictions": NOTHING,
        "outside": {},
        "reasons_by_rep": (),
        "same_instant": {"instants": 0, "deals": 0, "most": 0},
        "closings": (),
        "repeated": {"n": 0, "n_distinct": 0},
        "repeated_names": False,
        "zeros": (0, 0),
    }
    given: dict[str, Any] = {
        "by": totals.read([]),
        "as_of": AsOf(day=DAY, why="", first_closed=DAY),
        "ripeness": Ripeness(),
        "losses": side(),
        "purse": totals.Money(),
        "intake": IntakeFacts(),
        "glossary": GLOSSARY,
    }
    shape |= {name: more.pop(name) for name in list(more) if name in shape}
    told = quality.issues(quality.Shape(**shape), **(given | more))
    return {issue.code: issue for issue in told}


def test_a_clean_book_has_no_issue() -> None:
    assert found() == {}


def test_zeros_that_are_taken_as_unknown_are_told_by_side() -> None:
    told = found(zeros=(3, 719))["zero_amount"]
    assert told.count == 722
    assert told.message == (
        "Closed deals carry an amount of 0 (3 won, 719 lost or no decision): it is taken as not known."
    )


def test_coverage_is_told_by_outcome_and_for_what_a_report_wants_even_where_empty() -> None:
    labels = {"amount_cents": "Amount", "region": "Region", "team": "Team"}
    counted = [
        {"is_won": True, "n_closed": 10, "amount_cents": 0, "region": 10, "team": 0},
        {"is_won": False, "n_closed": 30, "amount_cents": 0, "region": 6, "team": 0},
    ]
    rows = quality.coverage(counted, labels)
    assert [(row.field, row.filled, row.closed, row.share_won, row.share_lost) for row in rows] == [
        ("amount_cents", 0, 40, 0, 0),
        ("region", 16, 40, 1, 0.2),
    ]
    assert quality.uneven(rows, "region") == (1, 0.2)
    assert quality.uneven(rows, "amount_cents") is None
    assert quality.coverage([], labels) == ()


def test_custom_columns_are_told_unless_ignored() -> None:
    custom = [CustomColumn(name="x_a", label="A", use=Use.LEAK), CustomColumn(name="x_b", label="B", use=Use.IGNORED)]
    told = quality.fields(custom)
    assert told["x_a"] == "A"
    assert "x_b" not in told
    assert "deal_id" not in told
    assert "source_line" not in told


def test_reason_coverage_counts_what_was_not_understood_as_given() -> None:
    losses = side(bar("price", 50), bar("unknown", 10), bar("other", 10), bar(None, 5), bar(None, 25, given=False))
    assert (quality.reason_coverage(losses).successes, quality.reason_coverage(losses).n) == (75, 100)
    assert (quality.other_or_unknown(losses).successes, quality.other_or_unknown(losses).n) == (20, 70)
    assert quality.reason_coverage(side()).why == "No loss yet."


def test_every_contradiction_says_what_it_was_kept_out_of() -> None:
    told = found(contradictions={**NOTHING, "closed_before_created": 44, "undated": 9, "closed_without_date": 7})
    assert {code: issue.count for code, issue in told.items()} == {
        "closed_before_created": 44,
        "closed_without_date": 9,
    }
    assert all(issue.kept_out_of for issue in told.values())


def test_missing_closing_dates_are_counted_as_on_the_first_page() -> None:
    told = found(contradictions={**NOTHING, "undated": 2222, "closed_without_date": 1908})["closed_without_date"]
    assert (told.count, told.message) == (2222, "1,908 closed deals and 314 disqualified ones have no closing date.")
    told = found(contradictions={**NOTHING, "undated": 1, "closed_without_date": 0})["closed_without_date"]
    assert (told.count, told.message) == (1, "Disqualified deals have no closing date.")
    told = found(contradictions={**NOTHING, "undated": 7, "closed_without_date": 7})["closed_without_date"]
    assert (told.count, told.message) == (7, "Closed deals have no closing date.")


def closings(*days: tuple[int, int]) -> list[dict[str, Any]]:
    return [{"closed_on": DAY + dt.timedelta(days=i), "n": n, "won": n // 2} for i, n in days]


@pytest.mark.parametrize(("shift", "code"), [(30, "closed_at_month_end"), (0, "closed_at_month_start")])
def test_closings_on_the_edge_of_months_say_the_month_not_the_day(shift: int, code: str) -> None:
    months = [dt.date(2024, month, 1) for month in range(1, 5)]
    edge = [m - dt.timedelta(days=1) if shift else m for m in months]
    told = found(closings=[{"closed_on": day, "n": 10, "won": 5} for day in edge])
    assert told[code].count == 40


def test_a_day_with_a_tenth_of_all_closings_was_a_clean_up() -> None:
    told = found(closings=closings(*[(i, 5) for i in range(1, 60)], (70, 60)))
    assert told["closed_on_one_day"].count == 60
    assert "11 Mar 2024 (30 of them won)" in told["closed_on_one_day"].message
    assert "closed_on_one_day" not in found(closings=closings(*[(i, 5) for i in range(1, 60)], (70, 29)))


def rep(losses: int, most: int, reason: str = "price") -> dict[str, Any]:
    return {"losses": losses, "most": most, "reason": reason}


def test_a_rep_who_gives_one_reason_is_counted_and_not_named() -> None:
    losses = side(bar("price", 60), bar("trust", 140))
    told = found(reasons_by_rep=[rep(30, 29), rep(19, 19), rep(30, 24)], losses=losses)["one_reason_per_rep"]
    assert told.message.startswith("One rep gives")
    assert told.count == 29
    assert found(reasons_by_rep=[rep(30, 29), rep(40, 40)], losses=losses)["one_reason_per_rep"].message.startswith(
        "2 reps"
    )


def test_a_reason_that_everybody_gives_is_no_surprise() -> None:
    losses = side(bar("price", 160), bar("trust", 40))
    assert found(reasons_by_rep=[rep(30, 29)], losses=losses) == {}


def test_repeated_rows_are_told_by_what_they_have_in_common() -> None:
    assert found(repeated={"n": 448, "n_distinct": 365})["repeated_rows"].count == 83
    assert found(repeated={"n": 448, "n_distinct": 440}, repeated_names=True)["same_deal_twice"].count == 8


def test_rows_are_compared_whole_where_the_source_has_no_ids() -> None:
    columns = ["deal_id", "outcome", "region", "x_a", "source_line"]
    made = IntakeFacts(columns=(ColumnFact(header="Region", target="region", use="canonical", why=""),))
    assert quality.same_deal(columns, made) == (["region", "x_a"], [])
    own = IntakeFacts(columns=(ColumnFact(header="Id", target="deal_id", use="canonical", why=""),))
    assert quality.same_deal(columns, own)[1] == ["deal_name", "created_on", "amount_cents"]


def test_young_months_are_told_only_where_one_can_tell() -> None:
    months = tuple(
        CohortRow(start=dt.date(2024, m, 1), created=10, closed=5, won=1, share_closed=0.5, ripe=m < 3)
        for m in (1, 2, 3)
    )
    assert found(ripeness=Ripeness(cohorts=months, after_days=40))["immature_months"].count == 10
    assert "immature_months" not in found(ripeness=Ripeness(cohorts=months))


def test_dates_outside_are_told() -> None:
    told = found(outside={"before": 1, "after": 3})
    assert (told["closed_before_first"].count, told["closed_after_as_of"].count) == (1, 3)


def test_what_reading_met_follows_and_is_not_told_twice() -> None:
    intake = IntakeFacts(
        rejected=4,
        folded=2,
        rejects="deals.rejects.csv",
        problems=(
            ProblemFact(code="closed_before_created", message="Theirs.", count=9),
            ProblemFact(code="bad_cells", message="Cells were blanked.", count=5, examples=("x",)),
        ),
    )
    told = found(intake=intake, contradictions={**NOTHING, "closed_before_created": 44})
    assert told["closed_before_created"].count == 44
    assert (told["bad_cells"].count, told["bad_cells"].examples) == (5, ("x",))
    assert told["rejected_rows"].message.endswith("They are in deals.rejects.csv.")
    assert told["folded_rows"].count == 2


@pytest.mark.parametrize(
    ("targets", "kept"),
    [
        (("deal_id", "modified_at"), "the last changed was kept."),
        (("deal_id",), "no column says which is the latest, so the last one read was kept."),
        ((), "the last changed was kept, or the last one read where no column says which that is."),
    ],
)
def test_which_of_the_rows_with_one_id_was_kept_is_what_the_columns_allow(targets: tuple[str, ...], kept: str) -> None:
    columns = tuple(ColumnFact(header=name, target=name, use="field", why="") for name in targets)
    told = found(intake=IntakeFacts(folded=2, columns=columns))
    assert told["folded_rows"].message == f"Rows repeat the id of another one: {kept}"


def test_one_trouble_under_two_names_is_told_once() -> None:
    problems = (
        ProblemFact(code="stray_closing_dates", message="Theirs.", count=1),
        ProblemFact(code="repeated_rows", message="Rows of spend.", count=917),
    )
    told = quality.issues(
        quality.Shape(
            contradictions=NOTHING,
            outside={"before": 0, "after": 3},
            reasons_by_rep=(),
            same_instant={"instants": 0, "deals": 0, "most": 0},
            closings=(),
            repeated={"n": 448, "n_distinct": 365},
            repeated_names=False,
        ),
        by=totals.read([]),
        as_of=AsOf(day=DAY, why=""),
        ripeness=Ripeness(),
        losses=side(),
        purse=totals.Money(),
        intake=IntakeFacts(problems=problems),
        glossary=GLOSSARY,
    )
    assert [(issue.code, issue.count) for issue in told] == [
        ("closed_after_as_of", 3),
        ("repeated_rows", 83),
        ("repeated_rows", 917),
    ]


def test_what_could_not_be_read_is_told() -> None:
    unclassified = {
        "outcome": "unclassified",
        "n": 5,
        "n_amount": 0,
        "amount_cents": 0,
        "amount_squares": 0.0,
        "median_cents": None,
    }
    told = found(by=totals.read([unclassified]), losses=side(bar(None, 7)))
    assert (told["unclassified_deals"].count, told["unread_reasons"].count) == (5, 7)


def test_amounts_without_a_currency_are_said_to_be_taken_for_the_only_one() -> None:
    purse = totals.money([{"currency": "EUR", "n": 9}, {"currency": None, "n": 4}])
    assert found(purse=purse)["currency_not_named"].count == 4


def test_on_pages_no_file_of_the_machine_and_no_option_is_named() -> None:
    problem = ProblemFact(
        code="several_currencies", message="Two of them. Give --rates to add them.", fact="Two of them.", count=2
    )
    old = ProblemFact(code="reading", message="As it was.", count=1)
    intake = IntakeFacts(rejected=3, rejects="/home/x.rejects.csv", problems=(problem, old))
    at_a_terminal, on_pages = found(intake=intake), found(intake=intake, remedies=ON_PAGES)
    assert at_a_terminal["rejected_rows"].message.endswith("They are in /home/x.rejects.csv.")
    assert at_a_terminal["several_currencies"].message == problem.message
    assert on_pages["rejected_rows"].message == "Rows with a value that could not be read were set aside."
    assert on_pages["several_currencies"].message == (
        "Two of them. Upload a file of exchange rates together with them to add them."
    )
    assert on_pages["reading"].message == "As it was."

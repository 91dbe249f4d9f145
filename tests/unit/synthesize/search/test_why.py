"""One segment on demand, against the same counts made by hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest

from resolved import on_duckdb, resolved
from winloss.errors import UserError
from winloss.stats.shares import newcombe, wilson
from winloss.synthesize.explore import ExploreOptions
from winloss.synthesize.outcomes import Asked
from winloss.synthesize.why import Why, why
from winloss.tables.segment import Segment

Columns = dict[str, list[object]]
BANDS = ["1-49", "50-199", "200-999", "1,000+"]


def company(n: int = 3000) -> Columns:
    random = np.random.default_rng(11)
    industry = random.choice(["Healthcare", "Retail", "Banking"], n)
    band = random.choice(BANDS, n)
    chance = 0.5 - 0.25 * ((industry == "Healthcare") & (band == "50-199"))
    won = random.random(n) < chance
    price = random.random(n) < np.where(industry == "Healthcare", 0.7, 0.3)
    given = random.random(n) < 0.9
    ago = random.integers(0, 700, n)
    return {
        "outcome": np.where(won, "won", np.where(random.random(n) < 0.2, "no_decision", "lost")).tolist(),
        "industry": [None if i % 50 == 0 else name for i, name in enumerate(industry.tolist())],
        "size_band": band.tolist(),
        "region": random.choice(["North", "South"], n).tolist(),
        "owner_id": [f"r{i}" for i in random.integers(0, 30, n)],
        "deal_name": [f"Deal {i}" for i in range(n)],
        "closed_on": [dt.date(2026, 5, 31) - dt.timedelta(days=int(a)) for a in ago],
        "reason": [
            ("price_value" if p else "trust") if g and not w else None
            for w, p, g in zip(won.tolist(), price.tolist(), given.tolist(), strict=True)
        ],
        "competitor": [None if w else ("Acme", "Globex", None)[i % 3] for i, w in enumerate(won.tolist())],
        "amount_cents": random.integers(100_000, 900_000, n).tolist(),
        "currency": ["EUR"] * n,
    }


COLUMNS = company()


@pytest.fixture(scope="module")
def table() -> pa.Table:
    return resolved(COLUMNS)


def told(table: pa.Table, written: str, outcome: str = "won") -> Why:
    deals, ask = on_duckdb(table)
    options = ExploreOptions(outcome=Asked.parse(outcome), as_of=dt.date(2026, 5, 31))
    labels = {"price_value": "Price & value"}
    return why(deals, Segment.parse(written), ask=ask, taxonomy_labels=labels, options=options)


def rows(holds: Callable[[int], bool]) -> list[int]:
    return [i for i in range(3000) if holds(i)]


def won(at: list[int]) -> tuple[int, int]:
    return sum(COLUMNS["outcome"][i] == "won" for i in at), len(at)


HEALTHCARE = rows(lambda i: COLUMNS["industry"][i] == "Healthcare")
OTHERS = rows(lambda i: COLUMNS["industry"][i] in {"Retail", "Banking"})
SEGMENT = "industry = Healthcare and size_band = 50-199"
INSIDE = [i for i in HEALTHCARE if COLUMNS["size_band"][i] == "50-199"]


def test_the_share_stands_beside_the_deals_whose_values_are_known(table: pa.Table) -> None:
    result = told(table, "industry = Healthcare")
    assert result.here == wilson(*won(HEALTHCARE))
    assert result.beside == wilson(*won(OTHERS))
    assert result.difference.value == newcombe(*won(HEALTHCARE), *won(OTHERS)).value
    outcomes = {name: (here, beside) for name, here, beside in result.outcomes}
    assert sum(here for here, _ in outcomes.values()) == len(HEALTHCARE)
    assert sum(beside for _, beside in outcomes.values()) == len(OTHERS)


def test_its_interval_is_at_least_as_wide_as_that_of_independent_deals(table: pa.Table) -> None:
    gap, plain = told(table, "industry = Healthcare").difference, newcombe(*won(HEALTHCARE), *won(OTHERS))
    assert gap.low is not None
    assert plain.low is not None
    assert gap.high is not None
    assert plain.high is not None
    assert gap.low <= plain.low < plain.high <= gap.high
    assert gap.method == "Newcombe, widened for clusters"


def test_reasons_are_shares_of_all_its_losses(table: pa.Table) -> None:
    result = told(table, "industry = Healthcare")
    losses = [i for i in HEALTHCARE if COLUMNS["outcome"][i] != "won"]
    by_name = {part.name: part for part in result.reasons}
    assert by_name["price_value"].here == wilson(
        sum(COLUMNS["reason"][i] == "price_value" for i in losses), len(losses)
    )
    assert by_name["price_value"].label == "Price & value"
    assert by_name[""].label == "No reason given"
    assert sum(part.here.successes or 0 for part in result.reasons) == len(losses)


def test_competitors_are_shares_of_losses_that_speak_of_one(table: pa.Table) -> None:
    result = told(table, "industry = Healthcare")
    speaking = [i for i in HEALTHCARE if COLUMNS["competitor"][i] is not None]
    assert {part.name: part.here for part in result.competitors} == {
        name: wilson(sum(COLUMNS["competitor"][i] == name for i in speaking), len(speaking))
        for name in ("Acme", "Globex")
    }


def test_quarters_count_every_dated_deal_once(table: pa.Table) -> None:
    result = told(table, "industry = Healthcare")
    assert sum(quarter.closed for quarter in result.quarters) == len(HEALTHCARE)
    assert result.quarters[-1].label == "2026 Q2"
    april = dt.date(2026, 4, 1)
    late = rows(lambda i: COLUMNS["closed_on"][i] >= april)  # type: ignore[operator]  # dates
    assert result.quarters[-1].of_all.n == len(late)
    assert result.quarters[-1].share == wilson(*won([i for i in late if i in set(HEALTHCARE)]))


def test_neighbours_drop_exchange_and_add_a_condition(table: pa.Table) -> None:
    result = told(table, SEGMENT)
    by_text = {one.segment: one for one in result.neighbours}
    assert by_text["industry = Healthcare"].kind == "without"
    assert by_text["industry = Healthcare"].here == wilson(*won(HEALTHCARE))
    others = [i for i in HEALTHCARE if i not in set(INSIDE)]
    assert by_text["industry = Healthcare"].difference == newcombe(*won(others), *won(INSIDE))
    exchanged = {one.segment for one in result.neighbours if one.kind == "next"}
    assert exchanged == {f"industry = Healthcare and size_band = {band}" for band in ("1-49", "200-999")}
    small = by_text["industry = Healthcare and size_band = 1-49"]
    assert small.here == wilson(*won([i for i in HEALTHCARE if COLUMNS["size_band"][i] == "1-49"]))
    added = [one for one in result.neighbours if one.kind == "with"]
    assert 0 < len(added) <= 5
    north = by_text["industry = Healthcare and region = North and size_band = 50-199"]
    assert north.here == wilson(*won([i for i in INSIDE if COLUMNS["region"][i] == "North"]))


def test_a_run_of_bands_is_exchanged_for_the_bands_beside_it(table: pa.Table) -> None:
    result = told(table, "size_band in (50-199, 200-999)")
    assert {one.change for one in result.neighbours if one.kind == "next"} == {
        "size_band = 1-49",
        'size_band = "1,000+"',
    }


def test_the_largest_deals_come_first(table: pa.Table) -> None:
    amounts = sorted((COLUMNS["amount_cents"][i] for i in INSIDE), reverse=True)  # type: ignore[type-var]  # numbers
    assert [deal["amount_cents"] for deal in told(table, SEGMENT).largest] == amounts[:5]


def test_it_is_told_by_a_reason_too(table: pa.Table) -> None:
    result = told(table, "industry = Healthcare", "reason:price_value")
    lost = sum(COLUMNS["reason"][i] == "price_value" for i in HEALTHCARE)
    assert result.here == wilson(lost, len(HEALTHCARE))
    assert result.confounder is not None


def test_by_a_competitor_it_is_of_losses(table: pa.Table) -> None:
    result = told(table, "industry = Healthcare", "competitor:Acme")
    assert result.here.n == sum(COLUMNS["competitor"][i] is not None for i in HEALTHCARE)


@pytest.mark.parametrize(
    "written", ["industry is blank", "closed_on between 2026-01-01 and 2026-05-31", "region = south"]
)
def test_any_segment_can_be_asked_for(table: pa.Table, written: str) -> None:
    assert told(table, written).here.n > 0


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("", "has no condition"),
        ("planet = Mars", "No field is called 'planet'"),
        ("industry = Mining", "No closed deal has industry = Mining. Values of Industry are: "),
        ("amount_cents = much", "holds numbers"),
    ],
)
def test_what_cannot_be_told_is_said_in_a_sentence(table: pa.Table, written: str, said: str) -> None:
    with pytest.raises(UserError, match=said):
        told(table, written)


def test_what_is_recent_is_no_question_about_one_segment(table: pa.Table) -> None:
    with pytest.raises(UserError, match="its quarters show what changed"):
        told(table, "industry = Healthcare", "recent")

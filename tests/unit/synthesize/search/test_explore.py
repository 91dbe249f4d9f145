"""The search for one outcome, on small books whose answers are known."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from books import REASONS, RIVALS, Planted, book
from resolved import on_duckdb, resolved
from winloss.errors import UserError
from winloss.stats.amounts import weighted_share
from winloss.synthesize.exploration import Exploration, Explored
from winloss.synthesize.explore import ExploreOptions, explore
from winloss.synthesize.finding import Status
from winloss.synthesize.outcomes import Asked

LABELS = {"price_value": "Price & value"}


def found(table: pa.Table, outcome: str = "won", **options: object) -> Exploration:
    deals, ask = on_duckdb(table)
    chosen = ExploreOptions(outcome=Asked.parse(outcome), **options)  # type: ignore[arg-type]  # as the test gives them
    return explore(deals, ask=ask, taxonomy_labels=LABELS, options=chosen)


def one(result: Exploration, segment: str) -> Explored:
    told = [x for x in result.found if x.finding.segment == segment]
    assert told, [x.finding.claim for x in result.found]
    return told[0]


def firm(result: Exploration) -> list[str]:
    return [x.finding.segment for x in result.found if x.finding.status is Status.ESTABLISHED]


def company(n: int = 4000, *, seed: int = 3) -> dict[str, list[object]]:
    """Healthcare loses for the price, the South to Acme; since March, more deals are of Retail."""
    random = np.random.default_rng(seed)
    ago = random.integers(0, 455, n)
    late = ago < 90
    industry = np.where(
        random.random(n) < np.where(late, 0.4, 0.15), "Retail", random.choice(["Healthcare", "Banking", "Energy"], n)
    )
    region = random.choice(["North", "South", "East"], n)
    won = random.random(n) < 0.4
    price = random.random(n) < np.where(industry == "Healthcare", 0.6, 0.2)
    acme = random.random(n) < np.where(region == "South", 0.6, 0.25)
    end = dt.date(2026, 5, 31)
    return {
        "outcome": ["won" if w else "lost" for w in won],
        "industry": industry.tolist(),
        "region": region.tolist(),
        "product": random.choice(["Basic", "Pro"], n).tolist(),
        "owner_id": [f"r{i}" for i in random.integers(0, 25, n)],
        "account_id": [f"a{i}" for i in random.integers(0, n // 2, n)],
        "closed_on": [end - dt.timedelta(days=int(a)) for a in ago],
        "reason": [None if w else "price_value" if p else "trust" for w, p in zip(won, price, strict=True)],
        "competitor": [None if w else "Acme" if a else "Globex" for w, a in zip(won, acme, strict=True)],
        "amount_cents": random.integers(100_000, 900_000, n).tolist(),
        "currency": ["EUR"] * n,
    }


@pytest.fixture(scope="module")
def columns() -> dict[str, list[object]]:
    return company()


@pytest.fixture(scope="module")
def table(columns: dict[str, list[object]]) -> pa.Table:
    return resolved(columns)


def test_a_planted_difference_of_the_win_rate_is_established() -> None:
    result = found(book(5, deals=4000, planted=Planted(share=0.2, points=-0.2)))
    assert 'persona = "Buyer 0"' in firm(result)
    assert result.measure == "win_rate"
    assert result.whole.n == 4000


def test_lost_for_a_reason_is_of_all_closed_deals(table: pa.Table, columns: dict[str, list[object]]) -> None:
    result = found(table, "reason:price_value")
    told = one(result, "industry = Healthcare").finding
    closed = [i for i, name in enumerate(columns["industry"]) if name == "Healthcare"]
    lost = sum(columns["reason"][i] == "price_value" for i in closed)
    assert (told.here.successes, told.here.n) == (lost, len(closed))
    assert told.claim.startswith(
        f"Deals with industry Healthcare are lost for Price & value {lost} of {len(closed):,} times"
    )
    assert told.measure == "share_of_closed:reason:price_value"
    assert firm(result) == ["industry = Healthcare"]
    assert found(table, "reason:price & VALUE").whole == result.whole


def test_lost_to_a_competitor_is_of_losses_that_speak_of_one(table: pa.Table) -> None:
    result = found(table, "competitor:acme")
    losses = table.filter(pc.is_valid(table["competitor"]))
    assert result.whole.n == losses.num_rows
    assert firm(result) == ["region = South"]
    assert one(result, "region = South").finding.claim.startswith("Acme is named in ")


def test_drift_says_what_a_segment_makes_up_now_and_before(table: pa.Table, columns: dict[str, list[object]]) -> None:
    result = found(table, "recent:90", as_of=dt.date(2026, 5, 31))
    told = one(result, "industry = Retail").finding
    since = dt.date(2026, 5, 31) - dt.timedelta(days=90)
    late = [name for name, day in zip(columns["industry"], columns["closed_on"], strict=True) if day > since]  # type: ignore[operator]  # dates
    assert (told.here.successes, told.here.n) == (late.count("Retail"), len(late))
    assert told.comparison is not None
    assert told.comparison.n == 4000 - len(late)
    share = f"{100 * late.count('Retail') / len(late):.1f} %"
    assert told.claim.startswith(f"Deals with industry Retail make up {share} of the deals closed in the last 90 days")
    assert told.difference is not None
    assert told.difference.low is not None
    assert told.difference.low > 0
    assert firm(result) == ["industry = Retail"]


def test_a_mix_that_stays_as_it_was_shows_no_drift() -> None:
    still = company(seed=8)
    random = np.random.default_rng(9)
    still["industry"] = random.choice(["Healthcare", "Banking", "Energy", "Retail"], 4000).tolist()
    result = found(resolved(still), "recent")
    assert firm(result) == []
    assert result.power.startswith("Four times in five, a change would be established")


def test_the_share_by_amount_stands_beside_the_share_by_count(
    table: pa.Table, columns: dict[str, list[object]]
) -> None:
    told = one(found(table, "reason:price_value"), "industry = Healthcare")
    inside = np.array([name == "Healthcare" for name in columns["industry"]])
    amounts = np.array(columns["amount_cents"], float)
    lost = np.array([reason == "price_value" for reason in columns["reason"]])
    assert told.by_amount == weighted_share(amounts[inside] / 100, lost[inside])
    assert told.by_amount_beside == weighted_share(amounts[~inside] / 100, lost[~inside])


@pytest.mark.parametrize(
    ("column", "values", "why"),
    [
        ("amount_cents", [None] * 4000, "no amounts"),
        ("currency", ["EUR", "USD"] * 2000, "several currencies"),
        ("amount_cents", "losses", "too uneven"),
    ],
)
def test_amounts_that_cannot_be_weighed_are_withheld_with_the_reason(
    columns: dict[str, list[object]], column: str, values: list[object] | str, why: str
) -> None:
    given = dict(columns)
    lost = [outcome != "won" for outcome in given["outcome"]]
    uneven = [None if no else amount for no, amount in zip(lost, given["amount_cents"], strict=True)]
    given[column] = uneven if isinstance(values, str) else list(values)
    result = found(resolved(given), "reason:price_value")
    told = one(result, "industry = Healthcare")
    assert told.by_amount.value is None
    assert why in told.by_amount.why
    assert result.amounts_why == told.by_amount.why


def test_depth_and_attributes_limit_what_is_searched(table: pa.Table) -> None:
    every, shallow = found(table), found(table, depth=1)
    assert [conditions for conditions, _ in every.tested_by] == [1, 2, 3]
    assert [conditions for conditions, _ in shallow.tested_by] == [1]
    two = found(table, "reason:price_value", by=("Industry", "region"), depth=2)
    assert [a.name for a in two.searched] == ["industry", "region"]
    assert firm(two) == ["industry = Healthcare"]
    assert two.tested == 4 + 3 + 4 * 3


def test_what_is_not_searched_can_still_be_held_fixed(table: pa.Table) -> None:
    told = one(found(table, "reason:price_value", by=("industry",)), "industry = Healthcare").finding
    assert told.confounder is not None
    assert told.confounder.attribute in {"region", "product", "deal_size", "owner_id"}


def test_small_segments_are_left_out_on_request(table: pa.Table) -> None:
    half = found(table, min_share=0.45)
    assert half.floor == 1800
    assert half.tested_by == ((1, 2 + 3 + 2),)  # both products; runs of three and of four fifths of deal size


def test_what_is_unknown_is_answered_with_what_there_is(table: pa.Table) -> None:
    with pytest.raises(
        UserError, match=r"No attribute is called 'colour'. There are: product, industry, region, deal_size"
    ):
        found(table, by=("colour",))
    with pytest.raises(UserError, match=r"No deal is lost for 'weather'. The reasons of these deals are: trust"):
        found(table, "reason:weather")
    with pytest.raises(
        UserError, match=r"No deal is lost to 'Initech'. The competitors of these deals are: Globex, Acme"
    ):
        found(table, "competitor:Initech")
    for written in ("profit", "reason", "won:x", "recent:7", "recent:soon"):
        with pytest.raises(UserError, match=r"No outcome is called|asks for no whole number of days"):
            Asked.parse(written)


def test_a_column_that_is_left_out_says_why_when_it_is_asked_for(columns: dict[str, list[object]]) -> None:
    leaky = dict(columns) | {"campaign": ["x" if o == "won" else None for o in columns["outcome"]]}
    with pytest.raises(UserError, match=r"Campaign is not searched: its filling depends on the outcome"):
        found(resolved(leaky), by=("campaign",))


def test_a_book_that_is_too_small_lists_nothing_and_says_what_it_could_have_seen() -> None:
    small = found(resolved({name: values[:120] for name, values in company().items()}))
    assert small.found == ()
    assert "differs from the rest by" in small.power or "too small" in small.power
    none = found(resolved({"outcome": ["open"]}))
    assert (none.found, none.power) == ((), "No deal is closed yet.")


def test_deals_without_dates_have_no_drift(columns: dict[str, list[object]]) -> None:
    undated = dict(columns) | {"closed_on": [None] * 4000}
    result = found(resolved(undated), "recent")
    assert result.found == ()
    assert result.whole.value is None


def test_rare_values_are_folded_and_counted(columns: dict[str, list[object]]) -> None:
    rare = dict(columns)
    rare["product"] = [f"odd {i % 10}" if i < 200 else p for i, p in enumerate(columns["product"])]
    product = next(a for a in found(resolved(rare)).searched if a.name == "product")
    assert (product.values, product.rare, product.rare_deals) == (12, 10, 200)


@pytest.mark.parametrize("outcome", ["won", f"reason:{REASONS[0]}", f"competitor:{RIVALS[0]}"])
def test_where_nothing_is_planted_nothing_is_established(outcome: str) -> None:
    assert [firm(found(book(seed, deals=1200), outcome)) for seed in range(4)] == [[]] * 4

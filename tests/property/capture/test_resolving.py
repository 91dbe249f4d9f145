"""What holds for any deals: one outcome each, no row lost or doubled, the same answer twice and in any order."""

from __future__ import annotations

from collections import Counter
from typing import Any

import ibis
import pyarrow as pa
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from winloss.capture.resolve import raw_values, read, resolve
from winloss.capture.taxonomy import shipped
from winloss.tables import OUTCOMES
from winloss.tables.course import DEBRIEFS
from winloss.tables.deals import DEALS

Row = dict[str, Any]
CONNECTION: Any = ibis.duckdb.connect()

# A shrink runs hundreds of queries: the failing rows are printed as they are.
quick = settings(deadline=None, derandomize=True, phases=(Phase.explicit, Phase.generate))
reasons = st.one_of(
    st.none(),
    st.sampled_from(["Price", "Duplicate", "Lost to Acme", "-", "Unknown", "Foo", "No decision", "Features; Price"]),
    st.text(max_size=12),
)
rivals = st.one_of(
    st.none(), st.sampled_from(["Acme", "ACME inc", "None", "Unknown", "Yes", "n/a"]), st.text(max_size=8)
)
kinds = st.one_of(st.none(), st.sampled_from(OUTCOMES))
rows = st.lists(
    st.fixed_dictionaries(
        {
            "stage_kind": kinds,
            "deal_stage_kind": kinds,
            "deal_stage": st.sampled_from([None, "Closed", "Demo"]),
            "reason_raw": reasons,
            "loss_reason_raw": reasons,
            "win_reason_raw": reasons,
            "competitor_raw": rivals,
            "created_on": st.one_of(st.none(), st.dates()),
            "closed_on": st.one_of(st.none(), st.dates()),
            "amount_cents": st.one_of(st.none(), st.integers(-(10**12), 10**12)),
        }
    ),
    max_size=16,
)
DEAL_COLUMNS = (
    "deal_id",
    "stage_kind",
    "deal_stage_kind",
    "deal_stage",
    "reason_raw",
    "loss_reason_raw",
    "win_reason_raw",
    "competitor_raw",
    "created_on",
    "closed_on",
    "amount_cents",
)
answers = st.lists(
    st.fixed_dictionaries(
        {
            "deal_id": st.sampled_from(["0", "1", "2", "99"]),
            "role": st.sampled_from(["rep", "manager", "buyer", None]),
            "answered_at": st.one_of(st.none(), st.datetimes()),
            "reason": st.sampled_from([None, "price_value", "junk_test", "missing_feature", "-", "gone"]),
            "competitor": rivals,
        }
    ),
    max_size=10,
)


# Only what `resolve` reads: each further column makes the queries longer, and nothing is tested by it.
DEAL = [f for f in DEALS.schema if f.name in DEAL_COLUMNS]
DEBRIEF = list(DEBRIEFS.schema)


def arrow(found: list[Row], fields: list[Any]) -> Any:
    return ibis.memtable(pa.table({f.name: pa.array([r.get(f.name) for r in found], f.type) for f in fields}))


def told(found: list[Row], said: list[Row], *, twice: bool = False) -> list[Row]:
    deals, debriefs = arrow(found, DEAL), arrow(said, DEBRIEF)
    asked = raw_values(deals, debriefs)
    raw = {name: {r["value"]: r["n"] for r in CONNECTION.to_pyarrow(q).to_pylist()} for name, q in asked.items()}
    readings = read(raw, shipped())
    out = deals
    for _ in range(2 if twice else 1):
        out = resolve(out, readings, debriefs=debriefs)
    answer: list[Row] = CONNECTION.to_pyarrow(out.order_by("deal_id")).to_pylist()
    return answer


def numbered(found: list[Row], prefix: str, key: str) -> list[Row]:
    return [{**row, key: f"{prefix}{n}"} for n, row in enumerate(found)]


@settings(quick, max_examples=10)
@given(rows, answers)
def test_every_deal_gets_one_outcome_and_no_deal_is_lost_or_doubled(found: list[Row], said: list[Row]) -> None:
    deals = numbered(found, "", "deal_id")
    answer = told(deals, numbered(said, "d", "debrief_id"))
    assert [row["deal_id"] for row in answer] == sorted(row["deal_id"] for row in deals)
    for row in answer:
        assert row["outcome"] in OUTCOMES
        assert row["is_closed"] == (row["outcome"] in ("won", "lost", "no_decision"))
        assert row["is_won"] == (row["outcome"] == "won") == (row["stage_kind"] == "won")
        assert (row["competitor"] is not None) == (row["competitor_kind"] == "competitor")
        assert row["competitor_kind"] in ("competitor", "none", "unknown", "blank")
        assert row["reason"] is None or (row["reason"] in shipped() and row["reason_given"])
        assert row["reason_given"] == (row["reason_source"] is not None) == (row["reason_value"] is not None)
        assert row["cycle_days"] is None or row["cycle_days"] >= 0
    others = {"lost", "no_decision", "disqualified"}
    moved = Counter((row["stage_kind"] or "unclassified", row["outcome"]) for row in answer)
    assert all(before == after or (before in others and after == "disqualified") for before, after in moved)


@settings(quick, max_examples=3)
@given(rows, answers)
def test_resolving_twice_is_resolving_once(found: list[Row], said: list[Row]) -> None:
    deals, debriefs = numbered(found, "", "deal_id"), numbered(said, "d", "debrief_id")
    assert told(deals, debriefs, twice=True) == told(deals, debriefs)


@settings(quick, max_examples=3)
@given(rows, answers, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(found: list[Row], said: list[Row], chance: Any) -> None:
    deals, debriefs = numbered(found, "", "deal_id"), numbered(said, "d", "debrief_id")
    shuffled, answers_shuffled = list(deals), list(debriefs)
    chance.shuffle(shuffled)
    chance.shuffle(answers_shuffled)
    assert told(shuffled, answers_shuffled) == told(deals, debriefs)

from __future__ import annotations

import math

import pyarrow as pa
import pyarrow.compute as pc
from hypothesis import given, settings
from hypothesis import strategies as st

from winloss.demo import Company, Twin, invent
from winloss.tables import TABLES

companies = st.builds(
    invent,
    st.integers(1, 900),
    seed=st.integers(0, 2**40),
    twin=st.sampled_from([None, *Twin]),
)


@settings(max_examples=12, deadline=None)
@given(companies, st.integers(1, 400))
def test_pages_of_any_size_join_to_the_same_tables(demo: Company, rows: int) -> None:
    for name in ("deals", "touches", "debriefs"):
        pages = list(demo.pages(name, rows=rows))
        assert all(page.num_rows <= rows for page in pages)
        assert pa.Table.from_batches(pages, schema=demo.table(name).schema).equals(demo.table(name))


@settings(max_examples=12, deadline=None)
@given(companies)
def test_every_row_that_names_a_deal_names_one_that_exists(demo: Company) -> None:
    ids = set(demo.table("deals")["deal_id"].to_pylist())
    assert len(ids) == demo.deals
    for name in ("deal_stage_changes", "touches", "debriefs", "leads"):
        named = demo.table(name)["deal_id"].drop_null().to_pylist()
        assert set(named) <= ids, name
    accounts = set(demo.table("accounts")["account_id"].to_pylist())
    assert set(demo.table("deals")["account_id"].to_pylist()) == accounts
    people = set(demo.table("people")["person_id"].to_pylist())
    assert set(demo.table("deals")["owner_id"].to_pylist()) <= people


@settings(max_examples=12, deadline=None)
@given(companies)
def test_the_last_stage_change_is_where_the_deal_stands(demo: Company) -> None:
    changes = demo.table("deal_stage_changes").to_pandas()
    last = changes.sort_values(["deal_id", "changed_at"], kind="stable").groupby("deal_id").to_stage.last()
    stands = demo.table("deals").to_pandas().set_index("deal_id").deal_stage
    assert (last.sort_index() == stands.sort_index()).all()


@settings(max_examples=8, deadline=None)
@given(st.integers(50, 900), st.integers(0, 2**40))
def test_true_values_are_shares_of_deals_that_are_there(deals: int, seed: int) -> None:
    demo = invent(deals, seed=seed)
    for cause in demo.truth.causes:
        for share, n in ((cause.here, cause.n_here), (cause.rest, cause.n_rest)):
            assert 0 <= n <= deals
            assert math.isnan(share) == (n == 0)
            assert n == 0 or 0 < share < 1


def test_required_columns_are_never_null() -> None:
    demo = invent(500, seed=12)
    for name, columns in (
        ("deals", ("deal_id", "owner_id", "created_on", "deal_stage", "stage_kind")),
        ("spend", ("spent_on",)),
    ):
        table = demo.table(name)
        assert set(columns) <= set(TABLES[name].schema.names)
        assert all(table[column].null_count == 0 for column in columns)
    assert pc.min(demo.table("deals")["amount_cents"]).as_py() > 0

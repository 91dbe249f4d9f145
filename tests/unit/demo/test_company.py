from __future__ import annotations

import datetime as dt
from collections import Counter

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from winloss.capture import reasons, taxonomy
from winloss.demo import Company, Twin, cast, causes, company, invent
from winloss.demo.block import rep_name
from winloss.demo.world import reps_for
from winloss.errors import UserError
from winloss.tables import TABLES


@pytest.fixture(scope="module")
def demo() -> Company:
    return invent(3_000, seed=5)


@pytest.fixture(scope="module")
def deals(demo: Company) -> pa.Table:
    return demo.table("deals")


def of_kind(deals: pa.Table, *kinds: str) -> pa.Table:
    return deals.filter(pc.field("stage_kind").isin(list(kinds)))


def test_every_table_has_the_declared_columns_and_unique_keys(demo: Company) -> None:
    for name, spec in TABLES.items():
        table = demo.table(name)
        declared = [field for field in table.schema if not field.name.startswith("x_")]
        assert declared == list(spec.schema), name
        keys = table.select(list(spec.key))
        assert keys.group_by(list(spec.key)).aggregate([]).num_rows == table.num_rows, name
        assert (table.num_rows > 0) is (name != "verdicts"), name


def test_a_seed_gives_the_same_company_to_the_last_letter() -> None:
    assert invent(400, seed=9).table("deals").equals(invent(400, seed=9).table("deals"))
    assert not invent(400, seed=9).table("deals").equals(invent(400, seed=10).table("deals"))


@pytest.mark.parametrize("twin", [None, "shuffled", "clustered"])
def test_pages_of_any_size_give_the_same_deals(monkeypatch: pytest.MonkeyPatch, twin: str | None) -> None:
    monkeypatch.setattr(company, "BLOCK", 256)
    demo = invent(1_000, seed=2, twin=twin)
    whole = demo.table("deals")
    small = pa.Table.from_batches(demo.pages("deals", rows=77))
    assert whole.num_rows == 1_000
    assert small.equals(whole)
    assert len(set(whole["deal_id"].to_pylist())) == 1_000


def test_blocks_share_reps_but_no_account(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(company, "BLOCK", 500)
    demo = invent(1_000, seed=2)
    first, second = (block for block in demo.blocks)
    assert not set(first.facts.account.tolist()) & set(second.facts.account.tolist())
    assert set(first.facts.rep.tolist()) & set(second.facts.rep.tolist())


def test_one_deal_is_a_company_too() -> None:
    demo = invent(1, seed=0)
    assert [demo.table(name).num_rows >= 0 for name in TABLES] == [True] * len(TABLES)
    assert demo.table("deals").num_rows == 1


@pytest.mark.parametrize(("deals", "seed", "twin"), [(0, 1, None), (10, -1, None), (10, 1, "evil")])
def test_impossible_companies_are_refused_in_a_sentence(deals: int, seed: int, twin: str | None) -> None:
    with pytest.raises(UserError, match="demo company"):
        invent(deals, seed=seed, twin=twin)


def test_dates_run_forward_and_end_with_the_book(deals: pa.Table) -> None:
    frame = deals.to_pandas()
    done = frame[frame.closed_on.notna()]
    assert (done.closed_on >= done.created_on).all()
    assert (done.closed_at > done.created_at).all()
    assert (frame.modified_at >= frame.created_at).all()
    assert frame.created_on.min() >= cast.FIRST_DAY
    assert done.closed_on.max() <= cast.LAST_DAY
    assert frame.created_on.max() > cast.LAST_DAY - dt.timedelta(days=5)
    assert {day.weekday() for day in frame.created_on} <= {0, 1, 2, 3, 4}


def test_open_deals_carry_no_closing_and_no_reason(deals: pa.Table) -> None:
    still_open = of_kind(deals, "open")
    assert 0.05 < still_open.num_rows / deals.num_rows < 0.25
    for name in ("closed_on", "closed_at", "loss_reason_raw", "win_reason_raw"):
        assert still_open[name].null_count == still_open.num_rows
    assert set(still_open["deal_stage"].to_pylist()) == set(cast.OPEN_STAGES)


def test_outcomes_carry_the_reason_that_fits_them(deals: pa.Table) -> None:
    won = of_kind(deals, "won")
    lost = of_kind(deals, "lost", "no_decision")
    assert won["loss_reason_raw"].null_count == won.num_rows
    assert lost["win_reason_raw"].null_count == lost.num_rows
    assert 0.85 < 1 - lost["loss_reason_raw"].null_count / lost.num_rows < 0.97


def test_every_raw_reason_is_read_as_the_code_it_stands_for() -> None:
    shipped = taxonomy.shipped()
    pairs = [
        *((raw, code) for code, raws in zip(cast.REASONS, cast.RAW_LOSS_REASONS, strict=True) for raw in raws),
        *(
            (raw, code)
            for code, raws in zip(cast.REASONS, cast.RAW_WIN_REASONS, strict=True)
            for raw in raws
            if raw != "Other"
        ),
        ("Duplicate", "junk_duplicate"),
        ("Invalid number", "junk_invalid_contact"),
    ]
    read = reasons.read_values({raw: 1 for raw, _ in pairs}, shipped)
    assert {raw: read[raw].code for raw, _ in pairs} == dict(pairs)


def test_buyers_name_price_less_often_than_reps_do(demo: Company) -> None:
    debriefs = demo.table("debriefs").to_pandas()
    lost = demo.table("deals").to_pandas().query("stage_kind in ('lost', 'no_decision')").deal_id
    by_buyer = debriefs[(debriefs.role == "buyer") & debriefs.deal_id.isin(lost)]
    by_rep = debriefs[(debriefs.role == "rep") & debriefs.deal_id.isin(by_buyer.deal_id)]
    assert len(by_buyer) == len(by_rep) > 100
    assert (by_rep.reason == "price_value").mean() > (by_buyer.reason == "price_value").mean() + 0.08


def test_one_rep_writes_price_for_nearly_every_loss(demo: Company, deals: pa.Table) -> None:
    lost = deals.to_pandas().query("stage_kind in ('lost', 'no_decision')")
    his = lost[(lost.owner_id == demo.truth.straight_liner) & lost.loss_reason_raw.notna()]
    his = his[~his.loss_reason_raw.isin(cast.RAW_JUNK_REASONS)]
    assert len(his) > 30
    assert his.loss_reason_raw.isin(cast.RAW_LOSS_REASONS[0]).mean() > 0.85


def test_paid_social_brings_most_leads_and_most_junk(demo: Company, deals: pa.Table) -> None:
    leads = demo.table("leads").to_pandas()
    assert leads.lead_source.value_counts().index[0] == "Paid social"
    frame = deals.to_pandas()
    junk = frame.loss_reason_raw.isin(cast.RAW_JUNK_REASONS)
    assert junk[frame.lead_source == "Paid social"].mean() > 3 * junk[frame.lead_source != "Paid social"].mean()


def test_accounts_come_back_after_the_days_of_their_reason() -> None:
    demo = invent(40_000, seed=3)
    facts = next(iter(demo.blocks)).facts
    back = facts.is_return
    assert 0.02 < back.mean() <= causes.RETURN_SLOTS
    timing = cast.REASONS.index("indecision_timing")
    seen = {entry.reason: entry.seen for entry in demo.truth.returns}
    days = facts.return_days[back & (facts.return_of_reason == timing)]
    assert len(days) == seen["indecision_timing"]
    assert abs(np.median(days) / causes.RETURN_MEDIAN_DAYS[timing] - 1) < 0.06


def test_returns_belong_to_accounts_with_a_loss_before() -> None:
    block = next(iter(invent(3_000, seed=4).blocks))
    lost = {
        (int(account), int(day))
        for account, day, was_lost in zip(block.facts.account, block.facts.closed, block.fates.is_lost, strict=True)
        if was_lost
    }
    rows = np.flatnonzero(block.facts.is_return)
    for row in rows:
        day = int(block.facts.created[row] - block.facts.return_days[row])
        assert (int(block.facts.account[row]), day) in lost


def test_reps_have_names_and_each_region_has_reps(demo: Company) -> None:
    assert len({rep_name(number) for number in range(500)}) == 500
    assert reps_for(10) == 18
    assert reps_for(10_000_000) == 400
    assert set(demo.world.rep_region.tolist()) == set(range(len(cast.REGIONS)))


def test_notes_are_many_and_partly_german(deals: pa.Table) -> None:
    notes = [note for note in deals["notes"].to_pylist() if note]
    assert 0.45 < len(notes) / deals.num_rows < 0.7
    assert len(set(notes)) / len(notes) > 0.5
    assert any("Angebot" in note for note in notes)
    assert all(note == note.strip() for note in notes)
    assert not any("{" in note for note in notes)


def test_spend_is_paid_channels_only_and_paid_social_costs_most(demo: Company) -> None:
    spend = demo.table("spend").to_pandas()
    by_channel = spend.groupby("lead_source").amount_cents.sum()
    assert by_channel.idxmax() == "Paid social"
    assert "Referral" not in by_channel
    assert (spend.clicks < spend.impressions).all()


def test_the_shuffled_twin_keeps_the_closed_deals_and_permutes_what_became_of_them() -> None:
    real, twin = (invent(2_000, seed=6, twin=name).table("deals").to_pandas() for name in (None, "shuffled"))
    kept = ["deal_id", "owner_id", "industry", "lead_source", "closed_on", "stage_reached", "size_band"]
    assert real[kept].equals(twin[kept])
    done = real.closed_on.notna() & ~real.loss_reason_raw.isin(cast.RAW_JUNK_REASONS)
    for moved in (["stage_kind", "competitor_raw"], ["amount_cents"]):
        assert not real[done][moved].equals(twin[done][moved])
        before, after = (
            Counter(map(tuple, frame[done][moved].fillna("").itertuples(index=False))) for frame in (real, twin)
        )
        assert before == after
    assert real[~done].equals(twin[~done])


def test_in_the_shuffled_twin_amounts_do_not_go_with_the_outcome() -> None:
    twin = invent(40_000, seed=6, twin="shuffled").table("deals").to_pandas()
    done = twin[twin.closed_on.notna() & ~twin.loss_reason_raw.isin(cast.RAW_JUNK_REASONS)]
    large = done.amount_cents > done.amount_cents.median()
    won = done.stage_kind == "won"
    assert abs(won[large].mean() - won[~large].mean()) < 0.02


def test_twins_have_no_causes() -> None:
    for twin in Twin:
        assert invent(500, seed=1, twin=twin).truth.causes == ()

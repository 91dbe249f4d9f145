"""Real exports, read without a map: the figures were counted independently."""

from __future__ import annotations

from typing import Any

import pyarrow.compute

from exports import export
from pulled import pull

pc: Any = pyarrow.compute  # the stubs know fewer combinations than the library


def test_maven_four_files() -> None:
    names = ("sales_pipeline.csv", "accounts.csv", "products.csv", "sales_teams.csv")
    found = pull(*(export("maven-crm", name) for name in names))
    assert found.kinds == {"won": 4238, "lost": 2473, "open": 2089}
    assert {j.right: (j.matched, j.unmatched, j.blank) for j in found.told.joins} == {
        "accounts.csv": (7375, 0, 1425),
        "products.csv": (8800, 0, 0),
        "sales_teams.csv": (8800, 0, 0),
    }
    assert [(f.kept, f.folded) for f in found.told.folds] == [("GTX Pro", (("GTXPro", 1480),))]
    deals = found.tables["deals"]
    won = deals.filter(pc.equal(deals["stage_kind"], "won"))
    assert pc.sum(won["amount_cents"]).as_py() == 1_000_553_400
    assert set(deals["region"].to_pylist()) == {"Central", "East", "West"}
    assert found.told.problems == ()


def test_it_school_from_csv_and_from_xlsx_alike() -> None:
    one, other = pull(export("it-school-crm", "deals.csv")), pull(export("it-school-crm", "deals.xlsx"))
    for found in (one, other):
        assert found.kinds == {"won": 858, "lost": 15743, "open": 4991, "unclassified": 1}
        assert found.told.tallies["deals"].rows == 21_593
        assert found.told.tallies["deals"].rejected == 0
        counts = {p.code: p.count for p in found.told.problems}
        assert counts["closed_before_created"] == 44
        assert counts["closed_without_date"] == 2222
        assert counts["loss_reason_on_won"] == 115
        assert counts["loss_reason_on_won"] + counts["loss_reason_on_open"] == 428
        assert found.use("Quality") == "leak"
        assert found.column("deal_id")[0] == "5805028000055525099"
        assert found.column("amount_cents")[0] == 290_000
    same = [name for name in one.tables["deals"].column_names if name not in {"source_file", "x_sla"}]
    assert one.tables["deals"].select(same).equals(other.tables["deals"].select(same))


def test_it_school_spend_and_contacts() -> None:
    found = pull(*(export("it-school-crm", name) for name in ("deals.xlsx", "spend.xlsx", "contacts.xlsx")))
    assert pc.sum(found.tables["spend"]["amount_cents"]).as_py() == 14_952_345
    repeated = found.problem("repeated_rows")
    assert repeated is not None
    assert repeated.count == 917
    (join,) = found.told.joins
    assert (join.on_left, join.on_right, join.matched, join.unmatched) == ("Contact Name", "Id", 21_531, 1)


def test_skygeni_stage_against_outcome() -> None:
    found = pull(export("skygeni-sales", "skygeni_sales_data.csv"))
    assert found.kinds == {"won": 2263, "lost": 2737}
    problem = found.problem("stage_against_outcome")
    assert problem is not None
    assert problem.count == 4003
    assert found.problem("unclassified_outcome") is None


def test_salvirt_without_ids_and_dates() -> None:
    found = pull(export("salvirt-b2b", "deals.csv"))
    assert found.kinds == {"won": 227, "lost": 221}
    assert len(set(found.column("deal_id"))) == 448
    repeated = found.problem("repeated_rows")
    assert repeated is not None
    assert repeated.count == 83
    for header in ("Up_sale", "Client", "Authority", "Cross_sale"):
        assert found.use(header) == "attribute"


def test_pattern_miner_before_and_after_hubspot() -> None:
    raw = pull(export("pattern-miner", "deals_raw.csv"))
    hubspot = pull(export("pattern-miner", "deals_hubspot_import.csv"))
    assert raw.kinds == hubspot.kinds == {"won": 60, "lost": 40}
    assert raw.column("deal_id") == hubspot.column("deal_id")
    assert raw.column("amount_cents") == hubspot.column("amount_cents")
    assert raw.column("competitor_raw") == hubspot.column("competitor_raw")
    assert set(raw.column("currency")) == {"INR"}
    assert set(hubspot.column("loss_reason_raw")) == {None}


def test_olist_leads_and_the_deals_they_became() -> None:
    names = ("olist_closed_deals_dataset.csv", "olist_marketing_qualified_leads_dataset.csv")
    found = pull(*(export("olist-funnel", name) for name in names))
    assert found.kinds == {"won": 842}
    leads = found.tables["leads"]
    assert (leads.num_rows, leads.num_rows - leads["deal_id"].null_count) == (8000, 842)
    unknown = leads.filter(pc.equal(leads["lead_source"], "unknown"))
    assert round((unknown.num_rows - unknown["deal_id"].null_count) / unknown.num_rows, 3) == 0.163
    early = found.problem("closed_before_created")
    assert early is not None
    assert early.count == 1

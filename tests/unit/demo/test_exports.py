from __future__ import annotations

import csv
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from winloss.demo import Company, invent, write
from winloss.errors import UserError
from winloss.tables import TABLES


@pytest.fixture(scope="module")
def demo() -> Company:
    return invent(1_500, seed=8)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_tables_are_written_as_they_are(demo: Company, tmp_path: Path) -> None:
    paths = write(demo, tmp_path)
    assert [path.stem for path in paths] == list(TABLES)
    assert pq.read_table(paths[0]).equals(demo.table("deals"))


def test_salesforce_writes_months_first_and_a_footer(demo: Company, tmp_path: Path) -> None:
    deals = rows(write(demo, tmp_path, flavour="salesforce")[0])
    body, footer = deals[:1_500], deals[1_500:]
    truth = demo.table("deals").to_pylist()
    first = truth[0]
    assert body[0]["Created Date"] == f"{first['created_on']:%-m/%-d/%Y}"
    assert body[0]["Amount"] == f"{first['amount_cents'] / 100:.2f}"
    assert {row["Stage"] for row in body} >= {"Closed Won", "Closed Lost", "Closed - No Decision", "Negotiation"}
    assert all(row["Close Date"] for row in body)
    assert footer[0]["Opportunity ID"] == "Grand Totals (1,500 records)"
    assert len(footer) == 3


def test_hubspot_flags_exactly_the_won_deals(demo: Company, tmp_path: Path) -> None:
    deals = rows(write(demo, tmp_path, flavour="hubspot")[0])
    truth = demo.table("deals").to_pylist()
    assert [row["Is Closed Won"] == "true" for row in deals] == [row["stage_kind"] == "won" for row in truth]
    assert deals[0]["Create Date"] == f"{truth[0]['created_at']:%Y-%m-%d %H:%M}"
    assert [row["Closed Lost Reason"] or None for row in deals] == [row["loss_reason_raw"] for row in truth]


def test_pipedrive_keeps_the_open_stage_and_knows_no_deal_without_decision(demo: Company, tmp_path: Path) -> None:
    deals = rows(write(demo, tmp_path, flavour="pipedrive")[0])
    assert {row["Deal - Status"] for row in deals} == {"Won", "Lost", "Open"}
    assert {row["Deal - Stage"] for row in deals} == {"Discovery", "Demo", "Proposal", "Negotiation"}
    for row in deals:
        assert bool(row["Deal - Won time"]) == (row["Deal - Status"] == "Won")
        assert bool(row["Deal - Lost time"]) == (row["Deal - Status"] == "Lost")


def test_exports_are_untidy_in_spelling_only(demo: Company, tmp_path: Path) -> None:
    deals = rows(write(demo, tmp_path, flavour="hubspot")[0])
    truth = demo.table("deals")["lead_source"].to_pylist()
    written = [row["Lead Source"] for row in deals]
    assert 0.01 < sum(a != b for a, b in zip(written, truth, strict=True)) / len(truth) < 0.05
    assert [" ".join(value.split()).casefold() for value in written] == [str(value).casefold() for value in truth]


def test_an_unknown_flavour_is_refused_in_a_sentence(demo: Company, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="choose one of salesforce, hubspot, pipedrive, tables"):
        write(demo, tmp_path, flavour="excel")

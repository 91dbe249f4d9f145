from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

from report_study import deals_of, full
from winloss.report import write
from winloss.synthesize.recovery import SHOWN
from winloss.synthesize.study import Prospect


def many(prospect: Prospect) -> tuple[Prospect, ...]:
    return tuple(replace(prospect, deal_id=f"=R{at}") for at in range(SHOWN + 15))


def test_the_page_shows_some_prospects_and_the_file_beside_it_all(tmp_path: Path) -> None:
    study = full()
    prospects = many(study.recovery.prospects[0])
    told = replace(study, recovery=replace(study.recovery, prospects=prospects[:SHOWN], total=len(prospects)))
    paths = write(told, tmp_path / "r.html", deals=deals_of, prospects=lambda: prospects)
    beside = tmp_path / "r.recovery.csv"
    assert beside in paths
    with beside.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == SHOWN + 15
    assert rows[0]["deal_id"] == "'=R0"
    assert f"=R{SHOWN}" not in paths[0].read_text("utf-8")


def test_each_prospect_shows_the_currency_of_its_own_amount(tmp_path: Path) -> None:
    study = full()
    prospects = (
        replace(study.recovery.prospects[0], amount_cents=121_561_00, currency="SEK"),
        replace(study.recovery.prospects[1], amount_cents=9_000_00, currency="EUR"),
    )
    told = replace(study, currency=None, recovery=replace(study.recovery, prospects=prospects, dated=True, total=61))
    write(told, tmp_path / "r.html", deals=deals_of)
    with (tmp_path / "r.recovery.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [(row["amount"], row["currency"]) for row in csv.DictReader(file)] == [
            ("121561.00", "SEK"),
            ("9000.00", "EUR"),
        ]
    page = (tmp_path / "r.html").read_text("utf-8")
    assert "The latest 2 of 61" in page
    assert "the latest lost first, since amounts are in several currencies" in page
    assert all(written in page for written in ("SEK", "€9,000"))

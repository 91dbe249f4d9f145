"""One export through the command line: every format tells the same figures."""

from __future__ import annotations

import csv
import json
import random
from html import unescape
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]  # it ships no types
import openpyxl
import pytest
from typer.testing import CliRunner

from winloss.cli import app
from winloss.report.figures import NBSP
from winloss.report.schema import schema

INDUSTRIES = {"Healthcare": 0.15, "Software": 0.55, "Retail": 0.5}


def export(path: Path) -> Path:
    """900 closed deals in which healthcare is won seldom; names hold what a page or a sheet could trip over."""
    draw = random.Random(7)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        head = ("Opportunity ID", "Opportunity Name", "Account Name", "Opportunity Owner", "Stage", "Amount")
        writer.writerow((*head, "Created Date", "Close Date", "Loss Reason", "Competitor", "Industry"))
        for i in range(900):
            industry = draw.choice(list(INDUSTRIES))
            won = draw.random() < INDUSTRIES[industry]
            name = draw.choice(["=1+1", "<b>Rollout</b>", "Renewal | phase 2", "Größe & Söhne"])
            month, rep = 1 + i * 12 // 900, f"Rep {draw.randrange(30)}"
            stage = "Closed Won" if won else "Closed Lost"
            reason = "" if won else draw.choice(["Price", "Timing", "Missing feature", ""])
            dates = (f"2025-{month:02d}-{1 + i % 20:02d}", f"2025-{month:02d}-{5 + i % 22:02d}")
            rival = draw.choice(["Northstar", "None", ""])
            amount = draw.randrange(1_000, 90_000)
            writer.writerow(
                (f"006{i:06d}", name, f"Account {i % 400}", rep, stage, amount, *dates, reason, rival, industry)
            )
    return path


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("report")
    formats = [part for name in ("html", "json", "md", "xlsx") for part in ("-f", name)]
    done = CliRunner().invoke(
        app, ["report", str(export(folder / "deals.csv")), *formats, "-o", str(folder / "r.html")]
    )
    assert done.exit_code == 0, done.output
    return {
        "told": done.output.replace(NBSP, " "),
        "html": unescape((folder / "r.html").read_text("utf-8")).replace(NBSP, " "),
        "md": (folder / "r.md").read_text("utf-8").replace(NBSP, " "),
        "json": json.loads((folder / "r.json").read_text("utf-8")),
        "xlsx": openpyxl.load_workbook(folder / "r.xlsx"),
        "csv": folder / "r.deals.csv",
    }


def test_the_json_fits_its_schema(written: dict[str, Any]) -> None:
    assert [e.message for e in jsonschema.Draft202012Validator(schema()).iter_errors(written["json"])] == []
    deals = written["json"]["deals"]
    assert deals["rows"] == 900 == sum(n for name, n in deals.items() if name != "rows")


def test_every_format_says_the_same_answer(written: dict[str, Any]) -> None:
    rate = written["json"]["win_rate"]
    answer = f"We won {rate['won']:,} of {rate['n']:,} closed deals: {100 * rate['value']:.1f} %"
    assert answer in written["html"]
    assert written["md"].startswith(f"# {answer}\n")
    assert answer in written["told"]
    assert written["xlsx"]["Summary"]["A2"].value.replace(NBSP, " ") == answer


def test_the_planted_pattern_stands_in_every_format(written: dict[str, Any]) -> None:
    found = [f for f in written["json"]["findings"] if f["segment"] == "industry = Healthcare"]
    claim = next(f["claim"] for f in found if f["measure"] == "win_rate" and f["status"] == "established")
    assert claim.replace(NBSP, " ") in written["html"]
    assert claim.replace(NBSP, " ").rstrip(".") in written["md"]
    assert claim in {cell.value for cell in written["xlsx"]["Findings"]["E"]}


def test_the_deals_behind_it_are_all_beside_the_page(written: dict[str, Any]) -> None:
    found = next(
        f for f in written["json"]["findings"] if f["segment"] == "industry = Healthcare" and f["measure"] == "win_rate"
    )
    with written["csv"].open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file) if found["id"] in row["findings"].split()]
    assert len(rows) == found["covers"] == found["n"]
    assert {row["deal_name"] for row in rows} >= {"'=1+1", "<b>Rollout</b>"}
    assert "r.deals.csv" in written["html"]


def test_every_closed_deal_stands_beside_the_page(written: dict[str, Any]) -> None:
    with written["csv"].open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    counts = written["json"]["deals"]
    for outcome in ("won", "lost", "no_decision"):
        assert sum(row["outcome"] == outcome for row in rows) == counts[outcome]
    assert all(row["counts_in"].startswith("win rate") for row in rows)


def test_no_rep_is_named_in_any_format(written: dict[str, Any]) -> None:
    text = written["html"] + written["md"] + written["told"] + json.dumps(written["json"])
    text += written["csv"].read_text("utf-8")
    assert [f"Rep {i}" for i in range(30) if f"Rep {i}," in text or f"Rep {i}<" in text] == []

from __future__ import annotations

import dataclasses
import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]  # it ships no types
import pytest

from report_study import deals_of, full, nearly_empty, refusing
from winloss.report import write
from winloss.report.document import document, dumps
from winloss.report.schema import reference_page, schema
from winloss.stats.estimate import Estimate
from winloss.synthesize import finding as finding_module
from winloss.synthesize import study as study_module
from winloss.synthesize.study import Study

STUDIES = {"full": full(), "nearly empty": nearly_empty(), "refusing": refusing()}
VALIDATOR = jsonschema.Draft202012Validator(schema())


def read(study: Study) -> dict[str, Any]:
    return dict(json.loads(dumps(study)))


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize("study", STUDIES.values(), ids=STUDIES.keys())
def test_every_report_fits_the_schema(study: Study) -> None:
    assert [error.message for error in VALIDATOR.iter_errors(read(study))] == []


def test_the_promised_keys_come_first_and_hold_the_study() -> None:
    told = read(full())
    assert list(told)[:4] == ["schema", "as_of", "as_of_why", "book"]
    assert told["schema"] == "winloss.report/1"
    assert told["as_of"] == "2026-05-31"
    assert told["deals"]["rows"] == sum(n for name, n in told["deals"].items() if name != "rows") == 2090
    assert told["win_rate"]["won"] == 598
    assert told["win_rate"]["n"] == 1422
    assert told["win_rate"]["value"] == pytest.approx(598 / 1422)
    assert told["competitive_win_rate"]["n"] == 1299
    assert told["tested"] == 214
    assert len(told["reasons"]) == 10
    assert {r["outcome"] for r in told["reasons"]} == {"lost_or_no_decision", "won"}
    assert told["recovery_total"] == {"deals": 61, "amount_cents": 190_500_000, "why_none": ""}


def test_a_finding_carries_its_whole_evidence() -> None:
    told = read(full())["findings"][0]
    assert told["kind"] == "segment"
    assert told["status"] == "established"
    assert told["comparison"]["with"] == "the rest"
    assert told["comparison"]["n"] == 1251
    assert told["method"] == "Fisher's exact test; clustered by rep, account and month (CR2)"
    assert told["confounder"]["survival"] == "holds"
    assert (told["p"], told["q"]) == (0.00003, 0.0011)


def test_a_quality_finding_carries_no_status() -> None:
    assert [f["status"] for f in read(full())["findings"] if f["kind"] == "quality"] == [None]


def test_what_cannot_be_given_says_why() -> None:
    told = read(refusing())["totals"]["win_rate_by_amount"]
    assert told == {"value": None, "why": "Losses carry no amount: 3 of 824 are filled.", "n": 1422}


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_there_is_no_nan_and_no_infinity(value: float) -> None:
    study = full()
    broken = Estimate(value=value, low=value, high=value, n=3)
    findings = tuple(replace(f, here=broken, p=value) for f in study.findings)
    told = read(replace(study, totals=replace(study.totals, win_rate=broken), findings=findings))
    assert told["win_rate"]["value"] is None
    assert told["win_rate"]["why"]
    assert told["findings"][0]["p"] is None
    assert list(VALIDATOR.iter_errors(told)) == []


def keys_of(node: dict[str, Any]) -> set[str]:
    return set(node.get("properties", {}))


def described() -> dict[str, set[str]]:
    """For each dataclass of the study the keys that the schema describes."""
    s, d = schema()["properties"], schema()["$defs"]
    inside = d["quality"]["properties"]
    return {
        "PeriodRow": keys_of(d["period"]),
        "PeriodComparison": keys_of(s["trend"]["properties"]["comparisons"]["items"]),
        "CohortRow": keys_of(s["trend"]["properties"]["cohorts"]["items"]),
        "Trend": keys_of(s["trend"]),
        "Totals": keys_of(s["totals"]),
        "ReasonRow": keys_of(d["reason"]),
        "CompetitorRow": keys_of(d["competitor"]),
        "LevelRow": keys_of(d["level"]),
        "AttributeTable": keys_of(s["attributes"]["items"]),
        "LeftOut": keys_of(s["left_out"]["items"]),
        "StageRow": keys_of(s["stages"]["items"]),
        "ChannelRow": keys_of(s["channels"]["items"]),
        "PauseRow": keys_of(s["pause"]["items"]),
        "RivalShareRow": keys_of(s["rival_shares"]["items"]),
        "ContentGapRow": keys_of(s["content_gaps"]["items"]),
        "CoverageRow": keys_of(inside["coverage"]["items"]),
        "Issue": keys_of(inside["issues"]["items"]),
        "Quality": keys_of(d["quality"]),
        "Prospect": keys_of(d["prospect"]),
        "ProposedAction": keys_of(d["action"]),
        "Confounder": keys_of(d["confounder"]),
    }


@pytest.mark.parametrize("name", sorted(described()))
def test_the_schema_describes_every_field_of_the_study(name: str) -> None:
    cls = getattr(study_module, name, None) or getattr(finding_module, name)
    assert {f.name for f in dataclasses.fields(cls)} == described()[name]


def test_every_key_of_a_report_is_described() -> None:
    assert set(document(full())) == keys_of(schema())


def test_the_page_of_the_docs_names_every_key() -> None:
    page = reference_page()
    assert [key for key in schema()["properties"] if f"| `{key}` |" not in page] == []
    assert [name for name in schema()["$defs"] if f"## {name}\n" not in page] == []


def test_the_json_is_written_where_asked(tmp_path: Path) -> None:
    paths = write(full(), tmp_path / "new" / "report.json", format="json", deals=deals_of)
    assert paths == [tmp_path / "new" / "report.json"]
    assert json.loads(paths[0].read_text("utf-8"))["schema"] == "winloss.report/1"

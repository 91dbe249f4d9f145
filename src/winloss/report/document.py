"""The report as JSON: `winloss.report/1`, described by `schema/winloss.report-1.json`.

Shares are 0–1, amounts whole hundredths, dates ISO 8601. What cannot be given is `{"value": null, "why": …}`;
there is no NaN and no infinity.
"""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import StrEnum
from typing import Any

from winloss.report import patterns
from winloss.stats.estimate import Estimate
from winloss.synthesize.finding import Finding
from winloss.synthesize.study import Study

SCHEMA = "winloss.report/1"
NO_NUMBER = "It could not be computed from these deals."
_TOP = frozenset({"counts", "totals", "loss_reasons", "win_reasons", "actions", "findings", "quality", "recovery"})
_SUCCESSES = {
    "win_rate": "won",
    "competitive_win_rate": "won",
    "win_rate_with_junk": "won",
    "win_rate_by_amount": "won",
}


def document(study: Study) -> dict[str, Any]:
    """The whole study as plain JSON values: the keys that are promised first, everything else beside."""
    totals = study.totals
    promised = {
        "schema": SCHEMA,
        "as_of": plain(study.as_of),
        "as_of_why": study.as_of_why,
        "book": plain(study.book),
        "deals": study.counts.to_json(),
        "win_rate": estimate(totals.win_rate, "win_rate"),
        "competitive_win_rate": estimate(totals.competitive_win_rate, "competitive_win_rate"),
        "totals": plain(totals),
        "reasons": plain((*study.loss_reasons, *study.win_reasons)),
        "competitors": plain(study.competitors),
        "findings": plain(patterns.ordered(study.findings)),
        "tested": study.tested,
        "quality": plain(study.quality),
        "recovery": plain(study.recovery.prospects),
        "recovery_total": {
            "deals": study.recovery.total,
            "amount_cents": study.recovery.total_cents,
            "why_none": study.recovery.why_none,
        },
        "actions": plain(study.actions),
        "win_pattern": _id(patterns.of_first_page(study, won=True)),
        "loss_pattern": _id(patterns.of_first_page(study, won=False)),
    }
    return {**promised, **{f.name: plain(getattr(study, f.name)) for f in _beside(promised)}}


def _id(finding: Finding | None) -> str:
    return "" if finding is None else finding.id


def _beside(promised: Mapping[str, Any]) -> list[Any]:
    return [f for f in fields(Study) if f.name not in promised and f.name not in _TOP]


def dumps(study: Study) -> str:
    """The report as JSON text, two spaces deep, ending in a line feed."""
    return json.dumps(document(study), ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def estimate(value: Estimate, name: str = "") -> dict[str, Any]:
    """One number with its interval and n, its successes named after what they are; or why there is none."""
    if value.value is None or not math.isfinite(value.value):
        return {"value": None, "why": value.why or NO_NUMBER, "n": value.n}
    told = _SUCCESSES.get(name, "successes") if value.successes is not None else None
    return {key: plain(part) for key, part in value.to_json(successes_as=told).items()}


def plain(value: Any) -> Any:
    """Any part of a study as JSON values."""
    if isinstance(value, Finding):
        return _finding(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: _field(getattr(value, f.name), f.name) for f in fields(value)}
    if isinstance(value, StrEnum):
        return str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_field(part, "") for part in value]
    return value if value is None or isinstance(value, (str, int, bool)) else str(value)


def _field(value: Any, name: str) -> Any:
    return estimate(value, name) if isinstance(value, Estimate) else plain(value)


def _finding(finding: Finding) -> dict[str, Any]:
    """`Finding.to_json`, whose numbers are made safe for JSON, with the deals it covers."""
    out = {key: plain(part) for key, part in finding.to_json().items()}
    out.update(estimate(finding.here))
    for key in ("comparison", "difference"):
        number = getattr(finding, key)
        if number is not None:
            out[key] = {**({"with": finding.compared_with} if key == "comparison" else {}), **estimate(number)}
    if not finding.method:
        out["method"] = finding.here.method
    else:
        out["method"] = finding.method
    out["covers"] = finding.covers
    return out

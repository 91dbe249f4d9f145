"""Resolved deals from plain columns, for tests of the stages without a reader."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from winloss.tables.custom import PREFIX, CustomColumn, Use
from winloss.tables.deals import DEALS

_RESOLVED = {
    "outcome": pa.string(),
    "is_closed": pa.bool_(),
    "is_won": pa.bool_(),
    "reason": pa.string(),
    "reason_given": pa.bool_(),
    "reason_value": pa.string(),
    "competitor": pa.string(),
    "competitor_kind": pa.string(),
    "competitor_asked": pa.string(),
    "cycle_days": pa.int64(),
    "closed_before_created": pa.bool_(),
    "loss_reason_on_won": pa.bool_(),
    "stage_against_outcome": pa.bool_(),
    "closed_without_date": pa.bool_(),
    "amount_known": pa.bool_(),
}


def resolved(columns: Mapping[str, Sequence[Any]]) -> pa.Table:
    """A table of resolved deals: `outcome` and any other columns given, all others empty."""
    n = len(columns["outcome"])
    given = dict(columns)
    given.setdefault("is_closed", [o in ("won", "lost", "no_decision") for o in columns["outcome"]])
    given.setdefault("is_won", [o == "won" for o in columns["outcome"]])
    given.setdefault("deal_id", [str(i) for i in range(n)])
    if "reason" in given:
        given.setdefault("reason_given", [r is not None for r in given["reason"]])
    if "competitor" in given:
        given.setdefault("competitor_kind", ["competitor" if c else "blank" for c in given["competitor"]])
    if "competitor_kind" in given:
        given.setdefault("competitor_asked", given["competitor_kind"])
    if "amount_cents" in given:
        given.setdefault("amount_known", [bool(a) for a in given["amount_cents"]])
    if "created_on" in given and "closed_on" in given:
        given.setdefault(
            "cycle_days", [_days(a, b) for a, b in zip(given["created_on"], given["closed_on"], strict=True)]
        )
    types = {column.name: column.type for column in DEALS.columns} | _RESOLVED
    arrays = {name: pa.array(given.get(name, [None] * n), kind) for name, kind in types.items()}
    arrays |= {name: pa.array(values) for name, values in given.items() if name not in types}
    return pa.table(arrays)


def _days(created: dt.date | None, closed: dt.date | None) -> int | None:
    if created is None or closed is None or closed < created:
        return None
    return (closed - created).days


def on_duckdb(table: pa.Table) -> tuple[ir.Table, Callable[[ir.Table], pa.Table]]:
    """The table in an engine of its own, and the way to ask it."""
    engine = ibis.duckdb.connect()
    return engine.create_table("deals", table), engine.to_pyarrow


def attributes(*labels: str) -> tuple[CustomColumn, ...]:
    """Custom columns of few values."""
    return tuple(CustomColumn(name=f"{PREFIX}{label.lower()}", label=label, use=Use.ATTRIBUTE) for label in labels)

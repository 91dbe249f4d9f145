"""Resolved deals made by hand, and an engine that answers: what tests of the measures stand on."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from winloss.tables import TABLES

RESOLVED = {
    "outcome": pa.string(),
    "is_closed": pa.bool_(),
    "is_won": pa.bool_(),
    "reason": pa.string(),
    "reason_given": pa.bool_(),
    "reason_value": pa.string(),
    "reason_source": pa.string(),
    "competitor": pa.string(),
    "competitor_kind": pa.string(),
    "competitor_present": pa.bool_(),
    "competitor_asked": pa.string(),
    "cycle_days": pa.int64(),
    "closed_before_created": pa.bool_(),
    "loss_reason_on_won": pa.bool_(),
    "stage_against_outcome": pa.bool_(),
    "closed_without_date": pa.bool_(),
    "amount_known": pa.bool_(),
}


def deal(outcome: str, **given: Any) -> dict[str, Any]:
    """One resolved deal; what follows from other columns is filled in as `capture.resolve` would."""
    closed = outcome in ("won", "lost", "no_decision")
    created, ended = given.get("created_on"), given.get("closed_on")
    backwards = bool(created and ended and ended < created)
    derived = {
        "outcome": outcome,
        "stage_kind": "lost" if outcome == "disqualified" else outcome,
        "is_closed": closed,
        "is_won": outcome == "won",
        "reason_given": given.get("reason") is not None,
        "reason_value": given.get("reason"),
        "competitor_kind": "competitor" if given.get("competitor") else "blank",
        "competitor_present": True if given.get("competitor") else None,
        "cycle_days": (ended - created).days if created and ended and not backwards else None,
        "closed_before_created": backwards,
        "loss_reason_on_won": False,
        "stage_against_outcome": False,
        "closed_without_date": closed and ended is None,
        "amount_known": (given.get("amount_cents") or 0) > 0,
    }
    told = derived | given
    return {"competitor_asked": told["competitor_kind"]} | told


def book(deals: Iterable[Mapping[str, Any]]) -> ir.Table:
    """The deals as a table of an in-memory engine; ids are made where none is given."""
    declared = {field.name: field.type for field in TABLES["deals"].schema} | RESOLVED
    rows = [{"deal_id": f"d{i}", **one} for i, one in enumerate(deals)]
    custom = sorted({name for one in rows for name in one if name not in declared})
    schema = pa.schema([*declared.items(), *((name, pa.string()) for name in custom)])
    return table(pa.Table.from_pylist(rows, schema=schema))


_NUMBERS = itertools.count()


@cache
def _engine() -> Any:
    return ibis.duckdb.connect()


def table(rows: pa.Table) -> ir.Table:
    """Any Arrow table, in the same engine as all others."""
    made: ir.Table = _engine().create_table(f"t{next(_NUMBERS)}", rows)
    return made


def ask(expression: ir.Table) -> pa.Table:
    """Runs one expression."""
    answer: pa.Table = expression.to_pyarrow()
    return answer


def day(written: str) -> dt.date:
    """`2024-06-21`."""
    return dt.date.fromisoformat(written)

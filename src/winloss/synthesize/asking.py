"""The one way in which a stage gets numbers: it asks, and somebody with an engine answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ibis.expr.types as ir
import pyarrow as pa

Ask = Callable[[ir.Table], pa.Table]
"""Runs one expression and returns its rows."""


def rows(ask: Ask, expression: ir.Table) -> list[dict[str, Any]]:
    """All rows of a small answer, as plain values."""
    answer: list[dict[str, Any]] = ask(expression).to_pylist()
    return answer


def row(ask: Ask, expression: ir.Table) -> dict[str, Any]:
    """The only row of an answer; sums over no deals are 0."""
    only = rows(ask, expression)[0]
    return {name: 0 if value is None else value for name, value in only.items()}

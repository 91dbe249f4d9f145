"""The computing stages execute nothing, open nothing and read no clock: these leave no import edge, so they are read."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

SRC = Path(__file__).resolve().parents[3] / "src" / "winloss"
STAGES = ("capture", "aggregate", "synthesize", "stats", "mine", "act", "reengage")
BANNED_CALLS = {"execute", "to_pyarrow", "to_pyarrow_batches", "to_pandas", "to_polars", "raw_sql", "connect", "open"}
BANNED_CLOCKS = {"today", "now", "utcnow"}


def stage_files() -> list[Path]:
    return sorted(path for stage in STAGES for path in (SRC / stage).rglob("*.py"))


def called_names(tree: ast.AST) -> list[tuple[int, str]]:
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    names = []
    for call in calls:
        if isinstance(call.func, ast.Attribute):
            names.append((call.lineno, call.func.attr))
        elif isinstance(call.func, ast.Name):
            names.append((call.lineno, call.func.id))
    return names


@pytest.mark.parametrize("path", stage_files(), ids=lambda path: str(path.relative_to(SRC)))
def test_a_stage_executes_nothing(path: Path) -> None:
    calls = called_names(ast.parse(path.read_text()))
    assert [(line, name) for line, name in calls if name in BANNED_CALLS | BANNED_CLOCKS] == []


def test_the_rule_bites() -> None:
    planted = ast.parse("def f(t):\n    return t.count().execute(), ibis.connect('x'), date.today()")
    assert {name for _, name in called_names(planted)} >= {"execute", "connect", "today"}

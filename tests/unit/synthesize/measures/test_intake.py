"""What sources told, read from plain values and from objects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from winloss.synthesize.intake import FoldFact, IntakeFacts, ProblemFact


@dataclass
class _Problem:
    code: str
    message: str
    count: int
    column: str | None
    examples: tuple[str, ...]
    lines: tuple[int, ...]
    fact: str


def test_several_pulls_add_up() -> None:
    told: list[dict[str, Any]] = [
        {
            "tallies": {
                "deals": {"rows": 10, "kept": 8, "rejected": 2, "skipped": {"blank": 1}},
                "spend": {"rejected": 9},
            },
            "problems": [{"code": "c", "message": "m", "count": 3, "column": None, "examples": ["x"], "lines": [4]}],
            "folds": [{"column": "p", "kept": "GTX Pro", "folded": [["GTXPro", 7]], "why": "spaces"}],
            "columns": [{"header": "H", "target": None, "use": "ignored", "why": "empty", "samples": ["a"]}],
        },
        {"tallies": {"deals": {"rejected": 1, "skipped": {"blank": 2, "footer": 1}}}},
        {},
    ]
    facts = IntakeFacts.read(told, folded=5, rows=20, rejects="r.csv")
    assert (facts.rejected, facts.folded, facts.rows, facts.rejects) == (3, 5, 20, "r.csv")
    assert facts.skipped == {"blank": 3, "footer": 1}
    assert facts.problems == (ProblemFact(code="c", message="m", count=3, examples=("x",), lines=(4,)),)
    assert facts.folds == (FoldFact(column="p", kept="GTX Pro", folded=(("GTXPro", 7),), why="spaces"),)
    assert (facts.columns[0].header, facts.columns[0].filled, facts.joins) == ("H", 0, ())


def test_a_fact_is_read_from_any_object_that_has_its_fields() -> None:
    told = ProblemFact.read(_Problem("c", "m, do", 3, "col", ("x",), (1,), "m"))
    wanted = ProblemFact(code="c", message="m, do", count=3, column="col", examples=("x",), lines=(1,), fact="m")
    assert told == wanted

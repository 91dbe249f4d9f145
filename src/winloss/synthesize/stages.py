"""The deal stages that losses had reached."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from winloss.stats.shares import wilson
from winloss.synthesize.glossary import Glossary
from winloss.synthesize.study import StageRow

UNKNOWN_STAGE = "Not recorded"
OTHER_STAGES = "Other deal stages"
_SHOWN = 15
_LEAST = 10
"""A stage of fewer losses with a reason names no top reason."""


def table(at_loss: Iterable[Mapping[str, Any]], glossary: Glossary) -> tuple[StageRow, ...]:
    """The deal stages by losses, at most 15 and then the rest, the unknown one last; empty where none is known.

    Shares are of all losses (lost and no decision), so that they add up to 1.
    """
    by_stage: dict[str | None, dict[str | None, int]] = defaultdict(lambda: defaultdict(int))
    for row in at_loss:
        by_stage[row["stage_reached"]][row["reason"]] += row["n"]
    total = sum(sum(counts.values()) for counts in by_stage.values())
    unknown = by_stage.pop(None, None)
    ordered = sorted(by_stage.items(), key=lambda one: (-sum(one[1].values()), one[0] or ""))
    if not ordered:
        return ()
    rows = [_row(stage or "", counts, total, glossary) for stage, counts in ordered[:_SHOWN]]
    if rest := ordered[_SHOWN:]:
        rows.append(_row(OTHER_STAGES, {None: sum(sum(c.values()) for _, c in rest)}, total, glossary))
    if unknown:
        rows.append(_row(UNKNOWN_STAGE, unknown, total, glossary))
    return tuple(rows)


def _row(stage: str, reasons: Mapping[str | None, int], total: int, glossary: Glossary) -> StageRow:
    lost = sum(reasons.values())
    told = sorted(((n, code) for code, n in reasons.items() if code), key=lambda one: (-one[0], one[1]))
    named = told and sum(n for n, _ in told) >= _LEAST
    return StageRow(
        deal_stage=stage,
        lost=lost,
        share=wilson(lost, total),
        top_reason=glossary.label(told[0][1]) if named else "",
    )

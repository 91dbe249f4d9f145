"""Count all segments of a table: the entry to the kernel."""

from __future__ import annotations

from winloss.mine.blocks import count_blocks
from winloss.mine.plan import plan_for
from winloss.mine.table import Segments, Table


def count(
    table: Table,
    *,
    depth: int = 3,
    floor: int = 30,
    threads: int | None = None,
    engine: str | None = None,  # noqa: ARG001
) -> Segments:
    """All segments with at least `floor` deals (and fewer than their base), exactly counted."""
    plan = plan_for(table.levels, depth=depth, classes=table.class_count, deals=table.deals)
    return count_blocks(table, plan, floor=max(floor, 1))

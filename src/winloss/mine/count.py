"""Count all segments of a table: the entry to the kernel."""

from __future__ import annotations

import os
from importlib.util import find_spec

from winloss.mine.blocks import count_blocks
from winloss.mine.plan import plan_for
from winloss.mine.table import Segments, Table

ENGINES = ("numba", "numpy")


def count(
    table: Table, *, depth: int = 3, floor: int = 30, threads: int | None = None, engine: str | None = None
) -> Segments:
    """All segments with at least `floor` deals (and fewer than their base), exactly counted."""
    if engine not in {None, *ENGINES}:
        raise ValueError(f"engine is one of {', '.join(ENGINES)}, not {engine!r}")
    floor = max(floor, 1)
    if engine == "numpy" or (engine is None and find_spec("numba") is None):
        plan = plan_for(table.levels, depth=depth, classes=table.class_count, deals=table.deals)
        return count_blocks(table, plan, floor=floor)
    from winloss.mine.compiled import count_compiled

    return count_compiled(table, depth=depth, floor=floor, threads=threads or os.cpu_count() or 1)

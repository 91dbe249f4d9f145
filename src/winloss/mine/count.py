"""Count all segments of a table: the entry to the kernel."""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib.util import find_spec

from winloss.mine.beside import Beside, beside
from winloss.mine.blocks import count_blocks
from winloss.mine.plan import check_size, plan_for
from winloss.mine.table import Segments, Table

ENGINES = ("numba", "numpy")
COMPILING = "Preparing the segment search for this machine: once, up to half a minute."


def count(
    table: Table,
    *,
    depth: int = 3,
    floor: int = 30,
    threads: int | None = None,
    engine: str | None = None,
    told: Callable[[str], None] | None = None,
) -> Segments:
    """All segments with at least `floor` deals (and fewer than their base), exactly counted.

    Rows come by depth, then combination, then levels, whatever the engine and the threads. `engine` is "numba",
    "numpy" or None for the quickest there is. `told` hears a sentence before the kernel is compiled for the first time.

    Raises ValueError where a code has no level, a class does not exist, `depth` is below 1, or one combination's
    table would not fit in memory.

    >>> import numpy as np
    >>> codes = np.array([[1, 1, 2, 2], [1, 2, 1, 2]], np.uint8)
    >>> ended = np.array([1, 1, 1, 0], np.uint8)
    >>> table = Table(codes=codes, levels=(2, 2), ordered=(False, False), classes=ended, class_count=2)
    >>> found = count(table, depth=2, floor=2, engine="numpy")
    >>> found.attribute[:, 0].tolist(), found.low[:, 0].tolist(), found.counts.tolist()
    ([0, 0, 1, 1], [0, 1, 0, 1], [[0, 2], [1, 1], [0, 2], [1, 1]])
    """
    if engine not in {None, *ENGINES}:
        raise ValueError(f"engine is one of {', '.join(ENGINES)}, not {engine!r}")
    if depth < 1:
        raise ValueError(f"depth is 1 or more, not {depth}")
    check_size(table.levels, depth=depth, classes=table.class_count)
    table.check()
    floor = max(floor, 1)
    if engine == "numpy" or (engine is None and find_spec("numba") is None):
        plan = plan_for(table.levels, depth=depth, classes=table.class_count, deals=table.deals)
        return count_blocks(table, plan, floor=floor)
    from winloss.mine.compiled import count_compiled, is_compiled, is_kept

    rest = Beside()
    if not is_compiled():
        if told is not None:
            told(COMPILING)
        if is_kept():
            rest = beside()
    return count_compiled(table, depth=depth, floor=floor, threads=threads or os.cpu_count() or 1, rest=rest)

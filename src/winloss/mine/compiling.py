"""All machine code of a search but the counting of blocks; `python -m winloss.mine.compiling` leaves it in the cache."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from winloss.mine.blocks import count_blocks
from winloss.mine.coded import Coded
from winloss.mine.compiled import Counting, triple_blocks
from winloss.mine.outcome import Outcome
from winloss.mine.plan import combos_of, plan_for
from winloss.mine.rare import Conditions, Rare
from winloss.mine.search import listed
from winloss.mine.table import Table

DEALS = 2_000


def compile_rest() -> None:
    """Call everything that a search calls beside the counting of blocks."""
    table = _invented()
    with ThreadPoolExecutor(1) as pool:
        coded = Coded.of(table, floor=1, pool=pool)
        combos = combos_of(table.attributes, 3)
        counting = Counting(coded, combos, floor=1, threads=1, pool=pool)
        counting.workers[0].open_chunk(0, 0)
        counting.bases[combos[:, 2] < 0] = DEALS
        counting.reach[:] = coded.alive
        owner = np.repeat(np.arange(table.attributes), coded.alive)
        conditions = Conditions.of(coded, counting.firsts, owner[:, None] != owner)
        rare = Rare(coded, conditions, 0)
        rare.count(pool)
        triple_blocks(coded, counting.reach, rare)
        counting.segments(rare)
    segments = count_blocks(table, plan_for(table.levels, depth=3, classes=2, deals=table.deals), floor=30)
    listed(segments, table, Outcome((1,)))


def _invented() -> Table:
    """Deals whose first two attributes decide, with blanks in the third."""
    random = np.random.default_rng(1)
    codes = random.integers(1, 4, (4, DEALS)).astype(np.uint8)
    codes[2, ::7] = 0
    won = random.random(DEALS) < 0.2 + 0.2 * (codes[0] == 1) + 0.3 * (codes[1] == 2)
    return Table(codes=codes, levels=(3,) * 4, ordered=(False,) * 4, classes=won.astype(np.uint8), class_count=2)


if __name__ == "__main__":
    compile_rest()

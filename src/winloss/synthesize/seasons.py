"""The month in its quarter, and the way of the win rate over the months."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from winloss.stats.trend import FEWEST_PERIODS, Slope, trend
from winloss.synthesize.coded import NO_DAY, Closed, Codes, read_days, read_numbers
from winloss.synthesize.family import FLOOR, Block, Counts, Search, block_of

DATED = ("created_on", "cycle_days")
"""Columns that `course` reads."""
_FEWEST_A_MONTH = 10


def season(closed: Closed, month_in_quarter: Codes) -> list[Block]:
    """Won of closed in the first, and in the third, month of a quarter against the other two."""
    known = month_in_quarter >= 0
    n = np.bincount(month_in_quarter[known], minlength=3).astype(np.int64)
    k = np.bincount(month_in_quarter[known & closed.won], minlength=3).astype(np.int64)
    found = []
    for month in (2, 0):
        n0 = n.sum() - n[month]
        if min(n[month], n0) >= FLOOR:
            found.append(
                block_of(search=Search.SEASON, low=month, k1=k[month], n1=n[month], k0=k.sum() - k[month], n0=n0)
            )
    return found


@dataclass(frozen=True, slots=True)
class Course:
    """Won and closed deals of consecutive full months, the first of them, and the slope of the win rate."""

    first: int
    won: Counts
    n: Counts
    slope: Slope

    @property
    def halves(self) -> tuple[int, int, int, int]:
        """Won and closed of the later half of the months, then of the earlier."""
        middle = len(self.n) // 2
        early_k, early_n = int(self.won[:middle].sum()), int(self.n[:middle].sum())
        return int(self.won.sum()) - early_k, int(self.n.sum()) - early_n, early_k, early_n


def course(closed: Closed, table: pa.Table) -> Course | None:
    """The trend, or None where there are too few full months of ten closed deals or more."""
    first, last = _full_months(closed, table)
    if first is None or last is None or last - first + 1 < FEWEST_PERIODS:
        return None
    inside = (closed.months >= first) & (closed.months <= last)
    since = closed.months[inside] - first
    n = np.bincount(since, minlength=last - first + 1).astype(np.int64)
    won = np.bincount(since[closed.won[inside]], minlength=last - first + 1).astype(np.int64)
    enough = n >= _FEWEST_A_MONTH
    if enough.sum() < FEWEST_PERIODS or enough.mean() < 0.9:
        return None
    slope = trend(won[enough] / n[enough])
    return None if slope is None else Course(first, won, n, slope)


def _full_months(closed: Closed, table: pa.Table) -> tuple[int | None, int | None]:
    """The first and last month that can be compared.

    The last month may be cut off by the export, and strays lie outside of it: 1 % of the deals may lie before the first
    month and after the last. Where deals were exported by their creation, the first months hold short cycles
    only: they are left out until nine of ten deals created at the start can have closed.
    """
    months = closed.months[closed.months >= 0]
    if not len(months):
        return None, None
    low, high = (int(m) for m in np.quantile(months, [0.01, 0.99], method="nearest"))
    return max(low + 1, _warm(table, closed.n)), high - 1


def _warm(table: pa.Table, n: int) -> int:
    if not set(DATED) <= set(table.column_names):
        return 0
    created = read_days(table["created_on"], n)
    created = created[created != NO_DAY]
    cycle = read_numbers(table["cycle_days"], n)
    cycle = cycle[~np.isnan(cycle)]
    if not len(created) or not len(cycle):
        return 0
    warm = int(np.quantile(created, 0.01) + np.quantile(cycle, 0.9))
    return int(np.datetime64(warm, "D").astype("datetime64[M]").astype(np.int64)) + 1970 * 12 + 1


def trend_block(found: Course) -> Block:
    """The later half of the months against the earlier one: the counts a reader sees; the p is the slope's."""
    k1, n1, k0, n0 = found.halves
    return block_of(search=Search.TREND, k1=k1, n1=n1, k0=k0, n0=n0)

"""What is left where all closed deals of a book are won, or all are lost: counts, and no win rate anywhere.

`why` is what `totals.one_sided` says; where it is "", everything stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from winloss.stats.estimate import Estimate
from winloss.synthesize.finding import Finding
from winloss.synthesize.study import AttributeTable, ChannelRow, CompetitorRow, LevelRow, Trend


def trend(told: Trend, why: str) -> Trend:
    """The periods with their counts."""
    if not why or told.why_none:
        return told
    periods = tuple(replace(row, win_rate=Estimate.refused(why, n=row.closed)) for row in told.periods)
    return replace(told, periods=periods, comparisons=(), month_in_quarter=(), why_none=why)


def competitors(rows: tuple[CompetitorRow, ...], why: str) -> tuple[CompetitorRow, ...]:
    """How often each was met."""
    if not why:
        return rows
    return tuple(replace(row, win_rate=Estimate.refused(why, n=row.closed), by_size=()) for row in rows)


def attributes(tables: tuple[AttributeTable, ...], why: str) -> tuple[AttributeTable, ...]:
    """How many deals have each value."""
    if not why:
        return tables
    return tuple(replace(table, levels=tuple(_level(row, why) for row in table.levels)) for table in tables)


def _level(row: LevelRow, why: str) -> LevelRow:
    refused = Estimate.refused(why, n=row.closed)
    return replace(row, win_rate=refused, difference=refused)


def channels(rows: tuple[ChannelRow, ...], why: str) -> tuple[ChannelRow, ...]:
    """What each brought and cost; where no deal is won, nothing says what a won one costs."""
    if not why:
        return rows
    return tuple(replace(row, win_rate=Estimate.refused(why, n=row.closed)) for row in rows)


def findings(found: Iterable[Finding], why: str) -> tuple[Finding, ...]:
    """Those about shares of losses: that nothing was found in win rates that do not exist says nothing."""
    return tuple(one for one in found if not why or not one.measure.startswith("win_rate"))

"""From the engine's answer to the deals of one measure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from winloss.act.action import Basis
from winloss.act.measures import Measure, MeasureKind
from winloss.act.sample import Days, Floats, Marks, Sample, hold_fixed
from winloss.aggregate.acting import INSIDE
from winloss.synthesize.attributes import choose
from winloss.synthesize.coded import NO_DAY, Coded, read_days, read_marks, read_numbers, read_words
from winloss.tables.custom import CustomColumn

OF_MEASURE: dict[MeasureKind, tuple[str, ...]] = {
    MeasureKind.REASON: ("reason", "reason_given"),
    MeasureKind.REASON_COVERAGE: ("reason", "reason_given"),
    MeasureKind.COMPETITOR: ("competitor", "competitor_kind"),
    MeasureKind.CYCLE_DAYS: ("cycle_days",),
}
"""Columns that a measure reads beside those of all."""
FEWEST_CONVERSIONS = 30
SHARE_IN_TIME = 0.9
USUAL_DAYS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Deals:
    """Rows of one answer: days, marks of segments, and attributes.

    `inside` holds one array of marks a segment asked for. Whether a competitor was met and the size of the deal are no
    attributes here: both are settled while a deal is open, and an action may work through them.
    """

    table: pa.Table
    won: Marks
    closed: Days
    created: Days
    inside: tuple[Marks, ...]
    attributes: tuple[Coded, ...]

    @property
    def n(self) -> int:
        return len(self.won)

    def column(self, name: str) -> pa.ChunkedArray | None:  # type: ignore[type-arg]  # of any type
        return self.table[name] if name in self.table.column_names else None


def read(table: pa.Table, custom: Sequence[CustomColumn]) -> Deals:
    """Read the answer to `aggregate.acting.closed_deals` or `entered`."""
    n = table.num_rows
    won = read_marks(table["is_won"], n)
    chosen = choose(table, won, custom)
    marks = sum(name.startswith(INSIDE) for name in table.column_names)
    return Deals(
        table=table,
        won=won,
        closed=read_days(table["closed_on"], n),
        created=read_days(table["created_on"], n),
        inside=tuple(read_marks(table[f"{INSIDE}{i}"], n) for i in range(marks)),
        attributes=chosen.attributes,
    )


def sample(
    deals: Deals, measure: Measure, basis: Basis, *, as_of: int, ripe_days: int, moved: frozenset[str]
) -> Sample:
    """The deals of a measure, placed by the day of their close or creation.

    Parameters
    ----------
    as_of
        Nothing after this day (since 1970) is read.
    ripe_days
        On the basis of creation: what happened within so many days counts, and a deal is ripe after them.
    moved
        Names of attributes that are not held fixed.
    """
    kept, value = _valued(deals, measure)
    if basis is Basis.CLOSED:
        kept &= (deals.closed != NO_DAY) & (deals.closed <= as_of)
        return _made(deals, kept, value, deals.closed, ripe_days=0, moved=moved)
    took = deals.closed - deals.created
    known = (deals.closed != NO_DAY) & (deals.created != NO_DAY)
    kept &= known & (took >= 0) & (took <= ripe_days) & (deals.created + ripe_days <= as_of)
    return _made(deals, kept, value, deals.created, ripe_days=ripe_days, moved=moved)


def conversions(deals: Deals, *, as_of: int, begins: int, moved: frozenset[str]) -> Sample:
    """Deals that entered the first deal stage of a conversion; one that entered the second in time counts.

    In time: within the days that nine of ten conversions took that were known when the action began (thirty where fewer than
    thirty were). Deals that had been in the second stage before are none of either.
    """
    entered = read_days(deals.column("entered_on"), deals.n)
    reached = read_days(deals.column("reached_on"), deals.n)
    took = np.where(reached == NO_DAY, -1, reached - entered)
    known = took[(took >= 0) & (reached < begins)]
    enough = len(known) >= FEWEST_CONVERSIONS
    ripe_days = max(1, round(float(np.quantile(known, SHARE_IN_TIME)))) if enough else USUAL_DAYS
    kept = (entered != NO_DAY) & (entered + ripe_days <= as_of) & ((reached == NO_DAY) | (reached >= entered))
    value = ((took >= 0) & (took <= ripe_days)).astype(float)
    return _made(deals, kept, value, entered, ripe_days=ripe_days, moved=moved)


def _valued(deals: Deals, measure: Measure) -> tuple[Marks, Floats]:
    """Which deals stand in the denominator, and the value of each."""
    lost = ~deals.won
    if measure.kind is MeasureKind.WIN_RATE:
        return np.ones(deals.n, bool), deals.won.astype(float)
    if measure.kind is MeasureKind.CYCLE_DAYS:
        days = read_numbers(deals.column("cycle_days"), deals.n)
        return ~np.isnan(days), np.log1p(np.nan_to_num(np.maximum(days, 0.0)))
    words = read_words(deals.column("reason"), deals.n)
    given = read_marks(deals.column("reason_given"), deals.n) | (words.codes >= 0)
    if measure.kind is MeasureKind.REASON_COVERAGE:
        return lost, given.astype(float)
    if measure.kind is MeasureKind.REASON:
        return lost & given, _is(words.values, words.codes, measure.target)
    kinds = read_words(deals.column("competitor_kind"), deals.n)
    told = np.isin(kinds.codes, [i for i, kind in enumerate(kinds.values) if kind in ("competitor", "none")])
    rivals = read_words(deals.column("competitor"), deals.n)
    return lost & told, _is(rivals.values, rivals.codes, measure.target)


def _is(values: tuple[str, ...], codes: NDArray[np.int32], target: str) -> Floats:
    place = {value.casefold(): i for i, value in enumerate(values)}.get(target.casefold(), -9)
    return np.asarray(codes == place, float)


def _made(deals: Deals, kept: Marks, value: Floats, day: Days, *, ripe_days: int, moved: frozenset[str]) -> Sample:
    at = np.flatnonzero(kept)
    attributes = [one for one in deals.attributes if one.name not in moved]
    return Sample(
        day=day[at],
        value=value[at],
        born=deals.created[at],
        fixed=hold_fixed(attributes, at),
        at=at,
        ripe_days=ripe_days,
    )

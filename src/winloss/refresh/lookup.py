"""The deals behind many segments at once: one pass finds the largest of each, another fetches them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from winloss.errors import UserError
from winloss.report.behind import COLUMNS, OF_OUTCOME
from winloss.tables import CLOSED
from winloss.tables.segment import Segment

Marks = NDArray[np.bool_]
Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Listed:
    """The largest deals of a segment: places in a table of all that are listed, and how many deals each outcome has."""

    deals: pa.Table
    places: Places
    of_outcome: Places

    def table(self) -> pa.Table:
        return self.deals.take(self.places).append_column(OF_OUTCOME, pa.array(self.of_outcome))


def look_up(
    deals: ir.Table, ask: Callable[[ir.Table], pa.Table], written: Sequence[str], *, most: int
) -> dict[str, Listed]:
    """The `most` largest closed deals of many segments, found in one pass over the deals and fetched in another."""
    segments = [text for text in dict.fromkeys(written) if _readable(deals, text)]
    closed = deals.filter(deals.is_closed)
    marks = {f"segment_{i}": Segment.parse(text).predicate(closed) for i, text in enumerate(segments)}
    keys = ask(largest_first(closed.select("deal_id", "outcome", "amount_cents", **marks)))
    outcomes = [np.asarray(pc.equal(keys["outcome"], pa.scalar(outcome))) for outcome in CLOSED]
    chosen = {text: _chosen(keys[name], outcomes, most) for name, text in zip(marks, segments, strict=True)}
    wanted = np.unique(np.concatenate([[], *(places for places, _ in chosen.values())])).astype(np.int64)
    ids = ibis.memtable(pa.table({"deal_id": keys["deal_id"].take(wanted)}))
    # In the order of `wanted`: both are ordered by the same columns.
    found = ask(largest_first(closed.semi_join(ids, "deal_id").select(*COLUMNS)))
    return {
        text: Listed(found, np.searchsorted(wanted, places), of_outcome)
        for text, (places, of_outcome) in chosen.items()
    }


def largest_first(deals: ir.Table) -> ir.Table:
    """By amount, deals without one last; of equal amounts by id."""
    return deals.order_by(ibis.desc("amount_cents", nulls_first=False), "deal_id")


def _readable(deals: ir.Table, written: str) -> bool:
    try:
        Segment.parse(written).predicate(deals)
    except UserError:
        return False
    return bool(written)


def _chosen(column: Any, outcomes: Sequence[Marks], most: int) -> tuple[Places, Places]:
    """Places of the first `most` deals of a segment, of its losses, and of one deal of each outcome.

    Beside each: how many deals of its outcome the segment has.
    """
    inside = np.asarray(column.fill_null(False))
    parts = [np.flatnonzero(inside & outcome) for outcome in outcomes]
    lost = np.sort(np.concatenate(parts[1:]))[:most]
    every = np.sort(np.concatenate([part[:most] for part in parts]))[:most]
    places = np.unique(np.concatenate([every, lost, *(part[:1] for part in parts)]))
    of_outcome = np.zeros(len(places), np.int64)
    for outcome, part in zip(outcomes, parts, strict=True):
        of_outcome[outcome[places]] = len(part)
    return places, of_outcome

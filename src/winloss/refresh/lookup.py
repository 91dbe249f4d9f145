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
from winloss.report.behind import COLUMNS, OF_OUTCOME, PER_FINDING
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


def look_up(deals: ir.Table, ask: Callable[[ir.Table], pa.Table], written: Sequence[str]) -> dict[str, Listed]:
    """The largest closed deals of many segments, found in one pass over the deals and fetched in another."""
    segments = [text for text in dict.fromkeys(written) if _readable(deals, text)]
    closed = deals.filter(deals.is_closed)
    marks = {f"segment_{i}": Segment.parse(text).predicate(closed) for i, text in enumerate(segments)}
    keys: Any = ask(
        closed.select("deal_id", "outcome", "amount_cents", **marks).order_by(
            ibis.desc("amount_cents", nulls_first=False), "deal_id"
        )
    )
    outcomes = [np.asarray(pc.equal(keys["outcome"], pa.scalar(outcome))) for outcome in CLOSED]
    chosen = {text: _largest(keys[name], outcomes) for name, text in zip(marks, segments, strict=True)}
    wanted = np.unique(np.concatenate([[], *(places for places, _ in chosen.values())])).astype(np.int64)
    ids = keys["deal_id"].take(wanted)
    found = ask(closed.semi_join(ibis.memtable(pa.table({"deal_id": ids})), "deal_id").select(*COLUMNS))
    row_of: Places = pc.index_in(ids, value_set=found["deal_id"]).to_numpy().astype(np.int64)
    return {
        text: Listed(found, row_of[np.searchsorted(wanted, places)], of_outcome)
        for text, (places, of_outcome) in chosen.items()
    }


def _readable(deals: ir.Table, written: str) -> bool:
    try:
        Segment.parse(written).predicate(deals)
    except UserError:
        return False
    return bool(written)


def _largest(column: Any, outcomes: Sequence[Marks]) -> tuple[Places, Places]:
    """Places of the first `PER_FINDING` deals of each outcome in a segment, and beside each how many there are."""
    inside = np.flatnonzero(np.asarray(column.fill_null(False)))
    parts = [inside[outcome[inside]] for outcome in outcomes]
    places = np.concatenate([part[:PER_FINDING] for part in parts])
    order = np.argsort(places)
    return places[order], np.concatenate([np.full(len(part[:PER_FINDING]), len(part)) for part in parts])[order]

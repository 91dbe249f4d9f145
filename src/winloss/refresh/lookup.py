"""The deals behind many segments at once: one pass finds the largest of each, another fetches them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
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

_NO_AMOUNT = np.iinfo(np.int64).min


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
    keys: Any = ask(closed.select("deal_id", "outcome", "amount_cents", **marks))
    worth, n = keys["amount_cents"].fill_null(_NO_AMOUNT).to_numpy(), keys.num_rows
    ended = np.select([np.asarray(pc.equal(keys["outcome"], pa.scalar(one))) for one in CLOSED], range(len(CLOSED)))
    parts = [_by_outcome(np.asarray(keys[name].fill_null(False)), ended) for name in marks]
    order = _ordered(keys, _union(n, (_nearly(part, worth, most) for of in parts for part in of)))
    rank = np.full(n, n)
    rank[order] = np.arange(len(order))
    chosen = [_chosen([np.sort(rank[part]) for part in of], most, n) for of in parts]
    wanted = _union(n, chosen)
    ids = ibis.memtable(pa.table({"deal_id": keys["deal_id"].take(order[wanted])}))
    # In the order of `wanted`: both are ordered by the same columns.
    found = ask(largest_first(closed.semi_join(ids, "deal_id").select(*COLUMNS)))
    return {
        text: Listed(found, np.searchsorted(wanted, ranks), np.array([len(part) for part in of])[ended[order[ranks]]])
        for text, ranks, of in zip(segments, chosen, parts, strict=True)
    }


def _by_outcome(inside: Marks, ended: Places) -> list[Places]:
    places = np.flatnonzero(inside)
    return [places[ended[places] == outcome] for outcome in range(len(CLOSED))]


def _union(n: int, parts: Iterable[Places]) -> Places:
    """The places, of `n`, that are in any part, in order."""
    marks = np.zeros(n, bool)
    for part in parts:
        marks[part] = True
    return np.flatnonzero(marks)


def _nearly(part: Places, worth: Places, most: int) -> Places:
    """The `most` largest deals of a part, and those worth as much as the last of them."""
    if len(part) <= most:
        return part
    of = worth[part]
    return np.asarray(part[of >= np.partition(of, len(of) - most)[len(of) - most]])


def _ordered(keys: pa.Table, places: Places) -> Places:
    """Places in the order of `largest_first`."""
    some = keys.select(["amount_cents", "deal_id"]).take(places)
    first = pc.sort_indices(some, [("amount_cents", "descending"), ("deal_id", "ascending")])
    return np.asarray(places[first.to_numpy()])


def largest_first(deals: ir.Table) -> ir.Table:
    """By amount, deals without one last; of equal amounts by id."""
    return deals.order_by(ibis.desc("amount_cents", nulls_first=False), "deal_id")


def _readable(deals: ir.Table, written: str) -> bool:
    try:
        Segment.parse(written).predicate(deals)
    except UserError:
        return False
    return bool(written)


def _chosen(ranks: Sequence[Places], most: int, n: int) -> Places:
    """The first `most` deals of a segment, of its losses, and one deal of each outcome; `ranks` (of `n`) are by outcome."""
    first = np.concatenate([of[:1] for of in ranks])
    every, lost = (np.sort(np.concatenate([of[:most] for of in some]))[:most] for some in (ranks, ranks[1:]))
    return _union(n, (every, lost, first))

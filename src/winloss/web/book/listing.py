"""Deals one by one: a page of them, all of them for a download, and one alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from winloss.refresh.serving import Served
from winloss.synthesize.coded import NO_DAY, Marks
from winloss.web.book import shelves
from winloss.web.book.looking import Looking

A_PAGE = 50
PAGES = 256
"""Pages of deals that a process remembers."""
AT_ONCE = 5_000
"""Rows that a download takes from the shelf at a time."""
SORTS = {
    "-closed": "Last closed first",
    "closed": "First closed first",
    "-amount": "Largest first",
    "amount": "Smallest first",
    "name": "By name",
}
Places = NDArray[np.int64]
_orders = shelves.Remembered(len(SORTS) * shelves.VERSIONS)
_pages = shelves.Remembered(PAGES)
shelves.let_go_too(_orders.clear)
shelves.let_go_too(_pages.clear)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One deal as a list shows it."""

    id: str
    name: str
    account: str
    outcome: str
    reason: str
    competitor: str
    amount_cents: int | None
    currency: str | None
    created_on: dt.date | None
    closed_on: dt.date | None
    deal_stage: str
    owner: str
    team: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DealsPage:
    """Some of the deals of a segment: `first` is the number of the first of them, from 1."""

    rows: tuple[Listed, ...]
    total: int
    page: int
    pages: int

    @property
    def first(self) -> int:
        return (self.page - 1) * A_PAGE + 1 if self.total else 0

    @property
    def last(self) -> int:
        return min(self.page * A_PAGE, self.total)


def found(looking: Looking, *, sort: str, words: str = "") -> Places:
    """Places of the deals of a segment that the reader may see, in order; of those whose name or account holds `words`."""
    inside = looking.inside
    if words:
        inside = inside & _named(looking.served, words)
    order: Places = _orders.get((looking.served.key, sort), lambda: _order(looking.served, sort))
    return order[inside[order]]


def page(looking: Looking, number: int, *, sort: str, words: str = "") -> DealsPage:
    """One page of them, remembered; the last one where there are fewer."""

    def made() -> DealsPage:
        places = found(looking, sort=sort, words=words)
        pages = max(1, -(-len(places) // A_PAGE))
        at = min(max(1, number), pages)
        chosen = places[(at - 1) * A_PAGE : at * A_PAGE]
        return DealsPage(rows=tuple(_rows(looking, chosen)), total=len(places), page=at, pages=pages)

    segment, key = str(looking.segment), (looking.served.key, looking.reach.key, looking.owners_named)
    shown: DealsPage = _pages.get((*key, segment, number, sort, words), made)
    return shown


def every(looking: Looking, places: Places) -> Iterator[Listed]:
    """All of them, a few thousand at a time."""
    for start in range(0, len(places), AT_ONCE):
        yield from _rows(looking, places[start : start + AT_ONCE])


def one(served: Served, deal_id: str) -> int | None:
    """The place of a deal; None where there is none of this id."""
    place = pc.index(served.shelf.table["deal_id"], pa.scalar(deal_id)).as_py()
    return None if place < 0 else int(place)


def row(served: Served, place: int) -> dict[str, Any]:
    """Everything that is known of one deal, by column."""
    return dict(served.shelf.table.slice(place, 1).to_pylist()[0])


def _named(served: Served, words: str) -> Marks:
    table = served.shelf.table
    parts = [
        pc.match_substring(_plain(table[name]), words, ignore_case=True).fill_null(False)
        for name in ("deal_name", "account_name", "deal_id")
        if name in table.column_names
    ]
    return np.asarray(np.logical_or.reduce([np.asarray(part) for part in parts]))


def _plain(column: Any) -> Any:
    return column.cast(pa.string()) if pa.types.is_dictionary(column.type) else column


def _order(served: Served, sort: str) -> Places:
    """Deals without the value come last; equal ones by id as they stand in the book."""
    shelf = served.shelf
    if sort == "name":
        names = _plain(shelf.table["deal_name"])
        return np.asarray(pc.sort_indices(pc.utf8_lower(names), null_placement="at_end")).astype(np.int64)
    if sort.lstrip("-") == "amount":
        keys = np.nan_to_num(shelf.cents, nan=-np.inf if sort == "-amount" else np.inf)
    else:
        days = shelf.closed_days.astype(float)
        keys = np.where(shelf.closed_days == NO_DAY, -np.inf if sort == "-closed" else np.inf, days)
    return np.argsort(-keys if sort.startswith("-") else keys, kind="stable").astype(np.int64)


def _rows(looking: Looking, places: Places) -> Iterator[Listed]:
    served = looking.served
    there = [name for name in _SHOWN if name in served.shelf.table.column_names]
    for told in served.shelf.table.select(there).take(places).to_pylist():
        yield listed(looking, told)


_SHOWN = (
    *("deal_id", "deal_name", "account_name", "outcome", "reason", "reason_value", "competitor", "amount_cents"),
    *("currency", "created_on", "closed_on", "deal_stage", "owner_id", "team"),
)


def listed(looking: Looking, told: dict[str, Any]) -> Listed:
    """A row of the shelf as a list shows it; the owner's name only where the reader may see it."""
    owner = told.get("owner_id") or ""
    return Listed(
        id=told["deal_id"],
        name=told.get("deal_name") or told["deal_id"],
        account=told.get("account_name") or "",
        outcome=(told.get("outcome") or "").replace("_", " "),
        reason=looking.reasons.get(told.get("reason") or "", told.get("reason_value") or ""),
        competitor=told.get("competitor") or "",
        amount_cents=told.get("amount_cents"),
        currency=told.get("currency"),
        created_on=told.get("created_on"),
        closed_on=told.get("closed_on"),
        deal_stage=told.get("deal_stage") or "",
        owner=looking.served.names.get(owner, owner) if looking.owners_named else "",
        team=told.get("team") or "",
    )

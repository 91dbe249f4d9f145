"""Deals told in several rows, as snapshots and histories do: the rows of one deal agree in what does not change.

Asked of the whole table: the share of the ids with several rows whose rows hold one value, 0 to 1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import pyarrow as pa

from winloss.sources.files.arrow import kernels as pc
from winloss.sources.files.buffers import written_out
from winloss.sources.files.facts import ColumnFacts
from winloss.sources.files.mapping import TableMapping
from winloss.sources.files.synonyms import EXACT, WEAK, synonyms
from winloss.sources.files.tabled import Tabled

Agree = Callable[[int, int], float | None]
"""Positions of an id and of another column → the share of the repeated ids that agree in it; None where none tells."""

AGREE_FROM = 0.8
"""Share of the repeated ids whose rows must agree for them to be one deal each."""
REPEATS_BELOW = 0.3
"""Different ids over rows, 0 to 1, below which a column is no id by its values alone."""
_NAMING = ("created_on", "deal_name")
_STAYING = (*_NAMING, "account_name", "account_id")
_CLOSING = ("closed_on", "won_on", "lost_on", "expected_closed_on")


def agreement(tabled: Tabled) -> Agree:
    """What rows of one id agree in; reads the table through when it is asked."""
    return partial(_agreement, tabled)


def _agreement(tabled: Tabled, key: int, other: int) -> float | None:
    repeated = pa.array([value for value, n in tabled.facts[key].counts.items() if n > 1], pa.string())
    pairs = pa.concat_tables(_pairs(tabled, key, other, repeated))
    values: Any = pairs.group_by("id").aggregate([("value", "count_distinct")])["value_count_distinct"]
    return pc.mean(pc.equal(values, 1)).as_py() if len(values) else None


def _pairs(tabled: Tabled, key: int, other: int, repeated: pa.Array[Any]) -> Iterator[pa.Table]:
    """The different pairs of a repeated id and a value that each batch holds; first of all none."""
    yield pa.table({"id": pa.array([], pa.string()), "value": pa.array([], pa.string())})
    for _, raw in tabled.batches():
        ids, values = (written_out(raw.columns.column(position)) for position in (key, other))
        asked = pc.and_(pc.is_in(ids, value_set=repeated), pc.is_valid(values))
        yield pa.table({"id": ids, "value": values}).filter(asked).group_by(["id", "value"]).aggregate([])


def tells_deals(changes: TableMapping, deals: TableMapping, facts: Sequence[ColumnFacts], agree: Agree | None) -> bool:
    """True where rows that look like stage changes are deals told several times.

    They have an amount or a closing date of their own, and the rows of one id agree in the day it was created; the
    moment of a change differs from row to row.
    """
    created, moment = deals.columns.get("created_on"), changes.columns["changed_at"]
    own = [deals.columns.get(target) for target in ("amount", *_CLOSING)]
    if agree is None or created is None or all(p is None or p == moment or facts[p].empty for p in own):
        return False
    if moment not in (created, deals.columns.get("modified_at")):
        return False
    share = agree(changes.columns["deal_id"], created)
    return share is not None and share >= AGREE_FROM


def with_repeated_ids(mapping: TableMapping, facts: Sequence[ColumnFacts], agree: Agree | None) -> TableMapping:
    """The mapping in which ids that repeat are those of the deals, where the rows of one id are one deal.

    A column called the deal's id is one unless its rows disagree; one that is called an id and no more has to be borne
    out by the day the deals were created or by their names. Where another column, called an id and no more, numbers
    the rows, it is let go for one that is called the deal's.
    """
    taken = mapping.columns.get("deal_id")
    if agree is None or (taken is not None and (mapping.choices[taken].given or called_the_deals(facts[taken]))):
        return mapping
    for one in facts:
        choice = mapping.choices[one.position]
        if choice.given or choice.target is not None or not _repeats(one, REPEATS_BELOW if taken is None else 0.9):
            continue
        borne_out = _borne_out(one, mapping, facts, agree)
        if borne_out or (borne_out is None and taken is None and called_the_deals(one)):
            if taken is not None:
                mapping = mapping.without("deal_id", f"{one.header!r} names the deals; this one numbers the rows")
            return mapping.taking("deal_id", one.position, "by its name: the rows of one id are one deal")
    return mapping


def _repeats(facts: ColumnFacts, below: float) -> bool:
    """Called an id, on nearly every row, and standing there several times."""
    counted = facts.distinct is not None and facts.levels > 1 and facts.uniqueness < below
    everywhere = facts.filled * 10 >= facts.rows * 9 and facts.id_like >= 0.9
    return counted and everywhere and (_called(facts, "deals", "deal_id") or called_the_deals(facts))


def _called(facts: ColumnFacts, table: str, target: str) -> bool:
    return any(m.target == target and m.score >= EXACT for m in synonyms().matches(table, facts.header))


def called_the_deals(facts: ColumnFacts) -> bool:
    """Called the id of a deal where it stands in another table, and not the id of whatever the rows are."""
    return _called(facts, "debriefs", "deal_id") and not _called(facts, "debriefs", "debrief_id")


def _borne_out(key: ColumnFacts, mapping: TableMapping, facts: Sequence[ColumnFacts], agree: Agree) -> bool | None:
    """True where the day of creation or the name bears out that the rows of one id are one deal; None where neither tells."""
    shares = {}
    for target in _STAYING:
        position = mapping.columns.get(target)
        if position is not None and _surely(facts[position], target):
            shares[target] = agree(key.position, position)
    told = {target: share for target, share in shares.items() if share is not None}
    if any(share < AGREE_FROM for share in told.values()):
        return False
    return True if any(target in told for target in _NAMING) else None


def _surely(facts: ColumnFacts, target: str) -> bool:
    """Called so by more than a name that fits for want of a better one, as "date" does."""
    matches = synonyms().matches("deals", facts.header)
    return facts.levels > 1 and any(m.target == target and m.score > WEAK for m in matches)

"""From the engine's answer to arrays: everything the search needs of the closed deals."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from winloss.synthesize.attributes import Chosen, choose, code_numbers, code_words, known_amounts, known_currencies
from winloss.synthesize.coded import (
    BLANK,
    Closed,
    Clusters,
    Coded,
    Codes,
    Column,
    Marks,
    clusters,
    day_number,
    month_of,
    read_days,
    read_groups,
    read_marks,
    read_numbers,
    read_words,
)
from winloss.tables.custom import CustomColumn

MOST_TARGETS = 12
"""Reasons, and competitors, that are compared: the most frequent on losses."""
FEWEST_NAMED = 30
"""Losses that must name a reason or competitor for it to be compared."""


def read_closed(
    table: pa.Table, custom: Sequence[CustomColumn], *, left_aside: frozenset[str], as_of: dt.date | None
) -> tuple[Closed, Chosen]:
    """Code the closed deals.

    Parameters
    ----------
    table
        The answer to `aggregate.attributes.closed_deals`.
    left_aside
        Codes of reasons that are none ("other", "unknown"): they count in the denominator only.
    as_of
        Closings after it, which may be typing errors, are in no month.
    """
    n = table.num_rows
    won = read_marks(_column(table, "is_won"), n)
    chosen = choose(table, won, custom)
    days = read_days(_column(table, "closed_on"), n)
    if as_of is not None:
        days = np.where(days > day_number(as_of), np.iinfo(np.int64).min, days)
    months = month_of(days)
    owners = read_groups(_column(table, "owner_id"), n)
    reason, reasons = _lost_reason(table, won, left_aside)
    rival, rivals = _lost_rival(table, won)
    amounts = known_amounts(table) if "amount_known" in table.column_names else np.full(n, np.nan)
    closed = Closed(
        won=won,
        attributes=chosen.attributes,
        lost_reason=reason,
        reasons=reasons,
        lost_rival=rival,
        rivals=rivals,
        stage=_stage(table),
        cycle=_cycle(table),
        months=months,
        amounts=amounts,
        currency_single=len(known_currencies(table, amounts)) <= 1,
        dimensions=_dimensions(table, owners, months),
        owners=owners,
    )
    return closed, chosen


def _column(table: pa.Table, name: str) -> Column | None:
    return table[name] if name in table.column_names else None


def _dimensions(table: pa.Table, owners: Codes, months: Codes) -> tuple[Clusters, ...]:
    accounts = read_groups(_column(table, "account_id"), table.num_rows)
    # A deal without a rep belongs to "no rep", one kind of selling; one without account or month stands alone.
    reps = np.where(owners < 0, owners.max(initial=-1) + 1, owners).astype(np.int32) if (owners >= 0).any() else owners
    since = np.where(months >= 0, months - months[months >= 0].min(initial=0), BLANK).astype(np.int32)
    found = (clusters("reps", reps), clusters("accounts", accounts), clusters("months", since))
    return tuple(dimension for dimension in found if dimension is not None)


def _lost_reason(table: pa.Table, won: Marks, left_aside: frozenset[str]) -> tuple[Codes, tuple[str, ...]]:
    words = read_words(_column(table, "reason"), table.num_rows)
    given = read_marks(_column(table, "reason_given"), table.num_rows) | (words.codes >= 0)
    return _targets(words.codes, words.values, given & ~won, left_aside)


def _lost_rival(table: pa.Table, won: Marks) -> tuple[Codes, tuple[str, ...]]:
    kind = _column(table, "competitor_kind")
    if kind is None:
        return np.full(table.num_rows, BLANK, np.int32), ()
    kinds = read_words(kind, table.num_rows)
    words = read_words(_column(table, "competitor"), table.num_rows)
    told = np.isin(kinds.codes, [i for i, value in enumerate(kinds.values) if value in ("competitor", "none")])
    return _targets(words.codes, words.values, told & ~won, frozenset())


def _targets(
    codes: Codes, values: tuple[str, ...], base: Marks, left_aside: frozenset[str]
) -> tuple[Codes, tuple[str, ...]]:
    """Codes of the most frequent targets on `base`; all others of `base` get the code after the last."""
    counts = np.bincount(codes[base & (codes >= 0)], minlength=len(values))
    by_count = sorted(range(len(values)), key=lambda i: (-counts[i], values[i]))
    kept = [i for i in by_count if counts[i] >= FEWEST_NAMED and values[i] not in left_aside][:MOST_TARGETS]
    place = np.full(len(values) + 2, len(kept), np.int32)
    place[kept] = np.arange(len(kept), dtype=np.int32)
    return np.where(base, place[codes], BLANK).astype(np.int32), tuple(values[i] for i in kept)


def _stage(table: pa.Table) -> Coded | None:
    column = _column(table, "stage_reached")
    if column is None:
        return None
    coded = code_words("stage_reached", "Deal stage reached", column)
    return coded if isinstance(coded, Coded) and len(coded.levels) > 1 else None


def _cycle(table: pa.Table) -> Coded | None:
    column = _column(table, "cycle_days")
    if column is None:
        return None
    coded = code_numbers("cycle_days", "Length of the cycle", read_numbers(column, table.num_rows), whole=True)
    return coded if len(coded.levels) > 1 else None

"""Reasons of losses that name a competitor do not make it look worse than it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import ibis
import numpy as np
import pyarrow as pa

from winloss.aggregate.competitors import by_competitor
from winloss.capture.resolve import read, resolve
from winloss.capture.taxonomy import shipped
from winloss.synthesize import competitors, totals
from winloss.synthesize.study import CompetitorRow
from winloss.tables.deals import DEALS

BOOKS, DEALS_EACH = 150, 400
LEAST_COVERED = 134
"""Of 150 intervals of 95 % fewer cover in one of 200 tries (binomial)."""


def test_where_reasons_name_a_competitor_at_random_its_win_rate_covers_the_truth() -> None:
    """The competitor does not depend on the outcome, half are won, and a quarter of the losses say "Lost to Beta"."""
    covered = {"Acme": 0, "Beta": 0, "Not filled in": 0}
    for rows in _books():
        for row in rows:
            low, high = row.win_rate.low, row.win_rate.high
            assert low is not None
            assert high is not None
            covered[row.name] += low <= 0.5 <= high
    assert all(n >= LEAST_COVERED for n in covered.values()), covered


def _books() -> Iterator[tuple[CompetitorRow, ...]]:
    """The competitors of each book; the deals of all are resolved at once."""
    random, n = np.random.default_rng(7), BOOKS * DEALS_EACH
    won = random.random(n) < 0.5
    met = random.choice(np.array(["Acme", "Beta", None, None], object), n)
    reason = random.choice(np.array(["Price", "Timing", "Lost to Beta", "No budget"], object), n)
    columns: dict[str, Any] = {
        "deal_id": [str(i) for i in range(n)],
        "stage_kind": np.where(won, "won", "lost").tolist(),
        "competitor_raw": met.tolist(),
        "loss_reason_raw": [None if one else said for one, said in zip(won, reason, strict=True)],
    }
    deals = pa.table({f.name: pa.array(columns.get(f.name, [None] * n), f.type) for f in DEALS.schema})
    raw = {name: {value: 1 for value in columns[name] if value} for name in ("competitor_raw", "loss_reason_raw")}
    engine: Any = ibis.duckdb.connect()
    resolved = resolve(ibis.memtable(deals), read(raw, shipped())).order_by("deal_id")
    told = engine.to_pyarrow(resolved)
    for first in range(0, n, DEALS_EACH):
        asked = by_competitor(ibis.memtable(told.slice(first, DEALS_EACH)))
        field = competitors.Field.read(engine.to_pyarrow(asked).to_pylist())
        yield competitors.table(field, totals.money([]), {})

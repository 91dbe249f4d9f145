"""The deals behind segments, found in one pass over all deals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from book_of_deals import ask, book, deal
from winloss.refresh.lookup import look_up
from winloss.report.behind import OF_OUTCOME

_SEGMENTS = ("region = North", "region = South", 'region = North and lead_source = "Web"')


def _deals(amounts: int, n: int = 120) -> list[dict[str, Any]]:
    """Deals of so many amounts; 0: of none."""
    random = np.random.default_rng(amounts)
    return [
        deal(
            random.choice(["won", "lost", "no_decision", "open"]),
            deal_id=f"d{i:03}",
            region=random.choice(["North", "South"]),
            lead_source=random.choice(["Web", "Fair"]),
            amount_cents=int(random.integers(amounts)) * 100 if amounts and random.random() < 0.8 else None,
        )
        for i in random.permutation(n).tolist()
    ]


def _largest(deals: list[dict[str, Any]]) -> list[str]:
    def place(one: dict[str, Any]) -> tuple[bool, int, str]:
        return one["amount_cents"] is None, -(one["amount_cents"] or 0), one["deal_id"]

    return [one["deal_id"] for one in sorted(deals, key=place)]


@pytest.mark.parametrize("amounts", [0, 3, 1000])
def test_the_largest_deals_of_each_segment_are_found_where_amounts_are_equal_or_missing(amounts: int) -> None:
    deals, most = _deals(amounts), 7
    found = look_up(book(deals), ask, (*_SEGMENTS, "no such field = 1", ""), most=most)
    assert list(found) == list(_SEGMENTS)
    inside = [
        [one for one in deals if one["region"] == "North"],
        [one for one in deals if one["region"] == "South"],
        [one for one in deals if one["region"] == "North" and one["lead_source"] == "Web"],
    ]
    for written, of in zip(_SEGMENTS, inside, strict=True):
        parts = {kind: [one for one in of if one["outcome"] == kind] for kind in ("won", "lost", "no_decision")}
        closed = [one for part in parts.values() for one in part]
        lost = [*parts["lost"], *parts["no_decision"]]
        expected = {*_largest(closed)[:most], *_largest(lost)[:most], *(_largest(part)[0] for part in parts.values())}
        table = found[written].table()
        assert table["deal_id"].to_pylist() == [one for one in _largest(closed) if one in expected]
        assert table[OF_OUTCOME].to_pylist() == [len(parts[str(kind)]) for kind in table["outcome"].to_pylist()]

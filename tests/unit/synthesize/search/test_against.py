from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from winloss.synthesize.against import Against, by_value
from winloss.synthesize.closed import read_closed


def _counted(table: pa.Table) -> dict[str, Against]:
    closed, _ = read_closed(table, (), left_aside=frozenset(), as_of=None)
    return {one.segment: one for one in by_value(table, closed)}


def _deals(n: int = 900) -> pa.Table:
    random = np.random.default_rng(7)
    kinds = random.choice(["competitor", "none", "unknown", "blank"], n)
    names = random.choice(np.array(["Acme", "Beta", None], object), n)
    return pa.table(
        {
            "is_won": random.random(n) < 0.4,
            "region": random.choice(["North", "South"], n),
            "competitor_kind": kinds,
            "competitor": pa.array(
                [name if kind == "competitor" else None for kind, name in zip(kinds, names, strict=True)]
            ),
            "competitor_present": pa.array(random.choice(np.array([True, False, None], object), n), pa.bool_()),
        }
    )


def test_each_value_counts_who_was_met_there() -> None:
    table = _deals()
    told, rows = _counted(table), table.to_pylist()
    for region in ("North", "South"):
        here = [row for row in rows if row["region"] == region]

        def count(*kinds: str, name: str | None = None, here: list[dict[str, object]] = here) -> tuple[int, int]:
            of = [row for row in here if row["competitor_kind"] in kinds and row["competitor"] == name]
            of = [row for row in of if row["competitor_kind"] != "unknown" or row["competitor_present"]]
            return len(of), sum(bool(row["is_won"]) for row in of)

        one = told[f"region = {region}"]
        assert one.met == {"Acme": count("competitor", name="Acme"), "Beta": count("competitor", name="Beta")} | {
            None: count("competitor", "unknown")
        }
        assert one.alone == count("none")
        closed, won = count("competitor", name="Acme")
        assert one.lost("Acme") == closed - won
        known = [*one.met.values(), one.alone]
        assert one.losses == sum(closed - won for closed, won in known)


def test_bands_of_size_count_apart_what_only_reasons_of_losses_tell() -> None:
    table = pa.table(
        {
            "is_won": [True, False, False, False, True, False] * 100,
            "amount_cents": [n * 1_000 for n in range(600)],
            "amount_known": [True] * 600,
            "currency": ["EUR"] * 600,
            "competitor_kind": ["competitor", "competitor", "competitor", "competitor", "blank", "none"] * 100,
            "competitor": ["Acme", "Acme", "Acme", "Acme", None, None] * 100,
            "competitor_present": [True, True, True, True, None, False] * 100,
            "competitor_asked": ["competitor", "competitor", "blank", "met", "blank", "none"] * 100,
        }
    )
    bands = [one for one in _counted(table).values() if one.attribute == "deal_size"]
    closed = sum(n for one in bands for n, _ in one.met.values())
    assert len(bands) > 1
    assert {name for one in bands for name in one.met} == {"Acme"}
    for one in bands:
        n = one.met["Acme"][0]
        assert list(one.asked["Acme"]) == pytest.approx([n / 2, n / 4], abs=3)
        assert list(one.asked[None]) == pytest.approx([n / 4, 0], abs=3)
    assert closed == sum(n for one in bands for n, _ in one.asked.values()) + 100 * closed // 400


def test_data_without_competitors_counts_none() -> None:
    table = _deals().drop_columns(["competitor", "competitor_kind", "competitor_present"])
    assert _counted(table) == {}

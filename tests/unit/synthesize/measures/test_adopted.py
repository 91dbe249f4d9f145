"""What an adopted picklist covers."""

from __future__ import annotations

import datetime as dt
from typing import Any

from winloss.capture.picklist import Entry, Picklist
from winloss.capture.taxonomy import shipped
from winloss.synthesize import adopted, reasons
from winloss.synthesize.glossary import Glossary

GLOSSARY = Glossary.of(shipped())
DAY = dt.date(2026, 3, 1)


def told(reason: str | None, n: int, *, won: bool = False, given: bool = True) -> dict[str, Any]:
    sums = {"n": n, "n_amount": 0, "amount_cents": 0, "amount_squares": 0.0}
    return {"is_won": won, "reason": reason, "reason_given": given, **sums}


def listed(*codes: str) -> Picklist:
    entries = tuple(Entry(label=code, code=code) for code in (*codes, "other", "unknown"))
    return Picklist(entries=entries, taxonomy="", adopted_on=DAY)


def test_every_reason_given_is_covered_or_outside_or_no_reason_at_all() -> None:
    sides = reasons.read(
        [
            told("price_value", 50),
            told("product_capability", 20),
            told("product_capability", 5, won=True),
            told("sales_execution", 9),
            told("other", 4),
            told("unknown", 3),
            told(None, 2),
            told(None, 100, given=False),
        ],
        [],
    )
    cover = adopted.cover(listed("price_value", "implementation_risk"), sides, GLOSSARY)
    assert cover is not None
    assert cover.adopted_on == DAY
    assert (cover.covered.successes, cover.covered.n) == (50, 93)
    labels = [GLOSSARY.label("product_capability"), GLOSSARY.label("sales_execution")]
    assert cover.outside == ((labels[0], 25), (labels[1], 9))
    assert (cover.other_or_unknown, cover.not_understood) == (7, 2)
    assert 50 + sum(n for _, n in cover.outside) + 7 + 2 == cover.covered.n


def test_without_reasons_nothing_is_covered_and_without_a_list_nothing_is_told() -> None:
    sides = reasons.read([told(None, 10, given=False)], [])
    cover = adopted.cover(listed("price_value"), sides, GLOSSARY)
    assert cover is not None
    assert (cover.covered.value, cover.covered.why) == (None, "No closed deal carries a reason.")
    assert adopted.cover(None, sides, GLOSSARY) is None

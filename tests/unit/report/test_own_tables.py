from __future__ import annotations

from winloss.report.behind import COLUMNS
from winloss.tables.written import BEHIND


def test_the_declared_header_is_that_of_the_deals_shown() -> None:
    assert (*("amount" if name == "amount_cents" else name for name in COLUMNS), "findings", "counts_in") == BEHIND

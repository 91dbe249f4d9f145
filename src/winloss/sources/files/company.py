"""Amounts that a CRM has converted to the currency of the company, and which currency that is."""

from __future__ import annotations

from collections.abc import Sequence

from winloss.sources.files.facts import ColumnFacts
from winloss.sources.files.mapping import TableMapping
from winloss.sources.files.signs import signs
from winloss.sources.files.words import plain

CURRENCY_FROM = 0.9
"""Share of the values that must name currencies for a column to say which one the company has."""


def in_company_currency(header: str) -> bool:
    """True for `Amount in company currency`, `Company Currency`, `Amount (converted)`."""
    return bool(signs().headers.company_currency.search(plain(header)))


def with_company_currency(mapping: TableMapping, facts: Sequence[ColumnFacts]) -> TableMapping:
    """The mapping in which an amount in the currency of the company is not given the currency of the deal.

    The currency is that of a column which says so (`Company currency`), where there is one; the header of the
    amount may name it besides.
    """
    amount, currency = mapping.columns.get("amount"), mapping.columns.get("currency")
    if amount is None or currency is None or not in_company_currency(facts[amount].header):
        return mapping
    if in_company_currency(facts[currency].header) or mapping.choices[currency].given:
        return mapping
    mapping = mapping.without("currency", f"{facts[amount].header!r} is not in the deal's currency")
    own = next((f for f in facts if in_company_currency(f.header) and f.currencies >= CURRENCY_FROM), None)
    if own is None or mapping.choices[own.position].given:
        return mapping
    return mapping.taking("currency", own.position, "by its name: the amounts are in the company's currency")

"""Amounts that a CRM has converted to the company's currency never get the currency of the deal."""

from __future__ import annotations

from pathlib import Path

import pytest

from pulled import Pulled, pull, write
from winloss.sources.files.company import in_company_currency

COMPANY = "Amount in company currency"


def deals(tmp_path: Path, *, amount: str = COMPANY, **more: str) -> Path:
    rows = [
        {"Record ID": str(n), "Deal Stage": ["Won", "Lost"][n % 2], amount: "100", "Currency": ["USD", "GBP"][n % 2]}
        for n in range(6)
    ]
    return write(tmp_path / "hubspot.csv", [{**row, **more} for row in rows])


def untold(found: Pulled) -> int:
    problem = found.problem("company_currency_unknown")
    return 0 if problem is None else problem.count


def test_without_a_word_of_the_company_no_currency_is_given_and_that_is_said(tmp_path: Path) -> None:
    found = pull(deals(tmp_path))
    assert found.column("amount_cents") == [10_000] * 6
    assert set(found.column("currency")) == {None}
    assert untold(found) == 6
    assert found.use("Currency") == "attribute"
    assert any("not in the deal's currency" in c.why for c in found.told.columns if c.header == "Currency")


def test_the_header_may_name_the_currency_of_the_company(tmp_path: Path) -> None:
    found = pull(deals(tmp_path, amount="Amount in company currency (EUR)"))
    assert set(found.column("currency")) == {"EUR"}
    assert untold(found) == 0


def test_a_column_may_name_the_currency_of_the_company(tmp_path: Path) -> None:
    found = pull(deals(tmp_path, **{"Company currency": "CHF"}))
    assert set(found.column("currency")) == {"CHF"}
    assert untold(found) == 0


def test_the_map_may_name_the_currency_of_the_company(tmp_path: Path) -> None:
    (tmp_path / "map.toml").write_text('[money]\ncurrency = "SEK"\n', "utf-8")
    found = pull(deals(tmp_path), mapping=tmp_path / "map.toml")
    assert set(found.column("currency")) == {"SEK"}
    assert untold(found) == 0


def test_the_amount_of_the_deal_wins_with_the_currency_of_the_deal(tmp_path: Path) -> None:
    found = pull(deals(tmp_path, Amount="70"))
    assert found.column("amount_cents") == [7_000] * 6
    assert found.column("currency") == ["USD", "GBP"] * 3
    assert untold(found) == 0


@pytest.mark.parametrize(
    ("header", "company"),
    [
        ("Amount in company currency", True),
        ("Deal - Value (converted)", True),
        ("Betrag in Unternehmenswährung", True),
        ("Montant dans la devise de l'entreprise", True),
        ("Importe en la moneda de la empresa", True),
        ("Company Currency", True),
        ("Amount", False),
        ("Amount (EUR)", False),
        ("Currency", False),
        ("Company size", False),
    ],
)
def test_a_header_says_whose_currency_it_is_in(header: str, company: bool) -> None:
    assert in_company_currency(header) is company

from __future__ import annotations

from fractions import Fraction

import pytest

from winloss.sources.files.words import core, plain, slug, squeezed, unit_of


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("CloseDate", "close date"),
        ("close_date", "close date"),
        ("  Close-Date ", "close date"),
        ("Loss_Reason__c", "loss reason"),
        ("(Do Not Modify) Opportunity", "opportunity"),
        ("(Nicht ändern) Verkaufschance", "verkaufschance"),
        ("(Ne pas modifier) Modifié le", "modifie le"),
        ("(No modificar) Oportunidad", "oportunidad"),
        ("(Não Modificar) Oportunidade", "oportunidade"),
        ("(Niet wijzigen) Gewijzigd op", "gewijzigd op"),
        ("(Non modificare) Opportunità", "opportunita"),
        ("Probability (%)", "probability"),
        ("hs_is_closed_won", "hs is closed won"),
        ("Abschluß\u00a0am", "abschluss am"),
        ("Fecha de creación", "fecha de creacion"),
        ("IsWon", "is won"),
        ("Won't buy", "wont buy"),
    ],
)
def test_case_spaces_and_punctuation_of_a_header_do_not_matter(written: str, words: str) -> None:
    assert plain(written) == words


def test_what_a_crm_puts_before_a_name_is_taken_off_but_a_name_stays() -> None:
    assert core(plain("Deal - Deal created")) == "created"
    assert core(plain("hs_is_closed_won")) == "is closed won"
    assert core(plain("Opportunity")) == "opportunity"


def test_values_that_differ_in_spaces_are_one() -> None:
    assert squeezed("Closed Won") == squeezed("closed-won") == squeezed("closedwon") == "closedwon"


@pytest.mark.parametrize(
    ("header", "words", "currency", "scale"),
    [
        ("deal_value_inr", "deal value", "INR", 1),
        ("Amount (EUR)", "amount", "EUR", 1),
        ("Betrag in €", "betrag", "EUR", 1),
        ("Amount (k€)", "amount", "EUR", 1000),
        ("Umsatz TEUR", "umsatz", "EUR", 1000),
        ("Amount in thousands", "amount", None, 1000),
        ("Value (USD m)", "value", "USD", 1_000_000),
        ("amount_cents", "amount", None, Fraction(1, 100)),
        ("Preis in Cent (EUR)", "preis", "EUR", Fraction(1, 100)),
        ("Amount", "amount", None, 1),
        ("EUR", "eur", None, 1),
    ],
)
def test_a_header_may_name_currency_and_scale(
    header: str, words: str, currency: str | None, scale: int | Fraction
) -> None:
    unit = unit_of(header)
    assert (unit.words, unit.currency, unit.scale) == (words, currency, scale)


def test_a_slug_is_ascii_and_may_be_empty() -> None:
    assert slug("Größe des Büros") == "grosse_des_buros"
    assert slug("регион") == ""

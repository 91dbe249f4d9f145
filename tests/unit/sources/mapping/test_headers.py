"""Headers of sheets made at home, in the languages of the lists."""

from __future__ import annotations

from pathlib import Path

import pytest

from pulled import pull, write
from winloss.sources.files.synonyms import synonyms

HEADERS = {
    "deal_id": "Datensatz-ID|Geschäfts-ID|Angebotsnr.|Vorgangs-Nr.|Projektnummer|ID de l'affaire|N° d'affaire|Numéro de l'opportunité"
    "|ID de negocio|Id. de oportunidad|N.º de oportunidad|ID de registro|ID do negócio|Número da oportunidade|ID do registro"
    "|ID dell'opportunità|N. trattativa|Dealnummer|Copper ID|Deal #|Opportunity #|Verkaufschance-ID"
    "|(Do Not Modify) Opportunity|(Nicht ändern) Verkaufschance|(Ne pas modifier) Opportunité|(No modificar) Oportunidad"
    "|(Não modificar) Oportunidade|(Niet wijzigen) Verkoopkans|(Non modificare) Opportunità",
    "deal_name": "Verkaufschance|Nom de l'opportunité|Nombre de la oportunidad|Oportunidad|Nome do negócio|Oportunidade|Nome opportunità|Trattativa",
    "account_name": "Kunde|Konto|Entreprise|Client|Cliente|Empresa|Azienda|Ragione sociale",
    "owner_name": "Verkäufer|Propriétaire|Commercial|Propietario|Vendedor|Responsável|Responsabile|Venditore",
    "created_on": "added_at|Datum Angebot|Erstellt am|Date de création|Créé le|Fecha de creación|Creado el|Data de criação|Criado em|Data creazione|Creato il",
    "closed_on": "Datum Entscheidung|Abschlussdatum|Date de clôture|Clôturé le|Fecha de cierre|Data de fechamento|Data de fecho|Data chiusura|Chiuso il",
    "deal_stage": "Stage|Phase|Étape|Etapa|Fase|Fase di vendita",
    "status": "Ergebnis|Statut|Estado|Situação|Stato|Esito",
    "amount": "Expected Value|Angebotssumme netto|Montant HT|Valor Único|Importe neto|Nettobetrag|Betrag|Montant|Importe|Valor|Importo|Valore"
    "|Expected Revenue|Erwarteter Umsatz|Erwartete Einnahmen|Revenu espéré|Revenus espérés|Revenus attendus|Ingresos esperados|Ingreso previsto"
    "|Receitas esperadas|Receita prevista|Ricavi attesi|Ricavo previsto|Verwachte omzet|Verwachte opbrengst",
    "modified_at": "(Do Not Modify) Modified On|(Nicht ändern) Geändert am|(Ne pas modifier) Modifié le|(Niet wijzigen) Gewijzigd op",
    "currency": "Währung|Devise|Moneda|Moeda|Valuta",
    "reason": "Why|Reason|Grund|Warum|Motif|Pourquoi|Razón|Por qué|Razão|Por quê|Motivo|Perché|Motivazione",
    "loss_reason": "Why lost|Why did we lose?|Verlustgrund|Motif de perte|Motivo de pérdida|Motivo da perda|Motivo della perdita",
    "win_reason": "Why won|Why did we win?|Gewinngrund|Motivo della vincita",
    "competitor": "Wettbewerber|Wettbewerb|Konkurrenz|Concurrent|Concurrence|Competidor|Competencia|Concorrente|Concorrência|Concorrenza",
    "lead_source": "src|Source|Quelle|Origine|Fuente|Origen|Origem|Fonte|Provenienza",
    "industry": "Branche|Secteur|Sector|Setor|Settore",
    "size_band": "Größe|Taille|Tamaño|Tamanho|Dimensione",
    "country": "Land|Pays|País|Paese",
    "product": "Produkt|Produit|Producto|Produto|Prodotto",
}


@pytest.mark.parametrize(("target", "header"), [(t, h) for t, headers in HEADERS.items() for h in headers.split("|")])
def test_a_header_is_known_in_its_language(target: str, header: str) -> None:
    assert synonyms().matches("deals", header)[0].target == target


@pytest.mark.parametrize("header", ["# of calls", "Number of employees", "Kundennummer", "ID cliente", "#"])
def test_a_number_of_something_else_is_no_id_of_a_deal(header: str) -> None:
    assert not any(match.target == "deal_id" for match in synonyms().matches("deals", header))


@pytest.mark.parametrize(
    "header",
    [
        "Revenus espérés",
        "Ingresos esperados",
        "Receita prevista",
        "Ricavi attesi",
        "Verwachte omzet",
        "Erwarteter Umsatz",
    ],
)
def test_an_expected_revenue_beside_the_amount_is_set_while_selling(header: str) -> None:
    assert synonyms().leak(header)


@pytest.mark.parametrize(
    "header", ["(Nicht ändern) Zeilenprüfsumme", "(Ne pas modifier) Somme de contrôle de la ligne"]
)
def test_the_checksum_of_a_row_is_known_in_its_language(header: str) -> None:
    assert synonyms().checksum(header)


DONE = {
    "closed_on": "Closed|Geschlossen|Abgeschlossen|Clôturé|Fermé|Cerrado|Fechado|Encerrado|Chiuso|Gesloten|Afgesloten",
    "created_on": "Created|Angelegt|Créé|Creado|Criado|Creato|Aangemaakt",
    "won_on": "Won|Gewonnen|Gagné|Ganado|Ganho|Vinto",
    "lost_on": "Lost|Verloren|Perdu|Perdido|Perso",
}


@pytest.mark.parametrize(("target", "header"), [(t, h) for t, headers in DONE.items() for h in headers.split("|")])
def test_a_word_for_what_was_done_is_its_date_where_the_values_are_dates(
    tmp_path: Path, target: str, header: str
) -> None:
    rows = [{"Id": f"d{n}", "Ergebnis": ["won", "lost"][n % 2], header: f"2024-03-{n + 1:02}"} for n in range(20)]
    found = pull(write(tmp_path / "deals.csv", rows))
    assert found.target(header) == ("created_on" if target == "created_on" else "closed_on")
    values = [{**row, header: ["yes", "no"][n % 2]} for n, row in enumerate(rows)]
    assert pull(write(tmp_path / "flags.csv", values)).target(header) not in {"created_on", "closed_on"}


@pytest.mark.parametrize(
    "header",
    [
        "REASON_WON_LOST_CODE",
        "Won or Lost Reason",
        "Closed Won/Lost Reason",
        "Lost/Won Reason",
        "Grund gewonnen/verloren",
    ],
)
def test_a_reason_of_wins_and_of_losses_is_that_of_both(header: str) -> None:
    assert [m.target for m in synonyms().matches("deals", header)] == ["reason"]


@pytest.mark.parametrize("fine", ["Loss Sub-Reason", "Lost Reason Detail", "Loss Subcategory"])
def test_the_finer_of_two_reasons_is_the_reason_and_the_other_stands_in(fine: str, tmp_path: Path) -> None:
    rows = [
        {"Id": n, "Stage": "Lost", "Loss Category": "Commercial", fine: ["Price too high", ""][n % 2]}
        for n in range(20)
    ]
    found = pull(write(tmp_path / "deals.csv", rows))
    assert (found.target(fine), found.target("Loss Category")) == ("loss_reason_raw", "reason_raw")
    assert next(c.why for c in found.told.columns if c.header == "Loss Category") == (
        f"by its name: stands in where {fine!r} is blank or not understood"
    )

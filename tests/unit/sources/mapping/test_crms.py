"""Exports as each CRM writes them, with its own headers, flags and words."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from pulled import pull, write

WON, LOST, OPEN = "won", "lost", "open"


def test_a_salesforce_report(tmp_path: Path) -> None:
    row = {
        "Opportunity Owner": "Ann Lee", "Account Name": "Acme", "Opportunity Name": "Acme 1", "Stage": "Closed Won",
        "Fiscal Period": "Q1-2024", "Amount Currency": "EUR", "Amount": "1200.50", "Expected Revenue Currency": "EUR",
        "Expected Revenue": "1200.50", "Probability (%)": "100", "Age": "31", "Close Date": "3/31/2024",
        "Created Date": "2/29/2024", "Next Step": "", "Lead Source": "Web", "Type": "New Business",
    }  # fmt: skip
    lost = {
        **row,
        "Opportunity Name": "Acme 2",
        "Stage": "Closed Lost",
        "Probability (%)": "0",
        "Age": "12",
        "Expected Revenue": "0",
    }
    opened = {**row, "Opportunity Name": "Acme 3", "Stage": "Negotiation/Review", "Probability (%)": "90", "Age": "5"}
    found = pull(write(tmp_path / "report.csv", [row, lost, opened]))
    assert found.column("stage_kind") == [WON, LOST, OPEN]
    assert found.column("amount_cents") == [120_050] * 3
    assert found.column("currency") == ["EUR"] * 3
    assert found.column("created_on") == [date(2024, 2, 29)] * 3
    assert found.column("closed_on") == [date(2024, 3, 31), date(2024, 3, 31), None]
    assert found.column("stage_reached") == [None, None, "Negotiation/Review"]
    assert found.column("deal_type") == ["New Business"] * 3
    assert found.column("lead_source") == ["Web"] * 3
    for header in ("Probability (%)", "Age", "Expected Revenue"):
        assert found.use(header) == "leak"


def test_a_salesforce_data_loader_export(tmp_path: Path) -> None:
    row = {
        "ID": "0065g00000AbCdEAAV", "NAME": "One", "STAGENAME": "6 - Signed off", "ISCLOSED": "true", "ISWON": "true",
        "AMOUNT": "10", "CLOSEDATE": "2024-03-31", "CREATEDDATE": "2024-01-02T23:30:00.000Z",
        "LASTMODIFIEDDATE": "2024-04-01T08:00:00.000Z", "OWNERID": "0055g00000AAAA1AAF", "ACCOUNTID": "0015g00000BBBB1AAF",
        "LOSS_REASON__C": "",
    }  # fmt: skip
    lost = {**row, "ID": "0065g00000AbCdFAAV", "ISWON": "false", "STAGENAME": "9 - Gone", "LOSS_REASON__C": "Price"}
    opened = {**row, "ID": "0065g00000AbCdGAAV", "ISWON": "false", "ISCLOSED": "false", "STAGENAME": "2 - Talk"}
    found = pull(write(tmp_path / "opportunity.csv", [row, lost, opened]))
    assert found.column("stage_kind") == [WON, LOST, OPEN]
    assert found.column("deal_id")[0] == "0065g00000AbCdEAAV"
    assert found.column("loss_reason_raw") == [None, "Price", None]
    assert found.column("created_at")[0] == datetime(2024, 1, 2, 23, 30, tzinfo=UTC)
    assert found.column("modified_at")[0] == datetime(2024, 4, 1, 8, 0, tzinfo=UTC)
    assert found.column("account_id")[0] == "0015g00000BBBB1AAF"
    assert found.kinds == {WON: 1, LOST: 1, OPEN: 1}


def test_a_hubspot_export(tmp_path: Path) -> None:
    row = {
        "Record ID": "9001", "Deal Name": "One", "Deal Stage": "Closed Won", "Pipeline": "Sales", "Amount": "1200",
        "Amount in company currency": "1100", "Close Date": "2024-03-31 10:15", "Deal owner": "Ann Lee (ann@x.io)",
        "Create Date": "2024-02-01 09:00", "Associated Company": "Acme", "Closed Lost Reason": "", "Closed Won Reason": "Best fit",
        "Is Closed Won": "true", "Is closed lost": "false", "Deal Type": "newbusiness", "Deal probability": "1",
    }  # fmt: skip
    lost = {
        **row, "Record ID": "9002", "Deal Stage": "Closed Lost", "Is Closed Won": "false", "Is closed lost": "true", "Deal probability": "0",
        "Closed Lost Reason": "Went with Globex", "Closed Won Reason": "", "Amount in company currency": "900", "Pipeline": "Partner",
    }  # fmt: skip
    opened = {
        **lost,
        "Record ID": "9003",
        "Deal Stage": "Contract sent",
        "Is closed lost": "false",
        "Closed Lost Reason": "",
    }
    found = pull(write(tmp_path / "hubspot.csv", [row, lost, opened]))
    assert found.column("stage_kind") == [WON, LOST, OPEN]
    assert found.column("deal_id") == ["9001", "9002", "9003"]
    assert found.column("amount_cents") == [120_000] * 3
    assert found.column("win_reason_raw") == ["Best fit", None, None]
    assert found.column("loss_reason_raw") == [None, "Went with Globex", None]
    assert found.column("account_name") == ["Acme"] * 3
    assert found.column("closed_on") == [date(2024, 3, 31), date(2024, 3, 31), None]
    assert found.use("Deal probability") == "leak"


def test_hubspot_internal_names(tmp_path: Path) -> None:
    row = {
        "hs_object_id": "1", "dealname": "One", "dealstage": "closedwon", "amount": "10", "closedate": "2024-03-31T10:15:00Z",
        "createdate": "2024-02-01T09:00:00Z", "hubspot_owner_id": "77", "hs_lastmodifieddate": "2024-04-01T00:00:00Z",
        "hs_is_closed_won": "true",
    }  # fmt: skip
    lost = {**row, "hs_object_id": "2", "dealstage": "closedlost", "hs_is_closed_won": "false"}
    opened = {**row, "hs_object_id": "3", "dealstage": "presentationscheduled", "hs_is_closed_won": "false"}
    found = pull(write(tmp_path / "api.csv", [row, lost, opened]))
    assert found.column("stage_kind") == [WON, LOST, OPEN]
    assert found.column("deal_stage_kind") == [WON, LOST, OPEN]
    assert found.column("modified_at")[0] == datetime(2024, 4, 1, tzinfo=UTC)


def test_a_pipedrive_export_keeps_the_last_open_stage_and_that_is_no_contradiction(tmp_path: Path) -> None:
    row = {
        "Deal - ID": "1", "Deal - Title": "One", "Deal - Status": "Won", "Deal - Lost reason": "", "Deal - Won time": "2024-03-31 10:15:00",
        "Deal - Lost time": "", "Deal - Deal closed on": "", "Deal - Value": "500", "Deal - Currency": "EUR", "Deal - Owner": "Ann Lee",
        "Deal - Organization": "Acme", "Deal - Stage": "Negotiations Started", "Deal - Pipeline": "Main",
        "Deal - Deal created": "2024-02-01 09:00:00", "Deal - Update time": "2024-04-01 00:00:00",
        "Deal - Expected close date": "2024-05-01", "Deal - Weighted value": "500",
    }  # fmt: skip
    lost = {
        **row, "Deal - ID": "2", "Deal - Status": "Lost", "Deal - Lost reason": "Price", "Deal - Won time": "",
        "Deal - Lost time": "2024-03-30 10:15:00", "Deal - Stage": "Proposal Made", "Deal - Pipeline": "Other", "Deal - Weighted value": "0",
    }  # fmt: skip
    opened = {**row, "Deal - ID": "3", "Deal - Status": "Open", "Deal - Won time": ""}
    found = pull(write(tmp_path / "deals.csv", [row, lost, opened]))
    assert found.column("stage_kind") == [WON, LOST, OPEN]
    assert found.column("stage_reached") == ["Negotiations Started", "Proposal Made", "Negotiations Started"]
    assert found.column("closed_on") == [date(2024, 3, 31), date(2024, 3, 30), None]
    assert found.problem("stage_against_outcome") is None
    assert found.column("deal_name") == ["One"] * 3
    assert found.use("Deal - Weighted value") == "leak"
    assert found.target("Deal - Expected close date") is None


def test_a_dynamics_workbook_view(tmp_path: Path) -> None:
    row = {
        "(Do Not Modify) Opportunity": "5f0c-1", "(Do Not Modify) Row Checksum": "abc=", "(Do Not Modify) Modified On": "45383.5",
        "Topic": "One", "Account": "Acme", "Est. Close Date": "45382", "Est. Revenue": "1000", "Status": "Won", "Status Reason": "Won",
        "Actual Revenue": "900", "Actual Close Date": "45381", "Owner": "Ann Lee",
    }  # fmt: skip
    lost = {
        **row, "(Do Not Modify) Opportunity": "5f0c-2", "(Do Not Modify) Row Checksum": "abd=", "Status": "Lost",
        "Status Reason": "Out-Sold", "Actual Revenue": "0",
    }  # fmt: skip
    opened = {
        **row, "(Do Not Modify) Opportunity": "5f0c-3", "(Do Not Modify) Row Checksum": "abe=", "Status": "Open",
        "Status Reason": "In Progress", "Actual Revenue": "", "Actual Close Date": "",
    }  # fmt: skip
    found = pull(write(tmp_path / "dynamics.csv", [row, lost, opened]))
    assert found.column("stage_kind") == [WON, LOST, OPEN]
    canceled = {
        **lost,
        "(Do Not Modify) Opportunity": "5f0c-4",
        "(Do Not Modify) Row Checksum": "abf=",
        "Status Reason": "Canceled",
    }
    project = {**canceled, "(Do Not Modify) Opportunity": "5f0c-5", "Status Reason": "Project cancelled"}
    said = pull(write(tmp_path / "canceled.csv", [row, lost, opened, canceled, project])).column("reason_raw")
    assert said == [None, "Out-Sold", None, None, "Project cancelled"], "a state of the CRM is no reason"
    # Won and lost alike: by actual revenue won deals would slide into smaller sizes.
    assert found.column("amount_cents") == [100_000] * 3
    problem = found.problem("closed_for_another_amount")
    assert problem is not None
    assert problem.count == 1
    assert found.column("closed_on") == [date(2024, 3, 30), date(2024, 3, 30), None]
    assert found.column("reason_raw") == [None, "Out-Sold", None]
    assert found.use("(Do Not Modify) Row Checksum") == "ignored"
    assert found.column("deal_id") == ["5f0c-1", "5f0c-2", "5f0c-3"]


def test_an_odoo_export_where_lost_is_archived(tmp_path: Path) -> None:
    row = {
        "Opportunity": "Acme 500 seats", "Expected Revenue": "1000.0", "Lost Reason": "", "Stage": "Won", "Active": "True",
        "Probability": "100", "Salesperson": "Ann Lee", "Closed Date": "2024-03-31 10:00:00", "Created on": "2024-01-31 10:00:00",
    }  # fmt: skip
    lost = {
        **row,
        "Opportunity": "Globex 10 seats",
        "Stage": "Proposition",
        "Active": "False",
        "Probability": "0",
        "Lost Reason": "Too expensive",
    }
    opened = {**row, "Opportunity": "Hooli 30 seats", "Stage": "Qualified", "Probability": "40", "Closed Date": ""}
    found = pull(write(tmp_path / "odoo.csv", [row, lost, opened]))
    assert found.column("stage_kind") == [WON, LOST, OPEN]
    assert found.column("deal_name") == ["Acme 500 seats", "Globex 10 seats", "Hooli 30 seats"]
    assert found.column("amount_cents") == [100_000] * 3
    assert found.column("loss_reason_raw") == [None, "Too expensive", None]
    assert found.column("stage_reached") == [None, "Proposition", "Qualified"]
    assert found.use("Probability") == "leak"


def test_a_zoho_export(tmp_path: Path) -> None:
    row = {
        "Potential Id": "zcrm_1", "Potential Name": "One", "Potential Owner": "Ann", "Account Name": "Acme", "Amount": "10", "Stage": "Closed Won",
        "Closing Date": "31.03.2024", "Created Time": "01.02.2024 10:00", "Modified Time": "01.04.2024 10:00", "Lost Reason": "", "Lead Source": "Web",
    }  # fmt: skip
    lost = {**row, "Potential Id": "zcrm_2", "Stage": "Closed-Lost to Competition", "Lost Reason": "Globex"}
    found = pull(write(tmp_path / "zoho.csv", [row, lost]))
    assert found.column("stage_kind") == [WON, LOST]
    assert found.column("closed_on") == [date(2024, 3, 31)] * 2
    assert found.column("deal_id") == ["zcrm_1", "zcrm_2"]
    assert found.column("modified_at")[0] == datetime(2024, 4, 1, 10, tzinfo=UTC)


def test_a_german_sheet_made_at_home(tmp_path: Path) -> None:
    row = {
        "Kunde": "Müller GmbH", "Verkäufer": "Ann", "Ergebnis": "gewonnen", "Auftragswert (T€)": "12,5", "Angelegt am": "01.02.2024",
        "Abschlussdatum": "31.03.2024", "Verlustgrund": "", "Wettbewerber": "", "Branche": "Industrie", "Notizen": "kam über Messe",
    }  # fmt: skip
    rows = [
        row,
        {
            **row,
            "Kunde": "Schmidt AG",
            "Ergebnis": "verloren",
            "Verlustgrund": "Preis",
            "Wettbewerber": "Globex",
            "Notizen": "zu teuer",
        },
        {**row, "Kunde": "Meier KG", "Ergebnis": "keine Entscheidung", "Notizen": "Budget gestrichen"},
    ]
    found = pull(write(tmp_path / "chancen.csv", rows))
    assert found.column("stage_kind") == [WON, LOST, "no_decision"]
    assert found.column("amount_cents") == [1_250_000] * 3
    assert found.column("currency") == ["EUR"] * 3
    assert found.column("loss_reason_raw") == [None, "Preis", None]
    assert found.column("competitor_raw") == [None, "Globex", None]
    assert found.column("industry") == ["Industrie"] * 3
    assert found.column("closed_on") == [date(2024, 3, 31)] * 3


def test_a_french_and_a_spanish_sheet(tmp_path: Path) -> None:
    french = {
        "Compte": "Acme",
        "Étape": "Fermée gagnée",
        "Montant": "1 200,50 €",
        "Date de clôture": "31/03/2024",
        "Motif de perte": "",
    }
    rows = [french, {**french, "Étape": "Fermée perdue", "Motif de perte": "Prix"}]
    found = pull(write(tmp_path / "fr.csv", rows))
    assert found.column("stage_kind") == [WON, LOST]
    assert found.column("amount_cents") == [120_050] * 2
    spanish = {
        "Cuenta": "Acme",
        "Etapa": "Cerrada ganada",
        "Importe": "1.200,50",
        "Fecha de cierre": "31/03/2024",
        "Motivo de pérdida": "",
    }
    rows = [spanish, {**spanish, "Etapa": "Cerrada perdida", "Motivo de pérdida": "Precio"}]
    found = pull(write(tmp_path / "es.csv", rows))
    assert found.column("stage_kind") == [WON, LOST]
    assert found.column("amount_cents") == [120_050] * 2
    assert found.column("loss_reason_raw") == [None, "Precio"]


def test_a_column_that_names_currencies_is_the_currency_whatever_it_is_called(tmp_path: Path) -> None:
    rows = [
        {"Deal - ID": "1", "Deal - Status": "Won", "Deal - Value": "10", "Deal - Currency of Value": "EUR"},
        {"Deal - ID": "2", "Deal - Status": "Lost", "Deal - Value": "20", "Deal - Currency of Value": "USD"},
    ]
    assert pull(write(tmp_path / "pipedrive.csv", rows)).column("currency") == ["EUR", "USD"]
    odoo = [
        {"External ID": r["Deal - ID"], "Stage": "Won", "Expected Revenue": "10", "Company Currency": "CHF"}
        for r in rows
    ]
    assert pull(write(tmp_path / "odoo.csv", odoo)).column("currency") == ["CHF", "CHF"]
    both = [{**row, "Deal - Discount currency": "JPY"} for row in rows]
    assert pull(write(tmp_path / "both.csv", both)).column("currency") == ["EUR", "USD"]


def test_the_columns_of_the_book_are_read_as_themselves(tmp_path: Path) -> None:
    row = {
        "deal_id": "1", "owner_id": "p_0123456789ab", "created_on": "2024-01-02", "closed_on": "2024-02-02",
        "deal_stage": "Closed Lost", "deal_stage_kind": "lost", "stage_kind": "disqualified", "stage_reached": "Demo",
        "amount_cents": "684050", "currency": "EUR", "reason_raw": "Price", "competitor_raw": "Globex", "industry": "Retail",
        "source_file": "a.csv", "source_line": "7", "x_market_segment": "SMB",
    }  # fmt: skip
    other = {
        **row, "deal_id": "2", "deal_stage": "Demo", "deal_stage_kind": "open", "stage_kind": "open", "closed_on": "",
        "amount_cents": "5", "reason_raw": "", "source_line": "8", "x_market_segment": "Mid-market",
    }  # fmt: skip
    won = {
        **row,
        "deal_id": "3",
        "deal_stage": "Closed Won",
        "deal_stage_kind": "won",
        "stage_kind": "won",
        "reason_raw": "",
    }
    found = pull(write(tmp_path / "deals.csv", [row, other, won]))
    assert found.column("amount_cents") == [684_050, 5, 684_050]
    assert found.column("stage_kind") == ["disqualified", OPEN, WON]
    assert found.column("owner_id") == ["p_0123456789ab"] * 3
    assert found.column("stage_reached") == ["Demo"] * 3
    assert found.column("reason_raw") == ["Price", None, None]
    assert found.column("competitor_raw") == ["Globex"] * 3
    assert found.column("x_market_segment") == ["SMB", "Mid-market", "SMB"]
    assert found.use("deal_stage_kind") == "leak"
    assert found.use("source_line") == "ignored"


@pytest.mark.parametrize("header", ["IsDeleted", "deleted", "_fivetran_deleted", "Gelöscht", "Eliminado"])
def test_deals_marked_as_deleted_are_in_no_rate_and_told(header: str, tmp_path: Path) -> None:
    rows = [
        {"Id": n, "StageName": ["Closed Won", "Closed Lost"][n % 2], header: ["false", "true"][n >= 30]}
        for n in range(40)
    ]
    found = pull(write(tmp_path / "deals.csv", rows))
    assert found.kinds == {WON: 15, LOST: 15, "disqualified": 10}
    problem = found.problem("deleted")
    assert problem is not None
    assert problem.message == "10 deals marked as deleted: read as disqualified, so that they are in no rate."


@pytest.mark.parametrize("mark", ["checked", "x", "✓", "☑", "true", "yes", "ja"])
def test_a_box_that_is_not_ticked_says_no(mark: str, tmp_path: Path) -> None:
    rows = [{"Id": n, "Won?": mark if n < 12 else "", "Lost?": mark if 12 <= n < 30 else ""} for n in range(40)]
    found = pull(write(tmp_path / "deals.csv", rows))
    assert found.kinds == {WON: 12, LOST: 18, OPEN: 10}
    assert [(o.value, o.count, o.read_as) for o in found.told.outcomes if o.column == "Won?"] == [
        (mark, 12, "won"),
        ("(blank)", 28, "not won"),
    ]


@pytest.mark.parametrize("header", ["Life Cycle Status", "Verlauf"])
def test_a_column_that_says_won_and_lost_goes_before_a_stage_that_says_neither(header: str, tmp_path: Path) -> None:
    said = ["Won", "Lost", "Stopped", "In Process"]
    rows = [{"Id": n, "Sales Phase": ["Identify", "Quote"][n % 2], header: said[n % 4]} for n in range(40)]
    found = pull(write(tmp_path / "deals.csv", rows))
    assert found.kinds == {WON: 10, LOST: 10, "no_decision": 10, OPEN: 10}
    assert (found.target(header), found.target("Sales Phase")) == ("stage_kind", "deal_stage")


def test_an_amount_for_each_outcome_is_that_of_the_deal(tmp_path: Path) -> None:
    rows = [
        {"Id": 1, "Stage": "Won", "Won Amount": "10.50", "Lost Amount": "0", "Open Amount": "0"},
        {"Id": 2, "Stage": "Lost", "Won Amount": "0", "Lost Amount": "20.50", "Open Amount": "0"},
        {"Id": 3, "Stage": "Demo", "Won Amount": "0", "Lost Amount": "0", "Open Amount": "30.50"},
    ]
    assert pull(write(tmp_path / "deals.csv", rows)).column("amount_cents") == [1_050, 2_050, 3_050]
    plain = [{"Id": row["Id"], "Stage": row["Stage"], "Amount": "5", "Lost Amount": "9"} for row in rows]
    assert pull(write(tmp_path / "plain.csv", plain)).column("amount_cents") == [500] * 3


def test_the_last_change_of_the_stage_closes_a_deal_before_the_expected_date_does(tmp_path: Path) -> None:
    row = {"id": 1, "stage_name": "Won", "added_at": "2024-01-02", "estimated_close_date": "2024-12-31"}
    moved = pull(write(tmp_path / "a.csv", [{**row, "last_stage_change_at": "2024-02-03"}]))
    assert moved.column("closed_on") == [date(2024, 2, 3)]
    assert moved.problem("closing_expected") is None
    found = pull(write(tmp_path / "b.csv", [row]))
    assert found.column("closed_on") == [date(2024, 12, 31)]
    problem = found.problem("closing_expected")
    assert problem is not None
    assert problem.fact == (
        "The only closing date is the expected one ('estimated_close_date'): months, trends and durations are those that were expected, "
        "not those in which deals closed."
    )


def test_amounts_that_a_second_column_shows_in_full_are_hundredths_and_their_periods_are_told(tmp_path: Path) -> None:
    rows = [
        {
            "id": n,
            "status_type": ["won", "lost"][n % 2],
            "value": (5_821 + n) * 100,
            "value_period": ["one_time", "annual"][n % 2],
            "value_formatted": f"${5_821 + n:,}" + ["", " annual"][n % 2],
        }
        for n in range(20)
    ]
    found = pull(write(tmp_path / "deals.csv", rows))
    assert found.column("amount_cents")[:2] == [582_100, 582_200]
    told = next(c.how for c in found.told.columns if c.header == "value")
    assert told.endswith("in hundredths: 'value_formatted' shows them in full")
    problem = found.problem("amounts_of_periods")
    assert problem is not None
    assert problem.fact == (
        "Amounts are of several periods ('value_period': one_time, annual) and are added as they stand."
    )
    whole = pull(write(tmp_path / "whole.csv", [{**row, "value": 5_821, "value_formatted": "$5,821"} for row in rows]))
    assert whole.column("amount_cents")[0] == 582_100

from __future__ import annotations

from pathlib import Path

import pytest

from pulled import Pulled, pull, write
from winloss.sources.files.facts import ColumnFacts
from winloss.sources.files.mapfile import map_of
from winloss.sources.files.uses import custom_names, names_a_person, use_of
from winloss.tables.custom import Use


def facts(header: str, counts: dict[str, int], **more: object) -> ColumnFacts:
    filled = sum(counts.values())
    given: dict[str, object] = {
        "header": header,
        "position": 0,
        "rows": filled,
        "filled": filled,
        "distinct": len(counts),
        "counts": counts,
        "max_length": max(map(len, counts), default=0),
    }
    return ColumnFacts(**(given | more))  # type: ignore[arg-type]  # given by name


@pytest.mark.parametrize(
    "header",
    [
        "Probability (%)", "Forecast Category", "Lead Score", "Rating", "Quality", "Temperature", "Likelihood to close",
        "Next Step", "Age", "Expected Revenue", "Stage Duration", "sales_cycle_days", "Days in Stage", "Weighted value",
        "Last Activity Date", "Fiscal Quarter", "Wahrscheinlichkeit", "Payment Type", "Initial Amount Paid",
        "Overall Sales Duration", "Sales Cycle Duration", "Deal Duration", "Total duration", "Days inactive", "Vertriebsdauer",
        "Durée du cycle", "Duración del ciclo", "Doorlooptijd", "Activity Count", "Anzahl Aktivitäten", "Letzte Aktivität",
        "Número de llamadas", "Nombre d'appels",
    ],
)  # fmt: skip
def test_what_is_set_while_selling_is_a_leak_by_its_name(header: str) -> None:
    assert use_of(facts(header, {"1": 5, "2": 5})).use is Use.LEAK


@pytest.mark.parametrize(
    "header",
    [
        "Region",
        "Package",
        "Segment",
        "Stage of growth",
        "Average stock",
        "Priority club member",
        "Contract duration",
        "Deal contract duration",
        "Total contract duration",
    ],
)
def test_a_name_that_only_looks_like_a_leak_is_none(header: str) -> None:
    expected = {"Priority club member": Use.LEAK}.get(header, Use.ATTRIBUTE)
    assert use_of(facts(header, {"a": 5, "b": 5})).use is expected


def test_empty_constant_and_checksum_columns_are_ignored_and_say_why() -> None:
    assert use_of(facts("X", {}, rows=9)).why == "it is empty"
    assert use_of(facts("X", {"a": 9})).why == "it holds one value throughout"
    assert use_of(facts("(Do Not Modify) Row Checksum", {"a": 4, "b": 4})).use is Use.IGNORED
    assert use_of(facts("X", {"a": 4, "b": 4}), same_as="Y").why == "it holds the same as 'Y'"


def test_one_value_or_blank_is_an_attribute() -> None:
    assert use_of(facts("Has demo", {"yes": 4}, rows=9)).use is Use.ATTRIBUTE


def test_numbers_are_measured_unless_they_are_few_or_ids() -> None:
    many = {str(n): 1 for n in range(40)}
    assert use_of(facts("Seats", many, numbers=1.0)).use is Use.NUMBER
    assert use_of(facts("Duration", {"6": 9, "11": 9}, numbers=1.0)).use is Use.ATTRIBUTE
    assert use_of(facts("Quote Id", many, numbers=1.0)).use is Use.IDENTIFIER
    assert (
        use_of(facts("Something", {f"58050280000555{n:05}": 1 for n in range(40)}, numbers=1.0)).use is Use.IDENTIFIER
    )


def test_long_and_unique_texts_are_no_attributes() -> None:
    unique = {f"value {n}": 1 for n in range(40)}
    assert use_of(facts("Something", unique)).use is Use.IDENTIFIER
    assert use_of(facts("Something", unique, mean_words=9.0)).use is Use.FREE_TEXT
    spread = {f"city {n}": 2 for n in range(900)}
    assert use_of(facts("City", spread)).use is Use.FREE_TEXT


def test_people_are_named_by_the_header() -> None:
    assert names_a_person("Created By")
    assert names_a_person("Sales Manager")
    assert names_a_person("Deal - Contact person")
    assert not names_a_person("Manager level")
    assert not names_a_person("Region")


@pytest.mark.parametrize(
    "header",
    [
        "Solutions Engineer", "Solution Consultant", "Presales", "Pre-Sales", "Sales Rep 2", "CSM Name", "Account Manager Name",
        "SDR Assigned", "Account Executive 2", "AE", "Sales_Rep_2__c", "user_name", "Won by", "Betreuer", "Vendeur", "Usuario", "Utente", "Gebruikersnaam", "Opportunity: Solutions Engineer", "SalesRep2", "Deal - BDR name",
    ],
)  # fmt: skip
def test_roles_of_those_who_sell_name_people(header: str) -> None:
    assert names_a_person(header)
    assert (
        use_of(facts(header, {"Ann Lee": 5, "Bob Ray": 5})).why == "it names people: kept as opaque ids, never compared"
    )


@pytest.mark.parametrize(
    "header",
    [
        "Representation", "Report", "Segment", "Reporting tool", "Presales hours", "Rep region", "Solutions", "Sales Engineering budget",
        "Account Management tier", "Replacement", "Consultant involved", "Region", "CSM segment", "Repeat", "Agentless", "Michael", "Israel",
    ],
)  # fmt: skip
def test_words_that_only_look_like_a_role_name_nobody(header: str) -> None:
    assert not names_a_person(header)


def test_a_column_of_the_names_of_owners_names_people_whatever_it_is_called(tmp_path: Path) -> None:
    owners, teams = ["Ann Lee", "Bob Ray", "Cy Doe", "Di Poe"], ["North", "South"]
    found = deals(
        tmp_path, Owner=owners, Sidekick=["bob  ray", "Cy Doe", "Ann Lee", "Eve Fox", "Ann Lee"], Bundle=teams
    )
    assert (found.use("Sidekick"), found.use("Bundle")) == ("identifier", "attribute")
    assert all(value.startswith("p_") for value in found.column("x_sidekick"))
    assert "Eve Fox" in found.column("name", "people")


OWNERS = [
    "Employee Responsible", "Owned By", "Consultant", "KAM", "Account Lead", "Pursuit Lead", "In charge", "Who", "Ejecutivo", "Deal captain",
    "Ansprechpartner intern", "OWNER_RESOURCE_NAME", "_ownerid_value@OData.Community.Display.V1.FormattedValue", "Ingénieur commercial",
    "Consulente", "Relatiebeheerder", "Executivo de vendas",
]  # fmt: skip
REPS = ["Ann Lee", "Bob Ray", "Cy Doe", "Di Poe"]


@pytest.mark.parametrize("header", OWNERS)
def test_what_systems_and_languages_call_the_owner_is_the_owner(header: str, tmp_path: Path) -> None:
    found = deals(tmp_path, **{header: REPS, "Plan": ["a", "b"]})
    assert (found.target(header), found.use(header)) == ("owner_id", "canonical")
    assert len(set(found.column("owner_id"))) == 4


def test_people_by_their_values_own_the_deals_where_no_column_says_so(tmp_path: Path) -> None:
    found = deals(tmp_path, Ours=["Anna Adler", "Ben Hahn", "Eva Imhof"], Contact=["Eva Lang", "Jan Kern"])
    assert (found.target("Ours"), found.use("Contact")) == ("owner_id", "identifier")
    assert next(c.why for c in found.told.columns if c.header == "Ours") == (
        "its values look like names of people: taken for the owner, for want of a column that says so"
    )


def test_people_by_their_values_are_no_attribute_beside_an_owner(tmp_path: Path) -> None:
    found = deals(tmp_path, Owner=REPS, Ours=["Anna Adler", "Ben Hahn", "Eva Imhof"], Region=["Jan Kern", "Kira Graf"])
    assert (found.target("Owner"), found.use("Ours"), found.use("Region")) == ("owner_id", "identifier", "identifier")
    assert all(value.startswith("p_") for value in found.column("x_ours") + found.column("x_region"))


def test_an_approver_owns_no_deal_where_a_seller_is_named(tmp_path: Path) -> None:
    found = deals(tmp_path, Approver=REPS, **{"Solution Engineer": list(reversed(REPS))})
    assert (found.target("Solution Engineer"), found.use("Approver")) == ("owner_id", "identifier")


def test_the_words_of_a_code_go_before_the_code(tmp_path: Path) -> None:
    label = "@OData.Community.Display.V1.FormattedValue"
    rows = [
        {"opportunityid": n, "statecode": 1 + n % 2, f"statecode{label}": ["Won", "Lost"][n % 2]} for n in range(30)
    ]
    found = pull(write(tmp_path / "deals.csv", rows))
    assert (found.kinds, found.use("statecode")) == ({"won": 15, "lost": 15}, "ignored")


def test_custom_names_are_ascii_and_unique() -> None:
    names = custom_names(["Größe", "Grosse", "Регион", "Level of Deutsch", "level_of_deutsch"])
    assert names == ("x_grosse", "x_grosse_2", "x_column_3", "x_level_of_deutsch", "x_level_of_deutsch_2")


def deals(tmp_path: Path, **more: list[str]) -> Pulled:
    rows = [
        {
            "Id": f"D{n}",
            "Stage": "Won" if n % 3 else "Lost",
            **{header: values[n % len(values)] for header, values in more.items()},
        }
        for n in range(30)
    ]
    return pull(write(tmp_path / "deals.csv", rows))


def test_a_column_that_repeats_another_row_by_row_is_ignored_and_a_look_alike_is_not(tmp_path: Path) -> None:
    found = deals(tmp_path, Segment=["a", "b"], Copy=["a", "b"], Other=["b", "a"])
    assert (found.use("Copy"), found.use("Other")) == ("ignored", "attribute")
    assert "x_copy" not in found.tables["deals"].column_names


def test_people_in_custom_columns_become_opaque_ids(tmp_path: Path) -> None:
    found = deals(tmp_path, **{"Modified By": ["Ann Lee", "ann  lee", "Bob Ray"]})
    assert len(set(found.column("x_modified_by"))) == 2
    assert all(value.startswith("p_") for value in found.column("x_modified_by"))
    assert "Ann Lee" in found.column("name", "people")


def test_numbers_and_dates_are_typed_and_what_is_none_is_blanked_and_counted(tmp_path: Path) -> None:
    seats = [str(n) for n in range(29)] + ["many"]
    found = deals(tmp_path, Seats=seats, Signup=[f"2024-01-{n + 1:02}" for n in range(30)])
    assert found.column("x_seats")[:2] == [0.0, 1.0]
    assert found.column("x_seats")[29] is None
    assert str(found.tables["deals"].schema.field("x_signup").type) == "date32[day]"
    problem = found.problem("unreadable_value")
    assert problem is not None
    assert (problem.count, problem.column, problem.examples, problem.lines) == (1, "Seats", ("many",), (31,))
    assert found.told.tallies["deals"].rejected == 0


def test_a_slash_among_paths_is_a_page_and_a_dash_is_blank(tmp_path: Path) -> None:
    found = deals(tmp_path, Page=["/", "/en", "/de"], Segment=["-", "a", "b"])
    assert found.column("content")[0] == "/"
    assert found.column("x_segment")[0] is None
    problem = found.problem("placeholder")
    assert problem is not None
    assert (problem.column, problem.count) == ("Segment", 10)


def test_a_column_that_holds_other_values_than_its_name_says_is_told(tmp_path: Path) -> None:
    rows = [{"Stage": "Closed Won", "Amount": amount} for amount in ("$1", "$2", "ask Ann")]
    told = {c.header: c.why for c in pull(write(tmp_path / "deals.csv", rows)).told.columns}
    assert told["Amount"] == (
        "3 different values; by its name it is amount, but 1 of 3 values cannot be read as an amount"
    )


@pytest.mark.parametrize("tick", ["x", "✓", "Yes", "checked", "TRUE"])
def test_of_a_box_that_is_ticked_or_not_a_blank_is_a_no(tick: str, tmp_path: Path) -> None:
    rows = [{"Id": f"d{n}", "Stage": ["Won", "Lost"][n % 2], "Demo given": tick if n % 3 else ""} for n in range(30)]
    path = write(tmp_path / "deals.csv", rows)
    found = pull(path)
    assert found.column("x_demo_given")[:4] == ["no", tick, tick, "no"]
    (told,) = (c for c in found.told.columns if c.header == "Demo given")
    assert told.why == "one value or blank: a box, so a blank is a no"
    assert pull(path, mapping=map_of(found.told.mapping)).tables == found.tables


@pytest.mark.parametrize("values", [["Gold", ""], ["x", "-", ""], ["7", ""], ["x", "y z", ""]])
def test_a_blank_beside_anything_else_stays_blank(values: list[str], tmp_path: Path) -> None:
    rows = [{"Id": f"d{n}", "Stage": ["Won", "Lost"][n % 2], "Mark": values[n % len(values)]} for n in range(30)]
    assert None in pull(write(tmp_path / "deals.csv", rows)).column("x_mark")

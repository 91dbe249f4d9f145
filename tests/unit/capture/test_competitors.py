from __future__ import annotations

import csv
from collections import Counter

import pytest

from exports import export
from winloss.capture.competitors import read_values


@pytest.mark.parametrize(
    ("value", "kind", "present"),
    [
        ("None", "none", False),
        ("No competitor", "none", False),
        ("No", "none", False),
        ("Kein Wettbewerber", "none", False),
        ("Status quo", "none", False),
        ("Unknown", "unknown", None),
        ("Don't know", "unknown", None),
        ("?", "unknown", None),
        ("Yes", "unknown", True),
        ("Other", "unknown", True),
        ("Incumbent", "unknown", True),
        ("", "blank", None),
        ("-", "blank", None),
        ("n/a", "blank", None),
        ("#REF!", "blank", None),
    ],
)
def test_answers_that_are_no_names_keep_their_kind(value: str, kind: str, present: bool | None) -> None:
    reading = read_values({value: 1, "Acme": 1})[value]
    assert (reading.kind, reading.name, reading.present) == (kind, None, present)


def test_a_name_is_a_competitor() -> None:
    reading = read_values({"Competitor A": 14})["Competitor A"]
    assert (reading.kind, reading.name, reading.present) == ("competitor", "Competitor A", True)


def test_spellings_of_one_name_are_joined_under_the_most_frequent_and_told() -> None:
    read = read_values({"Acme": 9, "ACME Inc.": 4, "acme": 1, "Hub Spot": 1, "HubSpot": 2, "Globex": 1})
    assert {read[value].name for value in ("Acme", "ACME Inc.", "acme")} == {"Acme"}
    assert read["Hub Spot"].name == "HubSpot"
    assert read.names == ("Acme", "Globex", "HubSpot")
    assert [(m.name, m.spellings) for m in read.merges] == [
        ("Acme", (("Acme", 9), ("ACME Inc.", 4), ("acme", 1))),
        ("HubSpot", (("HubSpot", 2), ("Hub Spot", 1))),
    ]


def test_digits_and_letters_keep_names_apart() -> None:
    assert read_values({"Competitor A": 1, "Competitor B": 1, "Box 1": 1, "Box 2": 1}).names == (
        "Box 1",
        "Box 2",
        "Competitor A",
        "Competitor B",
    )


@pytest.mark.parametrize(
    "aliases", [{"SFDC": "Salesforce"}, {"Salesforce": ["SFDC"]}, {"SFDC": "SF", "SF": "Salesforce"}]
)
def test_aliases_of_the_map_merge_competitors(aliases: dict[str, str | list[str]]) -> None:
    read = read_values({"SFDC": 3, "salesforce": 1}, aliases)
    assert (read["SFDC"].name, read["salesforce"].name) == ("Salesforce", "Salesforce")
    assert read.canonical("sfdc") == "Salesforce"


def test_the_map_can_say_that_a_value_is_none_unknown_or_blank() -> None:
    read = read_values({"Excel": 1, "Misc": 1, "xx": 1}, {"Excel": "none", "Misc": "unknown", "xx": "blank"})
    assert [read[value].kind for value in ("Excel", "Misc", "xx")] == ["none", "unknown", "blank"]
    assert read.names == ()


def test_aliases_that_lead_in_a_ring_end() -> None:
    assert read_values({"A": 1}, {"A": "B", "B": "A"})["A"].name in ("A", "B")


def test_of_several_competitors_the_first_counts_and_the_others_are_kept() -> None:
    read = read_values({"Acme; Globex": 1, "Acme / Globex": 1, "Acme": 5, "Globex": 5, "Smith & Sons": 2})
    assert (read["Acme; Globex"].name, read["Acme; Globex"].others) == ("Acme", ("Globex",))
    assert (read["Acme / Globex"].name, read["Acme / Globex"].others) == ("Acme", ("Globex",))
    assert read["Smith & Sons"].name == "Smith & Sons"


def test_of_a_picklist_of_several_the_first_counts_though_it_never_stands_alone() -> None:
    read = read_values(
        {"Initech;Globex": 93, "Umbrella | Initech": 2, "Hooli\nGlobex": 1, "None; Globex": 1, "Acme": 9}
    )
    assert {value: (read[value].name, read[value].others) for value in ("Initech;Globex", "Hooli\nGlobex")} == {
        "Initech;Globex": ("Initech", ("Globex",)),
        "Hooli\nGlobex": ("Hooli", ("Globex",)),
    }
    assert (read["Umbrella | Initech"].name, read["None; Globex"].name) == ("Umbrella", "Globex")


def test_commas_part_names_that_stand_elsewhere_and_no_others() -> None:
    read = read_values({"Initech, Globex": 3, "Initech;Globex": 1, "Smith, Jones": 2})
    assert (read["Initech, Globex"].name, read["Smith, Jones"].name) == ("Initech", "Smith, Jones")


def test_a_sentence_with_a_semicolon_makes_no_names() -> None:
    text = "they had Acme in the building for years already; we came late"
    read = read_values({text: 1, "Acme": 4, "the price was far too high for them; no budget": 1})
    assert (read[text].name, read.names) == ("Acme", ("Acme",))


def test_doing_it_in_house_is_one_alternative() -> None:
    assert {r.name for r in read_values({"In-house": 2, "Inhouse": 1, "Eigenentwicklung": 1}).readings} >= {"In-house"}


def test_a_text_is_a_name_only_where_it_speaks_of_one_known_competitor() -> None:
    long = "they said it was mostly Acme that convinced the board"
    both = "it was between Acme and Globex until the very last day"
    read = read_values({long: 1, both: 1, "Acme": 2, "Globex": 2, "we never learned who it was in the end": 1})
    assert read[long].name == "Acme"
    assert read[both].kind == "unknown"
    assert read["we never learned who it was in the end"].kind == "unknown"


def test_a_yes_no_field_is_a_flag_and_nobody_is_called_yes() -> None:
    read = read_values({"Yes": 143, "No": 285, "Unknown": 20})
    assert read.is_flag
    assert read.names == ()
    assert {r.value: (r.kind, r.present) for r in read.readings} == {
        "Yes": ("unknown", True),
        "No": ("none", False),
        "Unknown": ("unknown", None),
    }


def test_names_beside_yes_make_no_flag() -> None:
    read = read_values({"Yes": 3, "Acme": 2})
    assert not read.is_flag
    assert read["Yes"].name is None


def test_the_competitors_field_of_the_b2b_export_is_a_flag() -> None:
    with export("salvirt-b2b", "deals.csv").open(encoding="utf-8-sig", newline="") as file:
        counts = Counter(row["Competitors"] for row in csv.DictReader(file, delimiter=";"))
    assert read_values(counts).is_flag


def test_the_competitors_of_the_notes_export_are_three() -> None:
    with export("pattern-miner", "deals_hubspot_import.csv").open(encoding="utf-8-sig", newline="") as file:
        counts = Counter(row["competitor_mentioned"] for row in csv.DictReader(file))
    read = read_values(counts)
    assert read.names == ("Competitor A", "Competitor B", "Competitor C")
    assert read[""].kind == "blank"

from __future__ import annotations

import pytest

from winloss.sources.files.given_names import are_people


@pytest.mark.parametrize(
    "values",
    [
        "Anna Adler|Ben Hahn|Eva Imhof", "Adler, Anna|Hahn, Ben|Imhof, Eva", "A. Adler|B. Hahn|E. van der Berg", "anna.adler|ben.hahn|eva.imhof",
        "ANNA ADLER|BEN HAHN|JÜRGEN KÖHLER", "José García|María de la Cruz|João da Silva", "Иван Петров|Ольга Иванова|Пётр Сидоров",
        "Anna|Ben|Eva|Kira", "a@x.de|b@x.de|c@x.de", "Łukasz Nowak|Jürgen Öz|Élodie d'Arc", "Priya Sharma|Wei Zhang|Kwame Mensah",
    ],
)  # fmt: skip
def test_names_of_people_are_known_by_shape_and_given_name(values: str) -> None:
    assert are_people(values.split("|"))


@pytest.mark.parametrize(
    "values",
    [
        "New York|Los Angeles|San Francisco|San Diego|Las Vegas", "North America|South America|Asia Pacific", "N. America|S. America|E. Europe",
        "Financial Services|Real Estate|Health Care", "Cold Call|Trade Show|Web Form", "Alpha Pro|Alpha Basic|Beta Pro",
        "Carl Zeiss AG|Thomas Cook Ltd|Karl Storz GmbH", "Too Expensive|Missing Features|No Budget", "Georgia|Jordan|Chad|France",
        "San Jose|Santa Clara|Santa Monica", "Mark Up|Price List|Grant Program", "Virginia|Georgia|Carolina|Texas|Ohio", "Max|Pro|Lite",
        "Anna Adler", "Closed Won|Closed Lost", "Mid Market|Large Enterprise|Small Business", "Stage One|Stage Two", "",
    ],
)  # fmt: skip
def test_places_products_companies_and_categories_are_no_people(values: str) -> None:
    assert not are_people(values.split("|"))

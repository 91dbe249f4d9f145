from __future__ import annotations

import pytest

from winloss.tables import TABLES, Personal, Role, TableSpec
from winloss.tables.custom import PREFIX


@pytest.mark.parametrize("spec", TABLES.values(), ids=TABLES)
def test_every_table_declares_its_key_once(spec: TableSpec) -> None:
    names = [column.name for column in spec.columns]
    assert len(names) == len(set(names))
    assert set(spec.key) == {column.name for column in spec.columns if column.role is Role.KEY}
    assert spec.latest_by is None or spec.latest_by in names


@pytest.mark.parametrize("spec", TABLES.values(), ids=TABLES)
def test_every_column_says_what_it_means(spec: TableSpec) -> None:
    for column in spec.columns:
        assert column.meaning.endswith("."), f"{spec.name}.{column.name}"
        assert not column.name.startswith(PREFIX)


def test_names_of_people_stand_in_people_alone() -> None:
    with_names = {spec.name for spec in TABLES.values() for c in spec.columns if c.personal is Personal.NAME}
    assert with_names == {"people"}


def test_amounts_are_whole_cents() -> None:
    amounts = [(s.name, c) for s in TABLES.values() for c in s.columns if "amount" in c.name]
    assert amounts
    assert all(c.name.endswith("_cents") and str(c.type) == "int64" for _, c in amounts)

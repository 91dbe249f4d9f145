"""Columns of people among the deals: none of them is an attribute, and one of them is the owner where no other is."""

from __future__ import annotations

from collections.abc import Sequence

from winloss.sources.files.facts import ColumnFacts
from winloss.sources.files.mapping import TableMapping
from winloss.sources.files.uses import holds_people, may_own, names_a_person
from winloss.tables import TABLES, Role

_ATTRIBUTES = frozenset(c.name for c in TABLES["deals"].columns if c.role is Role.ATTRIBUTE)
_OWNERS = ("owner_id", "owner_name", "owner_email")


def with_people(mapping: TableMapping, facts: Sequence[ColumnFacts]) -> TableMapping:
    """The mapping in which columns of people are no attributes, and where no column is the owner, one of them is.

    Of several the one whose name says people is taken, then the one with more values, then the one further left.
    """
    for target in sorted(_ATTRIBUTES & mapping.columns.keys()):
        position = mapping.columns[target]
        if not mapping.choices[position].given and holds_people(facts[position]):
            mapping = mapping.without(target, f"by its name it is {target}")
    if any(mapping.has(target) for target in _OWNERS):
        return mapping
    free = [f for f in facts if mapping.choices[f.position].target is None and not mapping.choices[f.position].given]
    candidates = [f for f in free if may_own(f)]
    if not candidates:
        return mapping
    best = min(candidates, key=lambda f: (not names_a_person(f.header), -f.filled, f.position))
    why = "by its name" if names_a_person(best.header) else "its values look like names of people"
    return mapping.taking("owner_name", best.position, f"{why}: taken for the owner, for want of a column that says so")

"""`people`: the only place where an opaque id meets a name, so that a person can be forgotten."""

from __future__ import annotations

from winloss.tables.column import Personal, Role, TableSpec, text

PEOPLE = TableSpec(
    name="people",
    meaning="One row a person; unversioned, the only table with names.",
    key=("person_id",),
    columns=(
        text("person_id", "Opaque id, made from the source's id or name.", role=Role.KEY, personal=Personal.ID),
        text("name", "The person's name.", personal=Personal.NAME),
        text("email", "The person's address.", personal=Personal.NAME),
        text("team", "The sales team or office."),
        text("manager_id", "The manager: an opaque id of this table.", personal=Personal.ID),
    ),
)

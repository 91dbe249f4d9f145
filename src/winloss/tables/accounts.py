"""`accounts`: one row a buyer."""

from __future__ import annotations

from winloss.tables.column import COUNT, Column, Role, TableSpec, attribute, text

ACCOUNTS = TableSpec(
    name="accounts",
    meaning="One row a buyer (company).",
    key=("account_id",),
    open_ended=True,
    columns=(
        text("account_id", "The CRM's id, or the name where the source has no id.", role=Role.KEY),
        text("account_name", "The buyer's name."),
        attribute("industry", "The buyer's industry."),
        attribute("country", "The buyer's country."),
        attribute("region", "The sales region."),
        attribute("size_band", "The buyer's size, as a band of employees."),
        Column(name="employees", type=COUNT, unit="people", meaning="The buyer's employees.", role=Role.ATTRIBUTE),
        text("source_file", "The file or connection the row came from.", role=Role.PROVENANCE),
    ),
)

"""A version of a book, ready for pages: read once a process, any segment of it counted in a moment."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import uuid4

import numpy as np

from winloss.aggregate import periods as period_counts
from winloss.aggregate import shelved
from winloss.refresh import resolving, taxonomy_of
from winloss.store import View
from winloss.synthesize import ripeness
from winloss.synthesize.asking import rows
from winloss.synthesize.assemble import StudyOptions, scope
from winloss.synthesize.attributes import columns_of
from winloss.synthesize.coded import Marks
from winloss.synthesize.glance import Around, Glance, attribute_tables, glance
from winloss.synthesize.glossary import Glossary
from winloss.synthesize.shelf import Shelf, read
from winloss.synthesize.study import AttributeTable
from winloss.synthesize.within import marks
from winloss.tables.people import PEOPLE
from winloss.tables.segment import EVERYTHING, Segment


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """The deals of one version and what is said of them. `names` are those of the people of the book, by opaque id."""

    version: int
    shelf: Shelf
    around: Around
    names: dict[str, str] = field(repr=False)
    excluded: tuple[Segment, ...] = ()
    """Segments whose deals were left out of it."""
    key: str = field(default_factory=lambda: uuid4().hex)
    """Of this very reading: what is remembered of it is found by this."""

    def inside(self, segment: Segment) -> Marks:
        """Which deals are in a segment; UserError where it names a field that the deals do not have."""
        return marks(segment, self.shelf.table)

    def glance(self, inside: Marks, *, segment: Segment = EVERYTHING, among: Marks | None = None) -> Glance:
        """The figures of some deals, those of `segment`, beside the others that one may see."""
        return glance(self.shelf, inside, self.around, segment=segment, among=among)

    def tables(self, inside: Marks, *, segment: Segment = EVERYTHING) -> tuple[AttributeTable, ...]:
        """Every attribute of some deals, value by value."""
        return attribute_tables(self.shelf, inside, self.around, segment=segment)

    def of_owners(self, owners: frozenset[str], teams: frozenset[str]) -> Marks:
        """The deals of some owners, and of some teams as the CRM calls them."""
        return self._one_of("owner_id", owners) | self._one_of("team", teams)

    def _one_of(self, name: str, values: frozenset[str]) -> Marks:
        if not values or name not in self.shelf.table.column_names:
            return np.zeros(self.shelf.n, bool)
        written = ", ".join('"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"' for value in sorted(values))
        return marks(Segment.parse(f"{name} in ({written})"), self.shelf.table)


def serve(view: View, *, options: StudyOptions) -> Served:
    """Read a version.

    Parameters
    ----------
    view
        The version, open; it may be closed afterwards.
    options
        Which deals, as of which day, as in a report.
    """
    within = scope(resolving(view), ask=view.recall, options=options)
    custom = view.manifest.custom.get("deals", ())
    table = view.recall(shelved.deals(within.deals, columns_of(within.deals.columns, custom)))
    cohorts = rows(view.recall, period_counts.cohorts(within.deals))
    return Served(
        version=view.manifest.version,
        shelf=read(table, custom, as_of=within.as_of.day),
        around=Around(
            as_of=within.as_of,
            ripe=ripeness.judge(cohorts, within.as_of),
            glossary=Glossary.of(taxonomy_of(view.manifest)),
            fiscal_year_start_month=options.fiscal_year_start_month,
        ),
        names=_names(view),
        excluded=options.exclude,
    )


def _names(view: View) -> dict[str, str]:
    people = view.ask(view.tables[PEOPLE.name].select("person_id", "name"))
    return {one["person_id"]: one["name"] for one in people.to_pylist() if one["name"]}

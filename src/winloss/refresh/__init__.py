"""The one place that joins sources, store and stages: import files into a book, and study a book.

Here the clock is read, here queries run, and nowhere else is the book written.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from winloss import __version__
from winloss.capture import picklist, resolve
from winloss.capture.taxonomy import Taxonomy, shipped, shipped_stamp
from winloss.refresh.lookup import Listed, largest_first, look_up
from winloss.report.behind import COLUMNS, claims_of, listed_of
from winloss.sources.contract import Intake
from winloss.store import Book, Landed, Landing, Manifest, SourceEntry, View
from winloss.synthesize.assemble import StudyOptions, scope, study
from winloss.synthesize.glossary import Glossary
from winloss.synthesize.intake import FoldFact, IntakeFacts
from winloss.synthesize.recovery import every
from winloss.synthesize.segments import warm
from winloss.synthesize.study import Prospect, Study
from winloss.tables.segment import Segment

Progress = Callable[[str, int, int | None], None]
"""Told what is being done, how much of it is done, and how much there is (None where nobody knows)."""

TOLD_ANEW_SHARE = 0.9
"""A source that holds so many of the deals of an earlier one, and its columns, tells it anew: some are merged or deleted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOptions:
    """How files are read."""

    mapping: Path | None = None
    rates: Path | None = None
    strict: bool = False
    rejects_dir: Path | None = None
    """Where `<name>.rejects.csv` goes; beside the file where None."""
    whole_map: bool = False
    """True to refuse a map that gives a target to a column that no file has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What an import did."""

    manifest: Manifest
    intake: Intake
    landed: Mapping[str, Landed]
    fresh: bool
    """False where nothing had changed and no version was made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Studied:
    """A study, with the deals behind it at hand while the book is open.

    `deals` are the resolved deals that the study speaks of.
    """

    study: Study
    deals: ir.Table
    ask: Callable[[ir.Table], pa.Table]
    taxonomy: Taxonomy
    window_days: int | None = None
    listed: dict[str, Listed] = field(default_factory=dict, repr=False)

    def deals_of(self, written: str) -> pa.Table:
        """The closed deals of a segment's text form, columns `report.behind.COLUMNS`, the largest first.

        Of a finding's segment at most `PER_FINDING` of each outcome, with `OF_OUTCOME`: how many there are.
        """
        if not self.listed:
            claims = claims_of(self.study)
            wanted = [*(one.segment for one in claims if one.segment), written]
            self.listed.update(look_up(self.deals, self.ask, wanted, most=listed_of(len(claims))))
        if written in self.listed:
            return self.listed[written].table()
        chosen = Segment.parse(written).of_table(self.deals).filter(lambda t: t.is_closed)
        return self.ask(largest_first(chosen).select(*COLUMNS))

    def prospects(self) -> tuple[Prospect, ...]:
        """Every lost deal worth asking again, by value."""
        glossary = Glossary.of(self.taxonomy)
        return every(
            self.deals,
            ask=self.ask,
            glossary=glossary,
            as_of=self.study.as_of,
            window_days=self.window_days,
            currency=self.study.currency,
            dated=self.study.recovery.dated,
        )


def import_files(
    book: Book, paths: Sequence[Path], *, options: ImportOptions, progress: Progress | None = None
) -> Imported:
    """Read files and land them in the book as one version; nothing is changed where any of it fails."""
    from winloss.sources.files import FileSource

    with tempfile.TemporaryDirectory(prefix="winloss-") as work, book.landing() as landing:
        source = FileSource(
            paths,
            mapping=options.mapping,
            rates=options.rates,
            strict=options.strict,
            rejects_dir=options.rejects_dir,
            work_dir=Path(work),
            progress=progress,
        )
        if options.whole_map:
            source.check_map()
        landed = {
            table: landing.land(table, source.pull(table), schema=source.schema(table), custom=source.custom(table))
            for table in source.offers
        }
        intake = source.told()
        before = landing.base
        manifest = landing.commit(
            source=intake.source,
            told=_plain(intake),
            settings=_settings(before, intake),
            made_at=dt.datetime.now(dt.UTC),
            note=f"import {', '.join(path.name for path in paths)}",
            told_anew=_told_anew(landing, intake, landed),
        )
    return Imported(manifest=manifest, intake=intake, landed=landed, fresh=manifest.version != before.version)


def _told_anew(landing: Landing, intake: Intake, landed: Mapping[str, Landed]) -> list[str]:
    """Earlier sources that this one tells again: their tables, their columns and nearly all their deals are in it."""
    columns = {one.header for one in intake.columns}
    return [
        name
        for name, entry in landing.base.sources.items()
        if name != intake.source
        and entry.landed.keys() <= landed.keys()
        and {one["header"] for one in entry.told.get("columns", ())} <= columns
        and landing.met(entry) >= TOLD_ANEW_SHARE
    ]


def _plain(intake: Intake) -> dict[str, Any]:
    told = dataclasses.asdict(intake)
    told["rejects"] = str(intake.rejects) if intake.rejects else ""
    return told


def _settings(before: Manifest, intake: Intake) -> dict[str, Any]:
    kept = dict(before.settings)
    for section in ("reasons", "competitors"):
        kept[section] = {**kept.get(section, {}), **intake.mapping.get(section, {})}
    kept["taxonomy"] = shipped_stamp()
    return kept


@contextmanager
def passing_book(
    paths: Sequence[Path], *, options: ImportOptions, progress: Progress | None = None
) -> Iterator[tuple[Book, Imported]]:
    """A book that holds these files only and is gone afterwards: `winloss report FILE` goes the way of every book."""
    with tempfile.TemporaryDirectory(prefix="winloss-") as place:
        book = Book.create(Path(place) / "book")
        yield book, import_files(book, paths, options=options, progress=progress)


def taxonomy_of(manifest: Manifest) -> Taxonomy:
    """The taxonomy in force in a version of a book."""
    text = manifest.settings.get("taxonomy_text")
    return Taxonomy.parse(text, where="the book's taxonomy") if text else shipped()


def read_values(view: View) -> resolve.Readings:
    """Every raw reason and competitor of a version, read once."""
    raw = {
        name: {row["value"]: row["n"] for row in view.ask(asked).to_pylist()}
        for name, asked in resolve.raw_values(view.tables["deals"], _debriefs(view)).items()
    }
    settings, taxonomy = view.manifest.settings, taxonomy_of(view.manifest)
    return resolve.read(
        raw, taxonomy, reasons=picklist.in_force(settings, taxonomy), competitors=settings.get("competitors")
    )


def resolved(view: View) -> ir.Table:
    """The deals of a version with outcome, reason and competitor, kept on the engine while the view is open."""
    return view.hold("resolved", resolving(view))


def resolving(view: View, readings: resolve.Readings | None = None) -> ir.Table:
    """The same, resolved anew whenever it is asked: for who asks once or twice, and for few columns.

    Of notes only a mark is there, "yes" where there are any: they are counted and never read.
    """
    told = resolve.resolve(view.tables["deals"], readings or read_values(view), debriefs=_debriefs(view))
    return view.name("resolving", told.mutate(notes=ibis.cases((told.notes.notnull(), "yes"), else_=None)))


def _debriefs(view: View) -> ir.Table | None:
    """None where the version holds none: what need not be joined is not asked for."""
    entry = view.manifest.tables.get("debriefs")
    return view.tables["debriefs"] if entry is not None and entry.rows else None


def adopt_picklist(book: Book, text: str) -> Manifest:
    """Put a picklist in force: a version of the book that differs in its settings only."""
    with book.landing() as landing:
        settings = {**landing.base.settings, "picklist": text}
        return landing.commit(
            source=None, told={}, settings=settings, made_at=dt.datetime.now(dt.UTC), note="adopt a picklist"
        )


def study_of(view: View, *, options: StudyOptions, name: str, told: Callable[[str], None] | None = None) -> Studied:
    """Study a version of a book.

    Parameters
    ----------
    view
        The version, open.
    options
        What was asked.
    name
        What the book is called in the report.
    told
        Hears a sentence where something takes longer this once.
    """
    begin_search(told)
    readings, taxonomy = read_values(view), taxonomy_of(view.manifest)
    deals = view.hold("resolved", resolving(view, readings))
    within = scope(deals, ask=view.ask, options=options)
    found = study(
        within,
        ask=view.ask,
        tables=view.tables,
        custom=view.manifest.custom.get("deals", ()),
        taxonomy=taxonomy,
        intake=_with_rivals(facts(view.manifest), readings),
        options=dataclasses.replace(options, picklist=picklist.adopted(view.manifest.settings, taxonomy)),
        book=described(view.manifest, name),
    )
    return Studied(
        study=found,
        deals=within.deals,
        ask=view.ask,
        taxonomy=taxonomy,
        window_days=options.window_days,
    )


def begin_search(told: Callable[[str], None] | None = None) -> None:
    """Load the segment search in the background, while the engine resolves the deals."""
    hand = ThreadPoolExecutor(1)
    hand.submit(warm, told)
    hand.shutdown(wait=False)


def facts(manifest: Manifest) -> IntakeFacts:
    """What the sources of a version told of its rows; those that a later one told anew are not counted again."""
    entries = _newest(manifest)
    told = [entry.told for entry in entries]
    folded = sum(entry.landed["deals"].folded for entry in entries if "deals" in entry.landed)
    rejects = ", ".join(one["rejects"] for one in told if one.get("rejects"))
    rows = told[0]["tallies"].get("deals", {}).get("rows") if len(told) == 1 and _is_whole(manifest) else None
    return IntakeFacts.read(told, folded=folded, rows=rows, rejects=rejects)


def _with_rivals(told: IntakeFacts, readings: resolve.Readings) -> IntakeFacts:
    """Spellings of competitors that were joined are told with those that reading joined."""
    header = next((one.header for one in told.columns if one.target == "competitor_raw"), "Competitor")
    folds = [
        FoldFact(column=header, kept=one.name, folded=tuple(s for s in one.spellings if s[0] != one.name), why=one.why)
        for one in readings.competitors.merges
    ]
    return dataclasses.replace(told, folds=(*told.folds, *folds))


def _newest(manifest: Manifest) -> list[SourceEntry]:
    return [entry for entry in manifest.sources.values() if not entry.told_anew]


def _is_whole(manifest: Manifest) -> bool:
    """Whether the last pull of the only source holds every deal of the book; an export of last month does not."""
    (entry,) = _newest(manifest)
    landed, table = entry.landed.get("deals"), manifest.tables.get("deals")
    return bool(landed and table and landed.new + landed.changed + landed.unchanged == table.rows)


def described(manifest: Manifest, name: str) -> dict[str, Any]:
    """What a report says of the book it is of."""
    return {
        "name": name,
        "version": manifest.version,
        "made_at": manifest.made_at.isoformat() if manifest.made_at else None,
        "sources": list(manifest.sources),
        "taxonomy": taxonomy_of(manifest).stamp,
        "program": __version__,
    }

"""Files of deals as a source: read once to decide, read again to convert."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pyarrow as pa

from winloss.errors import DataError, UserError
from winloss.sources.contract import Intake, Join, Problem, Tally
from winloss.sources.files import sheets
from winloss.sources.files.ahead import ahead, load
from winloss.sources.files.arrow import Array
from winloss.sources.files.convert import DealsConverter
from winloss.sources.files.kinds import Recognised, Surveyed, no_deals, recognise
from winloss.sources.files.leads import with_deals
from winloss.sources.files.mapfile import MapFile, read_map
from winloss.sources.files.mapped import mapping_of
from winloss.sources.files.outcomes import override_keys
from winloss.sources.files.persons import People
from winloss.sources.files.planning import Decided, Partner, beside, decide
from winloss.sources.files.problems import check_targets, of_deals, of_files, readings_of, twice
from winloss.sources.files.rates import Rates, read_rates
from winloss.sources.files.raw import open_raw
from winloss.sources.files.raw_table import RawBatch, RawTable
from winloss.sources.files.rejects import Rejects, SetAside
from winloss.sources.files.retold import agreement
from winloss.sources.files.signs import signs
from winloss.sources.files.tabled import Tabled, Tell, read_through
from winloss.sources.files.tables import TableConverter, plan_table
from winloss.sources.files.words import plain
from winloss.tables import TABLES
from winloss.tables.custom import CustomColumn
from winloss.tables.written import OWN

LANDED_ALONE = frozenset({"spend", "leads", "touches", "deal_stage_changes", "debriefs"})
"""Kinds of files that may be imported without deals, whatever they are called."""
_BESIDE = ("accounts", "leads", "spend", "touches", "deal_stage_changes", "debriefs")


@dataclass(frozen=True, slots=True)
class _Ready:
    """Every table, what it holds, and what was decided about the deals (None where there are none)."""

    tables: Mapping[str, Tabled]
    recognised: tuple[Recognised, ...]
    decided: Decided | None

    def of_kind(self, kind: str) -> tuple[Recognised, ...]:
        return tuple(r for r in self.recognised if r.kind == kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileTable:
    """One table of the files: what it holds, why, its columns as named in the file, and its rows."""

    label: str
    kind: str
    why: str
    headers: tuple[str, ...]
    rows: int


Converter = DealsConverter | TableConverter


class FileSource:
    """Deals and what belongs to them, from one file or several.

    Parameters
    ----------
    paths
        The files; those that hold no deals are joined to the deals, landed in their own table, or both.
    mapping
        A map, or the path of one.
    rates
        The path of exchange rates; without it no amount is converted.
    strict
        True to raise DataError where a row has to be set aside.
    rejects_dir
        The folder of the rejects file; beside the deals where None.
    keep_rejects
        False to count rejected rows without writing them.
    work_dir
        The folder for what does not fit into memory; the system's where None.
    progress
        Told what is done, how much of it, and how much there is (None where unknown).

    Raises
    ------
    UserError
        On first use, where a file cannot be read, a map is wrong, or nothing tells how deals ended.
    """

    def __init__(
        self,
        paths: Sequence[Path],
        *,
        mapping: Path | MapFile | None = None,
        rates: Path | None = None,
        strict: bool = False,
        rejects_dir: Path | None = None,
        keep_rejects: bool = True,
        work_dir: Path | None = None,
        progress: Tell | None = None,
    ) -> None:
        if not paths:
            raise UserError("No file was given; name at least one export of deals.")
        named = [Path(path) for path in paths]
        first: dict[Path, Path] = {}
        for path in named:
            first.setdefault(path.resolve(), path)
        self._paths = tuple(first.values())
        self._twice = twice(named)
        self._mapping = mapping
        self._rates_path = rates
        self._strict = strict
        self._rejects_dir = rejects_dir
        self._keep_rejects = keep_rejects
        self._work_dir = work_dir
        self._tell = progress
        self._people = People()
        self._done: dict[str, list[Converter]] = {}

    # What there is

    @cached_property
    def _mapped(self) -> MapFile:
        if isinstance(self._mapping, MapFile):
            return self._mapping
        return MapFile() if self._mapping is None else read_map(Path(self._mapping))

    @cached_property
    def _rates(self) -> Rates | None:
        return None if self._rates_path is None else read_rates(Path(self._rates_path))

    @cached_property
    def _rejects(self) -> Rejects:
        first = self._path_of(self._main.parts[0]) if self._main is not None else self._paths[0]
        return Rejects(self._rejects_dir_for(first) / f"{first.stem}.rejects.csv" if self._keep_rejects else None)

    def _rejects_dir_for(self, path: Path) -> Path:
        if self._rejects_dir is not None:
            return self._rejects_dir
        beside = path.resolve().parent
        return beside if os.access(beside, os.W_OK) else Path()

    def _path_of(self, part: RawTable) -> Path:
        return next((path for path in self._paths if part.label.startswith(path.name)), self._paths[0])

    @cached_property
    def _ready(self) -> _Ready:
        mapped, rates = self._mapped, self._rates
        tables = {tabled.label: tabled for tabled in self._tabled(mapped)}
        recognised = recognise([Surveyed(label, t.facts, agreement(t)) for label, t in tables.items()], mapped)
        deals = next((r for r in recognised if r.kind == "deals"), None)
        if deals is None:
            if not any(_lands_alone(r) for r in recognised):
                raise no_deals(recognised, mapped)
            return _Ready(tables, recognised, None)
        beside = [Partner(r, tables[r.label]) for r in recognised if r.kind in {"accounts", "people", "leads", "other"}]
        decided = decide(deals, tables[deals.label], beside, mapped=mapped, rates=rates)
        return _Ready(tables, recognised, decided)

    def _tabled(self, mapped: MapFile) -> Iterator[Tabled]:
        # Arrow loads it with the first array it makes of Python's values: better beside the first look at the bytes.
        load("pandas")
        overrides = override_keys(mapped.outcomes)
        found: list[RawTable] = []
        for path in self._paths:
            for raw in open_raw(path, progress=self._reading(path), work_dir=self._work_dir):
                if tuple(raw.header) in OWN:
                    raise UserError(f"{raw.label} was written by winloss, not by a CRM: leave it out.")
                found.append(raw)
        labels: set[str] = set()
        for parts in map(sheets.levelled, sheets.alike(found)):
            tabled = read_through(parts, mapped=mapped, overrides=overrides, tell=self._tell)
            if sheets.named_by_outcome(parts) and not any(facts.outcome.tells for facts in tabled.facts):
                tabled = read_through(
                    sheets.with_sheet(tabled.parts), mapped=mapped, overrides=overrides, tell=self._tell
                )
            yield _labelled(tabled, labels)

    def _reading(self, path: Path) -> Callable[[int, int], None] | None:
        tell = self._tell
        return None if tell is None else lambda done, total: tell(f"reading {path.name}", done, total)

    def check_map(self) -> None:
        """UserError where the map gives a target to a column that no file has; without this it is told as a problem."""
        if self._ready.decided is not None:
            check_targets(self._mapped, self._ready.recognised)

    @property
    def _main(self) -> Tabled | None:
        deals = self._ready.of_kind("deals")
        return self._ready.tables[deals[0].label] if deals else None

    # The contract of a source

    @property
    def name(self) -> str:
        """The names of the files, the deals first."""
        deals = [part.label for part in self._main.parts] if self._main is not None else []
        others = [part.label for tabled in self._ready.tables.values() for part in tabled.parts]
        return " + ".join(dict.fromkeys([*deals, *others]))

    @property
    def files(self) -> tuple[FileTable, ...]:
        """Every table, in the order of the files; those with the same columns are one."""
        return tuple(
            FileTable(
                label=r.label,
                kind=r.kind,
                why=r.why,
                headers=tuple(facts.header for facts in r.facts),
                rows=sum(part.rows for part in self._ready.tables[r.label].parts),
            )
            for r in self._ready.recognised
        )

    @cached_property
    def offers(self) -> tuple[str, ...]:
        """The tables these files fill."""
        ready = self._ready
        found = [table for table in _BESIDE if ready.of_kind(table)]
        names_people = any(ready.of_kind(kind) for kind in ("people", "touches", "debriefs"))
        if ready.decided is not None:
            columns = ready.decided.plan.columns
            names_people |= "owner_id" in columns or "owner_name" in columns
            names_people |= any(plan.person for plan in ready.decided.plan.customs)
            found.insert(0, "deals")
        return (*found, "people") if names_people else tuple(found)

    def check(self) -> str:
        """What the files are, in a sentence; UserError where they cannot be read."""
        shown = [f"{r.label} holds {r.kind.replace('_', ' ')}" for r in self._ready.recognised]
        return "; ".join(shown) + "."

    def schema(self, table: str) -> pa.Schema:
        """The schema of every batch of `table`: the columns that the files have, in the order of the declaration."""
        if table == "deals" and self._ready.decided is not None:
            return self._ready.decided.plan.schema
        if table == "people":
            return TABLES[table].schema
        plans = [plan_table(r, self._ready.tables[r.label], self._mapped)[0] for r in self._ready.of_kind(table)]
        filled = {name for plan in plans for name in plan.filled}
        if table == "leads" and self._ready.decided is not None:
            filled.add("deal_id")
        return pa.schema([field for field in TABLES[table].schema if field.name in filled])

    def custom(self, table: str) -> tuple[CustomColumn, ...]:
        """The custom columns of `table`, in the order of its schema."""
        return self._ready.decided.plan.custom if table == "deals" and self._ready.decided is not None else ()

    def pull(self, table: str, since: str | None = None) -> Iterator[pa.RecordBatch]:  # noqa: ARG002 - of the contract
        """The batches of one table, each with `schema(table)`, text that repeats encoded; files are always read whole.

        Raises
        ------
        DataError
            In strict reading, after the last row, where rows had to be set aside.
        """
        if table not in self.offers:
            return
        if table == "people":
            yield from self._pull_people()
        elif table == "leads":
            yield from self._pull_leads()
        else:
            yield from self._convert(table)

    def _convert(self, table: str) -> Iterator[pa.RecordBatch]:
        self._done[table] = []
        for recognised in self._ready.of_kind(table):
            tabled = self._ready.tables[recognised.label]
            converter = self._converter(recognised, tabled)
            self._done[table].append(converter)
            for part in tabled.parts:
                for reject in part.rejects:
                    self._rejects.add(part.label, reject.line, reject.column, reject.value, reject.reason)
            yield from ahead(self._batches(tabled, converter))
        self._rejects.close()
        self._be_strict(table)

    def _batches(self, tabled: Tabled, converter: Converter) -> Iterator[pa.RecordBatch]:
        rows, total = 0, sum(part.kept for part in tabled.parts)
        batches: Iterator[RawBatch] = (raw for _, raw in tabled.batches())
        read = ahead(map(converter.read, batches)) if isinstance(converter, DealsConverter) else batches
        for batch in read:
            yield converter.convert(batch)  # type: ignore[arg-type]  # each reads its own
            rows += batch.num_rows
            if self._tell is not None:
                self._tell(f"converting {tabled.label}", rows, total)

    def _converter(self, recognised: Recognised, tabled: Tabled) -> Converter:
        if recognised.kind == "deals":
            assert self._ready.decided is not None
            decided = self._ready.decided
            asked = bool(self._ready.of_kind("debriefs"))
            return DealsConverter(
                decided.plan, decided.readers, rejects=self._rejects, people=self._people, keep_ids=asked
            )
        plan, readers = plan_table(recognised, tabled, self._mapped)
        schema = self.schema(recognised.kind)
        ids = self._deal_ids() if recognised.kind == "debriefs" else None
        return TableConverter(plan, readers, schema=schema, rejects=self._rejects, people=self._people, deal_ids=ids)

    def _deal_ids(self) -> Array | None:
        """The ids of the deals in these files; None where they hold no deals."""
        self._be_sure_of("deals")
        kept = [
            c.deal_ids for c in self._done.get("deals", []) if isinstance(c, DealsConverter) and c.deal_ids is not None
        ]
        return pa.concat_arrays([ids for batches in kept for ids in batches]) if any(kept) else None

    def _be_strict(self, table: str) -> None:
        rejected = self._tally(table).rejected
        if not (self._strict and rejected):
            return
        shown = "; ".join(
            f"{label} line {line}: {reason}" + (f" ({column} {value[:40]!r})" if column else "")
            for label, line, column, value, reason in self._rejects.first[:3]
        )
        where = f" All of them are in {self._rejects.path}." if self._rejects.path else ""
        rows = "1 row" if rejected == 1 else f"{rejected:,} rows"
        raise DataError(f"{rows} cannot be read, and strict reading allows none: {shown}.{where}")

    def _pull_people(self) -> Iterator[pa.RecordBatch]:
        """Everyone met; where the deals were not pulled yet, they are read for it."""
        self._be_sure_of("deals")
        for recognised in self._ready.of_kind("people"):
            _meet_team(recognised, self._ready.tables[recognised.label], self._people)
        yield from self._people.batches()

    def _pull_leads(self) -> Iterator[pa.RecordBatch]:
        self._be_sure_of("deals")
        pairs = [pair for c in self._done.get("deals", []) if isinstance(c, DealsConverter) for pair in c.lead_deals]
        for batch in self._convert("leads"):
            yield with_deals(batch, pairs)

    def _be_sure_of(self, table: str) -> None:
        if table in self.offers and table not in self._done:
            for _ in self._convert(table):
                pass

    # What is told

    def told(self) -> Intake:
        """Everything about the pull; counts are of the tables that were pulled to their end."""
        ready, decided = self._ready, self._ready.decided
        done = [c for converters in self._done.values() for c in converters]
        deals = next((c for c in done if isinstance(c, DealsConverter)), None)
        problems: list[Problem] = [*self._twice, *of_files(ready.tables, self._mapped, ready.recognised)]
        if decided is not None:
            problems += of_deals(decided, self._ready.of_kind("deals")[0], deals)
        problems += [problem for c in done for problem in c.troubles.problems()]
        return Intake(
            source=self.name,
            tallies={table: self._tally(table) for table in self.offers if table in self._done},
            columns=(*(decided.columns if decided else ()), *beside(ready.recognised, decided.keys if decided else ())),
            outcomes=readings_of(decided, deals) if decided else (),
            folds=tuple(decided.folds) if decided else (),
            joins=_joins(decided, deals),
            problems=tuple(problems),
            custom=decided.plan.custom if decided else (),
            rejects=self._rejects.path,
            mapping=mapping_of(ready.recognised, ready.tables, decided, self._mapped),
        )

    @property
    def kinds(self) -> dict[str, int]:
        """Outcome → deals kept, of the deals that were pulled to their end."""
        deals = (c for c in self._done.get("deals", []) if isinstance(c, DealsConverter))
        return {kind: count for c in deals for kind, count in c.kinds.items()}

    @property
    def set_aside(self) -> list[SetAside]:
        """Why rows of the tables that were pulled to their end are in none of them, the most frequent reason first."""
        return self._rejects.whys

    def inspect(self) -> Intake:
        """Read everything and keep nothing: what is told, with every count."""
        for table in self.offers:
            for _ in self.pull(table):
                pass
        return self.told()

    def _tally(self, table: str) -> Tally:
        converters = self._done.get(table, [])
        parts = [p for r in self._ready.of_kind(table) for p in self._ready.tables[r.label].parts]
        skipped: dict[str, int] = {}
        for part in parts:
            for why, count in part.skipped.items():
                skipped[why] = skipped.get(why, 0) + count
        kept = sum(c.kept for c in converters)
        rejected = sum(c.rejected for c in converters) + sum(len(part.rejects) for part in parts)
        return Tally(rows=sum(part.rows for part in parts), kept=kept, rejected=rejected, skipped=skipped)


def _lands_alone(recognised: Recognised) -> bool:
    named = signs().labels.alone.search(plain(recognised.label)) is not None
    return recognised.kind in LANDED_ALONE or (recognised.kind in {"accounts", "people"} and named)


def _labelled(tabled: Tabled, taken: set[str]) -> Tabled:
    label, copy = tabled.label, 1
    while label in taken:
        copy += 1
        label = f"{tabled.label} ({copy})"
    taken.add(label)
    return Tabled(label, tabled.parts, tabled.profiles, tabled.facts, tabled.readers)


def _joins(decided: Decided | None, deals: DealsConverter | None) -> tuple[Join, ...]:
    if decided is None or deals is None:
        return ()
    found = []
    for join in decided.plan.joins:
        matched, unmatched, blank = deals.joined[join.label]
        examples = tuple(value for value, _ in deals.unmatched[join.label].most_common(5))
        found.append(
            Join(
                left=decided.plan.label,
                right=join.label,
                on_left=join.on_left,
                on_right=join.on_right,
                matched=matched,
                unmatched=unmatched,
                blank=blank,
                examples=examples,
            )
        )
    return tuple(found)


def _meet_team(recognised: Recognised, tabled: Tabled, people: People) -> None:
    """Everyone a team file names, with team, e-mail and manager."""
    columns = recognised.mapping.columns
    key = columns.get("person_id", columns.get("person"))
    if key is None:
        return
    named = {"name": "person", "email": "email", "team": "team", "manager": "manager"}
    fields = {field: columns[target] for field, target in named.items() if target in columns}
    for _, raw in tabled.batches():
        rows = _texts(raw, {"key": key, **fields})
        for row in rows:
            people.meet(row.pop("key"), **row)
            people.meet(row.get("manager"))


def _texts(raw: RawBatch, positions: Mapping[str, int]) -> list[dict[str, str | None]]:
    return pa.table({name: raw.columns.column(position) for name, position in positions.items()}).to_pylist()

"""What the library makes of some files, as plain values that a page can show and a database can keep."""

from __future__ import annotations

import csv
import dataclasses
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import islice
from json import dumps
from pathlib import Path
from typing import TYPE_CHECKING, Any

from winloss.errors import UserError

if TYPE_CHECKING:
    import pyarrow as pa

    from winloss.capture.taxonomy import Taxonomy
    from winloss.sources.contract import Intake
    from winloss.sources.files import FileSource, MapFile
    from winloss.sources.files.source import FileTable
    from winloss.sources.files.tabled import Tell

OUTCOMES_KEPT, VALUES_KEPT, FOLDS_KEPT = 300, 100, 100
DISTINCT_COUNTED = 20_000
"""Different reasons and competitors that are counted; what comes after is free text anyhow."""
_RAW = ("reason_raw", "loss_reason_raw", "win_reason_raw", "competitor_raw")
_RATES = {"currency", "rate", "date", "base"}
_NEW_IN_RETRY = ("why", "how")
"""What a reading says of how it came about; the rest is the same whenever the same files are read by the same map."""

_NO_DEAL = "It holds no deal: there is a header and no row below it. Export anew with the deals in it, and upload that."


@dataclass(frozen=True, slots=True)
class Sorted:
    """Files by what they are for: to be read, exchange rates, a map."""

    tables: tuple[Path, ...]
    rates: Path | None = None
    map: Path | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """What is in force in the book: the taxonomy, and how its map and picklist read reasons and competitors."""

    taxonomy: Taxonomy
    reasons: Mapping[str, str] = field(default_factory=dict)
    competitors: Mapping[str, Any] = field(default_factory=dict)


def sort_out(paths: Iterable[Path]) -> Sorted:
    """Which of some files are to be read as tables, which are rates, which is a map; UserError where two are maps."""
    tables: list[Path] = []
    rates: list[Path] = []
    maps: list[Path] = []
    for path in paths:
        kind = _role(path)
        (rates if kind == "rates" else maps if kind == "map" else tables).append(path)
    for several, what in ((rates, "of exchange rates"), (maps, "with a map")):
        if len(several) > 1:
            raise UserError(f"There are {len(several)} files {what}: upload one of them with the deals.")
    if not tables:
        raise UserError("There is no file of deals among these: upload the export together with them.")
    return Sorted(tuple(tables), rates[0] if rates else None, maps[0] if maps else None)


def _role(path: Path) -> str:
    if path.suffix.lower() == ".toml":
        raw = parsed(path.read_bytes().decode("utf-8-sig", "replace"), path.name)
        return "rates" if "rate" in raw or "base" in raw else "map"
    if path.suffix.lower() in {".csv", ".txt"}:
        with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
            first = file.readline(400)
        header = {cell.strip().lower() for cell in next(csv.reader([first]), [])}
        return "rates" if header == _RATES else "table"
    return "table"


def parsed(text: str, where: str) -> dict[str, Any]:
    """TOML as plain values; UserError where it is none."""
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise UserError(f"{where} is no TOML: {error}.") from None


def map_from(text: str, terms: Terms, where: str = "The map") -> MapFile:
    """A map in its TOML form, checked to the last code; UserError names what is wrong."""
    from winloss.sources.files.mapfile import map_of

    found = map_of(parsed(text, where), where)
    for name, said in found.competitors.items():
        if not isinstance(said, str) and not (isinstance(said, list) and all(isinstance(a, str) for a in said)):
            raise UserError(
                f'{where}, [competitors]: {name!r} must be given a list of aliases, such as ["Globex Corp"].'
            )
    from winloss.capture import reasons

    reasons.read_values({}, terms.taxonomy, found.reasons)
    return found


def read(
    paths: Sequence[Path], *, mapping: MapFile | None, rates: Path | None, terms: Terms, work_dir: Path, tell: Tell
) -> dict[str, Any]:
    """Read files to their end and keep nothing but what is told of them.

    Where nothing in them tells how deals ended, the columns are there without a target, and `blocked` says so.

    Raises
    ------
    UserError
        Where a file or the map cannot be read.
    """
    from winloss.sources.files import FileSource, NoDealsError

    source = FileSource(paths, mapping=mapping, rates=rates, keep_rejects=False, work_dir=work_dir, progress=tell)
    try:
        counts = _drained(source)
    except NoDealsError:
        return clean(_undecided(paths, work_dir))
    told, files = source.told(), source.files
    return clean(
        {
            "source": told.source,
            "files": [dataclasses.asdict(file) for file in files],
            "columns": _columns(told, files),
            "outcomes": [dataclasses.asdict(reading) for reading in told.outcomes[:OUTCOMES_KEPT]],
            "outcomes_more": max(len(told.outcomes) - OUTCOMES_KEPT, 0),
            "kinds": source.kinds,
            "folds": [dataclasses.asdict(fold) for fold in told.folds[:FOLDS_KEPT]],
            "folds_more": max(len(told.folds) - FOLDS_KEPT, 0),
            "joins": [dataclasses.asdict(join) for join in told.joins],
            "problems": [*_set_aside(source), *(dataclasses.asdict(problem) for problem in told.problems)],
            "tallies": {table: dataclasses.asdict(tally) for table, tally in told.tallies.items()},
            "mapping": told.mapping,
            "blocked": "" if _deals(told) else _NO_DEAL,
            "digest": digest(clean(dataclasses.asdict(told))),
            **_values(counts, told, terms),
        }
    )


def _deals(told: Intake) -> int:
    """How many rows of deals there are; of all tables where deals are none of them."""
    tallies = told.tallies
    return tallies["deals"].rows if "deals" in tallies else sum(tally.rows for tally in tallies.values())


def _set_aside(source: FileSource) -> list[dict[str, Any]]:
    """Rows that an import will leave out, as problems: of each reason one."""
    several = len(source.files) > 1
    found = []
    for why in source.set_aside:
        rows = f"{why.count:,} row{'' if why.count == 1 else 's'}"
        of = f" of {why.label}" if several else ""
        column = f" (column {why.column})" if why.column else ""
        told = {"code": "set_aside", "message": f"{rows}{of} will be set aside: {why.reason}{column}."}
        examples = list(dict.fromkeys(value for value in why.values if value))
        found.append({**told, "count": why.count, "column": why.column, "examples": examples, "lines": why.lines})
    return found


def _drained(source: FileSource) -> dict[str, Counter[str]]:
    """Every table read to its end; raw reasons and competitors counted on the way."""
    counts: dict[str, Counter[str]] = {}
    for table in source.offers:
        for batch in source.pull(table):
            if table == "deals":
                _count(batch, counts)
    return counts


def _count(batch: pa.RecordBatch, counts: dict[str, Counter[str]]) -> None:
    from winloss.sources.files.arrow import kernels

    for name in set(_RAW) & set(batch.schema.names):
        counter = counts.setdefault(name, Counter())
        for pair in kernels.value_counts(batch.column(name)).to_pylist():
            value = pair["values"]
            if value is not None and (value in counter or len(counter) < DISTINCT_COUNTED):
                counter[value] += pair["counts"]


def _columns(told: Intake, files: Sequence[FileTable]) -> list[dict[str, Any]]:
    """Columns with the file they stand in; the intake names it in front of the header, except for the deals."""
    deals = next((file for file in files if file.kind == "deals"), None)
    own = len(deals.headers) if deals is not None else 0
    labels = sorted((file.label for file in files), key=len, reverse=True)
    found = []
    for place, reading in enumerate(told.columns):
        row = dataclasses.asdict(reading)
        label = deals.label if deals is not None and place < own else ""
        if not label:
            label = next((name for name in labels if reading.header.startswith(f"{name}: ")), "")
            row["header"] = reading.header.removeprefix(f"{label}: ") if label else reading.header
        found.append({"file": label, **row})
    return found


def _undecided(paths: Sequence[Path], work_dir: Path) -> dict[str, Any]:
    """The columns of files of which nobody can say how their deals ended."""
    from winloss.sources.files.raw import open_raw

    tables = [table for path in paths for table in open_raw(path, work_dir=work_dir)]
    files: list[dict[str, Any]] = []
    columns: list[dict[str, Any]] = []
    for table in tables:
        samples = _samples(table)
        files.append({"label": table.label, "kind": "", "why": "", "headers": list(table.header), "rows": table.rows})
        nothing = {"target": None, "use": "", "why": "", "how": "", "filled": None, "distinct": None}
        columns += [
            {"file": table.label, "header": header, "samples": samples[place], **nothing}
            for place, header in enumerate(table.header)
        ]
    return {
        **{name: [] for name in ("outcomes", "folds", "joins", "problems", "reasons", "competitors", "names")},
        **{f"{name}_more": 0 for name in ("outcomes", "folds", "reasons", "competitors")},
        "source": " + ".join(table.label for table in tables),
        "files": files,
        "columns": columns,
        "kinds": {},
        "tallies": {},
        "mapping": {},
        "digest": "",
        "blocked": "No column tells how deals ended. Choose below which one holds the status or the deal stage.",
    }


def _samples(table: Any) -> list[list[str]]:
    """The first three different values of each column."""
    found: list[dict[str, None]] = [{} for _ in table.header]
    for batch in table.drain().batches():
        for place in range(len(table.header)):
            values = (value for value in batch.columns.column(place).to_pylist()[:500] if value)
            found[place].update(dict.fromkeys(islice(dict.fromkeys(values), 3)))
        break
    return [[value[:60] for value in islice(values, 3)] for values in found]


def _values(counts: Mapping[str, Counter[str]], told: Intake, terms: Terms) -> dict[str, Any]:
    """Reasons and competitors that nobody understood, and the names that are known."""
    from winloss.capture import resolve
    from winloss.capture.competitors import COMPETITOR
    from winloss.capture.reasons import How

    readings = resolve.read(
        counts,
        terms.taxonomy,
        reasons={**terms.reasons, **told.mapping.get("reasons", {})},
        competitors={**terms.competitors, **told.mapping.get("competitors", {})},
    )
    told_reasons = set(told.mapping.get("reasons", {}))
    asked = [r for r in readings.reasons.readings if _asked(r.how, How) or r.value in told_reasons]
    return {
        "reasons": [
            {"value": r.value, "count": r.count, "code": r.code, "how": str(r.how), "why": r.why}
            for r in asked[:VALUES_KEPT]
        ],
        "reasons_more": max(len(asked) - VALUES_KEPT, 0),
        "competitors": [
            {"value": r.value, "count": r.count, "kind": r.kind, "name": r.name, "why": r.why}
            for r in readings.competitors.readings[:VALUES_KEPT]
        ],
        "competitors_more": max(len(readings.competitors.readings) - VALUES_KEPT, 0),
        "names": sorted({r.name for r in readings.competitors.readings if r.kind == COMPETITOR and r.name})[
            :VALUES_KEPT
        ],
    }


def _asked(how: Any, ways: Any) -> bool:
    return how in (ways.NOT_UNDERSTOOD, ways.PATTERN)


def clean(value: dict[str, Any]) -> dict[str, Any]:
    """Plain values that every database takes: no character of value zero, no half characters, no tuples."""
    return {_plain(key): _plain(one) for key, one in value.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
    if isinstance(value, Mapping):
        return {_plain(str(key)): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value if value is None or isinstance(value, bool | int | float) else str(value)


def fingerprint(headers: Iterable[str]) -> str:
    """The same for two tables with the same columns, in whatever order they stand."""
    return sha256(dumps(sorted(set(headers)), ensure_ascii=True).encode()).hexdigest()


def digest(told: Mapping[str, Any]) -> str:
    """The same for two readings of the same rows by the same choices, however they came about.

    Parameters
    ----------
    told
        An intake as plain values, as a manifest of the book keeps it.
    """
    columns = [{k: v for k, v in row.items() if k not in _NEW_IN_RETRY} for row in told.get("columns", ())]
    outcomes = [{k: v for k, v in row.items() if k not in _NEW_IN_RETRY} for row in told.get("outcomes", ())]
    parts = _plain([told.get("source"), told.get("tallies"), columns, outcomes])
    return sha256(dumps(parts, sort_keys=True).encode()).hexdigest()

"""From what a person chose on the page to a map, and back: what each column, value and file is shown as."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from winloss.web.sources.choices import AS_READ, DATES, IGNORE

Raw = dict[str, Any]
UNCLASSIFIED = "unclassified"
_NOT_WORDS = ("a yes/no column",)
ITSELF = ""


@dataclass(frozen=True, slots=True)
class Column:
    """One column as the page shows it; `shown` is the choice that stands, as a form posts it."""

    place: int
    file: str
    kind: str
    header: str
    shown: str
    dates: bool
    order: str
    row: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class FileChoice:
    """One file as the page shows it: what it holds, and by which columns it joins the deals."""

    place: int
    label: str
    kind: str
    on_deals: str
    on_file: str
    headers: Sequence[str]
    deals_headers: Sequence[str]
    rows: int
    joined: bool
    primary: bool


@dataclass(slots=True)
class Chosen:
    """What was posted, by place in what was seen."""

    columns: dict[int, str] = field(default_factory=dict)
    orders: dict[int, str] = field(default_factory=dict)
    outcomes: dict[int, str] = field(default_factory=dict)
    reasons: dict[int, str] = field(default_factory=dict)
    competitors: dict[int, str] = field(default_factory=dict)
    kinds: dict[int, str] = field(default_factory=dict)
    on_deals: dict[int, str] = field(default_factory=dict)
    on_file: dict[int, str] = field(default_factory=dict)
    order: str = ""
    decimal: str = ""
    currency: str = ""


# What is shown


def in_full(seen: Mapping[str, Any], given: Raw) -> Raw:
    """Everything decided about the files, what the map said going before; spellings only where the map names them."""
    decided = deepcopy({name: rows for name, rows in seen["mapping"].items() if name != "values"})
    return _over(decided, given)


def _over(under: Raw, over: Raw) -> Raw:
    merged = dict(under)
    for key, value in over.items():
        # A line of [columns] may be a table itself ({use = "…"}): lines are replaced, sections are joined.
        nested = isinstance(value, dict) and isinstance(merged.get(key), dict) and "use" not in {*value, *merged[key]}
        merged[key] = _over(merged[key], value) if nested else deepcopy(value)
    return merged


def primary(seen: Mapping[str, Any]) -> str:
    """The label of the file with the deals; of the largest file where none holds any; "" where files stand alone."""
    deals = next((file["label"] for file in seen["files"] if file["kind"] == "deals"), "")
    if deals or not seen["blocked"]:
        return str(deals)
    return str(max(seen["files"], key=lambda file: file["rows"])["label"]) if seen["files"] else ""


def columns(seen: Mapping[str, Any], raw: Raw) -> list[Column]:
    """Every column with the choice that stands. `raw` is the map in full."""
    kinds = {file["label"]: file["kind"] for file in seen["files"]}
    main = primary(seen)
    orders = raw.get("dates", {}).get("columns", {})
    given = _given_orders(raw)
    found = []
    for place, row in enumerate(seen["columns"]):
        label = row["file"]
        kind = "deals" if label == main else kinds.get(label, "")
        shown = _shown(row, lines_of(raw, label, main).get(row["header"]))
        dated = shown in DATES or shown == "use:date" or shown.endswith(("_on", "_at"))
        order = given.get(row["header"], "") or orders.get(row["header"], "")
        found.append(
            Column(
                place=place,
                file=label,
                kind=kind,
                header=row["header"],
                shown=shown,
                dates=dated,
                order=order if order in {"dmy", "mdy", "ymd"} else "",
                row=row,
            )
        )
    return found


def _given_orders(raw: Raw) -> Mapping[str, str]:
    found = raw.get("dates", {}).get("columns", {})
    return found if isinstance(found, dict) else {}


def lines_of(raw: Raw, label: str, main: str) -> Raw:
    """The lines of the map on the columns of one file."""
    if label == main:
        found: Raw = raw.get("columns", {})
        return {**found, **raw.get("files", {}).get(label, {}).get("columns", {})}
    return dict(raw.get("files", {}).get(label, {}).get("columns", {}))


def _shown(row: Mapping[str, Any], line: Any) -> str:
    if isinstance(line, dict):
        use = str(line.get("use", "")).replace("_", " ")
        return IGNORE if use in {"ignored", ""} else f"use:{use}"
    if line is not None:
        return str(line)
    if (row["target"] or "").startswith("x_"):
        return f"use:{row['use']}"
    # What is mapped although no line of a map says so is decided by the rules, and can only be said so.
    return IGNORE if row["use"] == "ignored" and "tells the days of" not in row["why"] else AS_READ


def files(seen: Mapping[str, Any], raw: Raw) -> list[FileChoice]:
    main = primary(seen)
    headers = {file["label"]: file["headers"] for file in seen["files"]}
    joined = {join["right"] for join in seen["joins"]}
    found = []
    for place, file in enumerate(seen["files"]):
        said = raw.get("files", {}).get(file["label"], {})
        on = said.get("on", {})
        found.append(
            FileChoice(
                place=place,
                label=file["label"],
                kind=file["kind"] or ("deals" if file["label"] == main else ""),
                on_deals=on.get("deals", ""),
                on_file=on.get("file", ""),
                headers=file["headers"],
                deals_headers=headers.get(main, ()),
                rows=file["rows"],
                joined=file["label"] in joined,
                primary=file["label"] == main,
            )
        )
    return found


def outcomes(seen: Mapping[str, Any]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Values of status and stage that a person can read otherwise, with their places."""
    for place, row in enumerate(seen["outcomes"]):
        if row["why"] not in _NOT_WORDS and row["value"] != "any date":
            yield place, row


def outcome_shown(row: Mapping[str, Any]) -> str:
    return "" if row["read_as"] == UNCLASSIFIED else str(row["read_as"])


# What was chosen


def edited(seen: Mapping[str, Any], given: Raw, chosen: Chosen) -> Raw:
    """The map that says what was chosen; what was not changed stays as it was decided."""
    raw = in_full(seen, given)
    main = primary(seen)
    for column in columns(seen, in_full(seen, given)):
        _set_column(raw, column, main, chosen)
    _set_outcomes(raw, seen, chosen)
    _set_reasons(raw, seen, chosen)
    _set_competitors(raw, seen, chosen)
    _set_files(raw, seen, given, chosen)
    _set(raw, "dates", "order", chosen.order)
    _set(raw, "money", "decimal", chosen.decimal)
    _set(raw, "money", "currency", chosen.currency)
    return {name: rows for name, rows in raw.items() if rows}


def _set(raw: Raw, section: str, key: str, value: str) -> None:
    rows = raw.setdefault(section, {})
    if value:
        rows[key] = value
    else:
        rows.pop(key, None)


def _set_column(raw: Raw, column: Column, main: str, chosen: Chosen) -> None:
    posted = chosen.columns.get(column.place, column.shown)
    if posted != column.shown:
        own = raw.get("files", {}).get(column.file, {}).get("columns", {})
        if column.file == main and column.header not in own:
            rows = raw.setdefault("columns", {})
        else:
            rows = raw.setdefault("files", {}).setdefault(column.file, {}).setdefault("columns", {})
        rows.pop(column.header, None)
        if posted != AS_READ:
            rows[column.header] = {"use": posted[4:]} if posted.startswith("use:") else posted
    order = chosen.orders.get(column.place, column.order)
    if order != column.order:
        rows = raw.setdefault("dates", {}).setdefault("columns", {})
        rows.pop(column.header, None)
        if order:
            rows[column.header] = order


def _set_outcomes(raw: Raw, seen: Mapping[str, Any], chosen: Chosen) -> None:
    rows = raw.setdefault("outcomes", {})
    for place, row in outcomes(seen):
        shown = outcome_shown(row)
        posted = chosen.outcomes.get(place, shown)
        if posted != shown:
            rows.pop(row["value"], None)
            rows[row["value"]] = posted or UNCLASSIFIED


def _set_reasons(raw: Raw, seen: Mapping[str, Any], chosen: Chosen) -> None:
    rows = raw.setdefault("reasons", {})
    for place, row in enumerate(seen["reasons"]):
        posted = chosen.reasons.get(place)
        if posted is not None and posted != (row["code"] or ""):
            rows.pop(row["value"], None)
            if posted:
                rows[row["value"]] = posted


def competitor_shown(row: Mapping[str, Any]) -> str:
    """What a raw competitor is shown as: itself, another name, none, unknown or blank."""
    if row["kind"] != "competitor":
        return str(row["kind"])
    return ITSELF if row["name"] == row["value"].strip() else str(row["name"])


def _set_competitors(raw: Raw, seen: Mapping[str, Any], chosen: Chosen) -> None:
    rows = raw.setdefault("competitors", {})
    for place, row in enumerate(seen["competitors"]):
        posted = chosen.competitors.get(place)
        if posted is None or posted == competitor_shown(row):
            continue
        _forget_alias(rows, row["value"])
        rows[row["value"]] = posted or row["value"].strip()


def _forget_alias(rows: Raw, value: str) -> None:
    rows.pop(value, None)
    for name, aliases in list(rows.items()):
        if isinstance(aliases, list) and value in aliases:
            rows[name] = [alias for alias in aliases if alias != value]


def _set_files(raw: Raw, seen: Mapping[str, Any], given: Raw, chosen: Chosen) -> None:
    for file in files(seen, in_full(seen, given)):
        kind = chosen.kinds.get(file.place, file.kind)
        if kind and (kind != file.kind or (seen["blocked"] and file.primary)):
            section = raw.setdefault("files", {}).setdefault(file.label, {})
            section["kind"] = kind
            if kind != file.kind:
                section.pop("columns", None)  # they were targets of another table
        on = {
            "deals": chosen.on_deals.get(file.place, file.on_deals),
            "file": chosen.on_file.get(file.place, file.on_file),
        }
        if (on["deals"], on["file"]) != (file.on_deals, file.on_file):
            section = raw.setdefault("files", {}).setdefault(file.label, {})
            section.pop("on", None)
            if all(on.values()):
                section["on"] = on


def twice(seen: Mapping[str, Any], raw: Raw, chosen: Chosen) -> dict[int, str]:
    """Places of columns whose target another column of the same file is given too, and that column's header."""
    taken: dict[tuple[str, str], str] = {}
    found = {}
    for column in columns(seen, raw):
        target = chosen.columns.get(column.place, column.shown)
        if target in {AS_READ, IGNORE} or target.startswith("use:"):
            continue
        if (first := taken.setdefault((column.file, target), column.header)) != column.header:
            found[column.place] = first
    return found


def relabelled(raw: Raw, labels: Mapping[str, str]) -> Raw:
    """The map with its files called as they are now: old label → new label."""
    sections = {labels.get(label, label): rows for label, rows in raw.get("files", {}).items()}
    return {**raw, "files": sections} if sections else raw


def text_of(raw: Raw, seen: Mapping[str, Any]) -> str:
    """The map as TOML, each line with what was seen: exactly what `winloss import --map` reads."""
    from winloss.sources.contract import ColumnReading, Intake, ValueReading
    from winloss.sources.files.mapwriter import written

    main = primary(seen)
    keys = ("header", "target", "use", "why", "filled", "distinct", "samples", "how")
    return written(
        Intake(
            source=seen["source"],
            tallies={},
            columns=tuple(
                ColumnReading(**{key: row[key] for key in keys}) for row in seen["columns"] if row["file"] == main
            ),
            outcomes=tuple(ValueReading(**row) for row in seen["outcomes"]),
            mapping=raw,
        )
    )

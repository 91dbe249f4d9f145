"""The map: everything decided about a set of files, as TOML that a person can edit.

    [columns]
    "Opportunity ID" = "deal_id"
    "Segment" = {use = "attribute"}
    "Row Checksum" = "ignore"

    [outcomes]
    "Payment Done" = "won"

What the map names goes before every rule; what it does not name is decided as if there were no map.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from winloss.errors import UserError
from winloss.sources.files.synonyms import synonyms
from winloss.sources.files.values.currencies import CODES
from winloss.tables import OUTCOMES
from winloss.tables.custom import Use

IGNORE = "ignore"
DATE_ORDERS = ("ymd", "dmy", "mdy")
KINDS = ("deals", "accounts", "people", "spend", "leads", "touches", "deal_stage_changes", "debriefs", "other", IGNORE)
_SECTIONS = ("columns", "outcomes", "reasons", "competitors", "values", "dates", "money", "files")
_ALIASES = {"amount_cents": "amount", "owner": "owner_name", "created_at": "created_on", "closed_at": "closed_on"}
_ALIASES |= {"reason_raw": "reason", "loss_reason_raw": "loss_reason", "win_reason_raw": "win_reason"}
_ALIASES |= {"competitor_raw": "competitor", "outcome": "status", "stage": "deal_stage"}


@dataclass(frozen=True, slots=True)
class FileMap:
    """What the map says of one file: what it is, by which columns it joins the deals, what its columns are."""

    kind: str | None = None
    on_deals: str | None = None
    on_file: str | None = None
    columns: Mapping[str, str | Use] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MapFile:
    """A map, checked. `columns` is header → target, `ignore`, or a `Use`."""

    columns: Mapping[str, str | Use] = field(default_factory=dict)
    outcomes: Mapping[str, str] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)
    competitors: Mapping[str, Any] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    date_order: str | None = None
    date_orders: Mapping[str, str] = field(default_factory=dict)
    decimal: str | None = None
    currency: str | None = None
    files: Mapping[str, FileMap] = field(default_factory=dict)

    def of_file(self, label: str) -> FileMap:
        """What is said of the file called `label`; an empty entry where nothing is."""
        return self.files.get(label, FileMap())


def read_map(path: Path) -> MapFile:
    """The map at `path`; UserError says what is wrong where."""
    try:
        text = path.read_text("utf-8-sig")
    except FileNotFoundError:
        raise UserError(f"There is no map {path}: `winloss inspect FILE --write-map {path}` writes one.") from None
    except (OSError, UnicodeDecodeError) as error:
        why = "it is not UTF-8" if isinstance(error, UnicodeDecodeError) else error.strerror
        raise UserError(f"The map {path} cannot be read ({why}); give the path of a TOML file.") from None
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UserError(f'The map {path} is no TOML: {error}. Write for example: "Stage" = "deal_stage".') from None
    return map_of(raw, str(path))


def map_of(raw: Mapping[str, Any], where: str = "the map") -> MapFile:
    """A map given as plain values, checked; UserError names the nearest right word."""
    for section in raw:
        _known(section, _SECTIONS, f"{where}: no section is called [{section}]")
    for section, rows in raw.items():
        if not isinstance(rows, dict):
            raise UserError(f"{where}: {section} must be a section: write [{section}] on a line of its own.")
    dates, money = raw.get("dates", {}), raw.get("money", {})
    return MapFile(
        columns=_columns(raw.get("columns", {}), "deals", where),
        outcomes=_outcomes(raw.get("outcomes", {}), where),
        reasons=_texts(raw.get("reasons", {}), f"{where}, [reasons]"),
        competitors=dict(raw.get("competitors", {})),
        values={name: _texts(rows, f"{where}, [values.{name}]") for name, rows in raw.get("values", {}).items()},
        date_order=_date_order(dates.get("order"), where),
        date_orders={h: _date_order(o, where) or "" for h, o in _texts(dates.get("columns", {}), where).items()},
        decimal=_decimal(money, where),
        currency=_currency(money.get("currency"), where),
        files={label: _file(label, rows, where) for label, rows in raw.get("files", {}).items()},
    )


def _known(word: str, known: Iterable[str], sentence: str) -> str:
    known = tuple(known)
    if word in known:
        return word
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    hint = f"Did you mean {near[0]!r}?" if near else f"There are: {', '.join(known)}."
    raise UserError(f"{sentence}. {hint}")


def _texts(rows: Any, where: str) -> dict[str, str]:
    if not isinstance(rows, dict) or not all(isinstance(value, str) for value in rows.values()):
        raise UserError(f'{where}: every line must read "value" = "text".')
    return dict(rows)


def targets_of(table: str) -> tuple[str, ...]:
    """The targets a column of `table` may fill."""
    return tuple(synonyms().tables.get(table, {}))


def _columns(rows: Any, table: str, where: str) -> dict[str, str | Use]:
    if not isinstance(rows, dict):
        raise UserError(f'{where}: [columns] must hold lines such as "Stage" = "deal_stage".')
    return {header: _column(header, said, table, where) for header, said in rows.items()}


def _column(header: str, said: Any, table: str, where: str) -> str | Use:
    uses = tuple(str(use) for use in Use)
    if isinstance(said, dict):
        use = str(said.get("use", ""))
        return Use(_known(use.replace("_", " "), uses, f"{where}: {use!r} is no use for the column {header!r}"))
    if not isinstance(said, str):
        raise UserError(f'{where}: the column {header!r} must be given a text, such as "deal_stage" or "ignore".')
    if said in uses and said not in targets_of(table):
        return Use(said)
    word = _ALIASES.get(said, said) if table == "deals" else said
    known = (*targets_of(table), IGNORE)
    target = _known(word, known, f"{where}: the column {header!r} is mapped to {said!r}, which is no target")
    return Use.IGNORED if target == IGNORE else target


def _outcomes(rows: Any, where: str) -> dict[str, str]:
    checked = _texts(rows, f"{where}, [outcomes]")
    for value, kind in checked.items():
        _known(kind, OUTCOMES, f"{where}, [outcomes]: {kind!r} for {value!r} is no outcome")
    return checked


def _date_order(order: Any, where: str) -> str | None:
    if order is None:
        return None
    return _known(str(order), DATE_ORDERS, f"{where}, [dates]: {order!r} is no order of year, month and day")


def _decimal(money: Mapping[str, Any], where: str) -> str | None:
    decimal = money.get("decimal")
    if decimal is not None and decimal not in {",", "."}:
        raise UserError(f'{where}, [money]: decimal must be "," or ".", not {decimal!r}.')
    return decimal


def _currency(code: Any, where: str) -> str | None:
    if code is None:
        return None
    return _known(str(code).upper(), sorted(CODES), f"{where}, [money]: {code!r} is no currency code")


def _file(label: str, rows: Any, where: str) -> FileMap:
    if not isinstance(rows, dict):
        raise UserError(f"{where}: [files.{label!r}] must be a section.")
    for key in rows:
        _known(key, ("kind", "on", "columns"), f"{where}, [files.{label!r}]: {key!r} is not known here")
    kind = rows.get("kind")
    if kind is not None:
        _known(str(kind), KINDS, f"{where}, [files.{label!r}]: {kind!r} is no kind of file")
    on = _texts(rows.get("on", {}), f"{where}, [files.{label!r}]")
    table = str(kind) if kind in synonyms().tables else "accounts"
    columns = _columns(rows.get("columns", {}), table, f"{where}, [files.{label!r}]")
    return FileMap(kind=kind, on_deals=on.get("deals"), on_file=on.get("file"), columns=columns)

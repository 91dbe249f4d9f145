"""What was decided, as it stands in a map file: used again, it gives the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from winloss.sources.files.kinds import Recognised
from winloss.sources.files.mapfile import IGNORE, MapFile
from winloss.sources.files.outcomes import UNCLASSIFIED
from winloss.sources.files.planning import Decided
from winloss.sources.files.synonyms import synonyms
from winloss.sources.files.tabled import Tabled
from winloss.tables.custom import Use


def mapping_of(
    recognised: Sequence[Recognised], tables: Mapping[str, Tabled], decided: Decided | None, given: MapFile
) -> dict[str, Any]:
    """The sections of a map, those that are empty left out."""
    sections: dict[str, Any] = {}
    if decided is not None:
        deals = next(r for r in recognised if r.kind == "deals")
        sections["columns"] = _columns(deals, decided)
        sections["outcomes"] = _outcomes(decided)
        sections["values"] = _values(deals, decided)
        sections["dates"] = _dates(deals, tables[deals.label], given)
    sections["reasons"] = dict(given.reasons)
    sections["competitors"] = dict(given.competitors)
    sections["money"] = _money(given)
    sections["files"] = {r.label: _file(r, decided) for r in recognised if r.kind != "deals"}
    return {name: rows for name, rows in sections.items() if rows}


def _columns(deals: Recognised, decided: Decided) -> dict[str, Any]:
    uses = {plan.position: plan.column.use for plan in decided.plan.customs}
    found_anew = set(decided.plan.echoes.values())  # an echo serves its target, which no line of a map can say
    return {
        facts.header: choice.target if choice.target not in {None, "manager"} else _use(uses.get(facts.position))
        for facts, choice in zip(deals.facts, deals.mapping.choices, strict=True)
        if facts.position not in found_anew
    }


def _use(use: Use | None) -> Any:
    return IGNORE if use is None or use is Use.IGNORED else {"use": str(use)}


def _outcomes(decided: Decided) -> dict[str, str]:
    """The values of status and stage; yes/no columns need no list."""
    words = [r for r in decided.outcomes if r.why != "a yes/no column" and r.value != "any date"]
    return {r.value: r.read_as for r in words if r.read_as != UNCLASSIFIED}


def _values(deals: Recognised, decided: Decided) -> dict[str, dict[str, str]]:
    headers = {facts.position: facts.header for facts in deals.facts}
    return {headers[position]: dict(folds) for position, folds in decided.readers.folds.items()}


def _dates(deals: Recognised, tabled: Tabled, given: MapFile) -> dict[str, Any]:
    targets = synonyms().tables["deals"]
    orders = {
        facts.header: tabled.readers.decisions.dates(facts.position).order
        for facts, choice in zip(deals.facts, deals.mapping.choices, strict=True)
        if choice.target is not None and targets[choice.target].values == "date" and not facts.empty
    }
    settled = {header: order for header, order in orders.items() if order in {"dmy", "mdy"}}
    order = {} if given.date_order is None else {"order": given.date_order}
    return {**order, **({"columns": settled} if settled else {})}


def _money(given: MapFile) -> dict[str, str]:
    said = {"decimal": given.decimal, "currency": given.currency}
    return {name: value for name, value in said.items() if value is not None}


def _file(recognised: Recognised, decided: Decided | None) -> dict[str, Any]:
    told: dict[str, Any] = {"kind": recognised.kind}
    if decided is not None and recognised.label in decided.keys:
        left, right, _ = decided.keys[recognised.label]
        told["on"] = {"deals": left, "file": right}
    columns = {c.header: c.target for c in recognised.mapping.choices if c.target is not None}
    if columns:
        told["columns"] = columns
    return told

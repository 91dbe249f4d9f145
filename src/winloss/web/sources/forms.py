"""The page of one upload as a form: what each field shows, what was posted, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from winloss.errors import UserError
from winloss.web.sources import choices, mapping, reading
from winloss.web.sources.mapping import Chosen, Column, FileChoice, Raw

_AT_ALL = 20_000
"""Fields of a form that are looked at; a page has fewer."""
_PLAIN_WHY = "by its name and its values"
"""Worth no word: that both agree is what one expects."""
_NOT_OURS = "This is none of the choices: choose one of the list."
COMPETITORS: tuple[choices.Choice, ...] = (
    ("none", "No competitor"),
    ("unknown", "Unknown"),
    ("blank", "Blank: nothing was said"),
)


class MappingForm:
    """How an upload is read, to be corrected.

    Parameters
    ----------
    seen
        What the library told of the files.
    map_text
        The map in force, "" where there is none.
    codes
        The taxonomy's codes and labels.
    data
        What was posted; None shows the form as it stands.
    """

    def __init__(
        self,
        seen: Mapping[str, Any],
        map_text: str,
        *,
        proposal: Mapping[str, Any],
        codes: Sequence[choices.Choice],
        data: Mapping[str, str] | None = None,
    ) -> None:
        self.seen = seen
        self.codes = tuple(codes)
        self.given = reading.parsed(map_text, "The map") if map_text else {}
        self.raw = mapping.in_full(seen, self.given)
        self._columns = mapping.columns(seen, self.raw)
        self._files = mapping.files(seen, self.raw)
        self.errors: dict[str, str] = {}
        self.chosen = Chosen()
        self._proposed = {(row["file"], row["header"]): row for row in proposal.get("columns", ())}
        self._bound = data is not None
        if data is not None:
            self._read(data)

    # What was posted

    def _read(self, data: Mapping[str, str]) -> None:
        if len(data) > _AT_ALL:
            raise UserError("This form holds more fields than any page of winloss: load the page again.")
        chosen = self.chosen
        orders = [value for value, _ in choices.ORDERS]
        for column in self._columns:
            allowed = choices.allowed(column.kind) | {column.shown}
            self._take(data, f"column-{column.place}", allowed, chosen.columns, column.place)
            self._take(data, f"order-{column.place}", ["", *orders], chosen.orders, column.place)
        for place, _ in mapping.outcomes(self.seen):
            kinds = ["", *(value for value, _ in choices.OUTCOMES)]
            self._take(data, f"outcome-{place}", kinds, chosen.outcomes, place)
        codes = ["", *(value for value, _ in self._reason_choices())]
        for place, row in enumerate(self.seen["reasons"]):
            self._take(data, f"reason-{place}", [*codes, row["code"] or ""], chosen.reasons, place)
        for place, row in enumerate(self.seen["competitors"]):
            self._take(data, f"competitor-{place}", self._rivals(row), chosen.competitors, place)
        for file in self._files:
            kinds = ["", *(value for value, _ in choices.KINDS)]
            self._take(data, f"kind-{file.place}", kinds, chosen.kinds, file.place)
            self._take(data, f"on-deals-{file.place}", ["", *file.deals_headers], chosen.on_deals, file.place)
            self._take(data, f"on-file-{file.place}", ["", *file.headers], chosen.on_file, file.place)
        chosen.order = self._general(data, "order", orders, self._said("dates", "order"))
        chosen.decimal = self._general(data, "decimal", [",", "."], self._said("money", "decimal"))
        chosen.currency = self._general(data, "currency", choices.currencies(), self._said("money", "currency"))
        for place, other in mapping.twice(self.seen, self.raw, chosen).items():
            target = choices.label(chosen.columns.get(place, self._columns[place].shown))
            self.errors[f"column-{place}"] = f"{other} is {target} already: only one column can be."
        for file in self._files:
            if bool(chosen.on_deals.get(file.place)) != bool(chosen.on_file.get(file.place)):
                self.errors[f"on-file-{file.place}"] = "Name both columns, or neither."

    def _take(
        self, data: Mapping[str, str], name: str, allowed: Collection[str], into: dict[int, str], place: int
    ) -> None:
        if name not in data:
            return
        if data[name] in allowed:
            into[place] = data[name]
        else:
            self.errors[name] = _NOT_OURS

    def _general(self, data: Mapping[str, str], name: str, allowed: Collection[str], shown: str) -> str:
        posted = data.get(name, shown)
        if posted in {"", *allowed}:
            return posted
        self.errors[name] = _NOT_OURS
        return shown

    def _said(self, section: str, key: str) -> str:
        found = self.raw.get(section, {}).get(key, "")
        return found if isinstance(found, str) else ""

    def wrong(self) -> list[dict[str, str]]:
        """What cannot be saved, with where it stands, in the order of the page."""
        found = []
        for name, why in self.errors.items():
            kind, _, place = name.rpartition("-")
            column = self._columns[int(place)] if kind in {"column", "order"} else None
            of = column.header if column is not None else _PARTS.get(kind or name, "A field")
            to = f"column-{place}" if column is not None else _SECTIONS.get(kind or name, "mapping")
            found.append({"of": of, "to": to, "why": why})
        return found[:_WRONG_SHOWN]

    @property
    def is_valid(self) -> bool:
        return self._bound and not self.errors

    def edited(self) -> Raw:
        """The map that says what was chosen."""
        return mapping.edited(self.seen, self.given, self.chosen)

    @property
    def changed(self) -> bool:
        """Whether anything was chosen that did not stand before."""
        return self.edited() != {name: rows for name, rows in self.raw.items() if rows}

    def text(self) -> str:
        return mapping.text_of(self.edited(), self.seen)

    # What is shown

    def tables(self) -> list[dict[str, Any]]:
        """Files with their columns; the deals first."""
        main = mapping.primary(self.seen)
        ordered = sorted(self._files, key=lambda file: file.label != main)
        return [
            {"file": file, "columns": [self._column(c) for c in self._columns if c.file == file.label]}
            for file in ordered
            if any(c.file == file.label for c in self._columns)
        ]

    def _column(self, column: Column) -> dict[str, Any]:
        name = f"column-{column.place}"
        shown = self.chosen.columns.get(column.place, column.shown)
        row = column.row
        return {
            "name": name,
            "header": column.header,
            "samples": [" ".join(sample.split())[:60] for sample in row["samples"] if sample.strip()],
            "filled": row["filled"],
            "why": self._why(column),
            "how": row["how"],
            "options": becomes(column.kind, shown),
            "order_name": f"order-{column.place}" if column.dates else "",
            "orders": flat(
                choices.ORDERS, self.chosen.orders.get(column.place, column.order), first="As it shows itself"
            ),
            "errors": [self.errors[key] for key in (name, f"order-{column.place}") if key in self.errors],
            "problems": [sentence(p) for p in self.seen["problems"] if self._of(p, column)],
            "own": shown.startswith("use:"),
            "ignored": shown == choices.IGNORE,
        }

    def _of(self, problem: Mapping[str, Any], column: Column) -> bool:
        return (
            problem["column"] == column.header and column.kind == "deals" and problem["code"] != "unclassified_outcome"
        )

    def _why(self, column: Column) -> str:
        """Why a column is read so; where a person said so, what winloss would have made of it."""
        row = column.row
        if "the map says so" not in row["why"]:
            return "" if row["why"] == _PLAIN_WHY else str(row["why"])
        before = self._proposed.get((column.file, column.header))
        if before is None or not (before["target"] or before["use"] == "ignored"):
            return "as saved"
        if (before["target"], before["use"]) == (row["target"], row["use"]):
            return "" if before["why"] == _PLAIN_WHY else str(before["why"])
        own = str(before["target"] or "").startswith("x_")
        would = f"own {before['use']}" if own else choices.label(before["target"]) if before["target"] else "not kept"
        return f"as saved; winloss took it for: {would}" + (f" ({before['why']})" if before["why"] else "")

    def outcomes(self) -> list[dict[str, Any]]:
        """Values of status and stage; those that nobody understood first."""
        rows = []
        words = {place for place, _ in mapping.outcomes(self.seen)}
        for place, row in enumerate(self.seen["outcomes"]):
            editable = place in words
            shown = self.chosen.outcomes.get(place, mapping.outcome_shown(row))
            name = f"outcome-{place}"
            rows.append(
                {
                    "name": name if editable else "",
                    "column": row["column"],
                    "value": row["value"],
                    "count": row["count"],
                    "read_as": row["read_as"].replace("_", " "),
                    "why": "as saved" if row["why"] == "the map says so" else row["why"],
                    "asked": row["read_as"] == mapping.UNCLASSIFIED,
                    "options": flat(choices.OUTCOMES, shown, first="Not said yet"),
                    "error": self.errors.get(name, ""),
                }
            )
        return sorted(rows, key=lambda row: (not row["asked"], -row["count"]))

    def reasons(self) -> list[dict[str, Any]]:
        return [
            {
                "name": f"reason-{place}",
                "value": row["value"],
                "count": row["count"],
                "why": "as saved" if row["how"] == "map" else row["why"] or "no word of it is known",
                "asked": row["code"] is None,
                "options": flat(
                    self._reason_choices(), self.chosen.reasons.get(place, row["code"] or ""), first="Not understood"
                ),
                "error": self.errors.get(f"reason-{place}", ""),
            }
            for place, row in enumerate(self.seen["reasons"])
        ]

    def _reason_choices(self) -> tuple[choices.Choice, ...]:
        return (*self.codes, ("competitor", "A competitor won"), ("blank", "Blank: nothing was said"))

    def competitors(self) -> list[dict[str, Any]]:
        rows = []
        for place, row in enumerate(self.seen["competitors"]):
            shown = self.chosen.competitors.get(place, mapping.competitor_shown(row))
            names = [name for name in self.seen["names"] if name != row["value"].strip()]
            offered = (*COMPETITORS, *((name, f"The same as {name}") for name in names))
            rows.append(
                {
                    "name": f"competitor-{place}",
                    "value": row["value"],
                    "count": row["count"],
                    "why": row["why"],
                    "options": flat(offered, shown, first="A competitor of this name"),
                    "error": self.errors.get(f"competitor-{place}", ""),
                }
            )
        return rows

    def _rivals(self, row: Mapping[str, Any]) -> list[str]:
        return ["", *(value for value, _ in COMPETITORS), *self.seen["names"], mapping.competitor_shown(row)]

    def files(self) -> list[dict[str, Any]]:
        joins = {join["right"]: join for join in self.seen["joins"]}
        return [self._file(file, joins.get(file.label)) for file in self._files]

    def _file(self, file: FileChoice, join: Mapping[str, Any] | None) -> dict[str, Any]:
        chosen = self.chosen
        own, deals = ((h, h) for h in file.headers), ((h, h) for h in file.deals_headers)
        keys = (f"kind-{file.place}", f"on-deals-{file.place}", f"on-file-{file.place}")
        return {
            "label": file.label,
            "rows": file.rows,
            "place": file.place,
            "primary": file.primary,
            "join": join,
            "kinds": flat(choices.KINDS, chosen.kinds.get(file.place, file.kind), first="As winloss reads it"),
            "on_deals": flat(deals, chosen.on_deals.get(file.place, file.on_deals), first="Nothing"),
            "on_file": flat(own, chosen.on_file.get(file.place, file.on_file), first="Nothing"),
            "errors": [self.errors[key] for key in keys if key in self.errors],
        }

    def general(self) -> dict[str, Any]:
        """The settings of the whole map."""
        shown = self.chosen if self._bound else None
        codes = ((code, code) for code in choices.currencies())
        said = self._said
        return {
            "order": flat(choices.ORDERS, shown.order if shown else said("dates", "order"), first="Column by column"),
            "decimal": flat(
                choices.DECIMALS, shown.decimal if shown else said("money", "decimal"), first="As the amounts show"
            ),
            "currency": flat(codes, shown.currency if shown else said("money", "currency"), first="As the file says"),
        }

    def problems(self) -> list[dict[str, Any]]:
        """What may change a figure first; how files were read is no problem."""
        found = [p for p in self.seen["problems"] if p["code"] != "reading"]
        return [
            {
                "sentence": sentence(p),
                "asks": p["code"] in _FIRST,
                "examples": self._examples(p),
                "lines": p["lines"][:5],
                "to": self._place_of(p),
            }
            for p in sorted(found, key=lambda p: (p["code"] not in _FIRST, p["code"] == "placeholder"))
        ]

    def _examples(self, problem: Mapping[str, Any]) -> list[str]:
        return [] if problem["code"] in _NAMED else [" ".join(e.split())[:60] for e in problem["examples"][:3]]

    def _place_of(self, problem: Mapping[str, Any]) -> str:
        """The anchor of the field that mends it."""
        if problem["code"] in _ANCHORS:
            return _ANCHORS[problem["code"]]
        found = (c.place for c in self._columns if c.header == problem["column"] and c.kind == "deals")
        place = next(found, None)
        return "" if place is None else f"column-{place}"

    def notes(self) -> list[str]:
        return [p["message"] for p in self.seen["problems"] if p["code"] == "reading"]


_WRONG_SHOWN = 20
_PARTS = {
    "outcome": "An outcome",
    "reason": "A reason",
    "competitor": "A competitor",
    "on-file": "A join",
    "kind": "A file",
}
_SECTIONS = {"outcome": "outcomes", "on-file": "files", "on-deals": "files", "kind": "files"}
_FIRST = frozenset({"unclassified_outcome", "map_unusable", "file_not_joined", "map_column_absent"})
_NAMED = frozenset({"unclassified_outcome"})
_ANCHORS = {
    "unclassified_outcome": "outcomes",
    "file_not_joined": "files",
    "join_found_nobody": "files",
    "several_currencies": "settings",
    "unknown_currency": "settings",
    "company_currency_unknown": "settings",
}


def sentence(problem: Mapping[str, Any]) -> str:
    """A problem in the words of the page, where the library's are those of a terminal."""
    rewrite = _REWRITTEN.get(problem["code"])
    return rewrite(problem) if rewrite is not None else str(problem["message"])


def _before(mark: str, said: str) -> Callable[[Mapping[str, Any]], str]:
    """The library's sentence up to a mark, and then the page's own."""
    return lambda problem: problem["message"].partition(mark)[0].rstrip(" .;") + said


def _unclassified(problem: Mapping[str, Any]) -> str:
    told = problem["message"].partition(" Add to the map")[0]
    values = ", ".join(" ".join(value.split())[:40] for value in problem["examples"][:5])
    return f"{told} Say below what it means: {values}." if values else told


_REWRITTEN: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "unclassified_outcome": _unclassified,
    "file_not_joined": _before("Name the columns in the map", ". Name the two columns under Files below."),
    "join_found_nobody": _before(
        "Write the values alike", ". Write the values alike, or name two other columns under Files below."
    ),
    "several_currencies": _before(
        "Give --rates", ". Upload a file of exchange rates together with them to add them up."
    ),
    "ids_unknown": _before("If it is, add to the map", ". If it is, choose so under Columns below."),
    "amount_unknown": _before("If one is, add to the map", ". If one is, choose so under Columns below."),
    "company_currency_unknown": _before("Name it in the map", ". Choose it under Settings below."),
}


@cache
def _becomes(kind: str) -> str:
    parts = ['<option value="">As winloss reads it</option>']
    for title, offered in choices.groups(kind):
        options = format_html_join("", '<option value="{}">{}</option>', offered)
        parts.append(format_html('<optgroup label="{}">{}</optgroup>', title, options))
    return "".join(parts)


def becomes(kind: str, shown: str) -> SafeString:
    """The options of a column; made once a kind, for a page may have hundreds."""
    value = shown if shown in choices.allowed(kind) else choices.AS_READ
    mark = f'value="{escape(value)}"'
    return mark_safe(_becomes(kind).replace(mark, f"{mark} selected", 1))  # noqa: S308  # made of constants above


def flat(offered: Iterable[choices.Choice], shown: str, *, first: str) -> SafeString:
    """Options with one in front that says nothing."""
    return format_html_join(
        "",
        '<option value="{}"{}>{}</option>',
        ((value, _SELECTED if value == shown else "", label) for value, label in _with(first, offered)),
    )


_SELECTED = mark_safe(" selected")


def _with(first: str, offered: Iterable[choices.Choice]) -> Iterator[choices.Choice]:
    yield "", first
    yield from offered

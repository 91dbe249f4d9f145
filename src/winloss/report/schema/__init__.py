"""The JSON Schemas (draft 2020-12) of what the program writes, and the pages of the docs made from them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any

REPORT, SEGMENTS, SEGMENT = "winloss.report-1.json", "winloss.segments-1.json", "winloss.segment-1.json"
ACTED, ACTED_LIST = "winloss.action-1.json", "winloss.actions-1.json"
ACTED_PORTFOLIO = "winloss.portfolio-1.json"
NOTE = "<!-- Written by `make docs`: do not edit. -->\n"
Node = Mapping[str, Any]


def schema(name: str = REPORT) -> dict[str, Any]:
    """A schema, read from the package."""
    return dict(json.loads((files("winloss.report.schema") / name).read_text(encoding="utf-8")))


def reference_page() -> str:
    """The report's schema as a page of the reference."""
    return "\n".join(["# The report as JSON", "", *_whole(REPORT, "winloss report deals.csv --format json")]) + "\n"


def segments_page() -> str:
    """The schemas of what `winloss segments` writes, as a page of the reference."""
    lines = ["# Segments as JSON", "", *_whole(SEGMENTS, "winloss segments deals.csv --json")]
    one = _whole(SEGMENT, "winloss segments deals.csv --why 'industry = Retail' --json", note=False)
    return "\n".join([*lines, "", "# One segment as JSON", "", *one]) + "\n"


def actions_page() -> str:
    """The schemas of what `winloss act` writes, as a page of the reference."""
    lines = ["# An action as JSON", "", *_whole(ACTED, "winloss act measure ID --json")]
    listed = _whole(ACTED_LIST, "winloss act list --json", note=False)
    told = _whole(ACTED_PORTFOLIO, "winloss act portfolio --json", note=False)
    lines += ["", "# The actions of a book as JSON", "", *listed]
    return "\n".join([*lines, "", "# What actions did as JSON", "", *told]) + "\n"


def _whole(name: str, command: str, *, note: bool = True) -> list[str]:
    whole = schema(name)
    told = f"`{command}` writes it; the schema lies in the wheel as `winloss/report/schema/{name}`."
    lines = [*([NOTE] if note else []), whole["description"], "", told, "", *_table(whole)]
    for part, node in _objects(whole):
        lines += ["", f"## {part}", "", node["description"], "", *_body(node)]
    return lines


def _body(node: Node) -> list[str]:
    if "properties" in node:
        return _table(node)
    return [" or ".join(_kind(part) for part in node["oneOf"]) + "."]


def _table(node: Node) -> list[str]:
    required = set(node.get("required", ()))
    lines = ["| key | holds | meaning |", "|---|---|---|"]
    for key, part in node["properties"].items():
        always = "" if key in required else " May be missing."
        lines.append(f"| `{key}` | {_kind(part)} | {part.get('description', '')}{always} |")
    return lines


def _objects(whole: Node) -> Iterator[tuple[str, Node]]:
    """Every object that deserves a table: the named ones, then those inside a key."""
    yield from whole["$defs"].items()
    for name, part in [*whole["properties"].items(), *_inside(whole["$defs"])]:
        inner = part.get("items") if part.get("type") == "array" else part
        if isinstance(inner, Mapping) and "properties" in inner:
            yield name, inner
            yield from ((f"{name}.{key}", deep) for key, deep in _nested(inner))


def _inside(defs: Mapping[str, Node]) -> list[tuple[str, Node]]:
    return [
        (f"{name}.{key}", part)
        for name, node in defs.items()
        for key, part in node.get("properties", {}).items()
        if part.get("type") == "array"
    ]


def _nested(node: Node) -> Iterator[tuple[str, Node]]:
    for key, part in node["properties"].items():
        inner = part.get("items") if part.get("type") == "array" else part
        if isinstance(inner, Mapping) and "properties" in inner:
            yield key, inner


def _kind(part: Node) -> str:
    """What a key holds, in a few words."""
    if "$ref" in part:
        return str(part["$ref"]).rsplit("/", 1)[1]
    if "const" in part:
        return f"`{part['const']}`"
    if "enum" in part:
        return ", ".join(f"`{value}`" if value is not None else "null" for value in part["enum"])
    if "oneOf" in part:
        return " or ".join(_kind(choice) for choice in part["oneOf"])
    if part.get("type") == "array":
        return _list(part)
    kinds = part["type"] if isinstance(part["type"], list) else [part["type"]]
    return " or ".join("date" if part.get("format") == "date" and kind == "string" else kind for kind in kinds)


def _list(part: Node) -> str:
    if "prefixItems" in part:
        return "[" + ", ".join(_kind(item) for item in part["prefixItems"]) + "]"
    return f"list of {_kind(part['items'])}"

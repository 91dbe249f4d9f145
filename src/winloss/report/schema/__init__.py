"""The JSON Schema (draft 2020-12) of the report, and the page of the docs made from it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any

NAME = "winloss.report-1.json"
NOTE = "<!-- Written by `make docs`: do not edit. -->\n"
Node = Mapping[str, Any]


def schema() -> dict[str, Any]:
    """The schema, read from the package."""
    return dict(json.loads((files("winloss.report.schema") / NAME).read_text(encoding="utf-8")))


def reference_page() -> str:
    """The schema as a page of the reference."""
    whole = schema()
    lines = [
        "# The report as JSON",
        "",
        NOTE,
        whole["description"],
        "",
        "`winloss report deals.csv --format json` writes it; ",
    ]
    lines[-1] += f"the schema lies in the wheel as `winloss/report/schema/{NAME}`."
    lines += ["", *_table(whole)]
    for name, node in _objects(whole):
        lines += ["", f"## {name}", "", node["description"], "", *_body(node)]
    return "\n".join(lines) + "\n"


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

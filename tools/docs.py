"""Write the generated pages of docs/: tables, commands, settings, reasons, the report's JSON.

`python tools/docs.py` writes them, `python tools/docs.py --check` says which are out of date.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable
from pathlib import Path

import typer.main
from typer.core import TyperCommand, TyperGroup, TyperOption

HERE = Path(__file__).resolve().parent.parent
REFERENCE = HERE / "docs" / "reference"
NOTE = "<!-- Written by `make docs`: do not edit. -->\n"


def tables_page() -> str:
    """Every table of the book, from its declaration."""
    from winloss.tables import TABLES

    lines = ["# Tables of the book", "", NOTE]
    lines.append("Custom columns of a source stand in `deals` as `x_…`, text, number or date.\n")
    for spec in TABLES.values():
        lines += [f"## `{spec.name}`", "", f"{spec.meaning} Key: {', '.join(f'`{k}`' for k in spec.key)}.", ""]
        lines += ["| column | type | unit | meaning | personal data |", "|---|---|---|---|---|"]
        for c in spec.columns:
            lines.append(f"| `{c.name}` | {c.type} | {c.unit or '–'} | {c.meaning} | {c.personal} |")
        lines.append("")
    return "\n".join(lines)


def commands_page() -> str:
    """Every command with its options, from the program itself."""
    from winloss.cli import app

    root = typer.main.get_command(app)
    lines = ["# Commands", "", NOTE]
    lines.append(
        "Exit codes: 0 done, 1 `winloss doctor` found something bad or a question was not answered, 2 the reader can fix it, 3 a source could not be read, 4 rows break a declaration, 70 a defect.\n"
    )
    for name, command in sorted(walk(root, "winloss")):
        lines += describe(name, command)
    return "\n".join(lines)


def walk(command: object, name: str) -> list[tuple[str, TyperCommand]]:
    """The commands under `command` with their full names; groups stand for what they hold."""
    if isinstance(command, TyperGroup):
        return [found for sub, inner in command.commands.items() for found in walk(inner, f"{name} {sub}")]
    assert isinstance(command, TyperCommand)
    return [(name, command)]


def describe(name: str, command: TyperCommand) -> list[str]:
    """One command as Markdown lines."""
    usage = " ".join(p.metavar or (p.name or "").upper() for p in command.params if not isinstance(p, TyperOption))
    heading = f"{name} {usage}".strip()
    lines = [f"## `{heading}`", "", (command.help or "").strip(), ""]
    options = [p for p in command.params if isinstance(p, TyperOption) and p.name != "help" and not p.hidden]
    if options:
        lines += ["| option | meaning |", "|---|---|"]
        lines += [f"| `{', '.join([*o.opts, *o.secondary_opts])}` | {(o.help or '').strip()} |" for o in options]
        lines.append("")
    return lines


def reasons_page() -> str:
    """The shipped taxonomy."""
    from winloss.capture.taxonomy import reference_page

    return reference_page()


def report_page() -> str:
    """The report's JSON, from its schema."""
    from winloss.report.schema import reference_page

    return reference_page()


def segments_page() -> str:
    """The JSON of `winloss segments`, from its schemas."""
    from winloss.report.schema import segments_page as page

    return page()


def actions_page() -> str:
    """The JSON of `winloss act`, from its schemas."""
    from winloss.report.schema import actions_page as page

    return page()


def settings_page() -> str:
    """Every setting of the web application, from its declaration."""
    from winloss.web.config import Config

    lines = ["# Settings of the web application", "", NOTE]
    lines.append(
        "Set in the environment, as `WINLOSS_` and the name in capitals, or in `winloss.toml` in the home folder, by its name. "
        "The environment wins. Lists are JSON in the environment: `WINLOSS_ALLOWED_HOSTS='[\"a.example.com\"]'`. "
        "They are read when a process starts.\n"
    )
    lines += ["| setting | type | without it | meaning |", "|---|---|---|---|"]
    lines += [
        f"| `{name}` | {_type(field.annotation)} | {_default(field.get_default(call_default_factory=True))} | {field.description} |"
        for name, field in Config.model_fields.items()
    ]
    return "\n".join([*lines, ""])


def _type(annotation: object) -> str:
    """A type as people say it."""
    told = {"str": "text", "int": "number", "bool": "true or false", "Path": "folder", "Path | None": "folder"}
    name = getattr(annotation, "__name__", "") if isinstance(annotation, type) else str(annotation)
    name = name.replace("pathlib.", "")
    if name.startswith("typing.Literal["):
        return " or ".join(f"`{word}`" for word in ast.literal_eval(name.removeprefix("typing.Literal")))
    return "list of text" if name.startswith("list") else told[name]


def _default(value: object) -> str:
    if value is None or value in ("", []):
        return "–"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


PAGES: dict[str, Callable[[], str]] = {
    "tables.md": tables_page,
    "commands.md": commands_page,
    "reasons.md": reasons_page,
    "report-json.md": report_page,
    "segments-json.md": segments_page,
    "actions-json.md": actions_page,
    "settings.md": settings_page,
}


def stale() -> list[str]:
    """The generated pages that differ from what would be written now."""
    return [
        name
        for name, page in PAGES.items()
        if not (REFERENCE / name).exists() or (REFERENCE / name).read_text("utf-8") != page()
    ]


def main(arguments: list[str]) -> int:
    if "--check" in arguments:
        old = stale()
        print(f"Out of date: {', '.join(old)}; run `make docs`." if old else "The generated pages are current.")
        return 1 if old else 0
    REFERENCE.mkdir(parents=True, exist_ok=True)
    for name, page in PAGES.items():
        (REFERENCE / name).write_text(page(), "utf-8")
        print(f"docs/reference/{name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""`winloss doctor`: are we good to go?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from winloss.cli import web

if TYPE_CHECKING:
    from winloss.web.house.doctor import Answer

AS_JSON = typer.Option(False, "--json", help="Print JSON.")


def register(app: typer.Typer) -> None:
    """Add `doctor`."""
    app.command("doctor")(doctor)


def doctor(home: Path | None = web.HOME, as_json: bool = AS_JSON) -> None:
    """Ask everything that can be wrong with an installation, and say what to do; exit 1 where something is bad."""
    web.ready(home)
    from winloss.web.house import doctor as house

    answers = house.examine()
    if as_json:
        told = [{"asked": one.asked, "state": one.state, "found": one.found, "do": one.do} for one in answers]
        typer.echo(json.dumps({"good": not _bad(answers), "answers": told}, indent=1, ensure_ascii=False))
    else:
        _show(answers)
    if _bad(answers):
        raise typer.Exit(1)


def _bad(answers: list[Answer]) -> int:
    return sum(1 for one in answers if one.state == "bad")


def _show(answers: list[Answer]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("", "asked", "found, and what to do"):
        table.add_column(name)
    colours = {"ok": "green", "warn": "yellow", "bad": "red"}
    for one in answers:
        found = Text(one.found)
        if one.do:
            found.append(f"\n{one.do}", style="bold")
        table.add_row(Text(one.state, style=colours[one.state]), one.asked, found)
    console = Console(highlight=False, width=None if Console().is_terminal else 120)
    console.print(table)
    wrong, doubtful = _bad(answers), sum(1 for one in answers if one.state == "warn")
    if wrong:
        console.print(f"\nNot yet: {wrong} to mend, {doubtful} to look at.")
    elif doubtful:
        console.print(f"\nGood to go, with {doubtful} to look at.")
    else:
        console.print("\nGood to go.")

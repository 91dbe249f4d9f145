"""What `winloss inspect` shows: readable at 80 columns."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from winloss.sources.contract import ColumnReading, Fold, Intake, Join, Problem, ValueReading
from winloss.tables import OUTCOMES

OUTCOMES_SHOWN = 25
FOLDS_SHOWN = 12
REASONS_SHOWN = 8
SAMPLE_CHARACTERS = 18
_PLAIN_WHY = "by its name and its values"
_LAST = ("placeholder",)
_NOTES = ("reading",)
"""Problems that only say how a file was read."""


def show(
    told: Intake,
    kinds: Mapping[str, int],
    *,
    files: Sequence[str],
    written: Path | None,
    mapped: Path | None,
    unread: Sequence[tuple[str, int]] = (),
    decided: bool = True,
    console: Console | None = None,
) -> None:
    """Print everything that was decided, and what to do next.

    Parameters
    ----------
    told
        What the source tells.
    kinds
        Outcome → deals.
    files
        As given on the command line.
    written, mapped
        The map that was written, and the one that was used.
    unread
        Reasons that could not be read with their deals, the most frequent first.
    decided
        False where no column tells how deals ended.
    console
        Where to; the terminal where None.
    """
    console = console or Console(highlight=False)
    console.print(_heading(told, kinds))
    for note in (p for p in told.problems if p.code in _NOTES):
        console.print(Padding(Text(note.message, style="dim"), (0, 0, 0, 2)))
    for title, readings in _by_file(told.columns):
        _section(console, title)
        console.print(_columns(readings))
    if told.outcomes:
        _section(console, "How deals ended")
        console.print(_outcomes(told.outcomes))
    _list(console, "Files joined to the deals", [_join(join) for join in told.joins])
    _list(console, "Spellings joined", list(_folds(told.folds)))
    _list(console, "Reasons not understood", list(_unread(unread, files)))
    _list(console, "Before you rely on it", [_problem(p) for p in _ordered(told.problems)])
    _list(console, "Next", list(_next(told, files, written, mapped, decided)))


def _unread(unread: Sequence[tuple[str, int]], files: Sequence[str]) -> Iterator[Text]:
    for value, n in unread[:REASONS_SHOWN]:
        yield Text(f"{_short(value, 48)}: {n:,} {'deal' if n == 1 else 'deals'}")
    if unread:
        named = " ".join(shlex.quote(file) for file in files)
        more = f"and {len(unread) - REASONS_SHOWN:,} more; " if len(unread) > REASONS_SHOWN else ""
        yield Text(f"{more}for the lines to add to the map: winloss reasons check {named}", style="dim")


def _heading(told: Intake, kinds: Mapping[str, int]) -> Text:
    lines = Text()
    for table, tally in told.tallies.items():
        lines.append(
            f"{table.replace('_', ' ').capitalize()}: {tally.rows:,} {'row' if tally.rows == 1 else 'rows'}",
            style="bold",
        )
        parts = [f"{tally.rejected:,} rejected"] if tally.rejected else []
        parts += [
            f"{count:,} {why.replace('_', ' ')} {'row' if count == 1 else 'rows'} skipped"
            for why, count in tally.skipped.items()
        ]
        lines.append(f" ({', '.join(parts)})\n" if parts else "\n")
    shown = [f"{kinds[kind]:,} {kind.replace('_', ' ')}" for kind in OUTCOMES if kinds.get(kind)]
    lines.append(", ".join(shown) or "No deals in these files")
    return lines


def _section(console: Console, title: str) -> None:
    console.print()
    console.print(Text(title, style="bold"))


def _by_file(columns: Iterable[ColumnReading]) -> Iterator[tuple[str, list[tuple[str, ColumnReading]]]]:
    """Title → columns with their header; those of the deals' own file first."""
    found: dict[str, list[tuple[str, ColumnReading]]] = {}
    for reading in columns:
        label, split, header = reading.header.partition(": ")
        file = label if split and "." in label else ""
        found.setdefault(file, []).append((header if file else reading.header, reading))
    for file, readings in found.items():
        yield f"Columns of {file}" if file else "Columns", readings


def _columns(readings: Sequence[tuple[str, ColumnReading]]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, expand=False)
    for title, width in (
        ("Column", 18),
        ("Becomes", 20),
        ("Samples", SAMPLE_CHARACTERS),
        ("Why, and how it is read", None),
    ):
        table.add_column(title, overflow="fold", max_width=width)
    for header, reading in readings:
        samples = "\n".join(_short(sample) for sample in reading.samples[:2])
        table.add_row(escape(header), _becomes(reading), escape(samples), escape(_why(reading)))
    return table


def _becomes(reading: ColumnReading) -> Text:
    if reading.target is None:
        joins = reading.use == "canonical"
        return Text("joins" if joins else "ignored", style="" if joins else "dim")
    if reading.use == "canonical":
        return Text(reading.target)
    return Text(f"{reading.target}\n{reading.use}", style="yellow" if reading.use == "leak" else "")


def _why(reading: ColumnReading) -> str:
    """What is worth saying: that name and values agree is not."""
    why = "" if reading.why == _PLAIN_WHY else reading.why
    return "; ".join(part for part in (why, reading.how) if part)


def _short(text: str, width: int = SAMPLE_CHARACTERS) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= width else flat[: width - 1] + "…"


def _outcomes(readings: Sequence[ValueReading]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    several = len({reading.column for reading in readings}) > 1
    if several:
        table.add_column("Column", overflow="fold", max_width=16)
    table.add_column("Value", overflow="fold", max_width=24)
    table.add_column("Deals", justify="right")
    table.add_column("Read as")
    table.add_column("Why", overflow="fold")
    ordered = sorted(readings, key=lambda r: r.read_as != "unclassified")
    for reading in ordered[:OUTCOMES_SHOWN]:
        style = "bold yellow" if reading.read_as == "unclassified" else ""
        kind = Text(reading.read_as.replace("_", " "), style=style)
        column = [escape(reading.column)] if several else []
        table.add_row(*column, escape(_short(reading.value, 48)), f"{reading.count:,}", kind, escape(reading.why))
    if len(ordered) > OUTCOMES_SHOWN:
        more = f"and {len(ordered) - OUTCOMES_SHOWN:,} more values"
        table.add_row(*([""] if several else []), more, "", "", "")
    return table


def _list(console: Console, title: str, lines: Sequence[Text]) -> None:
    if not lines:
        return
    _section(console, title)
    for line in lines:
        console.print(Padding(line, (0, 0, 0, 2)))


def _join(join: Join) -> Text:
    line = Text(f"{join.right} by {join.on_left}")
    if join.on_left != join.on_right:
        line.append(f" = {join.on_right}")
    line.append(f": {join.matched:,} deals found their row, {join.unmatched:,} did not, {join.blank:,} have no value")
    if join.examples:
        line.append(f" (not found: {', '.join(_short(e, 30) for e in join.examples[:3])})", style="dim")
    return line


def _folds(folds: Sequence[Fold]) -> Iterator[Text]:
    for fold in folds[:FOLDS_SHOWN]:
        variants = ", ".join(f"{_spelt(value)} ({count:,})" for value, count in fold.folded[:5])
        more = f" and {len(fold.folded) - 5} more" if len(fold.folded) > 5 else ""
        yield Text.assemble(
            (f"{fold.column}: ", "dim"), f"{_short(fold.kept, 30)} ← {variants}{more}", (f" ({fold.why})", "dim")
        )
    if len(folds) > FOLDS_SHOWN:
        yield Text(f"and {len(folds) - FOLDS_SHOWN:,} more; --json lists them all", style="dim")


def _ordered(problems: Sequence[Problem]) -> list[Problem]:
    """What may change a figure first."""
    return sorted((p for p in problems if p.code not in _NOTES), key=lambda p: p.code in _LAST)


def _spelt(value: str) -> str:
    """A spelling, in quotes where only its spaces show the difference."""
    return _short(value, 30) if value == " ".join(value.split()) else repr(value)[:34]


def _problem(problem: Problem) -> Text:
    line = Text.assemble(("! ", "yellow"), problem.message)
    if problem.examples and problem.code != "unclassified_outcome":
        line.append(f" For example {', '.join(_short(e, 30) for e in problem.examples[:3])}.", style="dim")
    if problem.lines:
        line.append(f" Lines {', '.join(str(n) for n in problem.lines[:5])}", style="dim")
        line.append(", …" if problem.count > 5 else ".", style="dim")
    return line


def _next(
    told: Intake, files: Sequence[str], written: Path | None, mapped: Path | None, decided: bool
) -> Iterator[Text]:
    named = " ".join(shlex.quote(file) for file in files)
    map_file = written or mapped
    asked = [r for r in told.outcomes if r.read_as == "unclassified"][:5]
    if asked:
        yield Text("Say what these values mean, in the map under [outcomes]:")
    for reading in asked:
        line = f'  {json.dumps(reading.value, ensure_ascii=False)} = "?"'
        yield Text(f"{line}  # won, lost, no_decision, disqualified or open")
    if map_file is None:
        yield Text(f"To change anything: winloss inspect {named} --write-map map.toml")
    elif written is not None:
        yield Text(f"Everything decided stands in {written}; change a line there and use it with --map.")
    used = f" --map {shlex.quote(str(map_file))}" if map_file is not None else ""
    if not decided:
        yield Text('Give "deal_stage" to the column that tells how deals ended, in the map under [columns].')
    elif "deals" in told.tallies:
        yield Text(f"To read the report: winloss report {named}{used}")

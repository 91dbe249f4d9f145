"""`winloss reasons`: the list of reasons, how a CRM's values are read, and the picklist that reps choose from."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    import datetime as dt

    from rich.console import Console

    from winloss.capture.competitors import CompetitorReadings
    from winloss.capture.picklist import Picklist, Proposal
    from winloss.capture.reasons import ReasonReading
    from winloss.capture.resolve import Readings
    from winloss.capture.taxonomy import Taxonomy
    from winloss.store import View

Files = Annotated[list[Path] | None, typer.Argument(help="Exports of deals, or use --book.", metavar="FILE")]
BookDir = Annotated[Path | None, typer.Option("--book", help="A book made by `winloss import`.")]
MapFile = Annotated[Path | None, typer.Option("--map", help="The map that FILE is read by.")]
Days = Annotated[int, typer.Option("--days", min=1, help="How many days of losses to look at.")]
AsOf = Annotated[
    datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help="The last day of them; found in the data.")
]

SIX_MONTHS = 183


def register(app: typer.Typer) -> None:
    """Add `reasons list|check|propose|adopt`."""
    group = typer.Typer(
        help="The list of reasons, how values are read as them, and the picklist.", no_args_is_help=True
    )
    group.command("list")(list_reasons)
    group.command("check")(check)
    group.command("propose")(propose)
    group.command("adopt")(adopt)
    app.add_typer(group, name="reasons")


def list_reasons(
    book: BookDir = None,
    presets: Annotated[bool, typer.Option("--presets", help="Show the ready lists too.")] = False,
) -> None:
    """Show the reasons in force: code, label, what it means, whom it points at, when to ask again."""
    from winloss.capture.taxonomy import shipped

    console = _console()
    taxonomy, picklist = shipped(), None
    if book is not None:
        taxonomy, picklist = _in_force(book)
    _print_taxonomy(console, taxonomy)
    if presets:
        _print_presets(console, taxonomy)
    if picklist is not None:
        console.print(f"\nThe picklist in force since {picklist.adopted_on or 'an unknown day'}:")
        console.print(picklist.to_paste, markup=False)


def check(files: Files = None, book: BookDir = None, map_file: MapFile = None) -> None:
    """Show how each raw reason and competitor is read, and the lines to add to the map for those that are not."""
    from winloss import refresh

    with _opened(files, book, map_file) as view:
        readings = refresh.read_values(view)
    console = _console()
    _print_reasons(console, readings)
    _print_competitors(console, readings.competitors)
    lines = readings.reasons.map_lines
    if lines:
        console.print("\nAdd to the map, with the code each should have (`winloss reasons list`):\n")
        console.print("\n".join(lines), markup=False, soft_wrap=True)


def propose(
    files: Files = None,
    book: BookDir = None,
    map_file: MapFile = None,
    days: Days = SIX_MONTHS,
    as_of: AsOf = None,
    form: Annotated[str, typer.Option("--format", help="text, markdown, toml, or paste (one label a line).")] = "text",
) -> None:
    """Propose at most five reasons that cover the losses of the last six months."""
    from winloss.errors import UserError

    if form not in ("text", "markdown", "toml", "paste"):
        raise UserError(f"The format is {form!r}; choose text, markdown, toml or paste.")
    with _opened(files, book, map_file) as view:
        proposal = _proposal(view, days=days, as_of=as_of)
    if form == "text":
        _print_proposal(_console(), proposal)
    else:
        typer.echo(_written(proposal, form), nl=False)


def adopt(
    book: Annotated[Path, typer.Option("--book", help="The book whose picklist it becomes.")],
    file: Annotated[Path | None, typer.Argument(help="A picklist from `propose --format toml`.")] = None,
    preset: Annotated[str, typer.Option("--preset", help="A ready list: shipped, three_field or picklist.")] = "",
    days: Days = SIX_MONTHS,
    as_of: AsOf = None,
) -> None:
    """Put a picklist in force: FILE, a ready list, or what `propose` finds in the book."""
    from winloss import refresh
    from winloss.capture import picklist
    from winloss.errors import UserError
    from winloss.store import Book

    if file is not None and preset:
        raise UserError("Give a FILE or --preset, not both.")
    held = Book.open(book)
    with held.read() as view:
        taxonomy = refresh.taxonomy_of(view.manifest)
        if file is not None:
            chosen: Picklist | Proposal = picklist.Picklist.parse(_text(file), taxonomy, where=str(file))
        elif preset:
            chosen = picklist.shipped_picklist(taxonomy, preset)
        else:
            chosen = _proposal(view, days=days, as_of=as_of)
    text = picklist.adopt(chosen, on=_today(), taxonomy=taxonomy)
    version = refresh.adopt_picklist(held, text).version
    console = _console()
    console.print(f"In force from version {version} of the book. To paste into the CRM:\n")
    told = picklist.Picklist.parse(text, taxonomy)
    console.print(told.to_paste, markup=False)
    for label in [entry.label for entry in told.entries if entry.competitor]:
        console.print(
            f"\n{label} says who won and not why: it sets that a competitor was met. Ask for its name in the competitor field.",
            markup=False,
        )


# --- what stands behind the commands --------------------------------------------------------------------------------


@contextmanager
def _opened(files: list[Path] | None, book: Path | None, map_file: Path | None) -> Iterator[View]:
    """A version of a book, or of one that holds these files only."""
    from winloss.errors import UserError
    from winloss.store import Book

    if bool(files) == (book is not None):
        raise UserError("Give one or more files, or a book with --book DIR, and not both.")
    if book is not None:
        with Book.open(book).read() as view:
            yield view
        return
    from winloss import refresh

    options = refresh.ImportOptions(mapping=map_file, whole_map=True)
    with refresh.passing_book(files or [], options=options) as (passing, _), passing.read() as view:
        yield view


def _picklist(view: View) -> Picklist | None:
    from winloss import refresh
    from winloss.capture import picklist

    return picklist.adopted(view.manifest.settings, refresh.taxonomy_of(view.manifest))


def _in_force(book: Path) -> tuple[Taxonomy, Picklist | None]:
    from winloss import refresh
    from winloss.store import Book

    with Book.open(book).read() as view:
        return refresh.taxonomy_of(view.manifest), _picklist(view)


def _proposal(view: View, *, days: int, as_of: dt.datetime | None) -> Proposal:
    from winloss import refresh
    from winloss.capture import picklist
    from winloss.synthesize.assemble import StudyOptions, scope

    resolved = refresh.resolved(view)
    options = StudyOptions(today=_today(), as_of=as_of.date() if as_of else None)
    decided = scope(resolved, ask=view.ask, options=options).as_of
    day = decided.day if as_of or decided.first_closed else None
    rows = view.ask(picklist.losses(resolved, as_of=day, days=days)).to_pylist()
    losses = [picklist.Loss(code=row["code"], value=row["value"], count=row["n"]) for row in rows]
    taxonomy, read = refresh.taxonomy_of(view.manifest), refresh.read_values(view).reasons
    return picklist.propose(losses, taxonomy, readings=read, as_of=day, days=days)


def _today() -> dt.date:
    return datetime.now().astimezone().date()


def _written(proposal: Proposal, form: str) -> str:
    if form == "markdown":
        return proposal.to_markdown()
    return proposal.picklist.to_toml() if form == "toml" else proposal.picklist.to_paste + "\n"


def _text(file: Path) -> str:
    from winloss.errors import UserError

    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{file} cannot be read as text: {getattr(error, 'strerror', None) or 'not UTF-8'}.") from None


# --- what is printed ------------------------------------------------------------------------------------------------


def _console() -> Console:
    from rich.console import Console

    return Console(highlight=False)


def _print_taxonomy(console: Console, taxonomy: Taxonomy) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("code", no_wrap=True)
    table.add_column("means")
    table.add_column("points at")
    table.add_column("ask again", justify="right", no_wrap=True)
    for reason in taxonomy.reasons:
        until = f"{reason.window_from_days}-{reason.window_to_days} d" if reason.window_to_days is not None else "never"
        gone = "" if reason.in_force else " (no longer in force)"
        table.add_row(reason.code, f"{reason.label}: {reason.definition}{gone}", reason.points_at or "-", until)
    console.print(f"Taxonomy {taxonomy.stamp}\n", markup=False)
    console.print(table)


def _print_presets(console: Console, taxonomy: Taxonomy) -> None:
    for preset in taxonomy.presets.values():
        console.print(f"\n{preset.label} (--preset {preset.name})", markup=False)
        for entry in preset.entries:
            rival = " (and a competitor, not named)" if entry.competitor else ""
            console.print(f"  {entry.label} = {entry.code}{rival}", markup=False)


def _print_reasons(console: Console, readings: Readings) -> None:
    from rich.table import Table
    from rich.text import Text

    reasons = readings.reasons
    if not reasons.readings:
        console.print("No deal carries a reason.")
        return
    if reasons.free_text:
        console.print(
            "The reason field holds sentences, not choices: they are not read, and counted as not understood.\n"
        )
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name, right in (("deals", True), ("value", False), ("read as", False), ("by", False)):
        table.add_column(name, justify="right" if right else "left", no_wrap=right)
    rows = reasons.readings[:SHOWN]
    for reading in rows:
        table.add_row(
            f"{reading.count:,}", Text(_short(reading.value)), Text(_read_as(reading)), Text(str(reading.how))
        )
    console.print(table)
    if len(reasons.readings) > len(rows):
        console.print(f"... and {len(reasons.readings) - len(rows):,} more values.")
    if reasons.by_pattern:
        count = sum(r.count for r in reasons.by_pattern)
        console.print(
            f"\nRead by words inside the value, worth a look: {_many(len(reasons.by_pattern), 'value')} "
            f"on {_many(count, 'deal')}."
        )


SHOWN = 60
"""Values printed at most."""


def _read_as(reading: ReasonReading) -> str:
    if reading.code is None:
        said = "-" if not reading.given else "? " + reading.why
    else:
        said = f"{reading.code}, {reading.sub_reason}" if reading.sub_reason else reading.code
    if reading.secondary:
        said += f"; then {', '.join(reading.secondary)}"
    return f"{said}; competitor {reading.competitor}" if reading.competitor else said


def _print_competitors(console: Console, competitors: CompetitorReadings) -> None:
    if not competitors.readings:
        return
    if competitors.is_flag:
        console.print("\nThe competitor field says Yes or No: a competitor is counted as present, never by name.")
    named = sum(r.count for r in competitors.readings if r.name)
    console.print(f"\nCompetitors: {_many(len(competitors.names), 'name')} on {_many(named, 'deal')}.")
    for merge in competitors.merges:
        spellings = ", ".join(f"{spelling} ({count:,})" for spelling, count in merge.spellings)
        console.print(f"  {merge.name} joins {spellings}: {merge.why}", markup=False)


def _many(count: int, word: str) -> str:
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"


def _short(value: str, width: int = 40) -> str:
    one_line = " ".join(value.split())
    return one_line if len(one_line) <= width else one_line[: width - 3] + "..."


def _print_proposal(console: Console, proposal: Proposal) -> None:
    from rich.table import Table
    from rich.text import Text

    from winloss.synthesize.phrases import percent

    span = f"{proposal.since} to {proposal.as_of}" if proposal.as_of else "the whole book, which has no closing dates"
    console.print(f"Losses and no-decisions closed {span}: {proposal.losses:,}; {proposal.with_reason:,} say why.\n")
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("losses", justify="right", no_wrap=True)
    table.add_column("share", justify="right", no_wrap=True)
    table.add_column("reason")
    table.add_column("folds")
    for reason in proposal.reasons:
        share = percent(reason.share.value) if reason.share.value is not None else "-"
        folds = ", ".join(f"{_short(value, 30)} ({count:,})" for value, count in reason.values[:8])
        more = f" and {len(reason.values) - 8} more" if len(reason.values) > 8 else ""
        table.add_row(f"{reason.count:,}", share, Text(reason.label), Text(folds + more or "from the shipped list"))
    console.print(table)
    _print_coverage(console, proposal)
    for note in proposal.notes:
        console.print(f"\n{note}", markup=False)
    if proposal.retire:
        console.print("\nTo retire:")
        for row in proposal.retire[:20]:
            console.print(f"  {_short(row.value)} ({row.count:,}): {row.why}", markup=False)
        if len(proposal.retire) > 20:
            console.print(f"  ... and {len(proposal.retire) - 20} more: --format markdown shows all.")
    console.print("\nTo paste into the CRM, one a line:\n")
    console.print(proposal.picklist.to_paste, markup=False)


def _print_coverage(console: Console, proposal: Proposal) -> None:
    from winloss.synthesize.phrases import percent

    covered, of_all = proposal.covered, proposal.covered_of_all
    if covered.value is None or of_all.value is None:
        return
    bounds = f"95 % interval {percent(covered.low or 0.0)} to {percent(covered.high or 0.0)}"
    console.print(
        f"\nTogether they cover {percent(covered.value)} of the {covered.n:,} losses and no-decisions that say why "
        f"({bounds}), {percent(of_all.value)} of all {of_all.n:,}."
    )
    console.print(
        f"Other or Unknown: {proposal.other_or_unknown:,}. Not understood: {proposal.not_understood:,}. "
        f"No reason: {proposal.without:,}."
    )

"""What stands behind `winloss act`: loaded when one of its commands runs."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import typer
from rich.console import Console

from winloss.act import written
from winloss.act.action import Action
from winloss.act.ledger import free_id
from winloss.act.measurement import Decision, Measurement, Standing
from winloss.act.portfolio import portfolio
from winloss.act.written import Written
from winloss.cli.progress import busy
from winloss.cli.report import day
from winloss.errors import UserError
from winloss.refresh import acting, fitting, ledger, resolved, study_of, taxonomy_of
from winloss.refresh.ledger import Ledger, Put
from winloss.report import acted, searched_files
from winloss.report import figures as fig
from winloss.report.acted_words import Names, recorded
from winloss.store import Book, View
from winloss.synthesize.assemble import StudyOptions, scope
from winloss.synthesize.glossary import Glossary
from winloss.tables.deals import DEALS

_FILES = (".toml", ".csv")


@contextmanager
def _opened(place: Path, at: int | None) -> Iterator[tuple[View, Ledger]]:
    with Book.open(place).read(at) as view:
        yield view, ledger.read(view)


def _within(as_of: str | None = None) -> StudyOptions:
    return StudyOptions(today=dt.date.today(), as_of=day(as_of) if as_of else None)


def _names(view: View) -> Names:
    custom = {column.name: column.label for column in view.manifest.custom.get("deals", ())}
    return Names(
        fields={column.name: column.title for column in DEALS.columns} | custom,
        glossary=Glossary.of(taxonomy_of(view.manifest)),
    )


def _measured(
    view: View, actions: Sequence[Action], wanted: Sequence[str] | None, within: StudyOptions
) -> tuple[Measurement, ...]:
    with busy("measuring"):
        return acting.measured(view, actions=actions, wanted=wanted, within=within)


def _records(held: Ledger) -> dict[str, ledger.Row]:
    return {one.id: row for one in held.actions if (row := held.record(one)) is not None}


# --- into the book --------------------------------------------------------------------------------------------------


def add(place: Path, told: Mapping[str, Any]) -> None:
    """Add one action, and print its power statement."""
    with _opened(place, None) as (view, held):
        taken = [one.id for one in held.actions]
        entry = {"action_id": made_id(told["do"], taken), "decided_on": dt.date.today(), **told}
        if entry["action_id"] in taken:
            raise UserError(f"An action called {entry['action_id']!r} is there already: choose another --id.")
        new = ledger.settled(written.read_entry(entry, where="The action"), held)
        fitting.check(view, new.actions)
        (planned,) = _measured(view, [*held.actions, *new.actions], [entry["action_id"]], _within())
        names = _names(view)
    put = ledger.put(Book.open(place), new, note=f"add {entry['action_id']}")
    acted.planned(planned, Console(), names=names)
    typer.echo(f"\nVersion {put.version} of the book at {place}.")
    typer.echo(f"Next: winloss act measure {entry['action_id']} --book {place}")


def made_id(do: str, taken: Collection[str]) -> str:
    """A short name from the first words of a sentence."""
    plain = unicodedata.normalize("NFKD", do).encode("ascii", "ignore").decode().lower()
    return free_id(re.findall(r"[a-z0-9]+", plain), taken)


def import_file(place: Path, file: Path) -> None:
    """Land the actions of a file."""
    read = _read(file)
    with _opened(place, None) as (view, held):
        new = ledger.settled(read, held)
        with busy("reading the deals"):
            fitting.check(view, [one for one in new.actions if one not in held.actions and one.id not in held.verdicts])
    put = ledger.put(Book.open(place), new, note=f"import {file.name}")
    typer.echo(_told(put, place))


def _read(file: Path) -> Written:
    if file.suffix.lower() not in _FILES:
        raise UserError(
            f"Actions are not read from {file.suffix or file.name!r}: give a file that ends in .toml or .csv."
        )
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{file} cannot be read as text: {getattr(error, 'strerror', None) or 'not UTF-8'}.") from None
    reader = written.read_csv if file.suffix.lower() == ".csv" else written.read_toml
    return reader(text, where=str(file))


def _told(put: Put, place: Path) -> str:
    counts = ((len(put.new), "new"), (len(put.changed), "changed"), (len(put.unchanged), "as before"))
    told = [f"{fig.plural(n, 'action')} {what}" for n, what in counts if n]
    if put.kept:
        told.append(
            f"{', '.join(put.kept)} {'has a verdict and is' if len(put.kept) == 1 else 'have verdicts and are'} kept as before"
        )
    lines = [f"{'; '.join(told)}. Version {put.version} of the book at {place}."]
    return "\n".join([*lines, f"Next: winloss act measure --book {place}"])


def export(place: Path, at: int | None, out: Path | None) -> None:
    """Print the actions as TOML, or write them."""
    if out is not None and out.suffix.lower() not in _FILES:
        raise UserError(f"Actions are not written as {out.suffix or out.name!r}: choose .toml or .csv.")
    with _opened(place, at) as (_, held):
        pass
    if out is None:
        typer.echo(written.toml(held.actions, names=held.names), nl=False)
    elif out.suffix.lower() == ".csv":
        searched_files.put(out, written.as_csv(held.actions, names=held.names), encoding="utf-8-sig")
    else:
        searched_files.put(out, written.toml(held.actions, names=held.names))


# --- out of the book ------------------------------------------------------------------------------------------------


def show_list(place: Path, at: int | None, as_of: str | None, *, as_json: bool) -> None:
    """Print the actions of the book."""
    with _opened(place, at) as (view, held):
        within = _within(as_of)
        on = within.as_of or scope(resolved(view), ask=view.ask, options=within).as_of.day or within.today
        names = _names(view)
    records = _records(held)
    listed = [
        acted.Listed(
            action=one,
            state=str(one.state_on(on)),
            owner=held.names.get(one.owner_id, one.owner_id),
            record=records.get(one.id),
            ended=one.ends_on < on,
        )
        for one in held.actions
    ]
    if as_json:
        typer.echo(acted.dumps(acted.listed_document(listed, as_of=on)), nl=False)
    elif listed:
        acted.listing(listed, Console(), names=names)
    else:
        typer.echo(_none(place))


def _none(place: Path) -> str:
    return f"The book at {place} holds no action: `winloss act propose --book {place}` proposes some."


def measure(
    place: Path, ids: Sequence[str], at: int | None, as_of: str | None, *, as_json: bool, out: Path | None
) -> None:
    """Measure and print; nothing in the book is changed."""
    if out is not None and out.suffix.lower() not in acted.ENDINGS:
        raise UserError(f"Actions are not written as {out.suffix or out.name!r}: choose {', '.join(acted.ENDINGS)}.")
    with _opened(place, at) as (view, held):
        chosen = [held.action(id_) for id_ in ids] or held.actions
        if not chosen:
            raise UserError(_none(place))
        if out is not None and out.suffix.lower() != ".json" and len(chosen) > 1:
            raise UserError(
                f"A picture is of one action: name it, as in `winloss act measure {chosen[0].id} --out {out}`."
            )
        told = _measured(view, held.actions, list(dict.fromkeys(ids)) or None, _within(as_of))
        names = _names(view)
    records = _records(held)
    whole = [acted.document(one, names=names, record=records.get(one.action.id)) for one in told]
    text = acted.dumps(whole[0] if len(ids) == 1 else whole)
    if out is not None:
        searched_files.put(out, text if out.suffix.lower() == ".json" else _picture(told[0], out, names))
    if as_json:
        typer.echo(text, nl=False)
        return
    acted.summaries(told, Console(), names=names, records=records)
    if out is not None:
        typer.echo(f"\nOpen {out}")


def _picture(told: Measurement, out: Path, names: Names) -> str | bytes:
    from winloss.report import acted_chart

    return acted_chart.picture_file(told, out.suffix.lower(), names=names)


def verdict(place: Path, id_: str, *, as_json: bool) -> None:
    """Print the verdict, and write it down where it is due and none stands."""
    with _opened(place, None) as (view, held):
        action = held.action(id_)
        row = held.record(action)
        (told,) = _measured(view, held.actions, [id_], replace(_within(), as_of=row["as_of"] if row else None))
        names = _names(view)
    due = told.standing is Standing.TOLD and told.as_of >= action.ends_on
    written_down = row is None and due
    if written_down:
        version = ledger.record(Book.open(place), told, read_from=held.version)
    if as_json:
        typer.echo(acted.dumps(acted.document(told, names=names, record=_stands(place, action, row))), nl=False)
        return
    acted.summary(told, Console(), names=names, record=row)
    if row is None and held.verdicts.get(id_):
        typer.echo("\n".join(["", *_before(held, action), "A second verdict gives chance a second try."]))
    if written_down:
        typer.echo(f"\nWritten down in version {version} of the book at {place}.")
        typer.echo(f"Next: winloss act verdict {id_} --decide keep (or stop, or extend) --book {place}")


def _stands(place: Path, action: Action, row: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """The verdict that stands in the book: `row`, or what was written down a moment ago."""
    if row is not None:
        return row
    with _opened(place, None) as (_, held):
        return held.record(held.action(action.id))


def _before(held: Ledger, action: Action) -> list[str]:
    return [recorded(row, action.measure) for row in held.verdicts[action.id]]


def decide(place: Path, id_: str, said: str, days: int) -> None:
    """Write down what a person decided."""
    if said not in set(Decision):
        raise UserError(f"--decide is {said!r}: choose {', '.join(Decision)}.")
    with _opened(place, None) as (_, held):
        action = held.action(id_)
    after = ledger.decide(Book.open(place), held, action, Decision(said), days=days)
    typer.echo(f"{id_} is {after.state}.")
    if Decision(said) is Decision.EXTEND:
        typer.echo(f"It opens again and ends on {fig.day(after.ends_on)}; a second verdict gives chance a second try.")


def propose(place: Path, at: int | None, as_of: str | None) -> None:
    """Print the actions that the report proposes, as TOML."""
    from winloss.act.propose import propose as proposals

    with _opened(place, at) as (view, held), busy("studying the deals"):
        study = study_of(view, options=_within(as_of), name=place.resolve().name).study
    proposed = proposals(study, taken=[one.id for one in held.actions])
    if not proposed:
        typer.echo(f"# Nothing to propose. {study.actions_why}".rstrip())
        return
    notes = {one.action.id: one.notes for one in proposed}
    typer.echo(written.toml([one.action for one in proposed], names=held.names, notes=notes), nl=False)


def show_portfolio(place: Path, year: int | None, at: int | None, as_of: str | None, *, as_json: bool) -> None:
    """Print what a span of actions did."""
    with _opened(place, at) as (view, held):
        wanted = [one.id for one in held.actions if year is None or one.ends_on.year == year]
        if not wanted:
            raise UserError(_none(place) if year is None else f"No action of the book at {place} ended in {year}.")
        told = portfolio(_measured(view, held.actions, wanted, _within(as_of)))
        names = _names(view)
    if as_json:
        typer.echo(acted.dumps(acted.portfolio_document(told, year=year, names=names)), nl=False)
    else:
        acted.portfolio_summary(told, Console(), names=names)

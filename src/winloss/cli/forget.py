"""`winloss forget`: a person taken out of everything that winloss keeps."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from winloss.cli import web
from winloss.errors import StoppedError, UserError

if TYPE_CHECKING:
    from winloss.refresh.forgetting import Told
    from winloss.web.house.forgetting import Plan

EMAIL = typer.Argument(..., metavar="EMAIL", help="The person's address.")
NAMES = typer.Option([], "--name", help="A full name that is theirs, beside those that are known; may be repeated.")
PLACE = typer.Option(
    None, "--book", help="The book's folder; that of the home folder by default. Without --home: it alone."
)
YES = typer.Option(False, "--yes", help="Do not ask.")


def register(app: typer.Typer) -> None:
    """Add `forget`."""
    app.command("forget")(forget)


def forget(
    email: str = EMAIL,
    names: list[str] = NAMES,
    home: Path | None = web.HOME,
    place: Path | None = PLACE,
    yes: bool = YES,
) -> None:
    """Take a person out of the database, every version of the book, and the files it was made from, for good."""
    if home is None and place is not None:
        _in_book(email, names, place, yes=yes)
    else:
        _everywhere(email, names, home, place, yes=yes)


def _in_book(email: str, names: list[str], place: Path, *, yes: bool) -> None:
    from winloss.refresh import forgetting
    from winloss.store import Book

    book = Book.open(place)
    person = forgetting.find(book, email, names=names)
    looked = forgetting.in_book(book, person, look=True)
    if not (looked.book.anything or looked.files):
        typer.echo(f"The book at {place} holds nothing of {email}.")
        return
    _show([*_of_book(looked)], person.id)
    _ask(yes=yes)
    done = forgetting.in_book(book, person)
    _end([(str(one.path), str(one.left)) for one in done.files if one.left])


def _everywhere(email: str, names: list[str], home: Path | None, place: Path | None, *, yes: bool) -> None:
    web.ready(home)
    from winloss.web.house import forgetting
    from winloss.web.house.database import answering

    with answering():
        plan = forgetting.plan(email, names=names, book=place)
        if not plan.anything:
            typer.echo(f"winloss knows nothing of {email}.")
            _end(list(plan.left), forgotten=False)
            return
        _show([*_of_people(plan), *(_of_book(plan.book) if plan.book else []), *_of_files(plan)], plan.person.id)
        _ask(yes=yes)
        done = forgetting.carry_out(plan, book=place)
    _end(list(done.left))


def _show(lines: list[str], id_: str) -> None:
    typer.echo("This will be done, and cannot be undone:")
    for line in lines:
        typer.echo(f"  {line}")
    typer.echo(f"What is left of them is the id {id_}.")


def _of_people(plan: Plan) -> list[str]:
    lines = [
        f"remove {user.name or 'nobody'} <{user.email}> with password, second factor and tokens" for user in plan.users
    ]
    if plan.sessions:
        lines.append(f"end {_count(plan.sessions, 'session')}")
    if plan.invitations:
        lines.append(f"remove {_count(plan.invitations, 'invitation')}")
    if plan.fields:
        lines.append(f"rewrite {_count(plan.fields, 'cell')} of the database that name them")
    return lines


def _of_book(told: Told) -> list[str]:
    lines = []
    if told.book.people:
        lines.append(f"remove {_count(told.book.people, 'row')} of the book's table of people")
    if told.book.cells:
        versions = _count(told.book.versions, "version")
        lines.append(f"rewrite {_count(told.book.cells, 'cell')} in {versions} of the book")
    if told.book.words:
        lines.append(f"rewrite {_count(told.book.words, 'word')} in what was told of imports")
    return [*lines, *(f"rewrite {one.path}" for one in told.files)]


def _of_files(plan: Plan) -> list[str]:
    return [f"rewrite {one.path}" if not one.left else f"leave {one.path}: {one.left}" for one in plan.files]


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _ask(*, yes: bool) -> None:
    try:
        if not yes and not typer.confirm("Go on?", default=False):
            raise UserError("Nothing was changed.")
    except typer.Abort as error:  # Ctrl-C, or nobody there who could answer
        if sys.stdout.isatty():
            typer.echo()  # the question stands in this line
        raise StoppedError("Stopped: nothing was changed.") from error


def _end(left: list[tuple[str, str]], *, forgotten: bool = True) -> None:
    if forgotten:
        typer.echo("Done. A winloss that runs on this home folder lets go of them before its next page.")
        typer.echo("Take them out of the CRM too: an import of a new export brings back what it holds.")
    if left:
        typer.echo("What remains for you to do:")
    for place, what in left:
        typer.echo(f"  {place}: {what}")

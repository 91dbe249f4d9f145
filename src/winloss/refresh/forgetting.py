"""A person forgotten: found in the book's table of people, and taken out of the book, of rejects and of originals.

Nothing is known of a person afterwards but an opaque id. Run again, it does what is left: the row in the table of people,
by which the person is found, goes last.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from winloss.errors import UserError
from winloss.sources.files.erase import Erased, erase
from winloss.store import Book
from winloss.store.forget import Forgotten
from winloss.tables.people import is_opaque, opaque
from winloss.tables.traces import Traces, traces_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Whom to forget: addresses, full names, ids in the table of people, and how all that is written in text."""

    emails: tuple[str, ...]
    names: tuple[str, ...]
    ids: tuple[str, ...]
    traces: Traces = field(repr=False)

    @property
    def id(self) -> str:
        """What stands in the person's place."""
        return self.ids[0] if self.ids else opaque(self.emails[0])


def find(book: Book | None, email: str, *, names: Iterable[str] = (), ids: Iterable[str] = ()) -> Person:
    """The person of an address: by it, by names given, and by ids that are known.

    Parameters
    ----------
    book
        Where to look them up; None where there is none.
    names
        Full names that are this person's, and nobody else's.
    ids
        Ids of the table of people that are known to be theirs.

    Raises
    ------
    UserError
        Where `email` is no address.
    """
    address = email.strip().lower()
    if address.count("@") != 1 or not all(address.split("@")) or any(c.isspace() for c in address):
        raise UserError(f"{email!r} is no e-mail address: write it as name@company.com.")
    given = [" ".join(name.split()) for name in names if name.strip()]
    known = [id_ for id_ in ids if id_]
    rows = _rows(book, address, given, known) if book else []
    people = [str(row["person_id"]) for row in rows]
    emails = tuple(dict.fromkeys([address, *(row["email"].strip().lower() for row in rows if row["email"])]))
    written = [row["name"] for row in rows if row["name"] and not is_opaque(row["name"]) and "@" not in row["name"]]
    found = tuple(dict.fromkeys([*given, *(" ".join(name.split()) for name in written)]))
    every = tuple(dict.fromkeys([*people, *known]))
    return Person(emails=emails, names=found, ids=every, traces=traces_of(emails, found, ids=every))


def _rows(book: Book, email: str, names: Sequence[str], ids: Sequence[str]) -> list[dict[str, str | None]]:
    folded = {name.casefold() for name in names}
    with book.read() as view:
        rows = view.ask(view.tables["people"].order_by("person_id")).to_pylist()
    return [
        row
        for row in rows
        if (row["email"] or "").strip().lower() == email
        or row["person_id"] in {opaque(email), *ids}
        or " ".join((row["name"] or "").split()).casefold() in folded
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What was done in a book, or would be: the book itself, and files of rejects beside it."""

    book: Forgotten
    files: tuple[Erased, ...]


def in_book(book: Book, person: Person, *, look: bool = False) -> Told:
    """Take the person out of every version that is kept, of the table of people, and of the rejects of its imports.

    Raises
    ------
    UserError
        Where another process writes the book, or it is damaged; run again, it does what is left.
    """
    rejects = [Path(one) for manifest in book.log() for one in _rejects(manifest.sources.values())]
    there = [path for path in dict.fromkeys(rejects) if path.is_file()]
    files = in_files(there, person, look=look)
    return Told(book=book.forget(person.traces, person.ids, look=look), files=files)


def _rejects(entries: Iterable[object]) -> Iterable[str]:
    for entry in entries:
        written = getattr(entry, "told", {}).get("rejects")
        if written:
            yield str(written)


def in_files(paths: Iterable[Path], person: Person, *, look: bool = False) -> tuple[Erased, ...]:
    """Take the person out of files; those in which they stood, or that cannot be read."""
    told = (erase(path, person.traces, look=look) for path in paths)
    return tuple(one for one in told if one.found or one.left)

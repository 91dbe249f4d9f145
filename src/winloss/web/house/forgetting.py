"""A person forgotten by the whole installation: database, book, uploads and whatever else lies in the home folder.

What finds the person goes last, so that a run that was stopped can be run again and does what is left. The audit log holds
ids only, and keeps them.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.core.cache import caches
from django.db import connection, models, transaction

from winloss.errors import UserError
from winloss.refresh import forgetting
from winloss.refresh.forgetting import Person, Told
from winloss.sources.files.erase import DRAFT, Erased, erase
from winloss.store import Book
from winloss.web import config as configuration
from winloss.web import keys
from winloss.web.audit.models import Event
from winloss.web.audit.services import HEADS, record
from winloss.web.book import shelves
from winloss.web.house import backups, fields
from winloss.web.people.models import Invitation, User
from winloss.web.people.rights import Role

_NOT_TOUCHED = frozenset({keys.FILE, HEADS, configuration.FILE, backups.LOG, ".lock"})
_NOT_LOOKED_INTO = frozenset({"book", "static", "results", "run"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Whom to forget, and what is there of them."""

    person: Person
    users: tuple[User, ...]
    sessions: int
    invitations: int
    fields: int
    """Cells of the database that name them."""
    book: Told | None
    files: tuple[Erased, ...]
    left: tuple[tuple[str, str], ...]
    """What has to be done by hand: where they are named still, and what to do."""
    places: tuple[Path, ...] = field(default=())

    @property
    def anything(self) -> bool:
        book = self.book is not None and (self.book.book.anything or bool(self.book.files))
        return bool(self.users or self.invitations or self.fields or self.files or book)


def plan(email: str, *, names: Sequence[str] = (), book: Path | None = None) -> Plan:
    """Find a person and everything that is there of them; nothing is changed.

    Parameters
    ----------
    names
        Full names that are theirs, beside those that are known.
    book
        The book; that of the home folder where None.

    Raises
    ------
    UserError
        Where `email` is no address, or they are the only one who can let people in.
    """
    users = _users(email)
    _check_others(users)
    found = _book(book)
    person = forgetting.find(
        found, email, names=[*names, *(user.name for user in users)], ids=[user.person_id for user in users]
    )
    made = Plan(
        person=person,
        users=tuple(users),
        sessions=len(_sessions(users)),
        invitations=_invitations(person).count(),
        fields=_sweep(person, look=True),
        book=forgetting.in_book(found, person, look=True) if found else None,
        files=(
            *(one for path in _home_files() if (one := erase(path, person.traces, look=True)).found),
            *_logs(person, look=True),
        ),
        left=tuple(_left(person)),
    )
    return replace(made, left=(*made.left, *_in_backups())) if made.anything else made


def carry_out(done: Plan, *, book: Path | None = None, actor: str = "") -> Plan:
    """Do what a plan says, and tell what was done; `left` is what remains for a person to do.

    Raises
    ------
    UserError
        Where the book is being written; run again, it does what is left.
    """
    person = done.person
    files = (
        *(one for path in _home_files() if (one := erase(path, person.traces)).found or one.left),
        *_logs(person),
    )
    _rename_folders(person)
    swept = _sweep(person)
    found = _book(book)
    told = forgetting.in_book(found, person) if found else None
    shutil.rmtree(settings.CONFIG.results, ignore_errors=True)
    with transaction.atomic():
        gone = _remove(person)
        record(
            "forget person",
            actor=actor,
            of=person.id,
            told={
                "users": [str(user.pk) for user in done.users],
                "cells_of_the_book": told.book.cells if told else 0,
                "versions_of_the_book": told.book.versions if told else 0,
                "cells_of_the_database": swept,
                "files": len(files),
            },
        )
    caches["shared"].clear()
    _wipe()
    shelves.say_forgotten()
    unwritten = tuple(
        (str(one.path), f"{one.left}: delete it, or put one without them in its place") for one in files if one.left
    )
    return Plan(
        person=person,
        users=done.users,
        sessions=gone,
        invitations=done.invitations,
        fields=swept,
        book=told,
        files=files,
        left=(*unwritten, *_left(person), *_in_backups()),
    )


def _users(email: str) -> list[User]:
    address = email.strip().lower()
    other = EmailAddress.objects.filter(email__iexact=address).values("user")
    return list(User.objects.filter(models.Q(email=address) | models.Q(pk__in=other)))


def _check_others(users: Sequence[User]) -> None:
    ids = [user.pk for user in users]
    able = User.objects.filter(role=Role.REVOPS, is_active=True)
    if able.filter(pk__in=ids).exists() and not able.exclude(pk__in=ids).exists():
        raise UserError("Nobody else can let people in: make somebody else RevOps first, then forget this person.")


def _book(place: Path | None) -> Book | None:
    path = place or settings.CONFIG.book
    if place is None and not (path / "CURRENT").exists():
        return None
    return Book.open(path)


def _invitations(person: Person) -> models.QuerySet[Invitation]:
    wanted = models.Q()
    for email in person.emails:
        wanted |= models.Q(email__iexact=email)
    return Invitation.objects.filter(wanted)


def _sessions(users: Sequence[User]) -> list[str]:
    """Keys of the sessions of these people: those that are listed, and those that are not."""
    ids = {str(user.pk) for user in users}
    if not ids:
        return []
    listed = set(UserSession.objects.filter(user__in=users).values_list("session_key", flat=True))
    others = (one.session_key for one in Session.objects.iterator() if one.get_decoded().get(SESSION_KEY) in ids)
    return sorted({*listed, *others})


def _remove(person: Person) -> int:
    """Take the person's rows out of the database; how many sessions ended."""
    users = [user for email in person.emails for user in _users(email)]
    sessions = _sessions(users)
    Session.objects.filter(session_key__in=sessions).delete()
    _invitations(person).delete()
    for user in users:
        user.delete()  # and, with it, second factors, addresses, tokens, sign-ins by the company
    return len(sessions)


def _sweep(person: Person, *, look: bool = False) -> int:
    """Take the person out of every text in the database but their own rows, which go as a whole; cells that named them."""
    own = dict(_own(person))
    count = 0
    for model, name in fields.of_text():
        for pk, value in fields.holding(model, name, person.traces.needles):
            clean, found = person.traces.rewrite_plain(value)
            if not found or pk in own.get(model, ()):
                continue
            count += 1
            if not look:
                model._base_manager.filter(pk=pk).update(**{name: clean})
    return count


def _own(person: Person) -> Iterator[tuple[type[models.Model], set[Any]]]:
    users = [user for email in person.emails for user in _users(email)]
    yield User, {user.pk for user in users}
    yield EmailAddress, set(EmailAddress.objects.filter(user__in=users).values_list("pk", flat=True))
    yield Invitation, set(_invitations(person).values_list("pk", flat=True))


def _home_files() -> Iterator[Path]:
    """Files of the home folder in which a person may be named: uploads, rejects, and what nobody thought of."""
    home: Path = settings.CONFIG.home
    for folder, folders, files in os.walk(home):
        top = Path(folder) == home
        folders[:] = sorted(name for name in folders if not (top and name in _NOT_LOOKED_INTO))
        for name in sorted(files):
            if not (top and _is_own(name)) and not name.endswith(DRAFT):
                yield Path(folder) / name


def _is_own(name: str) -> bool:
    database = Path(str(settings.DATABASES["default"]["NAME"])).name
    return name in _NOT_TOUCHED or name.startswith(database)


def _logs(person: Person, *, look: bool = False) -> Iterator[Erased]:
    """What running processes wrote, in place: they write on in the same file."""
    for path in sorted(settings.CONFIG.run.glob("*.log")):
        clean, found = person.traces.rewrite(path.read_text("utf-8", errors="surrogateescape"))
        if not found:
            continue
        if not look:
            path.write_text(clean, "utf-8", errors="surrogateescape")
        yield Erased(path=path, found=found)


def _rename_folders(person: Person) -> None:
    folders = sorted({path.parent for path in _home_files()}, key=lambda path: len(path.parts), reverse=True)
    for path in folders:
        name, found = person.traces.rewrite(path.name)
        if found and path != settings.CONFIG.home and not path.with_name(name).exists():
            path.rename(path.with_name(name))


def _left(person: Person) -> Iterator[tuple[str, str]]:
    """Where winloss does not write, and the person is named, or may be."""
    config = settings.CONFIG
    toml = config.home / configuration.FILE
    if toml.is_file() and erase(toml, person.traces, look=True).found:
        yield str(toml), "names them: take them out by hand"
    if config.watch_folder and config.watch_folder.is_dir():
        for path in sorted(one for one in config.watch_folder.rglob("*") if one.is_file()):
            if erase(path, person.traces, look=True).found:
                yield str(path), "names them, and would be imported again: take them out, or the file away"
    if _in_audit(person):
        yield (
            "the audit log",
            "names them in an entry, against its rules; it cannot be changed: tell us how it came there",
        )


def _in_backups() -> Iterator[tuple[str, str]]:
    """Backups of this home folder: of somebody who is known, they hold the same."""
    for made in backups.made(settings.CONFIG.home):
        yield (
            str(made.path),
            f"the backup of {made.at[:10]} holds them: delete it, or forget them again after a restore",
        )


def _in_audit(person: Person) -> bool:
    texts: Iterable[Any] = Event.objects.values_list("action", "of", "told").iterator(chunk_size=2000)
    return any(person.traces.rewrite_plain(list(row))[1] for row in texts)


def _wipe() -> None:
    """Overwrite what the database keeps of rows that are gone."""
    if connection.in_atomic_block:
        return
    with connection.cursor() as cursor:
        cursor.execute("VACUUM")
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")

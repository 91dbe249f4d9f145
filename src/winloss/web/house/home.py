"""The home folder, made ready to serve: folder and keys, database, static files. Safe where two begin at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from winloss.errors import UserError
from winloss.web import keys
from winloss.web.config import Config

_LONGEST_S = 300
_LOCK = 0x77696E6D
"""Of PostgreSQL, for two machines that begin at once on one database."""


@contextmanager
def alone(config: Config) -> Iterator[None]:
    """One process at a time makes a home folder ready.

    Raises
    ------
    UserError
        Where the folder cannot be made or written to, or another process is at it for minutes.
    """
    folder(config.home)
    try:
        config.run.mkdir(exist_ok=True, mode=0o700)
        lock = FileLock(config.run / "start.lock", timeout=_LONGEST_S)
        lock.acquire()
    except Timeout as error:
        told = f"Another winloss has been making {config.home} ready for minutes: end it, then start this one again."
        raise UserError(told) from error
    except OSError as error:
        raise _unwritable(config.home, error) from error
    with lock:
        yield


def folder(home: Path) -> bool:
    """The home folder: whether it was made now. UserError where it cannot be."""
    new = not home.is_dir()
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise _unwritable(home, error) from error
    return new


def make(config: Config) -> bool:
    """The key, before Django reads it: whether it was made now. UserError where the folder cannot be written to."""
    if config.secret_keys or (config.home / keys.FILE).exists():
        return False
    try:
        keys.add(config.home)
    except OSError as error:
        raise _unwritable(config.home, error) from error
    return True


def migrate() -> bool:
    """Bring the database to this version of the program: whether it was empty before.

    Raises
    ------
    UserError
        Where it cannot be reached.
    """
    from django.core.management import call_command
    from django.db import Error, connection

    try:
        connection.ensure_connection()
    except Error as error:
        raise UserError(_unreachable(connection.settings_dict, error)) from error
    with _one_machine():
        new = "django_migrations" not in connection.introspection.table_names()
        call_command("migrate", interactive=False, verbosity=0)
        call_command("createcachetable", verbosity=0)
    return new


def collect() -> None:
    """Put the static files of this version of the program into the home folder."""
    from django.core.management import call_command

    call_command("collectstatic", interactive=False, verbosity=0)


@contextmanager
def _one_machine() -> Iterator[None]:
    from django.db import connection

    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


def _unwritable(home: Path, error: OSError) -> UserError:
    why = error.strerror or str(error)
    return UserError(f"The home folder {home} cannot be written to ({why}): choose another with --home, or mend it.")


def _unreachable(database: dict[str, object], error: Exception) -> str:
    why = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    if not database.get("HOST"):
        return f"The database {database['NAME']} cannot be opened ({why})."
    where = f"{database['HOST']}:{database.get('PORT') or 5432}/{database['NAME']}"
    return f"The database at {where} cannot be reached ({why}): start it, or mend the setting database_url (WINLOSS_DATABASE_URL)."

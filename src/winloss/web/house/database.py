"""The database as commands meet it: what it refuses becomes one sentence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from winloss.errors import UserError


@contextmanager
def answering(*, fresh: bool = False) -> Iterator[None]:
    """Where there is no database, or it is not migrated or does not answer: say so, and what to do.

    Parameters
    ----------
    fresh
        It may still be empty or of an earlier version.

    Raises
    ------
    UserError
        In place of what the database said.
    """
    missing = None if fresh else missing_file()
    if missing:
        raise UserError(f"There is no database at {missing}: `winloss init` makes one, or name its folder by --home.")
    try:
        if not fresh and waiting():
            raise UserError(
                "The database is of an earlier winloss: start `winloss serve` once, which brings it up to date."
            )
        yield
    except DatabaseError as error:
        told = (str(error).splitlines() or [type(error).__name__])[0][:200]
        raise UserError(f"The database does not answer as it should ({told}): `winloss doctor` tells more.") from error


def missing_file() -> Path | None:
    """The SQLite file, where it should be there and is not."""
    path = Path(str(settings.DATABASES["default"]["NAME"]))
    return path if is_file() and not path.is_file() else None


def is_file() -> bool:
    """Whether it is SQLite in a file; tests have one in memory."""
    in_memory = getattr(connection, "is_in_memory_db", None)
    return connection.vendor == "sqlite" and in_memory is not None and not in_memory()


def waiting() -> list[str]:
    """Migrations that were not applied yet."""
    executor = MigrationExecutor(connection)
    return [f"{step.app_label}.{step.name}" for step, _ in executor.migration_plan(executor.loader.graph.leaf_nodes())]

"""What the disk or the engine refuses, said in one sentence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa

from winloss.errors import UserError

RESTORE = "restore the book from a backup, or import into a new one."

_DAMAGE = (duckdb.IOException, duckdb.InvalidInputException, duckdb.SerializationException, duckdb.InternalException)
"""What DuckDB raises on a file that is gone, cut, or no Parquet inside."""


def _is_damage(error: duckdb.Error) -> bool:
    # broken pages raise the bare class
    return isinstance(error, _DAMAGE) or type(error) is duckdb.Error


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:160]


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn what goes wrong while the book at `path` is read into a `UserError`."""
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        raise UserError(
            f"There is not enough memory, or room in the temporary folder, to read the book at {path}: free some."
        ) from error
    except (OSError, pa.ArrowException) as error:
        raise UserError(f"A file of the book at {path} cannot be read ({_first_line(error)}): {RESTORE}") from error
    except duckdb.Error as error:
        if not _is_damage(error):
            raise
        raise UserError(f"A file of the book at {path} is damaged ({_first_line(error)}): {RESTORE}") from error


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """The same while it is written: whatever happens, the version in force stands."""
    try:
        yield
    except (duckdb.OutOfMemoryException, MemoryError) as error:
        raise UserError(
            f"There is not enough memory or disk to write the book at {path}: free some, and try again. "
            "Nothing was changed."
        ) from error
    except OSError as error:
        raise UserError(
            f"The book at {path} cannot be written: {error.strerror or _first_line(error)}. Nothing was changed."
        ) from error
    except duckdb.Error as error:
        if not _is_damage(error):
            raise
        raise UserError(
            f"The book at {path} cannot be read or written ({_first_line(error)}). Nothing was changed: free room "
            f"if the disk is full, else {RESTORE}"
        ) from error

"""Progress bars, shown on a terminal only and not before a second has passed; and a sign of work without a bar."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

AFTER_S = 1.0
"""What ends sooner shows nothing."""


@contextmanager
def bar() -> Iterator[Callable[[str, int, int | None], None] | None]:
    """Give a function to be told of progress: what, how much is done, how much there is. None where nobody looks."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"))
    progress = Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True), transient=True)
    begun = time.monotonic()
    tasks: dict[str, TaskID] = {}

    def tell(what: str, done: int, total: int | None) -> None:
        if time.monotonic() - begun < AFTER_S:
            return
        if what not in tasks:
            progress.start()
            tasks[what] = progress.add_task(what, total=total)
        progress.update(tasks[what], completed=done, total=total)

    try:
        yield tell
    finally:
        progress.stop()


@contextmanager
def busy(what: str) -> Iterator[Callable[[str], None] | None]:
    """Show that something is being done whose length nobody knows; on a terminal only.

    Gives a function that shows what is done now in its place; None where nobody looks.
    """
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console

    with Console(stderr=True).status(what) as status:
        yield status.update

"""Work one step ahead: the next item is made while the last one is used, a library is loaded before it is wanted."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from importlib import import_module
from typing import TypeVar

Item = TypeVar("Item")


def ahead(items: Iterable[Item]) -> Iterator[Item]:
    """The items in their order; each is made in a thread while the one before is used, at most one waits."""
    steps = iter(items)
    with ThreadPoolExecutor(max_workers=1) as worker:
        pending: Future[tuple[Item] | None] = worker.submit(_next, steps)
        while (made := pending.result()) is not None:
            pending = worker.submit(_next, steps)
            yield made[0]


def _next(steps: Iterator[Item]) -> tuple[Item] | None:
    for item in steps:
        return (item,)
    return None


def load(module: str) -> None:
    """Load a module in a thread; whoever needs it before it is there waits, and where it is missing nothing happens."""

    def loading() -> None:
        with suppress(ImportError):
            import_module(module)

    threading.Thread(target=loading, name=f"loading {module}", daemon=True).start()

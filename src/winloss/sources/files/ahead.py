"""Work one step ahead: the next item is made while the last one is used."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
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

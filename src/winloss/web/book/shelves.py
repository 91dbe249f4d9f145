"""The version in force, held by each process: opened once, any segment of it counted in a moment and then remembered."""

from __future__ import annotations

import datetime as dt
import threading
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from django.utils import timezone

from winloss.errors import UserError
from winloss.refresh.serving import Served, serve
from winloss.store import Book
from winloss.synthesize.assemble import StudyOptions
from winloss.synthesize.coded import Marks
from winloss.synthesize.glance import Glance
from winloss.tables.segment import Segment
from winloss.web.people.rights import Reach

VERSIONS = 2
"""Versions that a process holds: the one in force, and the one before while pages of it are still being read."""
GLANCES = 512
"""Segments whose figures a process remembers."""


class Remembered:
    """The last values by their keys; the oldest go first. Made once a key, however many ask at once."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._held: OrderedDict[Any, Any] = OrderedDict()
        self._making: dict[Any, threading.Lock] = {}
        self._lock = threading.Lock()

    def get(self, key: Any, make: Any) -> Any:
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
                return self._held[key]
            making = self._making.setdefault(key, threading.Lock())
        with making:
            with self._lock:
                if key in self._held:
                    return self._held[key]
            made = make()
            with self._lock:
                self._held[key] = made
                self._making.pop(key, None)
                while len(self._held) > self._most:
                    self._held.popitem(last=False)
            return made

    def clear(self) -> None:
        with self._lock:
            self._held.clear()


_served = Remembered(VERSIONS)
_reached = Remembered(64)
_glances = Remembered(GLANCES)


def forget_all() -> None:
    """Let go of everything held: of another home folder, or of a person who is forgotten."""
    for held in (_served, _reached, _glances):
        held.clear()


def version() -> int:
    """The version in force; 0 where nothing was imported yet."""
    try:
        return Book.open(settings.CONFIG.book).manifest().version
    except UserError:
        return 0


def current() -> Served | None:
    """The version in force; None where no deal was imported yet."""
    number = version()
    return opened(number) if number else None


def opened(number: int) -> Served | None:
    """One version; None where it holds no deal."""
    place: Path = settings.CONFIG.book.resolve()
    today: dt.date = timezone.now().date()
    # A book is known by its own folder and when its version was made: a restored one may count from 1 again.
    made = Book.open(place).manifest(number).made_at
    served: Served = _served.get((str(place), number, made), lambda: _open(place, number, today))
    return served if served.shelf.n else None


def _open(place: Path, number: int, today: dt.date) -> Served:
    with Book.open(place).read(number, memory_limit=settings.CONFIG.engine_memory) as view:
        return serve(view, options=StudyOptions(today=today))


def among(served: Served, reach: Reach) -> Marks | None:
    """The deals that somebody may see; None where that is all of them."""
    if reach.everything:
        return None
    marks: Marks = _reached.get((served.key, reach.key), lambda: served.of_owners(reach.owners, reach.teams))
    return marks


def inside(served: Served, reach: Reach, segment: Segment) -> Marks:
    """The deals of a segment that somebody may see."""
    seen = among(served, reach)
    marks = served.inside(segment) if segment.conditions else np.ones(served.shelf.n, bool)
    return marks if seen is None else marks & seen


def glance(served: Served, reach: Reach, segment: Segment) -> Glance:
    """The figures of a segment, of the deals that somebody may see."""
    key = (served.key, reach.key, str(segment))
    found: Glance = _glances.get(key, lambda: served.glance(inside(served, reach, segment), among=among(served, reach)))
    return found

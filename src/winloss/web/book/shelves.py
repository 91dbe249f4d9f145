"""The version in force, held by each process: opened once, any segment of it counted in a moment and then remembered."""

from __future__ import annotations

import datetime as dt
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from django.conf import settings

from winloss.errors import NoSuchFieldError, SettingError, UserError, WinlossError
from winloss.refresh.serving import Served, serve
from winloss.store import Book, Manifest
from winloss.synthesize.coded import Marks
from winloss.synthesize.glance import Glance
from winloss.synthesize.study import AttributeTable
from winloss.tables.segment import Segment
from winloss.web.book import basis
from winloss.web.people.rights import Reach

VERSIONS = 2
"""Versions that a process holds: the one in force, and the one before while pages of it are still being read."""
_DAMAGED = (
    "The book of deals cannot be read: nothing is lost that a backup holds. Whoever runs winloss finds what is wrong with it by "
    "`winloss doctor`."
)
MANY = 100_000
"""Deals of a book that takes seconds to read."""
GLANCES = 256
"""Segments whose figures a process remembers."""
TABLES = 128
"""Segments whose attributes a process remembers, value by value."""
FORGOTTEN = "forgotten"
"""A file in the folder of the running processes; written when a person was forgotten."""

Key: TypeAlias = tuple[str, str, int, dt.datetime | None]
_log = logging.getLogger("winloss.book")


class Remembered:
    """The last values by their keys; the oldest go first. Made once a key, however many ask at once."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._held: OrderedDict[Any, Any] = OrderedDict()
        self._making: dict[Any, threading.Lock] = {}
        self._cleared = 0
        self._lock = threading.Lock()

    def get(self, key: Any, make: Any) -> Any:
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
                return self._held[key]
            making = self._making.setdefault(key, threading.Lock())
        try:
            with making:
                return self._made(key, make)
        finally:
            with self._lock:
                self._making.pop(key, None)

    def _made(self, key: Any, make: Any) -> Any:
        with self._lock:
            if key in self._held:
                return self._held[key]
            cleared = self._cleared
        made = make()
        with self._lock:
            if cleared != self._cleared:  # of what is to be forgotten, perhaps: shown this once
                return made
            self._held[key] = made
            while len(self._held) > self._most:
                self._held.popitem(last=False)
        return made

    def holds(self, key: Any) -> bool:
        with self._lock:
            return key in self._held

    def held(self, key: Any) -> Any:
        """What is held by the key; None where nothing is."""
        with self._lock:
            return self._held.get(key)

    def clear(self) -> None:
        with self._lock:
            self._held.clear()
            self._making.clear()
            self._cleared += 1


_OTHERWISE = "choose one of those under Filter on the page."
_served = Remembered(VERSIONS)
_last: dict[tuple[str, str], Served] = {}
"""What was shown last, by the book's folder and what the figures rest on."""
_reading: set[Key] = set()
_reached = Remembered(64)
_glances = Remembered(GLANCES)
_tables = Remembered(TABLES)
_others: list[Callable[[], None]] = []
"""What lets go of what is held beyond this module."""
_forgot_at_ns: dict[str, int] = {}
"""When a person was last forgotten, as this process knows it, by the folder where that is written."""


def let_go_too(forget: Callable[[], None]) -> None:
    """Have `forget` called too when everything held is let go."""
    _others.append(forget)


def forget_all() -> None:
    """Let go of everything held: of another home folder, or of a person who is forgotten."""
    for held in (_served, _reached, _glances, _tables):
        held.clear()
    _last.clear()
    for forget in _others:
        forget()


def say_forgotten() -> None:
    """Have every process let go of what it holds before it shows anything more: a person was forgotten."""
    settings.CONFIG.run.mkdir(parents=True, exist_ok=True, mode=0o700)
    (settings.CONFIG.run / FORGOTTEN).write_text(f"{time.time_ns()}\n", encoding="ascii")


def _heed() -> None:
    """Let go of everything where a person was forgotten since this process last looked."""
    path = settings.CONFIG.run / FORGOTTEN
    try:
        at_ns = path.stat().st_mtime_ns
    except OSError:
        at_ns = 0
    if _forgot_at_ns.get(str(path)) == at_ns:
        return
    if str(path) in _forgot_at_ns:
        forget_all()
    _forgot_at_ns[str(path)] = at_ns


def version() -> int:
    """The version in force; 0 where nothing was imported yet.

    Raises
    ------
    UserError
        Where there is a book and it cannot be read.
    """
    manifest = _newest()
    return manifest.version if manifest else 0


def _newest() -> Manifest | None:
    place: Path = settings.CONFIG.book
    if not place.is_dir() or not any(place.iterdir()):
        return None
    try:
        return Book.open(place).manifest()
    except UserError as error:
        _log.warning("The book cannot be read: %s", error)
        raise UserError(_DAMAGED) from error


def current() -> Served | None:
    """The version in force; None where no deal was imported yet.

    Of a large book the one before is shown until the new one has been read, in the background: nobody waits for it.
    """
    _heed()
    manifest = _newest()
    if manifest is None or not manifest.version:
        return None
    key, deals = _key(manifest), manifest.tables.get("deals")
    last = _last.get(key[:2])
    if last is None or deals is None or deals.rows < MANY or _served.holds(key):
        return _shown(key)
    _behind(key)
    return last if last.shelf.n else None


def opened(number: int) -> Served | None:
    """One version; None where it holds no deal."""
    _heed()
    return _shown(_key(Book.open(settings.CONFIG.book).manifest(number)))


def open_soon() -> None:
    """Begin to read the version in force, so that whoever comes first need not wait.

    Whether the setting `exclude` can be applied is known, and told, before this ends.
    """
    _heed()
    manifest = _newest()
    if manifest is None or not manifest.version:
        return
    key = _key(manifest)
    if settings.CONFIG.exclude and (refused := _refusal(key)):
        _served.get(key, lambda: refused)
        _log.error("%s", refused)
        return
    _behind(key)


def exclude_applies() -> bool | None:
    """Whether the setting `exclude` can be applied to the version in force; None where it is not set or that is not known yet."""
    if not settings.CONFIG.exclude:
        return None
    _heed()
    manifest = _newest()
    if manifest is None or not manifest.version:
        return None
    key = _key(manifest)
    found = _served.held(key)
    if found is None:
        _behind(key)
        return None
    return not isinstance(found, SettingError)


def _key(manifest: Manifest) -> Key:
    """What a version is known by. A restored book may count its versions from 1 again; settings leave other deals out."""
    return str(settings.CONFIG.book.resolve()), basis.key(), manifest.version, manifest.made_at


def _shown(key: Key) -> Served | None:
    place, _, number, _ = key
    served: Served | SettingError = _served.get(key, lambda: _read_or_refused(Path(place), number))
    if isinstance(served, SettingError):
        raise SettingError(str(served))
    if _served.holds(key):  # and nobody was forgotten meanwhile
        _last[key[:2]] = served
    return served if served.shelf.n else None


def _behind(key: Key) -> None:
    if key not in _reading:
        _reading.add(key)
        threading.Thread(target=_read, args=(key,), name="reading", daemon=True).start()


def _read(key: Key) -> None:
    try:
        _shown(key)
    except SettingError as error:
        _log.error("%s", error)  # a setting to correct: no traceback
    except WinlossError as error:
        _log.warning("Version %s cannot be read: %s", key[2], error)
    finally:
        _reading.discard(key)


def _refusal(key: Key) -> SettingError | None:
    """Why the setting `exclude` cannot be applied to a version, found without reading its deals."""
    place, _, number, _ = key
    with Book.open(Path(place)).read(number, memory_limit=settings.CONFIG.engine_memory) as view:
        try:
            basis.options(view)
        except SettingError as error:
            return error
    return None


def _read_or_refused(place: Path, number: int) -> Served | SettingError:
    """A version, or why it cannot be shown with these settings: remembered too, and not tried at each request."""
    try:
        return _open(place, number)
    except SettingError as error:
        return error


def _open(place: Path, number: int) -> Served:
    with Book.open(place).read(number, memory_limit=settings.CONFIG.engine_memory) as view:
        served = serve(view, options=basis.options(view))
        basis.check_some(served.shelf.n, view)
        return served


def among(served: Served, reach: Reach) -> Marks | None:
    """The deals that somebody may see; None where that is all of them."""
    if reach.everything:
        return None
    marks: Marks = _reached.get((served.key, reach.key), lambda: served.of_owners(reach.owners, reach.teams))
    return marks


def inside(served: Served, reach: Reach, segment: Segment) -> Marks:
    """The deals of a segment that somebody may see.

    Raises
    ------
    UserError
        Where it names a field that the deals do not have, or asks what cannot be looked up.
    """
    seen = among(served, reach)
    try:
        marks = served.inside(segment) if segment.conditions else np.ones(served.shelf.n, bool)
    except NoSuchFieldError as error:
        raise NoSuchFieldError(error.name, error.meant, otherwise=_OTHERWISE) from error
    return marks if seen is None else marks & seen


def glance(served: Served, reach: Reach, segment: Segment) -> Glance:
    """The figures of a segment, of the deals that somebody may see."""
    key = (served.key, reach.key, str(segment))
    found: Glance = _glances.get(key, lambda: _glance(served, reach, segment))
    return found


def _glance(served: Served, reach: Reach, segment: Segment) -> Glance:
    return served.glance(inside(served, reach, segment), segment=segment, among=among(served, reach))


def tables(served: Served, reach: Reach, segment: Segment) -> tuple[AttributeTable, ...]:
    """Every attribute of a segment, value by value, of the deals that somebody may see."""
    key = (served.key, reach.key, str(segment))
    found: tuple[AttributeTable, ...] = _tables.get(
        key, lambda: served.tables(inside(served, reach, segment), segment=segment)
    )
    return found

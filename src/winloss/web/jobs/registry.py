"""Which function does which kind of job, and which kinds come back regularly.

An app's `tasks` module registers its own; nothing else names them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Protocol

from django.utils.module_loading import autodiscover_modules

from winloss.errors import InternalError


class Halted(BaseException):
    """The job is not this worker's any more: a handler lets it pass, as it would a KeyboardInterrupt.

    No `Exception`, so that a handler that goes on after errors does not go on after this one.
    """


class Cancelled(Halted):
    """A person cancelled the job."""


class Lost(Halted):
    """Another worker has the job, for this one gave no sign of life in time."""


class Stopping(Halted):
    """The worker is told to end; the job is given back and begins again elsewhere."""


class Running(Protocol):
    """What a job may say while it runs."""

    @property
    def job_id(self) -> str: ...

    def progress(self, told: str, done: int, of: int | None = None) -> None:
        """Say how far it is, as often as one likes: it costs nothing, and is written down about once a second.

        Raises `Halted` where the job was cancelled, another worker has it now, or this worker ends.
        """


Handler = Callable[..., dict[str, Any] | None]
Every = Callable[[], dt.timedelta | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Regular:
    """Work that comes back: once each period, whatever the number of workers."""

    kind: str
    every: Every
    args: dict[str, Any] = field(default_factory=dict)


_HANDLERS: dict[str, Handler] = {}
_LABELS: dict[str, str] = {}
_REGULAR: dict[str, Regular] = {}


def handles(kind: str, *, label: str = "") -> Callable[[Handler], Handler]:
    """Register a function `(running, **args) -> result`; it may run twice, and its effect must be that of once.

    It keeps no transaction open for longer than some seconds: on SQLite nobody else can write meanwhile, its own
    signs of life included.

    Parameters
    ----------
    label
        What people call it: "Import of files". The kind itself where there is none.
    """

    def register(function: Handler) -> Handler:
        if kind in _HANDLERS:
            raise InternalError(f"Two functions handle jobs of kind {kind!r}.")
        _HANDLERS[kind] = function
        _LABELS[kind] = label or _spelled(kind)
        return function

    return register


def regularly(kind: str, *, every: dt.timedelta | Every, args: dict[str, Any] | None = None) -> None:
    """Have a kind done once each period. Periods that nobody was there for are skipped; none begins while the one before runs.

    Parameters
    ----------
    every
        The period, or a function that says it when asked; None: not now.
    """
    if kind in _REGULAR:
        raise InternalError(f"Jobs of kind {kind!r} come back at two paces.")
    pace: Every = every if callable(every) else lambda: every
    _REGULAR[kind] = Regular(kind=kind, every=pace, args=args or {})


@cache
def _discover() -> None:
    """Import the `tasks` of every app when a kind is first asked for: they import all that computes."""
    autodiscover_modules("tasks")


def handler(kind: str) -> Handler:
    _discover()
    if kind not in _HANDLERS:
        raise InternalError(f"Nothing handles jobs of kind {kind!r}.")
    return _HANDLERS[kind]


def kinds() -> tuple[str, ...]:
    _discover()
    return tuple(sorted(_HANDLERS))


def regulars() -> tuple[Regular, ...]:
    _discover()
    return tuple(_REGULAR.values())


def label(kind: str) -> str:
    """What people call a kind, also one that nothing handles any more."""
    _discover()
    return _LABELS.get(kind) or _spelled(kind)


def _spelled(kind: str) -> str:
    words = kind.replace("_", " ").replace("-", " ").strip()
    return words[:1].upper() + words[1:]

"""Which function does which kind of job. An app's `tasks` module registers its own; nothing else names them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from winloss.errors import InternalError


class Running(Protocol):
    """What a job may say while it runs."""

    @property
    def job_id(self) -> str: ...

    def progress(self, told: str, done: int, of: int | None = None) -> None:
        """Say how far it is, and that it lives. Raises where the job was cancelled or another worker has it now."""


Handler = Callable[..., dict[str, Any] | None]
_HANDLERS: dict[str, Handler] = {}


def handles(kind: str) -> Callable[[Handler], Handler]:
    """Register a function `(running, **args) -> result`; it may run twice, and its effect must be that of once."""

    def register(function: Handler) -> Handler:
        if kind in _HANDLERS:
            raise InternalError(f"Two functions handle jobs of kind {kind!r}.")
        _HANDLERS[kind] = function
        return function

    return register


def handler(kind: str) -> Handler:
    if kind not in _HANDLERS:
        raise InternalError(f"Nothing handles jobs of kind {kind!r}.")
    return _HANDLERS[kind]


def kinds() -> tuple[str, ...]:
    return tuple(sorted(_HANDLERS))

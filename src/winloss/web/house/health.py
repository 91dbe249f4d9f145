"""Whether winloss can be used now."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import Error
from django.utils import timezone

from winloss import __version__
from winloss.errors import WinlossError
from winloss.store import Book, Manifest
from winloss.web.jobs import queries as jobs


def check() -> dict[str, Any]:
    """What `/healthz` says.

    `ok` where pages can be served: the database answers and the book opens, or there is none yet (`null`).
    `worker` where one gave a sign of life within a lease.
    """
    now = timezone.now()
    told: dict[str, Any] = {
        "ok": False,
        "version": __version__,
        "up_s": round((now - settings.STARTED_AT).total_seconds()),
        "database": False,
        "worker": False,
        "worker_seen_s": None,
    }
    try:
        age_s = jobs.heartbeat_age_s(now)
        told |= {"database": True, "worker": jobs.workers_alive(now) > 0}
        told["worker_seen_s"] = None if age_s is None else round(age_s, 1)
    except Error:
        pass
    told["book"] = book_opens()
    told["ok"] = told["database"] and told["book"] is not False
    return told


def book_opens() -> bool | None:
    """Whether the version in force can be read; None where there is no book yet."""
    try:
        return None if book() is None else True
    except (WinlossError, OSError):
        return False


def book() -> Manifest | None:
    """The version in force; None where there is no book yet."""
    place = settings.CONFIG.book
    return Book.open(place).manifest() if place.exists() and any(place.iterdir()) else None

"""Whether winloss can be used now."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import Error
from django.utils import timezone

from winloss import __version__
from winloss.errors import WinlossError
from winloss.store import Book, Manifest
from winloss.web.book import shelves
from winloss.web.jobs import queries as jobs

NOT_APPLIED = (
    "The setting exclude (WINLOSS_EXCLUDE) cannot be applied to the deals of the book, and no page of results is shown: "
    "`winloss doctor` says why."
)
"""Without the segment itself, which may name somebody: anybody may ask for health."""


def check() -> dict[str, Any]:
    """What `/healthz` says.

    `ok` where pages can be served: the database answers and the book opens, or there is none yet (`null`).
    `exclude` where the setting of this name can be applied to the book; `null` where it is not set, or not known yet.
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
    told["exclude"] = _exclude_applies()
    if told["exclude"] is False:
        told["told"] = NOT_APPLIED
    told["ok"] = told["database"] and told["book"] is not False and told["exclude"] is not False
    return told


def _exclude_applies() -> bool | None:
    try:
        return shelves.exclude_applies()
    except (WinlossError, OSError):  # `book` says so
        return None


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

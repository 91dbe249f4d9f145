"""The audit log, as it is looked through."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import QuerySet

from winloss.web.audit.models import Event

PROGRAM = "program"
"""In place of a person: what the program did by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which entries: all that are true at once. Instants; `until` is not part of it."""

    actor: str = ""
    action: str = ""
    since: dt.datetime | None = None
    until: dt.datetime | None = None


def entries(asked: Asked) -> QuerySet[Event]:
    """The entries asked for, newest first."""
    found = Event.objects.order_by("-id")
    if asked.actor:
        found = found.filter(actor="" if asked.actor == PROGRAM else asked.actor)
    if asked.action:
        found = found.filter(action=asked.action)
    if asked.since:
        found = found.filter(at__gte=asked.since)
    if asked.until:
        found = found.filter(at__lt=asked.until)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some entries, newest first, and the ids from which the next pages go on; None where there are none."""

    entries: list[Event]
    older: int | None
    newer: int | None


def page(asked: Asked, *, before: int | None, after: int | None, size: int) -> Page:
    """A page of entries older than the id `before`, or newer than `after`, or the newest."""
    whole = entries(asked)
    if after is not None:
        found = list(whole.filter(id__gt=after).order_by("id")[: size + 1])
        more, found = len(found) > size, found[:size][::-1]
        return Page(entries=found, older=found[-1].id if found else None, newer=found[0].id if more else None)
    found = list(whole.filter(id__lt=before)[: size + 1] if before is not None else whole[: size + 1])
    more, found = len(found) > size, found[:size]
    newer = found[0].id if before is not None and found and whole.filter(id__gt=found[0].id).exists() else None
    return Page(entries=found, older=found[-1].id if more else None, newer=newer)


def actions() -> list[str]:
    """Every action that was ever recorded."""
    return list(Event.objects.order_by("action").values_list("action", flat=True).distinct())


def actors() -> list[str]:
    """Ids of everybody who did something."""
    return list(Event.objects.exclude(actor="").order_by("actor").values_list("actor", flat=True).distinct())

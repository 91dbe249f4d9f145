"""Write to the audit log, and prove that nobody changed it."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from winloss.web.audit.models import Event

NOTHING = "0" * 64
_LOCK = 0x77696E6C
"""Of PostgreSQL: entries are chained one after the other. SQLite has one writer anyhow."""


def record(action: str, *, actor: str = "", of: str = "", told: dict[str, Any] | None = None) -> Event:
    """Append an entry; with the change it tells of, where called inside its transaction.

    Parameters
    ----------
    action
        Verb and noun: "sign in", "download deals", "undo import".
    actor
        Id of the user.
    of
        Id or digest of what it was done to.
    told
        Plain values: counts, ids, digests. Never names, addresses or free text.
    """
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        last = Event.objects.order_by("-id").values_list("digest", flat=True).first() or NOTHING
        event = Event(at=timezone.now(), actor=str(actor), action=action, of=of, told=told or {}, before=last)
        event.digest = digest_of(event)
        event.save(force_insert=True)
    return event


def digest_of(event: Event) -> str:
    """SHA-256 over everything an entry says and the digest of the one before."""
    at = event.at.isoformat(timespec="microseconds")
    parts = [event.before, at, event.actor, event.action, event.of, json.dumps(event.told, sort_keys=True)]
    return sha256("\0".join(parts).encode()).hexdigest()

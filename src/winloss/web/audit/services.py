"""Write to the audit log, and prove that nobody changed it.

Each entry holds the digest of the one before. Whoever changes an entry breaks the chain there; whoever cuts off its end
is found by the heads: every proof and every backup writes how far the chain went into `audit.heads`, outside the database.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from winloss.errors import UserError
from winloss.web.audit.models import Event

NOTHING = "0" * 64
HEADS = "audit.heads"
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
    plain = json.loads(json.dumps(told or {}, default=str))
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        last = Event.objects.order_by("-id").values_list("digest", flat=True).first() or NOTHING
        event = Event(at=timezone.now(), actor=str(actor), action=action, of=str(of), told=plain, before=last)
        event.digest = digest_of(event)
        event.save(force_insert=True)
    return event


def digest_of(event: Event) -> str:
    """SHA-256 over everything an entry says and the digest of the one before."""
    at = event.at.isoformat(timespec="microseconds")
    parts = [event.before, at, event.actor, event.action, event.of, json.dumps(event.told, sort_keys=True)]
    return sha256("\0".join(parts).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Head:
    """How far the chain went when somebody looked: its last id, how many entries, and the last digest."""

    at: str
    id: int
    entries: int
    digest: str

    def __str__(self) -> str:
        return f"{self.at} {self.id} {self.entries} {self.digest}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What a walk along the chain found; `wrong` is None where every entry fits, else why not, from the first one on."""

    entries: int
    last_id: int
    head: str
    wrong: str | None = None
    wrong_id: int | None = None


def verify(heads: Path | None = None) -> Proof:
    """Walk the whole chain, and hold it against the heads that were kept in the file `heads`.

    Raises
    ------
    UserError
        Where that file cannot be read.
    """
    kept = {head.id: head for head in (read_heads(heads) if heads else ())}
    digest, count, last = NOTHING, 0, 0
    for event in Event.objects.order_by("id").iterator(chunk_size=2000):
        count += 1
        why = _misfit(event, digest, count, kept.pop(event.id, None))
        if why:
            return Proof(entries=count, last_id=last, head=digest, wrong=why, wrong_id=event.id)
        digest, last = event.digest, event.id
    proof = Proof(entries=count, last_id=last, head=digest)
    if not kept:
        return proof
    cut = max(kept.values(), key=lambda head: head.id)
    why = f"the log held {cut.entries:,} entries up to {cut.id} on {cut.at[:10]}, and that one is gone"
    return Proof(entries=count, last_id=last, head=digest, wrong=why, wrong_id=min(kept))


def _misfit(event: Event, before: str, count: int, head: Head | None) -> str | None:
    """Why an entry does not follow the one before; None where it does."""
    if event.before != before:
        return "it does not follow the entry before: one was removed, put in or changed"
    if event.digest != digest_of(event):
        return "what it says was changed"
    if head and (head.digest, head.entries) != (event.digest, count):
        return f"it is another one than on {head.at[:10]}: the log was written anew"
    return None


def read_heads(path: Path) -> tuple[Head, ...]:
    """The heads that were kept; UserError where a line is none."""
    if not path.exists():
        return ()
    found = []
    for number, line in enumerate(path.read_text(encoding="ascii", errors="replace").splitlines(), 1):
        at, *rest = line.split()
        if len(rest) != 3 or not (rest[0] + rest[1]).isdecimal():
            raise UserError(f"Line {number} of {path} is no head of the audit log: restore the file from a backup.")
        found.append(Head(at, int(rest[0]), int(rest[1]), rest[2]))
    return tuple(found)


def keep_head(proof: Proof, path: Path) -> None:
    """Write down, outside the database, how far the chain goes; an empty chain is not worth a line."""
    if not proof.entries:
        return
    head = Head(timezone.now().isoformat(timespec="seconds"), proof.last_id, proof.entries, proof.head)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "a", encoding="ascii") as file:
        file.write(f"{head}\n")
        file.flush()
        os.fsync(file.fileno())

"""Save segments under a name, and say which deals were seen and taken away."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from django.db import IntegrityError, transaction

from winloss.errors import UserError
from winloss.web.audit.services import record
from winloss.web.book.looking import asked_segment
from winloss.web.book.models import SavedSegment

NAME_MOST = 80


def save_segment(person: Any, *, name: str, written: str, shared: bool) -> SavedSegment:
    """Keep a segment under a name; UserError where it has none, or the name is taken."""
    name, segment = " ".join(name.replace("\0", "").split())[:NAME_MOST], asked_segment(written)
    if not name:
        raise UserError("Give the saved segment a name.")
    if not segment.conditions:
        raise UserError("There is no filter to save: choose one first.")
    try:
        with transaction.atomic():
            saved = SavedSegment.objects.create(owner=person, name=name, written=str(segment), shared=shared)
            record("save segment", actor=str(person.id), of=str(saved.id), told={"segment": digest(str(segment))})
    except IntegrityError as error:
        raise UserError(f"You have a saved segment called {name!r} already: choose another name.") from error
    return saved


def remove_segment(person: Any, saved: SavedSegment) -> None:
    """Take a saved segment away."""
    record("remove segment", actor=str(person.id), of=str(saved.id))
    saved.delete()


def told_of_deals(person: Any, action: str, *, segment: str, deals: int, version: int) -> None:
    """Record that deals were seen or downloaded: which segment (as a digest), and how many."""
    record(action, actor=str(person.id), of=f"version {version}", told={"segment": digest(segment), "deals": deals})


def told_of_deal(person: Any, deal_id: str, *, version: int) -> None:
    """Record that one deal was opened."""
    record("see deal", actor=str(person.id), of=digest(deal_id), told={"version": version})


def digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:16]

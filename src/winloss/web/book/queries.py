"""Saved segments that a person may see."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from winloss.web.book.models import SavedSegment
from winloss.web.people.rights import Answer


def segments_of(person: Any) -> QuerySet[SavedSegment]:
    """The person's own, and those shared with everybody."""
    return SavedSegment.objects.filter(Q(owner=person) | Q(shared=True)).select_related("owner")


def segment_to_remove(person: Any, name: UUID) -> tuple[SavedSegment | None, Answer]:
    """A saved segment, and whether the person may take it away: its owner may; of a shared one others know."""
    saved = segments_of(person).filter(pk=name).first()
    if saved is None:
        return None, Answer.HIDDEN
    return saved, Answer.YES if saved.owner_id == person.pk else Answer.FORBIDDEN

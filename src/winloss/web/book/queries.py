"""Saved segments that a person may see."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from winloss.web.book.models import SavedSegment
from winloss.web.people.rights import Answer, of_segment


def segments_of(person: Any) -> QuerySet[SavedSegment]:
    """The person's own, and those shared with everybody."""
    return SavedSegment.objects.filter(Q(owner=person) | Q(shared=True)).select_related("owner")


def segment_to_remove(person: Any, name: UUID) -> tuple[SavedSegment | None, Answer]:
    """A saved segment, and whether the person may take it away."""
    saved = segments_of(person).filter(pk=name).first()
    return saved, Answer.HIDDEN if saved is None else may_remove(person, saved)


def may_remove(person: Any, saved: SavedSegment) -> Answer:
    """Whether the person may take a saved segment away."""
    return of_segment(person, own=saved.owner_id == person.pk, shared=saved.shared)

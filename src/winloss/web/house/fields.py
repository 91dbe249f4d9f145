"""Every field of text in the database, whichever app it is of: for what has to reach all of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import apps
from django.contrib.sessions.models import Session
from django.db import models
from django.db.models.functions import Cast

AUDIT = "audit_event"


def of_text() -> Iterator[tuple[type[models.Model], str]]:
    """Models with the names of their fields that hold text or JSON.

    Without the audit log, which holds ids and is never changed, and without sessions, which are sealed as a whole and end.
    """
    for model in apps.get_models():
        if model is Session or model._meta.db_table == AUDIT or not model._meta.managed:
            continue
        for field in model._meta.concrete_fields:
            written = isinstance(field, models.CharField | models.TextField | models.JSONField)
            if written and not field.primary_key:
                yield model, field.name


def holding(model: type[models.Model], name: str, pieces: Sequence[str] | None) -> Iterator[tuple[Any, Any]]:
    """Key and value of the rows whose field holds one of these pieces, in whatever case; of all rows where None."""
    rows = model._base_manager.annotate(_text=Cast(name, models.TextField()))
    if pieces is not None:
        wanted = models.Q()
        for piece in pieces:
            wanted |= models.Q(_text__icontains=piece)
        rows = rows.filter(wanted)
    yield from rows.order_by("pk").values_list("pk", name).iterator(chunk_size=500)

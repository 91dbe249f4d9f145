"""Put work in the queue."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils import timezone

from winloss.web.jobs import registry
from winloss.web.jobs.models import Job


def enqueue(
    kind: str,
    args: dict[str, Any] | None = None,
    *,
    key: str | None = None,
    by: Any = None,
    not_before: dt.datetime | None = None,
) -> Job:
    """Have something done, with the transaction this is called in or not at all.

    Parameters
    ----------
    kind
        A registered kind.
    args
        Plain JSON values, given to the handler as keywords.
    key
        Where a job of this key is there already, that one is returned and nothing is added.
    by
        The user who asked.
    not_before
        When it may begin; now where None.
    """
    registry.handler(kind)
    fields = {"kind": kind, "args": args or {}, "made_by": by, "not_before": not_before or timezone.now()}
    if key is None:
        return Job.objects.create(**fields)
    with transaction.atomic():
        job, _ = Job.objects.get_or_create(key=key, defaults=fields)
    return job

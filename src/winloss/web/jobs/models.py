"""Jobs: what is to be done in the background. The table is the queue and the record of what became of each."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from winloss.web.jobs import registry, words

REGULAR = "every "
"""How the keys of regular work begin."""


class State(models.TextChoices):
    QUEUED = "queued", "waiting"
    RUNNING = "running", "running"
    DONE = "done", "done"
    FAILED = "failed", "failed"
    """Tried for the last time, or an error that trying again cannot help: waits for a person."""
    CANCELLED = "cancelled", "cancelled"


class Job(models.Model):
    """One piece of work, done at least once; its effect is idempotent."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=200, unique=True, null=True, blank=True)
    """Two jobs of one key are one job."""
    args = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField()
    lease_until = models.DateTimeField(null=True, blank=True)
    """While it runs: after this, without a sign of life, another worker takes it over."""
    worker = models.CharField(max_length=64, blank=True)
    progress_told = models.CharField(max_length=200, blank=True)
    progress_done = models.BigIntegerField(default=0)
    progress_of = models.BigIntegerField(null=True, blank=True)
    result = models.JSONField(default=dict)
    last_error = models.TextField(blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL)
    made_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-made_at"]
        indexes: ClassVar = [models.Index(fields=["state", "not_before"]), models.Index(fields=["-made_at"])]

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"

    @property
    def label(self) -> str:
        """The kind, in words."""
        return registry.label(self.kind)

    @property
    def is_moving(self) -> bool:
        """Whether something will become of it without anybody doing anything."""
        return self.state in (State.QUEUED, State.RUNNING)

    @property
    def is_regular(self) -> bool:
        return bool(self.key) and str(self.key).startswith(REGULAR)

    @property
    def waits_until(self) -> dt.datetime | None:
        """When it begins, where that is later than now."""
        later = self.state == State.QUEUED and self.not_before > timezone.now()
        return self.not_before if later else None

    @property
    def percent(self) -> int | None:
        """How far it is, 0 to 100; None where nobody knows how much there is to do."""
        return min(100 * self.progress_done // self.progress_of, 100) if self.progress_of else None

    @property
    def took(self) -> str:
        """How long its last try took, or takes up to now; "" where it never began."""
        if self.started_at is None or self.state == State.QUEUED:
            return ""
        return words.duration((self.ended_at or timezone.now()) - self.started_at)


class Worker(models.Model):
    """A process that does jobs. It says again and again that it lives, and takes itself out when it ends."""

    name = models.CharField(primary_key=True, max_length=64)
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.name

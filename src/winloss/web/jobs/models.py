"""Jobs: what is to be done in the background. The table is the queue and the record of what became of each."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models


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

"""The audit log: who saw, changed and exported what. Over ids and digests; each entry chained to the one before it."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

from winloss.errors import InternalError


class Event(models.Model):
    """One entry. It is written once and never changed: the digest of each holds the digest of the one before."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    actor = models.CharField(max_length=36, blank=True)
    """Id of a user; "" where the program acted by itself."""
    action = models.CharField(max_length=40)
    of = models.CharField(max_length=200, blank=True)
    """Id or digest of what it was done to."""
    told = models.JSONField(default=dict)
    before = models.CharField(max_length=64, unique=True)
    """Digest of the entry before. No two entries have the same one before them: the chain cannot fork."""
    digest = models.CharField(max_length=64, unique=True)

    class Meta:
        ordering: ClassVar = ["id"]
        indexes: ClassVar = [
            models.Index(fields=["actor", "-id"], name="audit_event_actor"),
            models.Index(fields=["action", "-id"], name="audit_event_action"),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.action} {self.of}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise InternalError("An entry of the audit log is never changed.")
        super().save(*args, **kwargs)

    def delete(self, *_args: Any, **_kwargs: Any) -> tuple[int, dict[str, int]]:
        raise InternalError("An entry of the audit log is never deleted.")

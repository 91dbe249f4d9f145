"""Uploads, their files, the maps that were saved, and what was met in the watched folder."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models

from winloss.web.jobs.models import Job


class State(models.TextChoices):
    RECEIVED = "received", "being read"
    INSPECTED = "inspected", "ready to import"
    LANDING = "landing", "being imported"
    LANDED = "landed", "imported"
    UNDONE = "undone", "taken back"
    FAILED = "failed", "cannot be read"


class SavedMapping(models.Model):
    """A map that somebody corrected or landed: the next upload with the same columns takes it by itself."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=200)
    fingerprint = models.CharField(max_length=64, unique=True)
    """Of the columns of the deals, or of the first file where there are no deals."""
    labels = models.JSONField(default=dict)
    """File as the map calls it → fingerprint of its columns: another export of them may have another name."""
    text = models.TextField()
    saved_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    saved_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name


class Upload(models.Model):
    """Files that were given together, from the moment they are safe on the disk.

    `seen` is what the library told of them by the map in force, `proposal` what it told without any.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    state = models.CharField(max_length=10, choices=State.choices, default=State.RECEIVED)
    digest = models.CharField(max_length=64, unique=True)
    """Of the content of all files: the same content is one upload."""
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)
    watched = models.BooleanField(default=False)
    """From the watched folder: landed without asking where the map is complete."""
    revision = models.PositiveIntegerField(default=0)
    """Counts what was saved of its map; a reading of an older one is not kept."""
    map_text = models.TextField(blank=True)
    map_from = models.CharField(max_length=10, blank=True)
    """"" where winloss decided, "saved", "file" or "hand"."""
    proposal = models.JSONField(default=dict)
    seen = models.JSONField(default=dict)
    complete = models.BooleanField(default=False)
    """Nothing in it waits for a person."""
    landing = models.PositiveIntegerField(default=0)
    """Counts how often it was asked to be landed; `landed_run` is the last that was."""
    landed_run = models.PositiveIntegerField(default=0)
    base_version = models.PositiveIntegerField(null=True)
    """The version in force before the landing that runs was tried for the first time."""
    version = models.PositiveIntegerField(null=True)
    fresh = models.BooleanField(null=True)
    counts = models.JSONField(default=dict)
    landed_at = models.DateTimeField(null=True)
    rejects = models.CharField(max_length=200, blank=True)
    """Name of the file of rejected rows, "" where there are none."""
    problem = models.TextField(blank=True)
    job = models.ForeignKey(Job, null=True, on_delete=models.SET_NULL, related_name="+")
    """What works on it, or did last."""

    class Meta:
        ordering: ClassVar = ["-made_at"]
        indexes: ClassVar = [models.Index(fields=["-made_at"]), models.Index(fields=["version"])]

    def __str__(self) -> str:
        return f"upload {self.id} {self.state}"


class File(models.Model):
    """One file as it came; it lies under its name in the folder of its upload."""

    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="files")
    name = models.CharField(max_length=140)
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    media = models.CharField(max_length=12)
    """delimited, workbook, parquet, json, gzip or toml, by its content."""

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["upload", "name"], name="one_name_once")]

    def __str__(self) -> str:
        return f"{self.sha256[:12]} of {self.upload_id}"


class Watched(models.Model):
    """One folder of files, the watched one or one inside it: what it held when it was last taken."""

    place = models.CharField(max_length=400, unique=True)
    """Path below the watched folder, "" for itself."""
    signature = models.CharField(max_length=64)
    """Of names, sizes and times of change: the same means that nothing is read again."""
    upload = models.ForeignKey(Upload, null=True, on_delete=models.SET_NULL, related_name="+")
    problem = models.TextField(blank=True)
    looked_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering: ClassVar = ["place"]

    def __str__(self) -> str:
        return self.place or "the watched folder"

"""Jobs on uploads. Each may run twice, and has the effect of once."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.conf import settings
from django.utils import timezone

from winloss.web.jobs.registry import Running, handles, regularly
from winloss.web.sources import services, watching, work


@handles(services.INSPECT)
def inspect_upload(running: Running, *, upload: str, revision: int) -> dict[str, Any]:
    running.progress("opening the files", 0)
    watching.sweep(timezone.now().timestamp())
    return work.inspect(upload, revision, running.progress)


@handles(services.IMPORT)
def import_upload(running: Running, *, upload: str, landing: int, by: str = "") -> dict[str, Any]:
    running.progress("opening the book", 0)
    return work.import_upload(upload, landing, by, running.progress)


@handles(services.UNDO)
def undo_import(running: Running, *, version: int, made_at: str = "", by: str = "") -> dict[str, Any]:
    running.progress("taking back", 0)
    return work.undo(version, by, made_at=made_at)


@handles(services.LOOK)
def look_at_folder(running: Running) -> dict[str, Any]:
    running.progress("looking at the folder", 0)
    return watching.look()


def _pace() -> dt.timedelta | None:
    config = settings.CONFIG
    return dt.timedelta(minutes=config.watch_every_minutes) if config.watch_folder is not None else None


regularly(services.LOOK, every=_pace)

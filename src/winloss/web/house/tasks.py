"""What the house does for itself."""

from __future__ import annotations

import datetime as dt

from django.contrib.sessions.models import Session
from django.utils import timezone

from winloss.web.jobs.registry import Running, handles, regularly

_CLEAR = "clear sessions"


@handles(_CLEAR, label="Clearing ended sessions")
def clear_sessions(running: Running) -> dict[str, int]:
    """Remove sessions whose time is over: nobody can come back by them."""
    running.progress("Removing ended sessions", 0)
    removed, _ = Session.objects.filter(expire_date__lt=timezone.now()).delete()
    return {"sessions removed": removed}


regularly(_CLEAR, every=dt.timedelta(days=1))

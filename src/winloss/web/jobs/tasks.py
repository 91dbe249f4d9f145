"""What the queue does for itself."""

from __future__ import annotations

import datetime as dt

from winloss.web.jobs import services
from winloss.web.jobs.registry import Running, handles, regularly


@handles("tidy", label="Tidying up")
def tidy(running: Running) -> dict[str, int]:
    """Remove jobs that have been over for long."""
    running.progress("Removing old jobs", 0)
    return {"jobs removed": services.tidy()}


regularly("tidy", every=dt.timedelta(days=1))

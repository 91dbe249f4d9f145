"""Have a version of the book studied, once however many ask."""

from __future__ import annotations

from winloss.web.book import basis
from winloss.web.jobs.models import Job
from winloss.web.jobs.services import enqueue

REFRESH = "refresh results"


def ask_for(version: int) -> Job:
    """The job that computes the results of a version, as deals are left out and quarters begin now."""
    return enqueue(REFRESH, {"version": version}, key=f"{REFRESH} {version} {basis.key()}")

"""Have results computed, and say what was taken away."""

from __future__ import annotations

from typing import Any

from winloss.web.audit.services import record
from winloss.web.book import studies
from winloss.web.jobs.models import Job
from winloss.web.jobs.services import renewed
from winloss.web.report import results


def results_of(version: int) -> tuple[dict[str, Any] | None, Job | None]:
    """The study of a version, or the job that makes it: asked for where nobody did yet."""
    found = results.study(version)
    if found is not None:
        return found, None
    # Of a job that is done and left nothing, the results were removed: they are made again.
    return None, renewed(studies.ask_for(version))


def told_of_document(person: Any, name: str, *, version: int) -> None:
    """Record that a document was downloaded."""
    record("download report", actor=str(person.id), of=f"version {version}", told={"document": name})

"""The report as JSON, `winloss.report/1`."""

from __future__ import annotations

from pathlib import Path

from winloss.report import Job, anonymise
from winloss.report.document import dumps


def write(job: Job) -> list[Path]:
    """Write the JSON document."""
    study = anonymise.study(job.study, anonymise.labels(job.study)) if job.anonymise else job.study
    job.out.write_text(dumps(study), encoding="utf-8")
    return [job.out]

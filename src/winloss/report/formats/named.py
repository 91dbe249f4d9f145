"""The study and the deals behind it, under the names that the reader may see."""

from __future__ import annotations

from winloss.report import Job, anonymise
from winloss.report.behind import Behind, gather
from winloss.synthesize.study import Study


def named(job: Job) -> tuple[Study, dict[str, Behind]]:
    """Study and deals as they are, or under opaque labels where the job asks for that."""
    behind = gather(job.study, job.deals)
    if not job.anonymise:
        return job.study, behind
    called = anonymise.labels(job.study)
    study = anonymise.study(job.study, called)
    return study, anonymise.behind(behind, called)

"""The study and the deals behind it, under the names that the reader may see."""

from __future__ import annotations

from dataclasses import replace

from winloss.report import Job, anonymise
from winloss.report.behind import Behind, gather
from winloss.synthesize.recovery import SHOWN
from winloss.synthesize.study import Prospect, Study


def named(job: Job) -> tuple[Study, dict[str, Behind]]:
    """Study and deals as they are, or under opaque labels where the job asks for that.

    Where the job can give every prospect, the study holds them all; `as_shown` keeps those of a page.
    """
    behind = gather(job.study, job.deals)
    study = job.study if job.prospects is None else _with_prospects(job.study, job.prospects())
    if not job.anonymise:
        return study, behind
    called = anonymise.labels(study)
    return anonymise.study(study, called), anonymise.behind(behind, called)


def as_shown(study: Study) -> Study:
    """The study with as many prospects as a page lists."""
    return _with_prospects(study, study.recovery.prospects[:SHOWN])


def _with_prospects(study: Study, prospects: tuple[Prospect, ...]) -> Study:
    return replace(study, recovery=replace(study.recovery, prospects=prospects))

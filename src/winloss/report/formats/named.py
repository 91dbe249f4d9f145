"""The study and the deals behind it, under the names that the reader may see."""

from __future__ import annotations

from dataclasses import replace

from winloss.report import Job, anonymise
from winloss.report.anonymise import Labels
from winloss.report.behind import Behind, gather, whole
from winloss.synthesize.recovery import SHOWN
from winloss.synthesize.study import Prospect, Study


def named(job: Job) -> tuple[Study, Labels | None]:
    """The study as it is (and None), or under opaque labels (and those) where the job asks for that.

    Where the job can give every prospect, the study holds them all; `as_shown` keeps those of a page.
    """
    study = job.study if job.prospects is None else _with_prospects(job.study, job.prospects())
    if not job.anonymise:
        return study, None
    called = anonymise.labels(study)
    return anonymise.study(study, called), called


def behind_of(job: Job, called: Labels | None) -> dict[str, Behind]:
    """The deals behind the findings, under the labels that `named` gave."""
    behind = gather(job.study, job.deals)
    return behind if called is None else anonymise.behind(behind, called)


def whole_of(job: Job, called: Labels | None) -> dict[str, Behind]:
    """The deals behind the figures of the whole book, under the same labels, by no finding's id; empty where not listed."""
    listed = whole(job.study, job.deals)
    found = {} if listed is None else {"": listed}
    return found if called is None else anonymise.behind(found, called)


def as_shown(study: Study) -> Study:
    """The study with as many prospects as a page lists."""
    return _with_prospects(study, study.recovery.prospects[:SHOWN])


def _with_prospects(study: Study, prospects: tuple[Prospect, ...]) -> Study:
    return replace(study, recovery=replace(study.recovery, prospects=prospects))

"""Put work in the queue, take it, say what became of it."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from winloss.errors import UserError
from winloss.web.audit.services import record
from winloss.web.jobs import queries, registry
from winloss.web.jobs.models import REGULAR, Job, State, Worker

FIRST_WAIT_S, LONGEST_WAIT_S = 10, 3600
KEPT = dt.timedelta(days=90)
"""How long jobs that are over are kept."""
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def enqueue(
    kind: str,
    args: dict[str, Any] | None = None,
    *,
    key: str | None = None,
    by: Any = None,
    not_before: dt.datetime | None = None,
) -> Job:
    """Have something done, with the transaction this is called in or not at all.

    Parameters
    ----------
    kind
        A registered kind.
    args
        Plain JSON values, given to the handler as keywords.
    key
        Where a job of this key is there already, that one is returned and nothing is added.
    by
        The user who asked.
    not_before
        When it may begin; now where None.
    """
    registry.handler(kind)
    fields = {"kind": kind, "args": args or {}, "made_by": by, "not_before": not_before or timezone.now()}
    if key is None:
        return Job.objects.create(**fields)
    with transaction.atomic():
        job, _ = Job.objects.get_or_create(key=key, defaults=fields)
    return job


def renewed(job: Job) -> Job:
    """A job that is done or was cancelled, to be done anew: what it made is gone. Any other stays as it is."""
    if _anew(Job.objects.filter(pk=job.pk, state__in=(State.DONE, State.CANCELLED)), timezone.now()):
        job.refresh_from_db()
    return job


def claim(worker: str, *, now: dt.datetime | None = None) -> Job | None:
    """Take the oldest job that may begin, so that no other worker has it; None where there is none.

    One that was left by a worker that died counts as tried; after the last try it is failed instead of taken.
    """
    now = now or timezone.now()
    while queries.claimable(now).exists():
        with transaction.atomic():
            job = queries.claimable(now).select_for_update(skip_locked=True).first()
            if job is None:
                return None
            if job.state == State.RUNNING and job.attempts >= settings.CONFIG.job_attempts:
                _end(held(job), State.FAILED, now, last_error=_died(job.attempts))
                continue
            return _taken(job, worker, now)
    return None


def _taken(job: Job, worker: str, now: dt.datetime) -> Job:
    job.state, job.worker, job.attempts = State.RUNNING, worker, job.attempts + 1
    job.started_at, job.ended_at, job.lease_until = now, None, now + lease()
    job.progress_told, job.progress_done, job.progress_of = "", 0, None
    job.save()
    return job


def _died(attempts: int) -> str:
    times = "once" if attempts == 1 else f"{attempts} times"
    return f"The worker died {times} in the middle of this job; perhaps it needs more memory than there is."


def lease() -> dt.timedelta:
    return dt.timedelta(seconds=settings.CONFIG.job_lease_s)


def held(job: Job) -> QuerySet[Job]:
    """The job's row, as long as it is the try that `job` is: nobody cancelled it or took it over."""
    return Job.objects.filter(pk=job.pk, state=State.RUNNING, worker=job.worker, attempts=job.attempts)


def standing(job: Job) -> type[registry.Halted] | None:
    """None while the job is the worker's that took it; otherwise why it is not."""
    now = Job.objects.filter(pk=job.pk).values_list("state", "worker", "attempts").first()
    if now == (State.RUNNING, job.worker, job.attempts):
        return None
    return registry.Cancelled if now and now[0] == State.CANCELLED else registry.Lost


def renew(job: Job, *, now: dt.datetime | None = None, **progress: Any) -> bool:
    """Give a sign of life, with how far the job is; False where the job is not the worker's any more."""
    until = (now or timezone.now()) + lease()
    return bool(held(job).update(lease_until=until, **progress))


def finish(job: Job, result: dict[str, Any], *, now: dt.datetime | None = None) -> bool:
    """The job is done; False, and nothing is written, where it is not the worker's any more."""
    return _end(held(job), State.DONE, now or timezone.now(), result=result, last_error="")


def fail(job: Job, sentence: str, *, now: dt.datetime | None = None) -> bool:
    """The job waits for a person, who reads `sentence`; False where it is not the worker's any more."""
    return _end(held(job), State.FAILED, now or timezone.now(), last_error=sentence)


def again(job: Job, sentence: str, *, now: dt.datetime | None = None, share: float | None = None) -> bool:
    """Try the job again after a while, or fail it where it was tried often enough.

    Parameters
    ----------
    share
        Where in its range the wait lies, 0 to 1; by chance where None, so that jobs that failed together do not come
        back together.
    """
    now = now or timezone.now()
    if job.attempts >= settings.CONFIG.job_attempts:
        return fail(job, sentence, now=now)
    wait = backoff(job.attempts, share=random.random() if share is None else share)  # noqa: S311  # no secret
    return bool(held(job).update(state=State.QUEUED, lease_until=None, not_before=now + wait, last_error=sentence))


def backoff(attempts: int, *, share: float) -> dt.timedelta:
    """How long to wait after the `attempts`-th try: 10 s doubled each time, an hour at most, times 0.5 to 1.5 by `share`."""
    longest = min(FIRST_WAIT_S * 2 ** (attempts - 1), LONGEST_WAIT_S)
    return dt.timedelta(seconds=longest * (0.5 + share))


def give_back(job: Job) -> bool:
    """The worker ends in the middle of the job: it begins again elsewhere, and this try does not count."""
    return bool(held(job).update(state=State.QUEUED, lease_until=None, attempts=F("attempts") - 1))


def release(worker: str) -> int:
    """Let go of what a worker has in hand that is certainly dead; its tries count. How many jobs it was."""
    return Job.objects.filter(state=State.RUNNING, worker=worker).update(lease_until=_EPOCH)


def cancel(job: Job, *, by: Any) -> None:
    """Have a job not done, or not further.

    Raises
    ------
    UserError
        Where it is over already.
    """
    with transaction.atomic():
        moving = Job.objects.filter(pk=job.pk, state__in=(State.QUEUED, State.RUNNING))
        if not _end(moving, State.CANCELLED, timezone.now()):
            raise UserError("This job is over already: there is nothing left to cancel.")
        record("cancel job", actor=str(by.pk), of=str(job.pk), told={"kind": job.kind})


def retry(job: Job, *, by: Any) -> None:
    """Have a job done again that failed, was cancelled, or waits for its next try.

    Raises
    ------
    UserError
        Where it runs or is done.
    """
    now = timezone.now()
    with transaction.atomic():
        over = Q(state__in=(State.FAILED, State.CANCELLED)) | Q(state=State.QUEUED, not_before__gt=now)
        if not _anew(Job.objects.filter(over, pk=job.pk), now):
            raise UserError("This job is running, about to, or done: there is nothing to try again.")
        record("retry job", actor=str(by.pk), of=str(job.pk), told={"kind": job.kind})


def enqueue_regular(*, now: dt.datetime | None = None) -> list[Job]:
    """Enqueue regular work whose period has begun, once each period; the jobs added now."""
    now = now or timezone.now()
    return [job for regular in registry.regulars() if (job := _period(regular, now)) is not None]


def period_start(now: dt.datetime, every: dt.timedelta) -> dt.datetime:
    """When the period that `now` lies in began; periods are counted from 1970 on, so every worker says the same."""
    return now - (now - _EPOCH) % every


def _period(regular: registry.Regular, now: dt.datetime) -> Job | None:
    every = regular.every()
    if every is None:
        return None
    key = f"{REGULAR}{regular.kind} {period_start(now, every):%Y-%m-%dT%H:%M:%SZ}"
    if Job.objects.filter(key=key).exists():
        return None
    with transaction.atomic():
        earlier = Job.objects.filter(kind=regular.kind, key__startswith=REGULAR).exclude(key=key)
        if earlier.filter(state=State.RUNNING).exists():
            return None
        _skip(earlier.filter(state=State.QUEUED), now)
        fields = {"kind": regular.kind, "args": regular.args, "not_before": now}
        job, made = Job.objects.get_or_create(key=key, defaults=fields)
    return job if made else None


def _skip(waiting: QuerySet[Job], now: dt.datetime) -> None:
    """Earlier periods: one that nobody began is skipped, one that failed before stays failed."""
    _end(
        waiting.filter(attempts=0),
        State.CANCELLED,
        now,
        last_error="Skipped: the next period began before a worker was free.",
    )
    _end(waiting.filter(attempts__gt=0), State.FAILED, now)


def tidy(*, now: dt.datetime | None = None) -> int:
    """Remove jobs that are over and older than 90 days, and workers long gone; how many jobs.

    What failed and somebody asked for stays: it waits for a person.
    """
    before = (now or timezone.now()) - KEPT
    over = Q(state__in=(State.DONE, State.CANCELLED)) | Q(state=State.FAILED, key__startswith=REGULAR)
    removed, _ = Job.objects.filter(over, ended_at__lt=before).delete()
    Worker.objects.filter(seen_at__lt=before).delete()
    return removed


def seen(worker: str, *, now: dt.datetime | None = None) -> None:
    """A worker lives."""
    now = now or timezone.now()
    Worker.objects.update_or_create(
        name=worker, defaults={"seen_at": now}, create_defaults={"seen_at": now, "started_at": now}
    )


def gone(worker: str) -> None:
    """A worker ended."""
    Worker.objects.filter(name=worker).delete()


def _anew(jobs: QuerySet[Job], now: dt.datetime) -> bool:
    """Put jobs into the queue as if nobody had begun them."""
    return bool(
        jobs.update(
            state=State.QUEUED,
            attempts=0,
            not_before=now,
            last_error="",
            result={},
            progress_told="",
            progress_done=0,
            progress_of=None,
            started_at=None,
            ended_at=None,
            lease_until=None,
        )
    )


def _end(jobs: QuerySet[Job], state: State, now: dt.datetime, **fields: Any) -> bool:
    return bool(jobs.update(state=state, ended_at=now, lease_until=None, **fields))

"""What there is to do, what is being done, and by whom."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.conf import settings
from django.db.models import Count, Max, Min, Q, QuerySet

from winloss.web.jobs import registry
from winloss.web.jobs.models import REGULAR, Job, State, Worker


def listed(*, state: str = "", regular: bool = False) -> QuerySet[Job]:
    """Jobs, newest first, with who asked for them.

    Parameters
    ----------
    state
        Only those of one state; "" for all.
    regular
        Also regular work that went well, which nobody asked for.
    """
    found = Job.objects.select_related("made_by")
    if state:
        found = found.filter(state=state)
    if not regular:
        found = found.exclude(key__startswith=REGULAR, state__in=(State.DONE, State.CANCELLED))
    return found


def one(job_id: Any) -> Job | None:
    return Job.objects.select_related("made_by").filter(pk=job_id).first()


def counts(*, regular: bool = False) -> dict[str, int]:
    """How many jobs are in each state, of those that `listed` lists; every state is named."""
    found = dict(listed(regular=regular).order_by().values_list("state").annotate(n=Count("pk")))
    return {str(state): found.get(state, 0) for state in State}


def any_moving(now: dt.datetime) -> bool:
    """Whether a job runs or is due."""
    return Job.objects.filter(Q(state=State.RUNNING) | Q(state=State.QUEUED, not_before__lte=now)).exists()


def claimable(now: dt.datetime) -> QuerySet[Job]:
    """Jobs that this process can do and may begin: due, or left by a worker that gave no sign of life in time; oldest first."""
    due = Q(state=State.QUEUED, not_before__lte=now) | Q(state=State.RUNNING, lease_until__lt=now)
    return Job.objects.filter(due, kind__in=registry.kinds()).order_by("made_at", "pk")


def holders() -> list[str]:
    """Names of the workers that have a job in hand."""
    return list(Job.objects.filter(state=State.RUNNING).order_by().values_list("worker", flat=True).distinct())


def by_kind_and_state() -> list[tuple[str, str, int]]:
    """Kind, state and number of jobs."""
    return list(Job.objects.order_by("kind", "state").values_list("kind", "state").annotate(n=Count("pk")))


def oldest_waiting_s(now: dt.datetime) -> float:
    """Seconds that the job that is due longest has been due for; 0 where none is."""
    first = Job.objects.filter(state=State.QUEUED, not_before__lte=now).aggregate(first=Min("not_before"))["first"]
    return (now - first).total_seconds() if first else 0.0


def heartbeat_age_s(now: dt.datetime) -> float | None:
    """Seconds since any worker last said that it lives; None where there is no worker."""
    last = Worker.objects.aggregate(last=Max("seen_at"))["last"]
    return max((now - last).total_seconds(), 0.0) if last else None


def workers_alive(now: dt.datetime) -> int:
    """How many workers said within a lease that they live."""
    since = now - dt.timedelta(seconds=settings.CONFIG.job_lease_s)
    return Worker.objects.filter(seen_at__gte=since).count()

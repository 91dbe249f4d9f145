"""Regular work is enqueued once each period; what is long over is removed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from winloss.errors import InternalError, UserError
from winloss.web.jobs import queries, registry, services, worker
from winloss.web.jobs.heart import Heart
from winloss.web.jobs.models import Job, State, Worker

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)
AT = dt.datetime(2026, 3, 1, 10, 20, tzinfo=dt.UTC)


@pytest.fixture
def hourly(kind: Callable[..., str]) -> str:
    name = kind(lambda _running, **_args: None, name="look")
    registry.regularly(name, every=HOUR, args={"deep": True})
    return name


def enqueued(at: dt.datetime) -> list[str]:
    return [str(job.key) for job in services.enqueue_regular(now=at)]


def test_a_period_is_enqueued_once_whoever_asks(hourly: str) -> None:
    assert enqueued(AT) == ["every look 2026-03-01T10:00:00Z"]
    assert enqueued(AT + dt.timedelta(minutes=39)) == []
    worker.run_waiting()
    assert enqueued(AT + dt.timedelta(minutes=39)) == []
    assert enqueued(AT + dt.timedelta(minutes=40)) == ["every look 2026-03-01T11:00:00Z"]
    assert Job.objects.latest("made_at").args == {"deep": True}


def test_periods_that_nobody_was_there_for_are_skipped(hourly: str) -> None:
    enqueued(AT)
    assert enqueued(AT + 5 * HOUR) == ["every look 2026-03-01T15:00:00Z"]
    old = Job.objects.earliest("made_at")
    assert (old.state, old.last_error) == (
        State.CANCELLED,
        "Skipped: the next period began before a worker was free.",
    )
    assert Job.objects.count() == 2


def test_a_period_that_failed_stays_visible(hourly: str) -> None:
    def broken(_running: registry.Running, **_args: Any) -> None:
        raise UserError("The watched folder is gone: mend watch_folder.")

    registry._HANDLERS[hourly] = broken
    enqueued(AT)
    worker.run_waiting()
    enqueued(AT + HOUR)
    assert queries.listed().get(state=State.FAILED).last_error == "The watched folder is gone: mend watch_folder."


def test_a_period_that_waits_for_its_next_try_counts_as_failed_when_the_next_begins(hourly: str) -> None:
    enqueued(AT)
    job = services.claim("one")
    assert job is not None
    services.again(job, "Away.")
    enqueued(AT + HOUR)
    job.refresh_from_db()
    assert (job.state, job.last_error) == (State.FAILED, "Away.")


def test_no_period_begins_while_the_one_before_runs(hourly: str) -> None:
    enqueued(AT)
    job = services.claim("one")
    assert job is not None
    assert enqueued(AT + HOUR) == []
    services.finish(job, {})
    assert enqueued(AT + HOUR) == ["every look 2026-03-01T11:00:00Z"]


def test_a_pace_may_change_and_may_be_none(kind: Callable[..., str]) -> None:
    pace: list[dt.timedelta | None] = [None]
    registry.regularly(kind(lambda _running: None, name="look"), every=lambda: pace[0])
    assert enqueued(AT) == []
    pace[0] = 2 * HOUR
    assert enqueued(AT) == ["every look 2026-03-01T10:00:00Z"]


def test_a_kind_has_one_pace_and_one_function(kind: Callable[..., str], hourly: str) -> None:
    with pytest.raises(InternalError, match="two paces"):
        registry.regularly(hourly, every=HOUR)
    with pytest.raises(InternalError, match="Two functions"):
        kind(lambda _running: None, name=hourly)


def test_what_is_over_for_ninety_days_is_removed_and_what_waits_for_a_person_is_not() -> None:
    now = timezone.now()
    long_ago = now - dt.timedelta(days=91)
    for state in State:
        for key in (None, f"every look {state}"):
            over = long_ago if state not in (State.QUEUED, State.RUNNING) else None
            Job.objects.create(kind="look", key=key, state=state, not_before=long_ago, ended_at=over)
    Job.objects.create(kind="look", state=State.DONE, not_before=now, ended_at=now - dt.timedelta(days=89))
    services.seen("dead", now=long_ago)
    services.seen("alive", now=now)
    services.enqueue("tidy")
    worker.run_waiting()
    left = sorted(Job.objects.filter(kind="look").values_list("state", "key"), key=str)
    assert left == sorted(
        [
            ("done", None),
            ("failed", None),
            ("queued", None),
            ("queued", "every look queued"),
            ("running", None),
            ("running", "every look running"),
        ],
        key=str,
    )
    assert Job.objects.get(kind="tidy").result == {"jobs removed": 5}
    assert Worker.objects.get().name == "alive"


def test_regular_work_that_cannot_say_its_pace_does_not_keep_other_jobs_waiting(
    kind: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "close_old_connections", lambda: None)  # the test's own would be closed

    def broken() -> dt.timedelta:
        raise ZeroDivisionError

    registry.regularly(kind(lambda _running: None, name="look"), every=broken)
    job = services.enqueue(kind(lambda _running: {"n": 1}, name="other"))
    one = worker.Worker()
    assert one._turn(Heart(one.name, stopping=one.stopping))
    job.refresh_from_db()
    assert job.result == {"n": 1}

"""Jobs are taken by one worker at a time, oldest first, and what became of them is filed by the one who has them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from winloss.errors import DataError, InternalError, SourceError, UserError
from winloss.web.audit.models import Event
from winloss.web.jobs import queries, registry, services, worker
from winloss.web.jobs.heart import Hand
from winloss.web.jobs.models import Job, State
from winloss.web.people.models import User

pytestmark = pytest.mark.django_db
LATER = dt.timedelta(hours=1)


def nothing(_running: registry.Running, **_args: Any) -> None:
    return None


def raising(error: BaseException) -> registry.Handler:
    def fails(_running: registry.Running) -> None:
        raise error

    return fails


def tried(kind: Callable[..., str], error: BaseException) -> Job:
    """A job whose handler raised `error` once."""
    job = services.enqueue(kind(raising(error)))
    worker.run_waiting()
    job.refresh_from_db()
    return job


def taken(kind: Callable[..., str], *, by: str = "one") -> Job:
    services.enqueue(kind(nothing))
    job = services.claim(by)
    assert job is not None
    return job


def test_an_unknown_kind_is_not_enqueued() -> None:
    with pytest.raises(InternalError, match="Nothing handles jobs of kind 'nonsense'"):
        services.enqueue("nonsense")


def test_two_jobs_of_one_key_are_one_job(kind: Callable[..., str]) -> None:
    first = services.enqueue(kind(nothing), {"n": 1}, key="a")
    assert services.enqueue("test", {"n": 2}, key="a").pk == first.pk
    assert Job.objects.get().args == {"n": 1}


def test_the_oldest_job_is_taken_first_and_by_one_worker_only(kind: Callable[..., str]) -> None:
    first, second = services.enqueue(kind(nothing)), services.enqueue("test")
    assert [job and job.pk for job in map(services.claim, ("one", "two", "three"))] == [first.pk, second.pk, None]


def test_a_job_does_not_begin_before_its_time(kind: Callable[..., str]) -> None:
    job = services.enqueue(kind(nothing), not_before=timezone.now() + LATER)
    assert services.claim("one") is None
    assert services.claim("one", now=timezone.now() + 2 * LATER) == job


def test_a_worker_leaves_kinds_that_it_does_not_know(kind: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    services.enqueue(kind(nothing))
    monkeypatch.setattr(registry, "_HANDLERS", {})
    assert services.claim("one") is None


def test_what_a_handler_returns_is_the_result_and_its_arguments_are_given(kind: Callable[..., str]) -> None:
    job = services.enqueue(kind(lambda _running, a, b: {"sum": a + b}), {"a": 2, "b": 3})
    assert worker.run_waiting() == 1
    job.refresh_from_db()
    assert (job.state, job.result, job.attempts, job.last_error) == (State.DONE, {"sum": 5}, 1, "")
    assert job.ended_at is not None
    assert job.lease_until is None


@pytest.mark.parametrize(
    "error", [UserError("Name a file."), SourceError("Gone for good."), DataError("Row 3 is broken.")]
)
def test_an_error_that_trying_again_cannot_help_fails_at_once_with_its_sentence(
    kind: Callable[..., str], error: Exception
) -> None:
    job = tried(kind, error)
    assert (job.state, job.attempts, job.last_error) == (State.FAILED, 1, str(error))


def test_a_source_that_is_away_for_a_while_is_tried_again_with_its_sentence(kind: Callable[..., str]) -> None:
    job = tried(kind, SourceError("The CRM does not answer.", permanent=False))
    assert (job.state, job.attempts, job.last_error) == (State.QUEUED, 1, "The CRM does not answer.")
    assert 5 <= (job.not_before - job.started_at).total_seconds() <= 16  # type: ignore[operator]  # it began


def test_a_defect_is_tried_again_then_failed_and_its_trace_stays_in_the_log(
    kind: Callable[..., str], settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.CONFIG = settings.CONFIG.model_copy(update={"job_attempts": 2})
    job = tried(kind, KeyError("secret row"))
    assert (job.state, job.last_error) == (State.QUEUED, worker.DEFECT)
    assert "secret row" in caplog.text
    Job.objects.update(not_before=timezone.now())
    worker.run_waiting()
    job.refresh_from_db()
    assert (job.state, job.attempts, job.last_error) == (State.FAILED, 2, worker.DEFECT)


def test_a_result_that_cannot_be_kept_is_a_defect_of_the_handler(kind: Callable[..., str]) -> None:
    job = services.enqueue(kind(lambda _running: {"when": timezone.now()}))
    worker.run_waiting()
    job.refresh_from_db()
    assert (job.state, job.last_error) == (State.QUEUED, worker.DEFECT)


@pytest.mark.parametrize(
    ("attempts", "share", "wait_s"),
    [
        (1, 0.5, 10),
        (1, 0.0, 5),
        (1, 1.0, 15),
        (2, 0.5, 20),
        (4, 0.5, 80),
        (9, 0.5, 2560),
        (12, 0.5, 3600),
        (12, 1.0, 5400),
    ],
)
def test_waits_double_up_to_an_hour_and_are_spread(attempts: int, share: float, wait_s: float) -> None:
    assert services.backoff(attempts, share=share).total_seconds() == wait_s


def test_a_job_comes_back_when_its_wait_is_over(kind: Callable[..., str]) -> None:
    job, now = taken(kind), timezone.now()
    services.again(job, "Away.", now=now, share=0.5)
    assert services.claim("two", now=now + dt.timedelta(seconds=9.9)) is None
    assert services.claim("two", now=now + dt.timedelta(seconds=10.1)) == job


def test_a_job_whose_worker_went_silent_is_taken_over_after_the_lease(kind: Callable[..., str]) -> None:
    job = taken(kind)
    assert job.lease_until is not None
    end = job.lease_until
    assert services.claim("two", now=end - dt.timedelta(seconds=1)) is None
    over = services.claim("two", now=end + dt.timedelta(seconds=1))
    assert over is not None
    assert (over.pk, over.worker, over.attempts) == (job.pk, "two", 2)


def test_a_sign_of_life_keeps_the_job(kind: Callable[..., str]) -> None:
    job = taken(kind)
    assert job.lease_until is not None
    end = job.lease_until
    assert services.renew(job, now=end - dt.timedelta(seconds=1))
    assert services.claim("two", now=end + dt.timedelta(seconds=1)) is None


def test_who_lost_the_job_is_told_and_writes_nothing(kind: Callable[..., str]) -> None:
    job = taken(kind)
    hand = Hand(job)
    services.release("one")
    assert services.claim("two") == job
    hand.progress("Reading", 1)
    hand.beat()
    with pytest.raises(registry.Lost):
        hand.progress("Reading", 2)
    assert not services.finish(job, {"by": "one"})
    assert not services.fail(job, "no")
    assert not services.again(job, "no")
    assert not services.give_back(job)
    assert not services.renew(job)
    job.refresh_from_db()
    assert (job.state, job.worker, job.result, job.progress_told) == (State.RUNNING, "two", {}, "")


def test_who_slept_through_the_lease_asks_before_going_on(
    kind: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    hand = Hand(taken(kind))
    asked: list[str] = []
    monkeypatch.setattr(hand, "_make_sure", lambda: asked.append("asked"))
    hand.progress("Reading", 1)
    monkeypatch.setattr(hand, "_renewed_s", float("-inf"))
    hand.progress("Reading", 2)
    assert asked == ["asked"]


def test_a_handler_that_goes_on_after_errors_does_not_go_on_after_losing_the_job(kind: Callable[..., str]) -> None:
    steps: list[int] = []

    def stubborn(running: registry.Running) -> dict[str, Any]:
        for step in range(3):
            try:
                services.cancel(Job.objects.get(), by=User.objects.get()) if step == 1 else None
                hands[0].beat()
                running.progress("Step", step)
            except Exception:  # noqa: BLE001  # what a careless handler does
                continue
            steps.append(step)
        return {"never": True}

    User.objects.create_user("a@example.test", role="revops")
    services.enqueue(kind(stubborn))
    job = services.claim("one")
    assert job is not None
    hands = [Hand(job)]
    worker.perform(job, hands[0])
    job.refresh_from_db()
    assert (steps, job.state, job.result) == ([0], State.CANCELLED, {})


def test_progress_is_seen_by_others_after_a_beat(kind: Callable[..., str]) -> None:
    job = taken(kind)
    hand = Hand(job)
    hand.progress("R" * 300, 40, 160)
    hand.beat()
    job.refresh_from_db()
    assert (job.progress_told, job.progress_done, job.progress_of, job.percent) == ("R" * 200, 40, 160, 25)


def test_a_worker_that_ends_gives_its_job_back_and_the_try_does_not_count(kind: Callable[..., str]) -> None:
    job = taken(kind)
    ending = Hand(job, stopping=lambda: True)
    registry._HANDLERS["test"] = lambda running: running.progress("Reading", 1)
    worker.perform(job, ending)
    job.refresh_from_db()
    assert (job.state, job.attempts) == (State.QUEUED, 0)
    assert services.claim("two") == job


def test_a_job_that_kills_its_workers_is_failed_with_a_sentence(kind: Callable[..., str], settings: Any) -> None:
    settings.CONFIG = settings.CONFIG.model_copy(update={"job_attempts": 2})
    services.enqueue(kind(nothing))
    for name in ("one", "two"):
        assert services.claim(name) is not None
        services.release(name)
    assert services.claim("three") is None
    job = Job.objects.get()
    assert (job.state, job.attempts) == (State.FAILED, 2)
    assert job.last_error.startswith("The worker died 2 times in the middle of this job")


def test_a_person_cancels_what_waits_or_runs_and_it_is_recorded(kind: Callable[..., str], person: Any) -> None:
    job, ada = taken(kind), person("revops")
    services.cancel(job, by=ada)
    job.refresh_from_db()
    assert job.state == State.CANCELLED
    event = Event.objects.get()
    assert (event.action, event.actor, event.of, event.told) == (
        "cancel job",
        str(ada.pk),
        str(job.pk),
        {"kind": "test"},
    )
    with pytest.raises(UserError, match="over already"):
        services.cancel(job, by=ada)
    assert Event.objects.count() == 1


def test_a_failed_job_is_tried_again_from_the_beginning(kind: Callable[..., str], person: Any) -> None:
    job = tried(kind, UserError("Name a file."))
    services.retry(job, by=person("revops"))
    registry._HANDLERS["test"] = lambda _running: {"n": 1}
    worker.run_waiting()
    job.refresh_from_db()
    assert (job.state, job.attempts, job.last_error, job.result) == (State.DONE, 1, "", {"n": 1})
    with pytest.raises(UserError, match="nothing to try again"):
        services.retry(job, by=person("revops"))


@pytest.mark.parametrize(("state", "by_a_person"), [(State.FAILED, True), (State.CANCELLED, True), (State.DONE, False)])
def test_a_job_that_is_done_anew_keeps_nothing_of_before(
    kind: Callable[..., str], person: Any, state: State, by_a_person: bool
) -> None:
    fresh = services.enqueue(kind(nothing))
    now = timezone.now()
    told = {"last_error": "No.", "result": {"n": 1}, "progress_told": "half", "progress_done": 1, "progress_of": 2}
    over = Job.objects.create(
        kind="test", state=state, attempts=3, not_before=now, started_at=now, ended_at=now, **told
    )
    if by_a_person:
        services.retry(over, by=person("revops"))
    else:
        services.renewed(over)
    over.refresh_from_db()
    names = ("state", "attempts", "started_at", "ended_at", "lease_until", *told)
    assert [getattr(over, name) for name in names] == [getattr(fresh, name) for name in names]


@pytest.mark.parametrize("state", [State.QUEUED, State.RUNNING, State.FAILED])
def test_a_job_that_waits_runs_or_failed_is_not_renewed_by_itself(kind: Callable[..., str], state: State) -> None:
    services.enqueue(kind(nothing))
    job = Job.objects.create(kind="test", state=state, attempts=2, not_before=timezone.now(), last_error="No.")
    assert (services.renewed(job).state, job.attempts, job.last_error) == (state, 2, "No.")


def test_counts_name_every_state_and_leave_out_regular_work_that_went_well(kind: Callable[..., str]) -> None:
    services.enqueue(kind(nothing))
    Job.objects.create(kind="test", key="every test 1", state=State.DONE, not_before=timezone.now())
    Job.objects.create(kind="test", key="every test 2", state=State.FAILED, not_before=timezone.now())
    assert queries.counts() == {"queued": 1, "running": 0, "done": 0, "failed": 1, "cancelled": 0}
    assert queries.counts(regular=True)["done"] == 1


def test_jobs_without_a_key_are_no_regular_work(kind: Callable[..., str]) -> None:
    services.enqueue(kind(nothing))
    worker.run_waiting()
    assert queries.counts()["done"] == 1

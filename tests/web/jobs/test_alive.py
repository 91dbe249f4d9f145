"""A worker that died is known by its lock; its jobs are let go of at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from winloss.web.jobs import alive, services, worker
from winloss.web.jobs.models import Job, Worker

pytestmark = pytest.mark.django_db


def test_a_worker_is_dead_once_nobody_holds_its_lock(home: Path) -> None:
    assert not alive.is_dead("elsewhere")
    lock = alive.hold("here")
    assert not alive.is_dead("here")
    lock.release()
    assert alive.is_dead("here")
    alive.bury("here")
    assert not alive.is_dead("here")
    assert alive.known() == []


def test_one_that_ends_by_itself_leaves_nothing_behind() -> None:
    lock = alive.hold("here")
    assert alive.known() == ["here"]
    alive.drop("here", lock)
    assert alive.known() == []


def test_jobs_of_the_dead_are_taken_over_without_waiting_for_the_lease(kind: Callable[..., str]) -> None:
    for _ in range(3):
        services.enqueue("test" if Job.objects.exists() else kind(lambda _running: None))
    for name in ("dead", "living", "elsewhere"):
        assert services.claim(name) is not None
        services.seen(name)
    alive.hold("dead").release()
    living = alive.hold("living")
    worker.release_the_dead()
    over = services.claim("two")
    assert over is not None
    assert over.attempts == 2
    assert services.claim("two") is None
    assert sorted(Job.objects.values_list("worker", flat=True)) == ["elsewhere", "living", "two"]
    assert sorted(Worker.objects.values_list("name", flat=True)) == ["elsewhere", "living"]
    alive.drop("living", living)

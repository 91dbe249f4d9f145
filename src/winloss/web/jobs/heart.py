"""The signs of life of a worker, and the job it has in hand.

A thread of its own gives them, on its own connection to the database: what a handler says inside a transaction is seen at
once, and a handler that computes for minutes keeps its job.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.db import Error, connection

from winloss.web.jobs import registry, services
from winloss.web.jobs.models import Job

TOLD_MOST = 200
"""Characters of what a job says of its progress."""
_log = logging.getLogger("winloss.jobs")


class Hand:
    """A job in the hand of a worker: what its handler talks to (`registry.Running`)."""

    def __init__(self, job: Job, *, stopping: Callable[[], bool] = lambda: False) -> None:
        self.job = job
        self._stopping = stopping
        self._lock = threading.Lock()
        self._said: dict[str, Any] = {}
        self._halted: type[registry.Halted] | None = None
        self._renewed_s = time.monotonic()
        self._ask, self._answered = threading.Event(), threading.Event()

    @property
    def job_id(self) -> str:
        return str(self.job.pk)

    def progress(self, told: str, done: int, of: int | None = None) -> None:
        """As `registry.Running` says."""
        with self._lock:
            self._said = {"progress_told": told[:TOLD_MOST], "progress_done": done, "progress_of": of}
        if self._age_s() > settings.CONFIG.job_lease_s:
            self._make_sure()
        if self._halted is not None:
            raise self._halted
        if self._stopping():
            raise registry.Stopping

    def beat(self) -> None:
        """Hear whether the job is still this worker's, and say that it lives where that is due or there is progress."""
        self._ask.clear()
        self._halted = self._halted or services.standing(self.job)
        if self._halted is None and (self._said or self._age_s() >= settings.CONFIG.job_lease_s / 3):
            self._renew()
        self._answered.set()

    def wait(self, at_most_s: float) -> None:
        """Until the next beat is due, or the handler needs one now."""
        self._ask.wait(at_most_s)

    def _renew(self) -> None:
        with self._lock:
            said, self._said = self._said, {}
        if services.renew(self.job, **said):
            self._renewed_s = time.monotonic()
        else:
            self._halted = services.standing(self.job)

    def _age_s(self) -> float:
        return time.monotonic() - self._renewed_s

    def _make_sure(self) -> None:
        """The process slept through its lease (a closed laptop): without an answer the job is not its own any more."""
        self._answered.clear()
        self._ask.set()
        if not self._answered.wait(settings.CONFIG.job_lease_s):
            raise registry.Lost


class Heart:
    """The thread: it renews the lease of the job in hand and says that the worker lives.

    Parameters
    ----------
    stopping
        Whether the worker was told to end.
    grace_s
        Seconds that a handler has to notice it; afterwards the job is given back and the process ends with it.
    """

    def __init__(self, worker: str, *, stopping: Callable[[], bool], grace_s: float = 5) -> None:
        self._worker, self._stopping, self._grace_s = worker, stopping, grace_s
        self._hand: Hand | None = None
        self._ended = threading.Event()
        self._seen_s = float("-inf")
        self._told_s: float | None = None
        self._thread = threading.Thread(target=self._run, name="heart", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        self._thread.join(timeout=self._grace_s)

    @contextmanager
    def holding(self, hand: Hand) -> Iterator[Hand]:
        self._hand = hand
        try:
            yield hand
        finally:
            self._hand = None

    def _run(self) -> None:
        while not self._ended.is_set():
            try:
                self._beat()
            except Error as error:
                _log.warning("The database did not take a sign of life: %s", error)
                connection.close()
            except Exception:  # noqa: BLE001  # a heart that stops would lose the job
                _log.exception("A sign of life could not be given")
            if (hand := self._hand) is None:
                self._ended.wait(_pause_s())
            else:
                hand.wait(_pause_s())
        connection.close()

    def _beat(self) -> None:
        hand = self._hand
        if hand is not None:
            hand.beat()
        if time.monotonic() - self._seen_s >= settings.CONFIG.job_lease_s / 3:
            services.seen(self._worker)
            self._seen_s = time.monotonic()
        if hand is not None and self._stopping():
            self._end_with(hand)

    def _end_with(self, hand: Hand) -> None:
        self._told_s = self._told_s or time.monotonic()
        if time.monotonic() - self._told_s < self._grace_s:
            return
        _log.warning("Job %s (%s) did not stop in time: it is given back.", hand.job_id, hand.job.kind)
        services.give_back(hand.job)
        services.gone(self._worker)
        logging.shutdown()
        os._exit(0)


def _pause_s() -> float:
    return min(1.0, float(settings.CONFIG.job_lease_s) / 6)

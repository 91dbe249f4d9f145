"""A worker: takes one job after another, does it, and files what became of it. Several, on several machines, are safe."""

from __future__ import annotations

import json
import logging
import os
import secrets
import socket
import time
from contextlib import suppress

from django.db import Error, close_old_connections, connection

from winloss.errors import DataError, SourceError, UserError
from winloss.web.jobs import alive, queries, registry, services
from winloss.web.jobs.heart import Hand, Heart
from winloss.web.jobs.models import Job

POLL_S = 0.5
_REGULAR_EVERY_S = 5.0
_FILE_TRIES = 5
DEFECT = "winloss met a defect of its own in this job. The log of the worker shows where."
_log = logging.getLogger("winloss.jobs")


def new_name() -> str:
    """A name that no other worker has: machine, process, chance."""
    return f"{socket.gethostname()[:40]}-{os.getpid()}-{secrets.token_hex(4)}"


def perform(job: Job, hand: Hand) -> None:
    """Do a job that was claimed and file what became of it."""
    try:
        result = registry.handler(job.kind)(hand, **job.args) or {}
        json.dumps(result)
    except registry.Stopping:
        services.give_back(job)
    except registry.Halted as halted:
        _log.info("Job %s (%s) ended early: %s.", job.pk, job.kind, type(halted).__name__.lower())
    except (UserError, DataError) as error:
        services.fail(job, str(error))
    except SourceError as error:
        (services.fail if error.permanent else services.again)(job, str(error))
    except Exception:  # noqa: BLE001  # the edge of a job: logged, told on its page, and the worker goes on
        _log.exception("Job %s (%s), try %s", job.pk, job.kind, job.attempts)
        services.again(job, DEFECT)
    else:
        _finish(job, result)


def _finish(job: Job, result: dict[str, object]) -> None:
    """The work is done: a database that is away for a moment does not have it done again."""
    for _ in range(_FILE_TRIES - 1):
        with suppress(Error):
            services.finish(job, result)
            return
        connection.close()
        time.sleep(POLL_S)
    services.finish(job, result)


def run_waiting(*, worker: str = "") -> int:
    """Do all jobs that may begin now, here and one after the other; how many it were."""
    name, done = worker or new_name(), 0
    while (job := services.claim(name)) is not None:
        perform(job, Hand(job))
        done += 1
    return done


class Worker:
    """The loop of one process.

    Parameters
    ----------
    parent
        Process id of the server that it runs beside: it ends when that is gone. 0 where it runs alone.
    """

    def __init__(self, *, parent: int = 0, name: str = "") -> None:
        self.name = name or new_name()
        self._parent = parent
        self._told_to_end = False
        self._regular_s = float("-inf")

    def stop(self) -> None:
        """End after the job in hand says its progress; safe in a signal handler, for it takes no lock."""
        self._told_to_end = True

    def stopping(self) -> bool:
        return self._told_to_end or bool(self._parent and os.getppid() != self._parent)

    def run(self, *, once: bool = False) -> int:
        """Work until told to end, or, `once`, until nothing is left that may begin now; how many jobs it were."""
        lock, done = alive.hold(self.name), 0
        heart = Heart(self.name, stopping=self.stopping)
        heart.start()
        try:
            while not self.stopping():
                worked = self._turn(heart)
                done += worked
                if once and not worked:
                    break
                if not worked:
                    time.sleep(POLL_S)
        finally:
            heart.stop()
            self._leave()
            alive.drop(self.name, lock)
        return done

    def _turn(self, heart: Heart) -> bool:
        """Whether there was something to do."""
        try:
            close_old_connections()
            self._now_and_then()
            job = services.claim(self.name)
            if job is None:
                return False
            with heart.holding(Hand(job, stopping=self.stopping)) as hand:
                perform(job, hand)
        except Error as error:
            _log.warning("The database cannot be reached or is busy; trying again: %s", error)
            connection.close()
            return False
        return True

    def _now_and_then(self) -> None:
        if time.monotonic() - self._regular_s < _REGULAR_EVERY_S:
            return
        self._regular_s = time.monotonic()
        try:
            release_the_dead(besides=self.name)
            services.enqueue_regular()
        except Error:
            raise
        except Exception:  # noqa: BLE001  # regular work that cannot say its pace does not keep other jobs waiting
            _log.exception("Regular work could not be enqueued")

    def _leave(self) -> None:
        try:
            services.gone(self.name)
        except Error as error:
            _log.warning("The database was not told that the worker ended: %s", error)
        connection.close()


def release_the_dead(*, besides: str = "") -> None:
    """Let go of the jobs of workers that died here, without waiting for their leases; `besides` is who asks."""
    for name in {*queries.holders(), *alive.known()} - {besides}:
        if alive.is_dead(name):
            services.release(name)
            services.gone(name)
            alive.bury(name)

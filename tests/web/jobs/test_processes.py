"""Several processes at one queue: each effect once, whatever is killed, and nobody hears that the database is locked."""

from __future__ import annotations

import os
import random
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

import ledger
from depth import cases

LEDGER = ledger.__file__
Start = Callable[..., subprocess.Popen[str]]
Told = Callable[[], dict[str, Any]]


@pytest.fixture
def environment(environment: dict[str, str]) -> Iterator[dict[str, str]]:
    """On PostgreSQL, where the suite runs on it: a database of its own."""
    url = os.environ.get("WINLOSS_DATABASE_URL")
    if not url:
        yield environment
        return
    import psycopg

    name = f"winloss_jobs_{secrets.token_hex(4)}"
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
        yield environment | {"WINLOSS_DATABASE_URL": f"{url.rpartition('/')[0]}/{name}"}
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def run(environment: dict[str, str]) -> Callable[..., str]:
    """Run the ledger's program to its end: what it printed; it said nothing on stderr."""

    def run_it(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, LEDGER, *arguments], env=environment, capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    return run_it


@pytest.fixture
def told(environment: dict[str, str]) -> Callable[[], dict[str, Any]]:
    return partial(ledger.tell, environment)


def states(found: dict[str, Any]) -> set[str]:
    return {job["state"] for job in found["jobs"]}


def wait(until: Callable[[], bool], *, within_s: float = 180) -> None:
    end_s = time.monotonic() + within_s
    while not until():
        assert time.monotonic() < end_s, f"Not within {within_s} s."
        time.sleep(0.1)


def over(told: Callable[[], dict[str, Any]]) -> bool:
    return states(told()) <= {"done", "failed", "cancelled"}


@pytest.mark.slow
def test_workers_do_each_job_once_while_two_processes_add_them(
    run: Callable[..., str], told: Told, process: Start
) -> None:
    count, half = cases(2, 4), cases(10, 100)
    run("prepare")
    workers = [process(LEDGER, "work") for _ in range(count)]
    parts = ((1, half), (half + 1, 2 * half))
    adding = [process(LEDGER, "enqueue", str(first), str(last), "0") for first, last in parts]
    assert [one.wait(180) for one in adding] == [0, 0]
    wait(lambda: over(told))
    found = told()
    for one in workers:
        one.terminate()
    ended = [one.communicate(timeout=60) for one in workers]
    assert [one.returncode for one in workers] == [0] * count
    assert [said for _, said in ended] == [""] * count
    assert [one.communicate()[1] for one in adding] == ["", ""]
    assert states(found) == {"done"}
    assert sorted(found["lines"].values()) == list(range(1, 2 * half + 1))
    assert set(found["runs"].values()) == {1}
    assert found["balance"] == (2 * half + 1) * half
    assert all(job["result"] == {"number": job["number"]} for job in found["jobs"])


def test_workers_killed_at_random_moments_lose_nothing_and_do_nothing_twice(
    run: Callable[..., str], told: Told, process: Start, environment: dict[str, str]
) -> None:
    environment["WINLOSS_JOB_ATTEMPTS"] = "20"
    chance, last, kills = random.Random(20260301), cases(6, 40), cases(1, 6)
    run("prepare")
    run("enqueue", "1", str(last), "0.3")
    workers = [process(LEDGER, "work") for _ in range(2)]
    for _ in range(kills):
        time.sleep(chance.uniform(0.3, 1.2))
        at = chance.randrange(len(workers))
        workers[at].stdout.readline()  # type: ignore[union-attr]  # piped; it has begun
        workers[at].send_signal(signal.SIGKILL)
        found = told()
        assert {job["id"] for job in found["jobs"] if job["state"] == "done"} <= set(found["lines"])
        workers[at] = process(LEDGER, "work")
    wait(lambda: over(told))
    found = told()
    assert states(found) == {"done"}
    assert sorted(found["lines"].values()) == list(range(1, last + 1))
    assert found["balance"] == (last + 1) * last // 2
    assert sum(job["attempts"] for job in found["jobs"]) <= last + kills
    assert all(found["runs"][job["id"]] <= job["attempts"] for job in found["jobs"])


@pytest.mark.slow
def test_a_worker_told_to_end_gives_its_job_back_and_it_begins_again_elsewhere(
    run: Callable[..., str], told: Told, process: Start
) -> None:
    run("prepare")
    run("enqueue", "1", "1", "30")
    worker = process(LEDGER, "work")
    wait(lambda: states(told()) == {"running"})
    worker.terminate()
    assert worker.wait(60) == 0
    back = told()["jobs"][0]
    assert (back["state"], back["attempts"]) == ("queued", 0)
    process(LEDGER, "work")
    wait(lambda: states(told()) == {"running"})
    assert told()["jobs"][0]["attempts"] == 1


@pytest.mark.slow
def test_a_job_that_does_not_hear_that_its_worker_ends_is_given_back_all_the_same(
    run: Callable[..., str], environment: dict[str, str], process: Start
) -> None:
    run("prepare")
    run("deafen")
    told = partial(ledger.tell, environment, ledger.DEAF)
    worker = process(LEDGER, "work")
    wait(lambda: states(told()) == {"running"})
    worker.terminate()
    assert "did not stop in time: it is given back" in worker.communicate(timeout=60)[1]
    assert worker.returncode == 0
    assert [(job["state"], job["attempts"]) for job in told()["jobs"]] == [("queued", 0)]


@pytest.mark.slow
def test_a_frozen_worker_that_wakes_up_after_its_lease_writes_no_result(
    run: Callable[..., str], told: Told, process: Start
) -> None:
    run("prepare")
    run("enqueue", "1", "1", "6")
    frozen = process(LEDGER, "work")
    wait(lambda: states(told()) == {"running"})
    frozen.send_signal(signal.SIGSTOP)
    process(LEDGER, "work")
    wait(lambda: over(told))
    found = told()
    assert (found["jobs"][0]["attempts"], found["jobs"][0]["state"]) == (2, "done")
    frozen.send_signal(signal.SIGCONT)
    time.sleep(3)
    after = told()
    assert after["jobs"] == found["jobs"]
    assert (len(after["lines"]), after["balance"]) == (1, 1)
    frozen.terminate()
    assert frozen.wait(60) == 0

"""A ledger that jobs write to, to see that each job's effect is there once; and the processes that fill it.

`python ledger.py prepare | enqueue FIRST LAST PAUSE_S [EVERY_S] | deafen | work` in a home folder (WINLOSS_HOME). A job adds its number to a
balance, together with a line that says so: a second run of the same job finds the line and adds nothing.
"""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import sys
import time
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from winloss.cli.web import configured, prepare, ready

KIND, DEAF = "ledger", "deaf"
_TABLES = (
    "CREATE TABLE ledger_line (job varchar(40) PRIMARY KEY, number integer NOT NULL)",
    "CREATE TABLE ledger_run (job varchar(40) NOT NULL)",
    "CREATE TABLE ledger_balance (total integer NOT NULL)",
    "INSERT INTO ledger_balance VALUES (0)",
)


def write(running: Any, *, number: int, pause_s: float) -> dict[str, int]:
    """The handler: half of its time before the effect, half after."""
    running.progress("Writing", 0, 1)
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO ledger_run VALUES (%s)", [running.job_id])
    _spend(running, pause_s / 2)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("INSERT INTO ledger_line VALUES (%s, %s) ON CONFLICT DO NOTHING", [running.job_id, number])
        if cursor.rowcount:
            cursor.execute("UPDATE ledger_balance SET total = total + %s", [number])
    _spend(running, pause_s / 2)
    running.progress("Written", 1, 1)
    return {"number": number}


def deaf(_running: Any) -> None:
    """A handler that never says how far it is, and so never hears that it is to end."""
    time.sleep(600)


def _spend(running: Any, pause_s: float) -> None:
    until_s = time.monotonic() + pause_s
    while time.monotonic() < until_s:
        time.sleep(min(0.05, pause_s))
        running.progress("Writing", 0, 1)


def register() -> None:
    from winloss.web.jobs import registry

    registry.handles(KIND)(write)
    registry.handles(DEAF)(deaf)


def enqueue(first: int, last: int, pause_s: float, every_s: float = 0) -> None:
    """Enqueue the jobs `first` to `last`; the number of each is printed once it is in the queue for good."""
    from winloss.web.jobs import services

    for number in range(first, last + 1):
        services.enqueue(KIND, {"number": number, "pause_s": pause_s}, key=f"ledger {number}")
        print(number, flush=True)
        time.sleep(every_s)


def work() -> None:
    """A worker, until it is told to end."""
    from winloss.web.jobs.worker import Worker

    worker = Worker()
    signal.signal(signal.SIGTERM, lambda *_: worker.stop())
    print("ready", flush=True)
    worker.run()


def tell(environment: Mapping[str, str], kind: str = KIND) -> dict[str, Any]:
    """What the page of jobs says and what stands in the ledger, asked without Django."""
    url = environment.get("WINLOSS_DATABASE_URL")
    if url:
        import psycopg

        opened: Any = psycopg.connect(url)
    else:
        opened = sqlite3.connect(Path(environment["WINLOSS_HOME"]) / "winloss.sqlite3", timeout=20)
    with closing(opened):
        told = opened.execute(
            f"SELECT id, state, attempts, args, result FROM jobs_job WHERE kind = '{kind}'"
        ).fetchall()
        lines = opened.execute("SELECT job, number FROM ledger_line").fetchall()
        runs = opened.execute("SELECT job, count(*) FROM ledger_run GROUP BY job").fetchall()
        balance = opened.execute("SELECT total FROM ledger_balance").fetchone()[0]
    return {"jobs": [_job(*job) for job in told], "lines": dict(lines), "runs": dict(runs), "balance": balance}


def _job(id_: Any, state: str, attempts: int, args: Any, result: Any) -> dict[str, Any]:
    given, found = (json.loads(value) if isinstance(value, str) else value for value in (args, result))
    return {
        "id": str(UUID(str(id_))),
        "state": state,
        "attempts": attempts,
        "number": given.get("number", 0),
        "result": found,
    }


def main(what: str, *numbers: str) -> None:
    if what == "prepare":
        prepare(configured(None))
        with connection.cursor() as cursor:
            for statement in _TABLES:
                cursor.execute(statement)
        return
    ready(None)
    register()
    if what == "enqueue":
        enqueue(int(numbers[0]), int(numbers[1]), *map(float, numbers[2:]))
    elif what == "deafen":
        from winloss.web.jobs import services

        services.enqueue(DEAF)
    else:
        work()


def environment(home: Path, **further: str) -> dict[str, str]:
    """Of a process of winloss in a home folder: what is set around it does not count."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("WINLOSS_")}
    source = str(Path(__file__).resolve().parents[1] / "src")
    return kept | {"PYTHONPATH": source, "WINLOSS_HOME": str(home), "WINLOSS_JOB_LEASE_S": "5"} | further


if __name__ == "__main__":
    main(*sys.argv[1:])

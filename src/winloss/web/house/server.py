"""The processes of `winloss serve`: those that answer requests, and a worker beside them that is started again when it dies."""

from __future__ import annotations

import logging
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from copy import deepcopy
from functools import partial
from pathlib import Path
from typing import Any

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

APPLICATION = "winloss.web.wsgi:application"
METRICS_DIR = "PROMETHEUS_MULTIPROC_DIR"
_THREADS = min(8, 2 * (os.cpu_count() or 1) + 1)
"""Requests that one process answers at the same time; each may hold a connection to the database."""
_END_S = 5
"""Seconds that requests under way, and the job in hand, have to end."""
_RESTED_S, _LONGEST_REST_S = 1.0, 30.0
_ACCESS = '%(addr)s "%(method)s %(path)s" %(status)d %(dt_ms).1f ms'
_log = logging.getLogger("winloss.serve")


class Beside(threading.Thread):
    """Keeps one worker process running until it is told to end."""

    def __init__(self, command: list[str]) -> None:
        super().__init__(name="beside", daemon=True)
        self._command = command
        self._ending = False

    def end(self) -> None:
        """Have the worker end; safe in a signal handler, for it takes no lock."""
        self._ending = True

    def run(self) -> None:
        rest_s = _RESTED_S
        while True:
            begun_s = time.monotonic()
            try:
                code = self._one()
            except OSError:  # no memory, no process left: later, perhaps
                _log.exception("No worker could be started")
                code = 1
            if self._ending:
                return
            rest_s = _RESTED_S if time.monotonic() - begun_s > _LONGEST_REST_S else min(2 * rest_s, _LONGEST_REST_S)
            _log.warning("The worker ended (%s); another one begins.", _why(code))
            self._pause(rest_s)

    def _one(self) -> int:
        """Run one worker to its end; its exit code."""
        with subprocess.Popen(self._command, stdin=subprocess.DEVNULL) as worker:  # noqa: S603  # our own program
            while worker.poll() is None and not self._ending:
                time.sleep(0.2)
            if worker.poll() is None:
                worker.terminate()
                try:
                    worker.wait(timeout=_END_S + 3)
                except subprocess.TimeoutExpired:
                    worker.kill()
        return int(worker.returncode)

    def _pause(self, rest_s: float) -> None:
        until_s = time.monotonic() + rest_s
        while time.monotonic() < until_s and not self._ending:
            time.sleep(0.2)


class Server(Granian):  # type: ignore[misc,valid-type]  # the library is not typed
    """Granian, which ends the worker beside it at once when it is told to end itself."""

    beside: Beside | None = None

    def signal_handler_interrupt(self, *args: Any, **kwargs: Any) -> None:
        if self.beside is not None:
            self.beside.end()
        super().signal_handler_interrupt(*args, **kwargs)


def serve(
    *,
    host: str,
    port: int,
    processes: int,
    run: Path,
    logging_as: dict[str, Any],
    access_log: bool,
    beside: Beside | None,
    opened: Callable[[], None],
) -> None:
    """Answer requests until told to end (Ctrl-C, SIGTERM).

    Parameters
    ----------
    run
        Folder for what the running processes count together.
    logging_as
        The logging configuration of the application.
    beside
        The worker to keep running; None: no worker.
    opened
        Called when the port is open.
    """
    multiprocessing.set_start_method("spawn", force=True)  # no connection and no thread of this process is taken along
    counters = _counters(run)
    os.environ[METRICS_DIR] = str(counters)
    server = _server(host, port, processes, logging_as, access_log=access_log)
    server.beside = beside
    if beside is not None:
        server.on_startup(beside.start)
    server.on_startup(opened)
    try:
        server.serve(target_loader=partial(load, parent=os.getpid()))
    finally:
        if beside is not None and beside.is_alive():
            beside.end()
            beside.join()
        shutil.rmtree(counters, ignore_errors=True)


def _server(host: str, port: int, processes: int, logging_as: dict[str, Any], *, access_log: bool) -> Server:
    return Server(
        APPLICATION,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=processes,
        blocking_threads=_THREADS,
        backlog=1024,
        websockets=False,
        log_level=LogLevels.warning,
        log_dictconfig=_logging(logging_as),
        log_access=access_log,
        log_access_format=_ACCESS,
        respawn_failed_workers=True,
        workers_kill_timeout=_END_S,
    )


def load(target: str, *, parent: int) -> Any:
    """The application, in a process that ends when the one that started it is gone."""
    threading.Thread(target=_end_with, args=(parent,), name="orphan", daemon=True).start()
    from granian._internal import load_target

    return load_target(target)


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.5)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_END_S)
    os._exit(1)


def worker_command(home: Path) -> list[str]:
    """How a worker is started that ends with this process."""
    return [sys.executable, "-m", "winloss", "worker", "--home", str(home), "--beside", str(os.getpid())]


def _counters(run: Path) -> Path:
    """A folder for the counters of this server; those of servers that are gone are removed."""
    for old in run.glob("metrics-*"):
        if not _lives(int(old.name.partition("-")[2])):
            shutil.rmtree(old, ignore_errors=True)
    folder = run / f"metrics-{os.getpid()}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def _lives(pid: int) -> bool:
    if os.name != "posix":
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _logging(application: dict[str, Any]) -> dict[str, Any]:
    """Granian's own lines, and those of requests, written as the application writes its own."""
    told = deepcopy(application)
    handler = {"handlers": ["stderr"], "level": "INFO", "propagate": False}
    told["loggers"] = {**told.get("loggers", {}), "_granian": dict(handler), "granian.access": dict(handler)}
    return told


def _why(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"

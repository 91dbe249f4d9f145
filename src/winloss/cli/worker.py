"""`winloss worker`: does the jobs of a home folder, alone or beside others."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import typer

from winloss.cli import web

ONCE = typer.Option(False, "--once", help="Do what may begin now, then end.")
BESIDE = typer.Option(0, "--beside", hidden=True, help="Process id of the server that it ends with.")


def register(app: typer.Typer) -> None:
    """Add `worker`."""
    app.command("worker")(worker)


def worker(home: Path | None = web.HOME, once: bool = ONCE, beside: int = BESIDE) -> None:
    """Do the jobs that wait: imports, refreshes, regular work. Several workers share the work."""
    config = web.configured(home)
    if beside:
        web.ready(home)
    else:
        web.prepare(config)
    from winloss.web.jobs.worker import Worker

    one = Worker(parent=beside)

    def end(_number: int, _frame: Any) -> None:
        one.stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    if not beside and not once:
        typer.echo(f"A worker does the jobs of {config.home}. Ctrl-C ends it.")
    done = one.run(once=once)
    if once:
        typer.echo(f"{done:,} {'job' if done == 1 else 'jobs'} done or failed; none is left that may begin now.")

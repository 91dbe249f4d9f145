"""The application in the background: begun by `winloss serve --detach`, ended by `winloss stop`."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from winloss.cli import web

if TYPE_CHECKING:
    from winloss.web.config import Config

LONGEST_S = 120
"""The first start makes the database and collects static files."""
OPEN = "winloss is open at"
_PID, _LOG = "serve.pid", "serve.log"


def register(app: typer.Typer) -> None:
    """Add `stop`."""
    app.command("stop")(stop)


def stop(home: Path | None = web.HOME) -> None:
    """End the application that `winloss serve --detach` began."""
    config = web.configured(home)
    pid = running(config)
    if pid is None:
        typer.echo(f"No winloss runs in the background on {config.home}.")
        return
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
    until_s = time.monotonic() + LONGEST_S
    while running(config) is not None and time.monotonic() < until_s:
        time.sleep(0.1)
    (config.run / _PID).unlink(missing_ok=True)
    typer.echo(f"Ended the winloss on {config.home}.")


def begin(config: Config, arguments: list[str], *, address: str) -> None:
    """Start it in the background and wait until it answers.

    Raises
    ------
    UserError
        Where it ends instead: with what it said last.
    """
    from winloss.errors import UserError

    config.run.mkdir(parents=True, exist_ok=True, mode=0o700)
    log = config.run / _LOG
    log.write_bytes(b"")
    with log.open("ab") as out:  # at its end, wherever that is: somebody may be taken out of it meanwhile
        process = subprocess.Popen(  # noqa: S603  # our own program
            [sys.executable, "-m", "winloss", "serve", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    (config.run / _PID).write_text(str(process.pid), encoding="ascii")
    until_s = time.monotonic() + LONGEST_S
    while not (_answers(address) and OPEN in log.read_text(encoding="utf-8", errors="replace")):
        if process.poll() is not None or time.monotonic() > until_s:
            (config.run / _PID).unlink(missing_ok=True)
            process.kill()
            said = log.read_text(encoding="utf-8", errors="replace").strip().splitlines() or ["it said nothing"]
            raise UserError(f"The application did not open: {said[-1].removeprefix('winloss: ')}")
        time.sleep(0.2)
    typer.echo(
        log.read_text(encoding="utf-8", errors="replace")
        .replace("Ctrl-C ends it.", f"`winloss stop --home {config.home}` ends it.")
        .rstrip()
    )


def running(config: Config) -> int | None:
    """The process id of the application in the background, where one lives."""
    try:
        pid = int((config.run / _PID).read_text(encoding="ascii"))
        os.kill(pid, 0)
    except (OSError, ValueError):
        return None
    return None if _ended(pid) else pid


def _ended(pid: int) -> bool:
    """Whether it is only waiting to be told of: a child of ours that has ended, or another program under its number."""
    with suppress(ChildProcessError):
        return os.waitpid(pid, os.WNOHANG) != (0, 0)
    told = Path(f"/proc/{pid}/cmdline")
    return told.exists() and b"winloss" not in told.read_bytes()


def answered(address: str) -> bool:
    """Wait until something answers at an address; False where nothing does for two minutes."""
    until_s = time.monotonic() + LONGEST_S
    while time.monotonic() < until_s:
        if _answers(address):
            return True
        time.sleep(0.2)
    return False


def _answers(address: str) -> bool:
    from urllib.error import HTTPError, URLError
    from urllib.request import urlopen

    try:
        with urlopen(f"{address}/healthz", timeout=2) as answer:  # noqa: S310  # our own address
            return bool(answer.status == 200)
    except HTTPError as error:  # open, and something is amiss: its pages and its log say what
        return error.code == 503  # as /healthz answers
    except (URLError, OSError):
        return False

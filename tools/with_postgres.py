"""Run a command beside a PostgreSQL server of its own: `python tools/with_postgres.py pytest tests/web`.

The server is made in a folder for the time being, from Debian's programs, listens on 127.0.0.1 alone and is gone when the
command ends. The command finds its address in WINLOSS_DATABASE_URL.
"""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from debian import MissingError, program  # type: ignore[import-not-found]  # beside this script

NAME = "winloss"
_START_S, _STOP_S = 60, 20
_FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=60", "shared_buffers=64MB")
"""What is lost when the machine stops does not matter here."""


@contextmanager
def served() -> Iterator[str]:
    """A server with an empty database, by its address."""
    bin_: Path = program("postgresql").parent
    place = Path(tempfile.mkdtemp(prefix="winloss-postgres-"))
    owner = _owner(place)
    try:
        password = secrets.token_hex(16)
        _made(bin_, place, password, owner)
        port = _free_port()
        server = _started(bin_, place, port, owner)
        try:
            _wait(bin_, server, place, port)
            _create(port, password)
            yield f"postgresql://{NAME}:{password}@127.0.0.1:{port}/{NAME}"
        finally:
            _stop(server)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _owner(place: Path) -> dict[str, Any]:
    """PostgreSQL refuses to be run by root: whose it is instead, as arguments of `subprocess`."""
    if os.geteuid() != 0:
        return {}
    names = {one.pw_name: one for one in pwd.getpwall()}
    user = names.get("postgres") or names["nobody"]
    os.chown(place, user.pw_uid, user.pw_gid)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _made(bin_: Path, place: Path, password: str, owner: dict[str, Any]) -> None:
    # Handed over by a file: arguments of a process are read by everybody.
    words = place / "password"
    words.write_text(password, encoding="ascii")
    if owner:
        os.chown(words, owner["user"], owner["group"])
    words.chmod(0o600)
    asked = [str(bin_ / "initdb"), "-D", str(place / "data"), "-U", NAME, "-A", "scram-sha-256", f"--pwfile={words}"]
    asked += ["-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
    done = subprocess.run(asked, cwd=place, check=False, text=True, capture_output=True, **owner)
    if done.returncode:
        raise MissingError(f"PostgreSQL cannot make a database here: {done.stderr.strip()}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _started(bin_: Path, place: Path, port: int, owner: dict[str, Any]) -> subprocess.Popen[bytes]:
    asked = [str(bin_ / "postgres"), "-D", str(place / "data"), "-p", str(port)]
    for setting in ("listen_addresses=127.0.0.1", "unix_socket_directories=", "timezone=UTC", *_FAST):
        asked += ["-c", setting]
    with (place / "log").open("wb") as log:
        # In a group of its own: Ctrl-C is for the command, and the server stops after it.
        return subprocess.Popen(asked, cwd=place, stdout=log, stderr=log, start_new_session=True, **owner)


def _wait(bin_: Path, server: subprocess.Popen[bytes], place: Path, port: int) -> None:
    ready = [str(bin_ / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
    ends = time.monotonic() + _START_S
    while subprocess.run(ready, check=False, cwd=place).returncode:
        if server.poll() is not None or time.monotonic() > ends:
            raise MissingError(f"PostgreSQL did not start: {(place / 'log').read_text(errors='replace')[-1000:]}")
        time.sleep(0.1)


def _create(port: int, password: str) -> None:
    import psycopg

    where = {"host": "127.0.0.1", "port": port, "user": NAME, "password": password, "dbname": "postgres"}
    with psycopg.connect(**where, autocommit=True) as connection:  # type: ignore[arg-type]  # told apart by name
        connection.execute(f"CREATE DATABASE {NAME}")


def _stop(server: subprocess.Popen[bytes]) -> None:
    if server.poll() is not None:
        return
    server.send_signal(signal.SIGINT)
    try:
        server.wait(_STOP_S)
    except subprocess.TimeoutExpired:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()


def _leave(number: int, _frame: FrameType | None) -> None:
    sys.exit(128 + number)


def main(command: list[str]) -> int:
    if not command:
        print("Say which command to run: python tools/with_postgres.py pytest tests/web", file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, _leave)  # so that the server is stopped then as well
    try:
        with served() as address:
            return subprocess.run(command, check=False, env={**os.environ, "WINLOSS_DATABASE_URL": address}).returncode
    except MissingError as missing:
        print(missing, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

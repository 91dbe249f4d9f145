"""`winloss serve` and `winloss worker`, as processes."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import psutil  # type: ignore[import-untyped]  # has no types
import pytest

Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture
def serve(process: Start, home: Path, port: int) -> Callable[..., subprocess.Popen[str]]:
    def start(*arguments: str, **further: str) -> subprocess.Popen[str]:
        return process("-m", "winloss", "serve", "--home", str(home), "--port", str(port), *arguments, **further)

    return start


def asked(port: int, path: str, **headers: str) -> tuple[int, str]:
    try:
        with urlopen(Request(f"http://127.0.0.1:{port}{path}", headers=headers), timeout=10) as answer:
            return int(answer.status), answer.read().decode()
    except HTTPError as error:
        return error.code, error.read().decode()


def health(port: int, query: str = "") -> dict[str, Any]:
    try:
        status, body = asked(port, f"/healthz{query}")
    except (URLError, ConnectionError):
        return {"ok": False}
    told: dict[str, Any] = json.loads(body)
    assert told["ok"] is (status == 200)
    return told


def wait(until: Callable[[], Any], *, within_s: float = 180) -> Any:
    end_s = time.monotonic() + within_s
    while not (found := until()):
        assert time.monotonic() < end_s, f"Not within {within_s} s."
        time.sleep(0.2)
    return found


def worker_of(server: subprocess.Popen[str]) -> psutil.Process | None:
    for child in psutil.Process(server.pid).children():
        with suppress(psutil.Error):  # it just ended
            if "worker" in child.cmdline():
                return child
    return None


def family(server: subprocess.Popen[str]) -> list[psutil.Process]:
    return [psutil.Process(server.pid), *psutil.Process(server.pid).children(recursive=True)]


def test_serve_makes_what_is_missing_says_where_it_is_open_and_ends_cleanly(
    serve: Callable[..., subprocess.Popen[str]], port: int, home: Path
) -> None:
    server = serve("--access-log", WINLOSS_LOG_FORMAT="json")
    told = wait(lambda: (found := health(port, "?worker=1")) and found["ok"] and found)
    assert (told["database"], told["worker"], told["book"]) == (True, True, None)
    assert (home / "secret.keys").stat().st_mode & 0o777 == 0o600
    assert (home / "static" / "house").is_dir()
    status, figures = asked(port, "/metrics")
    assert status == 200
    assert 'winloss_request_duration_seconds_count{route="house:healthz",status="200"}' in figures
    assert "winloss_workers 1.0" in figures
    assert asked(port, "/metrics", **{"X-Forwarded-For": "192.0.2.1"})[0] == 404
    assert asked(port, "/accounts/login/")[0] == 200
    all_of_it = family(server)
    server.send_signal(signal.SIGTERM)
    out, err = server.communicate(timeout=60)
    assert server.returncode == 0
    assert out.splitlines()[0] == f"winloss is open at http://127.0.0.1:{port} with its data in {home}. Ctrl-C ends it."
    assert len(out.splitlines()) == 2
    lines = [json.loads(line) for line in err.splitlines()]
    assert any(re.match(r'127\.0\.0\.1:?\d* "GET /healthz" 200 ', line["message"]) for line in lines)
    assert [line for line in lines if line["level"] in ("warning", "error") and line["logger"] != "_granian"] == []
    assert psutil.wait_procs(all_of_it, timeout=10)[1] == []
    assert list((home / "run").glob("metrics-*")) == list((home / "run" / "workers").iterdir()) == []


@pytest.mark.slow
def test_a_worker_that_is_killed_is_started_again_and_nothing_outlives_a_killed_server(
    serve: Callable[..., subprocess.Popen[str]], port: int
) -> None:
    server = serve()
    first = wait(lambda: health(port, "?worker=1")["ok"] and worker_of(server))
    first.kill()
    second = wait(lambda: (found := worker_of(server)) and found.pid != first.pid and found)
    wait(lambda: health(port)["worker"])
    assert second.is_running()
    all_of_it = family(server)
    server.kill()
    assert psutil.wait_procs([one for one in all_of_it if one.pid != server.pid], timeout=20)[1] == []
    assert "The worker ended (signal 9); another one begins." in server.communicate()[1]
    again = serve()
    wait(lambda: health(port, "?worker=1")["ok"])
    again.send_signal(signal.SIGINT)
    assert again.wait(90) == 0


@pytest.mark.slow
def test_without_a_worker_pages_are_served_and_health_tells_of_it(
    serve: Callable[..., subprocess.Popen[str]], port: int
) -> None:
    server = serve("--no-worker")
    told = wait(lambda: (found := health(port)) and found["ok"] and found)
    assert told["worker"] is False
    assert health(port, "?worker=1")["ok"] is False
    assert worker_of(server) is None


@pytest.mark.slow
def test_a_port_that_is_taken_is_said_in_a_sentence(
    serve: Callable[..., subprocess.Popen[str]], port: int, home: Path
) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        server = serve()
        err = server.communicate(timeout=180)[1]
    assert server.returncode == 2
    assert err.startswith(f"winloss: Port {port} on 127.0.0.1 cannot be opened (Address already in use): ")
    assert len(err.splitlines()) == 1
    assert list(home.iterdir()) == []


@pytest.mark.parametrize("command", [pytest.param("serve", marks=pytest.mark.slow), "worker"])
def test_a_home_that_cannot_be_written_to_is_said_in_a_sentence(
    process: Start, tmp_path: Path, port: int, command: str
) -> None:
    (tmp_path / "file").write_text("")
    place = tmp_path / "file" / "home"
    at = ["--port", str(port)] if command == "serve" else []
    one = process("-m", "winloss", command, "--home", str(place), *at, WINLOSS_HOME=str(place))
    err = one.communicate(timeout=180)[1]
    assert one.returncode == 2
    assert err.startswith(f"winloss: The home folder {place} cannot be written to (")
    assert len(err.splitlines()) == 1


@pytest.mark.slow
def test_a_database_that_is_away_is_said_in_a_sentence_without_its_password(
    process: Start, home: Path, port: int
) -> None:
    url = f"postgresql://ada:very-secret@127.0.0.1:{port}/winloss"
    one = process("-m", "winloss", "worker", "--home", str(home), WINLOSS_DATABASE_URL=url)
    err = one.communicate(timeout=180)[1]
    assert one.returncode == 2
    assert err.startswith(f"winloss: The database at 127.0.0.1:{port}/winloss cannot be reached (")
    assert "very-secret" not in err
    assert len(err.splitlines()) == 1


@pytest.mark.slow
def test_a_worker_alone_does_what_waits_and_ends(process: Start, home: Path) -> None:
    one = process("-m", "winloss", "worker", "--home", str(home), "--once")
    out, err = one.communicate(timeout=180)
    assert (one.returncode, err) == (0, "")
    assert out == "2 jobs done or failed; none is left that may begin now.\n"  # regular work
    again = process("-m", "winloss", "worker", "--home", str(home), "--once").communicate(timeout=180)[0]
    assert again.startswith("0 jobs done")


@pytest.mark.slow
def test_two_that_begin_at_once_make_one_home(process: Start, home: Path) -> None:
    both = [process("-m", "winloss", "worker", "--home", str(home), "--once") for _ in range(2)]
    assert [one.communicate(timeout=180)[1] for one in both] == ["", ""]
    assert [one.returncode for one in both] == [0, 0]
    assert len((home / "secret.keys").read_text().splitlines()) == 1


@pytest.mark.slow
def test_a_worker_ends_with_the_server_it_runs_beside(process: Start, home: Path) -> None:
    process("-m", "winloss", "worker", "--home", str(home), "--once").communicate(timeout=180)
    elsewhere = os.getppid()
    orphan = process("-m", "winloss", "worker", "--home", str(home), "--beside", str(elsewhere))
    assert orphan.wait(90) == 0

"""Kill the server and its worker at random moments during uploads: what was acknowledged lands once, and pages tell the truth.

`winloss serve` runs on a home folder; a person uploads exports of other deals, one after the other, and has each imported. At
random moments the server with all it began, or its worker alone, is killed (SIGKILL) and the server begun again. What was
not acknowledged is sent again, as people do. At the end: every upload is told as imported, every deal is in the book once, each
upload made one version, no job runs or waits, the log of who did what is whole, and the page of results counts every deal.
"""

from __future__ import annotations

import os
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # it ships no types
import requests

ROWS = 12
"""Deals of an upload."""
EMAIL, PASSWORD = "first@example.test", "a long enough password"  # of a folder that passes
EVERY_S = (4.0, 20.0)
"""A kill comes so long after the server is back."""
LONGEST_S = 900.0
_ROW = re.compile(r"/sources/uploads/([0-9a-f-]{36})/")


class House:
    """The application on a home folder, killed and begun again."""

    def __init__(self, home: Path) -> None:
        self.home, self.port = home, _free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.kills = 0
        self._lock = threading.Lock()
        told = {**os.environ, "WINLOSS_ADMIN_PASSWORD": PASSWORD, "WINLOSS_ADDRESS": self.address}
        self.environment = {**told, "WINLOSS_JOB_LEASE_S": "5", "WINLOSS_JOB_ATTEMPTS": "50", "WINLOSS_WORKERS": "1"}
        self.run("init", "--home", str(home), "--email", EMAIL, "--name", "First")
        self.begin()

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "winloss", *arguments]
        return subprocess.run(command, env=self.environment, check=True, capture_output=True, text=True)

    def begin(self) -> None:
        command = [sys.executable, "-m", "winloss", "serve", "--home", str(self.home), "--port", str(self.port)]
        quiet = subprocess.DEVNULL
        self.process = subprocess.Popen(
            command, env=self.environment, stdout=quiet, stderr=quiet, start_new_session=True
        )
        until_s = time.monotonic() + 90
        while time.monotonic() < until_s:
            with suppress(requests.RequestException):
                if requests.get(f"{self.address}/healthz", timeout=2).ok:
                    return
            time.sleep(0.2)
        raise SystemExit("The server did not come back.")

    def kill(self, *, worker_only: bool) -> None:
        """Kill the worker alone, or everything; then begin what is gone again."""
        with self._lock, suppress(psutil.NoSuchProcess):
            self.kills += 1
            children = psutil.Process(self.process.pid).children(recursive=True)
            workers = [one for one in children if "worker" in one.cmdline()]
            if worker_only and workers:
                workers[0].send_signal(signal.SIGKILL)
                return
            for one in (psutil.Process(self.process.pid), *children):
                with suppress(psutil.NoSuchProcess):
                    one.send_signal(signal.SIGKILL)
            self.process.wait()
            self.begin()


class Person:
    """Somebody with a browser, who tries again where nothing came back."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.session = requests.Session()
        self.insist(self._sign_in)

    def insist(self, do: Callable[[], requests.Response]) -> requests.Response:
        until_s = time.monotonic() + LONGEST_S
        while time.monotonic() < until_s:
            with suppress(requests.RequestException):
                answer = do()
                if answer.status_code < 500:
                    return answer
            time.sleep(0.3)
        raise SystemExit("Nothing answered for too long.")

    def _sign_in(self) -> requests.Response:
        address = f"{self.house.address}/accounts/login/"
        self.session.get(address, timeout=20).raise_for_status()
        asked = {"login": EMAIL, "password": PASSWORD, "csrfmiddlewaretoken": self._token()}
        return self.session.post(address, data=asked, headers={"Referer": address}, timeout=20)

    def _token(self) -> str:
        return self.session.cookies.get("csrftoken") or ""

    def get(self, path: str) -> str:
        return self.insist(lambda: self.session.get(self.house.address + path, timeout=20)).text

    def upload(self, number: int) -> str:
        """Send an export until it is acknowledged; the id of the upload. One that arrived unseen is recognised."""
        address = f"{self.house.address}/sources/uploads/new"

        def send() -> requests.Response:
            self.session.get(address, timeout=20)
            files = {"files": (f"export-{number}.csv", export(number), "text/csv")}
            asked = {"csrfmiddlewaretoken": self._token()}
            return self.session.post(address, data=asked, files=files, headers={"Referer": address}, timeout=30)

        answer = self.insist(send)
        found = _ROW.search(answer.url) or _ROW.search(answer.text)
        if found is None:
            raise SystemExit(f"Upload {number} was refused ({answer.status_code}).")
        return found[1]

    def have_imported(self, upload: str) -> None:
        """Ask for the import once it is read, until the page says that it is asked for."""
        to = f"{self.house.address}/sources/uploads/{upload}/import"

        def ask() -> requests.Response:
            asked = {"csrfmiddlewaretoken": self._token()}
            return self.session.post(to, data=asked, headers={"Referer": to}, timeout=20)

        until_s = time.monotonic() + LONGEST_S
        while time.monotonic() < until_s and (state := states(self.house, upload)) != "landed":
            if state == "inspected":
                self.insist(ask)
            time.sleep(0.3)


def states(house: House, upload: str) -> str:
    """The state of an upload as the database has it."""
    import sqlite3

    with suppress(sqlite3.OperationalError), sqlite3.connect(house.home / "winloss.sqlite3", timeout=20) as database:
        found = database.execute("SELECT state FROM sources_upload WHERE id = ?", [upload.replace("-", "")]).fetchone()
        return str(found[0]) if found else ""
    return ""


def export(number: int) -> bytes:
    """Deals that no other upload has."""
    lines = ["Deal ID,Deal Name,Stage,Amount,Created,Closed,Loss Reason"]
    for i in range(ROWS):
        won = (number + i) % 3 == 0
        ended = "Closed Won" if won else "Closed Lost"
        reason = "" if won else "Price"
        lines.append(
            f"{number}-{i},Deal {number} {i},{ended},{1000 + i},2026-01-{i + 1:02},2026-02-{i + 1:02},{reason}"
        )
    return ("\n".join(lines) + "\n").encode()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def main(n: int = 50, *, seed: int = 20260302) -> bool:
    """Upload `n` times; True where everything landed once and is told truly."""
    moments = random.Random(seed)  # noqa: S311  # moments, no secrets
    with tempfile.TemporaryDirectory(prefix="winloss-uploads-") as place:
        house = House(Path(place) / "home")
        over = threading.Event()

        def killing() -> None:
            while not over.wait(moments.uniform(*EVERY_S)):
                house.kill(worker_only=moments.random() < 0.5)

        killer = threading.Thread(target=killing, daemon=True)
        killer.start()
        person = Person(house)
        uploads = []
        for number in range(n):
            uploads.append(person.upload(number))
            person.have_imported(uploads[-1])
        over.set()
        killer.join()
        held, told = _judged(house, person, uploads)
        house.kill(worker_only=False)
        with suppress(psutil.NoSuchProcess):
            for one in (*psutil.Process(house.process.pid).children(recursive=True), psutil.Process(house.process.pid)):
                one.kill()
        house.process.wait()
    print("| uploads | kills | imported | versions | deals | of them once | jobs left | log | page |")
    print("|---:|---:|---:|---:|---:|---:|---:|---|---|")
    print(f"| {n} | {house.kills} | {told} |")
    return held


def _judged(house: House, person: Person, uploads: list[str]) -> tuple[bool, str]:
    import sqlite3

    from winloss.store import Book

    wanted = len(uploads) * ROWS
    left, until_s = 1, time.monotonic() + 300
    while left and time.monotonic() < until_s:
        time.sleep(1)
        with sqlite3.connect(house.home / "winloss.sqlite3", timeout=20) as database:
            asked = "SELECT count(*) FROM jobs_job WHERE state IN ('queued', 'running') AND key NOT LIKE 'every %'"
            left = database.execute(asked).fetchone()[0]
    landed = sum(states(house, upload) == "landed" for upload in uploads)
    book = Book.open(house.home / "book")
    with book.read() as view:
        ids = view.ask(view.tables["deals"].select("deal_id"))["deal_id"].to_pylist()
    version = book.manifest().version
    whole = house.run("audit", "verify", "--home", str(house.home)).returncode == 0
    page = f"{wanted:,} closed deals" in person.get("/overview/")
    told = [str(landed), str(version), str(len(ids)), str(len(set(ids))), str(left)]
    told += ["whole" if whole else "**broken**", "true" if page else "**wrong**"]
    held = (landed, version, len(ids), len(set(ids)), left) == (len(uploads), len(uploads), wanted, wanted, 0)
    return held and whole and page, " | ".join(told)


if __name__ == "__main__":
    sys.exit(not main(*map(int, sys.argv[1:])))

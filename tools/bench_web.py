"""Load the web application as 200 people would, and keep the table in docs/performance.md: `python tools/bench_web.py`.

A book of the demo company (1,000,000 deals; --deals says how many) is served by the installed program with two processes.
200 people (--users) sign in, then for five minutes (--seconds) open one page after another with 1 to 5 seconds between:

    overview 30 %, segments 15 %, reasons 15 %, deals 15 %, competitors 10 %, a segment nobody asked for yet 10 %, patterns 5 %

Pages but the new segment are of the whole book or of one of a few segments that were opened before the clock starts. A new
segment is the overview of a range of days and amounts that comes up once. The people are one process of asyncio on the same
processors as the server: what it takes is the server's loss.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlencode

import numpy as np
import psutil  # type: ignore[import-untyped]  # it ships no types

from winloss import refresh
from winloss.demo import invent, write
from winloss.store import Book

PAGE = Path(__file__).resolve().parents[1] / "docs" / "performance.md"
WINLOSS = Path(sys.executable).parent / "winloss"
BEGIN, END = "<!-- web: begin -->", "<!-- web: end -->"
EMAIL, PASSWORD = "load@example.test", "correct horse battery staple"  # of a home folder that goes away
COMPUTED_MS, NEW_MS = 250, 1500
NEW = "a new segment"
MIX: dict[str, tuple[str, int]] = {
    "overview": ("/overview/", 30),
    "reasons": ("/reasons/", 15),
    "competitors": ("/competitors/", 10),
    "segments": ("/attributes/", 15),
    "deals": ("/deals/", 15),
    "patterns": ("/patterns/", 5),
    NEW: ("/overview/", 10),
}
"""Kind of page → its address and how many of a hundred requests it is."""
KNOWN = ("", "industry = Retail", "region = North", 'lead_source = "Paid social"', "size_band = 50-149")
"""Segments that people look at again and again."""
PROCESSES, USERS, SECONDS, DEALS = 2, 200, 300, 1_000_000
START_S, COMPUTE_S, WAIT_S = 120, 1800, 60


@dataclass
class Seen:
    """What came of the requests."""

    taken_ms: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    wrong: list[str] = field(default_factory=list)
    midway_mb: float = 0.0
    """Memory of the server when half of the time was over."""


@dataclass
class Person:
    """One browser: a connection that stays open, and cookies."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    _streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, path: str, form: dict[str, str] | None = None) -> tuple[int, bytes]:
        """Status and body; once more on a new connection where the server had closed the old one."""
        fresh = self._streams is None
        try:
            return await asyncio.wait_for(self._ask(path, form), WAIT_S)
        except (ConnectionError, asyncio.IncompleteReadError):
            self.close()
            if fresh:
                raise
            return await asyncio.wait_for(self._ask(path, form), WAIT_S)

    async def _ask(self, path: str, form: dict[str, str] | None) -> tuple[int, bytes]:
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self.port, limit=2**20)
        reader, writer = self._streams
        body = urlencode(form).encode() if form is not None else b""
        head = [f"{'GET' if form is None else 'POST'} {path} HTTP/1.1", f"Host: 127.0.0.1:{self.port}"]
        head += [f"Cookie: {'; '.join(f'{name}={value}' for name, value in self.cookies.items())}"]
        if form is not None:
            head += [f"Content-Length: {len(body)}", "Content-Type: application/x-www-form-urlencoded"]
        writer.write("\r\n".join([*head, "", ""]).encode() + body)
        await writer.drain()
        return await self._answer(reader)

    async def _answer(self, reader: asyncio.StreamReader) -> tuple[int, bytes]:
        lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = [line.split(": ", 1) for line in lines[1:] if line]
        for name, value in headers:
            if name.lower() == "set-cookie":
                key, _, content = value.split(";")[0].partition("=")
                self.cookies[key] = content
        told = {name.lower(): value.lower() for name, value in headers}
        body = await self._body(reader, told)
        if told.get("connection") == "close":
            self.close()
        return int(lines[0].split()[1]), body

    @staticmethod
    async def _body(reader: asyncio.StreamReader, told: dict[str, str]) -> bytes:
        if told.get("transfer-encoding") != "chunked":
            return await reader.readexactly(int(told.get("content-length", 0)))
        parts = []
        while size := int(await reader.readline(), 16):
            parts.append(await reader.readexactly(size))
            await reader.readexactly(2)
        await reader.readexactly(2)
        return b"".join(parts)

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None

    async def sign_in(self) -> None:
        """By the form, as a browser does."""
        _, page = await self.ask("/accounts/login/")
        token = re.search(rb'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        if token is None:
            raise SystemExit("The page to sign in holds no form.")
        form = {"login": EMAIL, "password": PASSWORD, "csrfmiddlewaretoken": token[1].decode()}
        status, _ = await self.ask("/accounts/login/", form)
        if status != 302:
            raise SystemExit(f"Signing in was answered {status}.")


def address(kind: str, chance: random.Random) -> str:
    """An address of a kind of page, of the whole book or of some segment."""
    path = MIX[kind][0]
    segment = chance.choice(KNOWN)
    if kind == NEW:
        first = f"20{chance.choice((24, 25))}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}"
        low = chance.randint(1, 50_000)
        cents = f"amount_cents between {100 * low} and {100 * (low + chance.randint(10_000, 90_000))}"
        segment = f"{cents} and created_on between {first} and 2026-12-31"
    return path if not segment or kind == "patterns" else f"{path}?segment={quote(segment)}"


async def browse(person: Person, seen: Seen, ends: float, chance: random.Random) -> None:
    """Open pages until the time is over."""
    kinds, weights = list(MIX), [weight for _, weight in MIX.values()]
    await asyncio.sleep(chance.uniform(0, 5))
    while time.monotonic() < ends:
        kind = chance.choices(kinds, weights)[0]
        path, begun = address(kind, chance), time.perf_counter()
        try:
            status, body = await person.ask(path)
        except (ConnectionError, TimeoutError, asyncio.IncompleteReadError) as error:
            seen.wrong.append(f"{path}: {type(error).__name__}")
            person.close()
        else:
            seen.taken_ms[kind].append(1000 * (time.perf_counter() - begun))
            if status != 200 or b"<h1" not in body:
                seen.wrong.append(f"{path}: {status}")
        await asyncio.sleep(chance.uniform(1, 5))


async def load(port: int, server: psutil.Process, users: int, seconds: float) -> Seen:
    """Everybody at once; the cookies of one who signed in are everybody's, since signing in is limited."""
    first = Person(port)
    await first.sign_in()
    # Connections go to either process: enough of them, so that both have computed what is called computed.
    await asyncio.gather(*(warm(Person(port, dict(first.cookies))) for _ in range(8 * PROCESSES)))
    seen, ends = Seen(), time.monotonic() + seconds
    people = [Person(port, dict(first.cookies)) for _ in range(users)]

    async def midway() -> None:
        await asyncio.sleep(seconds / 2)
        seen.midway_mb = await asyncio.to_thread(memory_mb, server)

    everybody = (browse(one, seen, ends, random.Random(i)) for i, one in enumerate(people))  # noqa: S311  # chance
    await asyncio.gather(midway(), *everybody)
    for one in (first, *people):
        one.close()
    return seen


async def warm(person: Person) -> None:
    """Open every page that is not new."""
    for path, _ in MIX.values():
        for segment in KNOWN:
            await person.ask(f"{path}?segment={quote(segment)}" if segment else path)
    person.close()


async def computed(port: int) -> None:
    """Wait until the worker has computed the findings: before that the page of patterns answers 202."""
    person, ends = Person(port), time.monotonic() + COMPUTE_S
    await person.sign_in()
    while (await person.ask("/patterns/"))[0] == 202:
        if time.monotonic() > ends:
            raise SystemExit("The worker did not compute the findings in time.")
        await asyncio.sleep(2)
    person.close()


def environment(home: Path) -> dict[str, str]:
    env = {name: value for name, value in os.environ.items() if not name.startswith("WINLOSS_")}
    return env | {"WINLOSS_ADMIN_PASSWORD": PASSWORD, "WINLOSS_WORKERS": str(PROCESSES), "WINLOSS_HOME": str(home)}


def made(home: Path, deals: int) -> None:
    """A home folder with the demo company in it."""
    subprocess.run(
        [WINLOSS, "init", "--home", home, "--email", EMAIL, "--name", "Load"], check=True, env=environment(home)
    )
    shutil.rmtree(home / "book", ignore_errors=True)
    write(invent(deals, seed=1), home / "export", flavour="salesforce")
    refresh.import_files(
        Book.create(home / "book"), [home / "export" / "opportunities.csv"], options=refresh.ImportOptions()
    )


@contextlib.contextmanager
def served(home: Path) -> Iterator[tuple[int, psutil.Process]]:
    """The port and the process of a running server."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with (home / "serve.log").open("wb") as log:
        server = subprocess.Popen(
            [WINLOSS, "serve", "--home", home, "--port", str(port)],
            env=environment(home), stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    try:
        ends = time.monotonic() + START_S
        while time.monotonic() < ends:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.2)
        yield port, psutil.Process(server.pid)
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(60)


def memory_mb(server: psutil.Process) -> float:
    """Of the server and all it started, in megabytes; what they share is counted once."""
    total = 0
    for process in (server, *server.children(recursive=True)):
        with contextlib.suppress(psutil.Error):
            total += process.memory_full_info().pss
    return total / 2**20


def table_of(seen: Seen) -> list[str]:
    """A row a kind of page."""
    rows = []
    for kind in MIX:
        taken = seen.taken_ms[kind]
        if not taken:
            continue
        p50, p95, p99 = np.percentile(taken, [50, 95, 99])
        most = NEW_MS if kind == NEW else COMPUTED_MS
        held = "yes" if p95 <= most else "**no**"
        rows.append(f"| {kind} | {len(taken):,} | {p50:.0f} | {p95:.0f} | {p99:.0f} | at most {most} ms | {held} |")
    return rows


def keep(written: str) -> None:
    """Put the table between the markers of the page, or at its end under a heading of its own."""
    text, part = PAGE.read_text(encoding="utf-8"), f"{BEGIN}\n{written}\n{END}"
    if BEGIN in text:
        text = re.sub(f"{BEGIN}.*?{END}", lambda _: part, text, flags=re.S)
    else:
        text = f"{text.rstrip()}\n\n## The web application under load\n\n{_says()}\n\n{part}\n"
    PAGE.write_text(text, encoding="utf-8")


def _says() -> str:
    """What the module's docstring says of the load, for the page."""
    return (
        "`python tools/bench_web.py` serves a book of the demo company by `winloss serve` with two processes. 200 people open "
        "one page after another with 1 to 5 seconds between, for five minutes: "
        + ", ".join(f"{kind} {weight} %" for kind, (_, weight) in MIX.items())
        + ". All pages but the new segment are of segments that were opened before. The people are one process on the same "
        "processors as the server, so that what they take is missing there."
    )


def main() -> int:
    parser = argparse.ArgumentParser(description="Load the web application.")
    parser.add_argument("--deals", type=int, default=DEALS)
    parser.add_argument("--users", type=int, default=USERS)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--no-keep", action="store_true", help="leave docs/performance.md as it is")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="winloss-bench-") as place:
        home = Path(place) / "home"
        made(home, asked.deals)
        with served(home) as (port, server):
            asyncio.run(computed(port))
            before = memory_mb(server)
            seen = asyncio.run(load(port, server, asked.users, asked.seconds))
            after = memory_mb(server)
    requests = sum(map(len, seen.taken_ms.values()))
    head = "| page | requests | p50, ms | p95, ms | p99, ms | goal for p95 | holds |\n|---|--:|--:|--:|--:|---|---|"
    says = (
        f"{asked.deals:,} deals, {asked.users} people, {asked.seconds:.0f} s, {requests / asked.seconds:.0f} requests a second; "
        f"{len(seen.wrong)} errors. Memory of server and worker: {before:,.0f} MB when the load began, {seen.midway_mb:,.0f} MB "
        f"half-way, {after:,.0f} MB when it ended. {os.cpu_count()} processors, the load on the same."
    )
    written = "\n".join([head, *table_of(seen), "", says])
    print(written, *seen.wrong[:20], sep="\n")
    if not asked.no_keep:
        keep(written)
    return 1 if seen.wrong else 0


if __name__ == "__main__":
    sys.exit(main())

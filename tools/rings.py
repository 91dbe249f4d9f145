"""Run the rings of checks, each within its budget, one more at once than there are processors, for some wait for a browser.

`python tools/rings.py` runs all, `python tools/rings.py lint unit` those named. What is static comes first; once
that has failed nothing else is begun.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from threading import Event

HERE = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
TOTAL_S = 600

WARM = "from winloss.synthesize.segments import warm; warm()"
"""Compiles the kernels of the segment search beside the type checker, so that no two rings do it at once."""
QUICK = ["-m", "not browser and not slow"]
ON_A_SERVER = [
    f"tests/web/{part}"
    for part in (
        *("audit", "book/test_deals.py", "house/test_health.py", "house/test_sessions.py", "jobs/test_processes.py"),
        *("jobs/test_queue.py", "jobs/test_regular.py", "people/test_changes.py", "people/test_invitations.py"),
        *("sources/test_upload_to_version.py", "whole/test_permissions.py"),
    )
]
"""What the database has a say in: locks, triggers, transactions, queries, rights. All the rest runs on PostgreSQL in `make prove`."""
STATIC: dict[str, tuple[int, list[list[str]]]] = {
    "types": (150, [["mypy"]]),
    "lint": (30, [["ruff", "format", "--check", "-q", "."], ["ruff", "check", "-q", "."]]),
    "contracts": (30, [["lint-imports", "--no-cache"]]),
    "kernels": (90, [["python", "-c", WARM]]),
}
TESTS: dict[str, tuple[int, list[list[str]]]] = {
    "web": (450, [["pytest", "tests/web", *QUICK]]),
    "unit": (340, [["pytest", "tests/unit"]]),
    "journeys": (300, [["pytest", "tests/journeys"]]),
    "property": (240, [["pytest", "tests/property"]]),
    "web-postgresql": (180, [["python", "tools/with_postgres.py", "pytest", *ON_A_SERVER, *QUICK]]),
    "web-browser": (200, [["python", "tools/debian.py", "chromium"], ["pytest", "tests/web/browser"]]),
    "docs": (120, [["pytest", "tests/docs"]]),
    "reference": (90, [["pytest", "tests/reference"]]),
}
"""Ring → (budget in seconds on two cores with two others beside it, commands); the longest first."""


@dataclass(frozen=True, slots=True)
class Ran:
    name: str
    passed: bool
    spent_s: float
    said: str


def run(name: str) -> Ran:
    """Run one ring to its end or its first failure."""
    said, begun = "", time.monotonic()
    for command in (STATIC | TESTS)[name][1]:
        done = subprocess.run(
            [str(BIN / command[0]), *command[1:]],
            cwd=HERE,
            check=False,
            text=True,
            env={**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        said += done.stdout
        if done.returncode:
            return Ran(name, False, time.monotonic() - begun, said)
    return Ran(name, True, time.monotonic() - begun, said)


def run_all(names: Iterable[str]) -> list[Ran]:
    """Run rings side by side, showing each as it ends; none is begun once a static one has failed."""
    ended: list[Ran] = []
    failed = Event()

    def unless_failed(name: str) -> Ran | None:
        if name in TESTS and failed.is_set():
            return None
        ran = run(name)
        if name in STATIC and not ran.passed:
            failed.set()
        return ran

    with ThreadPoolExecutor(max_workers=1 + (os.cpu_count() or 1)) as pool:
        for future in as_completed([pool.submit(unless_failed, name) for name in names]):
            ran = future.result()
            if ran is not None:
                print(f"── {ran.name}{'' if ran.passed else ' failed'}\n{ran.said.rstrip()}", flush=True)
                ended.append(ran)
    return ended


def summary(ended: list[Ran], spent_s: float) -> None:
    """What each ring took of its budget."""
    for ran in ended:
        budget_s = (STATIC | TESTS)[ran.name][0]
        mark = "" if ran.passed else "  failed"
        mark += "  over its budget" if ran.spent_s > budget_s else ""
        print(f"   {ran.name:<14} {ran.spent_s:6.1f} s of {budget_s} s{mark}")
    print(f"   {'all':<14} {spent_s:6.1f} s of {TOTAL_S} s")


def main(wanted: list[str]) -> int:
    unknown = [name for name in wanted if name not in STATIC | TESTS]
    if unknown:
        print(f"No ring is called {unknown[0]!r}: there are {', '.join(STATIC | TESTS)}.")
        return 2
    begun = time.monotonic()
    ended = run_all(name for name in (*STATIC, *TESTS) if not wanted or name in wanted)
    summary(ended, time.monotonic() - begun)
    failed = [ran.name for ran in ended if not ran.passed]
    if failed:
        print(f"{', '.join(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

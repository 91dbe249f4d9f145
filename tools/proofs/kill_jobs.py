"""Kill workers, and those who add jobs, at random moments: no job is lost, none has its effect twice, the page tells the truth.

Three workers do jobs while a fourth process adds them; at each of the random moments one of the four is killed (SIGKILL)
and begun again. A job adds its number to a balance. What is checked after each kill: every job that was acknowledged is in
the queue, and every job that is shown as done has had its effect. At the end: all of them are done, each effect is there
once, nothing is shown as running, and the balance is the sum of the numbers.
"""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import ledger  # of tests/

WORKERS = 3
PAUSE_S, EVERY_S = 0.2, 0.12
"""How long a job takes, beside what it writes, and how long after another one is added."""


class Adding:
    """The process that adds jobs, begun again where it was killed; it says the number of each that is in the queue for good."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment, self.acknowledged = environment, 0
        self.begin()

    def begin(self) -> None:
        """Go on after the last number that was acknowledged; one that was added and not told of is the same job again."""
        first = str(self.acknowledged + 1)
        self.process = begun(self.environment, "enqueue", first, "1000000", str(PAUSE_S), str(EVERY_S))
        self._hear(self.process)
        threading.Thread(target=self._listen, args=(self.process,), daemon=True).start()

    def _listen(self, process: subprocess.Popen[str]) -> None:
        while self._hear(process):
            pass

    def _hear(self, process: subprocess.Popen[str]) -> bool:
        line = process.stdout.readline() if process.stdout else ""
        if line.endswith("\n"):
            self.acknowledged = max(self.acknowledged, int(line))
        return bool(line)

    def kill(self) -> None:
        kill(self.process)


def begun(environment: dict[str, str], *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, ledger.__file__, *arguments]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)


def working(environment: dict[str, str]) -> subprocess.Popen[str]:
    """A worker that is ready."""
    worker = begun(environment, "work")
    assert worker.stdout is not None
    worker.stdout.readline()
    return worker


def kill(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGKILL)
    process.wait()


def true_now(environment: dict[str, str], acknowledged: int) -> bool:
    """Whether what was acknowledged is in the queue, and what is shown as done has had its effect."""
    found = ledger.tell(environment)
    there = {job["number"] for job in found["jobs"]}
    done = {job["id"] for job in found["jobs"] if job["state"] == "done"}
    return set(range(1, acknowledged + 1)) <= there and done <= set(ledger.tell(environment)["lines"])


def true_at_the_end(found: dict[str, Any]) -> bool:
    """Whether each job is done and had its effect once."""
    numbers = sorted(job["number"] for job in found["jobs"])
    done = all(job["state"] == "done" and job["result"] == {"number": job["number"]} for job in found["jobs"])
    once = sorted(found["lines"].values()) == numbers == list(range(1, len(numbers) + 1))
    return done and once and found["balance"] == sum(numbers)


def when_over(environment: dict[str, str], *, within_s: float) -> dict[str, Any]:
    until_s = time.monotonic() + within_s
    while time.monotonic() < until_s:
        found = ledger.tell(environment)
        if {job["state"] for job in found["jobs"]} <= {"done", "failed", "cancelled"}:
            break
        time.sleep(1)
    return found


def main(n: int = 100, *, seed: int = 20260301, longest_s: float = 1.5) -> bool:
    """Kill `n` times; True where nothing was lost, doubled or told wrongly."""
    moments = random.Random(seed)  # noqa: S311  # moments, no secrets
    truths, of_workers = 0, 0
    with tempfile.TemporaryDirectory(prefix="winloss-jobs-") as place:
        environment = ledger.environment(Path(place) / "home", WINLOSS_JOB_ATTEMPTS="50")
        subprocess.run([sys.executable, ledger.__file__, "prepare"], env=environment, check=True)
        adding = Adding(environment)
        workers = [working(environment) for _ in range(WORKERS)]
        for _ in range(n):
            time.sleep(moments.uniform(0, longest_s))
            at = moments.randrange(WORKERS + 1)
            kill(workers[at] if at < WORKERS else adding.process)
            truths += true_now(environment, adding.acknowledged)
            of_workers += at < WORKERS
            if at < WORKERS:
                workers[at] = working(environment)
            else:
                adding.begin()
        adding.kill()
        found = when_over(environment, within_s=600)
        for worker in workers:
            worker.terminate()
            worker.wait()
    broken = sum(job["attempts"] > 1 for job in found["jobs"])
    held = truths == n and true_at_the_end(found)
    print(
        "| kills | of them workers | told the truth after them | jobs | begun more than once | done, each effect once |"
    )
    print("|---:|---:|---:|---:|---:|---:|")
    once = len(found["lines"]) if true_at_the_end(found) else "**no**"
    print(f"| {n} | {of_workers} | {truths} | {len(found['jobs'])} | {broken} | {once} |")
    return held


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))
    sys.exit(not main(*map(int, sys.argv[1:])))

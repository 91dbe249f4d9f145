"""Run the rings of checks, each within its budget; the first that fails stops the run.

`python tools/rings.py` runs all, `python tools/rings.py lint unit` those named.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent

RINGS: dict[str, tuple[int, list[list[str]]]] = {
    "lint": (30, [["ruff", "format", "--check", "-q", "."], ["ruff", "check", "-q", "."]]),
    "types": (150, [["mypy"]]),
    "contracts": (30, [["lint-imports", "--no-cache"]]),
    "unit": (120, [["pytest", "tests/unit"]]),
    "reference": (90, [["pytest", "tests/reference"]]),
    "property": (120, [["pytest", "tests/property"]]),
    "journeys": (240, [["pytest", "tests/journeys"]]),
    "docs": (60, [["pytest", "tests/docs"]]),
}
"""Ring → (budget in seconds on two cores, commands)."""


def main(wanted: list[str]) -> int:
    unknown = [name for name in wanted if name not in RINGS]
    if unknown:
        print(f"No ring is called {unknown[0]!r}: there are {', '.join(RINGS)}.")
        return 2
    taken: list[tuple[str, float, int]] = []
    for name in wanted or list(RINGS):
        budget_s, commands = RINGS[name]
        print(f"── {name}", flush=True)
        begun = time.monotonic()
        for command in commands:
            done = subprocess.run([str(BIN / command[0]), *command[1:]], cwd=HERE, check=False)
            if done.returncode:
                print(f"── {name} failed")
                return 1
        taken.append((name, time.monotonic() - begun, budget_s))
    for name, spent_s, budget_s in taken:
        over = "  over its budget" if spent_s > budget_s else ""
        print(f"   {name:<10} {spent_s:6.1f} s of {budget_s} s{over}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""See to it that programs of Debian that some rings need are there: `python tools/debian.py chromium postgresql`.

Whoever is root gets what is missing from Debian's own packages; anybody else is told what to install.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

PLACES: dict[str, str] = {"chromium": "/usr/bin/chromium", "postgresql": "/usr/lib/postgresql/*/bin/initdb"}
"""Package → where its program stands, as a pattern."""
_WAIT_S = 300


class MissingError(Exception):
    """What is missing and how to get it."""


def program(package: str) -> Path:
    """The program of a package, of the newest version that is there; installed first where it can be.

    Raises
    ------
    MissingError
        Where it is not there and cannot be installed.
    """
    found = _found(package)
    if found is None:
        _install(package)
        found = _found(package)
    if found is None:
        raise MissingError(f"{package} is installed, and yet there is no {PLACES[package]}.")
    return found


def _found(package: str) -> Path | None:
    pattern = PLACES[package].lstrip("/")
    found = sorted(Path("/").glob(pattern), key=lambda path: (len(str(path)), str(path)))
    return found[-1] if found else None


def _install(package: str) -> None:
    wanted = f"These checks need {package}: install it with `apt-get install {package}`, as root."
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise MissingError(wanted)
    # Another ring may be installing something at the same time.
    apt = ["apt-get", "-q", "-y", "-o", f"DPkg::Lock::Timeout={_WAIT_S}"]
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for words in (["update"], ["install", "--no-install-recommends", package]):
        done = subprocess.run([*apt, *words], env=env, check=False, text=True, capture_output=True)
        if done.returncode:
            raise MissingError(f"{wanted} Here that failed: {(done.stderr.strip() or done.stdout.strip())[-500:]}")


def main(packages: list[str]) -> int:
    try:
        for package in packages:
            print(f"{package}: {program(package)}")
    except MissingError as missing:
        print(missing, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Half of a first search's machine code, made by a second process: one makes it function by function.

Numba compiles in one thread at a time. The counting of blocks takes half of the time; what `winloss.mine.compiling`
makes meanwhile, it leaves in the cache on disk, where the first process finds it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from functools import cache

MODULE = "winloss.mine.compiling"
LONGEST_S = 120


@dataclass(frozen=True, slots=True)
class Beside:
    """The other process, where there is one."""

    process: subprocess.Popen[bytes] | None = None

    def wait(self) -> None:
        """Until it is done; what it left undone is made where it is needed."""
        if self.process is None:
            return
        try:
            self.process.wait(LONGEST_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@cache
def beside() -> Beside:
    """Have all but the counting of blocks compiled by another process, where there is a processor for it; once."""
    if not sys.executable or (os.cpu_count() or 1) == 1:
        return Beside()
    # What can be imported here can be imported there.
    env = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    command, silent = [sys.executable, "-P", "-m", MODULE], subprocess.DEVNULL
    try:
        return Beside(subprocess.Popen(command, env=env, stdin=silent, stdout=silent, stderr=silent))  # noqa: S603 - ours
    except OSError:
        return Beside()

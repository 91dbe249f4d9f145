"""The whole program without the seconds that Python takes to start: `winloss("report", "deals.csv")`.

One journey (`tests/journeys/house`) starts the installed program as a person does; what it says is the same.
"""

from __future__ import annotations

import io
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pytest

from winloss import cli


@dataclass(frozen=True, slots=True)
class Done:
    """How a command ended and what it said."""

    returncode: int
    stdout: str
    stderr: str


def winloss(*words: str | int | Path, cwd: Path | None = None) -> Done:
    """Run a command line, in a folder where one is given, on a terminal of 80 columns."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setenv("COLUMNS", "80")
        patch.setattr("sys.argv", ["winloss", *map(str, words)])
        if cwd is not None:
            patch.chdir(cwd)
        with pytest.raises(SystemExit) as ended:
            cli.main()
    assert isinstance(ended.value.code, int)
    return Done(ended.value.code, out.getvalue(), err.getvalue())

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from exports import Report, Reporter


@pytest.fixture(scope="session")
def reported(tmp_path_factory: pytest.TempPathFactory) -> Reporter:
    """Runs the program on files, once for each set of arguments, and reads the JSON it wrote."""
    done: dict[tuple[str, ...], Report] = {}

    def run(*arguments: Path | str) -> Report:
        key = tuple(str(argument) for argument in arguments)
        if key not in done:
            out = tmp_path_factory.mktemp("report") / "report.json"
            command = [sys.executable, "-m", "winloss", "report", *key, "--format", "json", "--out", str(out)]
            ended = subprocess.run(command, capture_output=True, text=True, check=False, cwd=out.parent)
            assert (ended.returncode, ended.stderr) == (0, "")
            done[key] = json.loads(out.read_text("utf-8"))
        return done[key]

    return run

from __future__ import annotations

import json
from pathlib import Path

import pytest

from exports import Report, Reporter
from program import winloss


@pytest.fixture(scope="session")
def reported(tmp_path_factory: pytest.TempPathFactory) -> Reporter:
    """Runs the program on files, once for each set of arguments, and reads the JSON it wrote."""
    done: dict[tuple[str, ...], Report] = {}

    def run(*arguments: Path | str) -> Report:
        key = tuple(str(argument) for argument in arguments)
        if key not in done:
            out = tmp_path_factory.mktemp("report") / "report.json"
            ended = winloss("report", *key, "--format", "json", "--out", out, cwd=out.parent)
            assert (ended.returncode, ended.stderr) == (0, "")
            done[key] = json.loads(out.read_text("utf-8"))
        return done[key]

    return run

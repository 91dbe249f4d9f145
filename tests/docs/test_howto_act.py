"""What the page on acting shows is what the program prints."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from program import winloss

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "howto" / "act.md").read_text("utf-8")
COMMAND = re.compile(r"^    winloss ((?:.*\\\n)*.+)$", re.M)
COMMANDS = [command.replace("\\\n", " ") for command in COMMAND.findall(PAGE)]


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> str:
    place = tmp_path_factory.mktemp("act")
    told = []
    for command in COMMANDS:
        done = winloss(*shlex.split(command), cwd=place)
        assert (done.returncode, done.stderr) == (0, ""), command
        told.append(done.stdout)
    return "\n".join(told)


def test_every_line_shown_is_printed(printed: str) -> None:
    every = {line.rstrip() for line in printed.splitlines()}
    without = COMMAND.sub("", PAGE)
    shown = [line[4:] for line in without.splitlines() if line.startswith("    ")]
    assert len(shown) > 70
    assert [line for line in shown if line.rstrip() not in every] == []

"""What the page on segments shows is what the program prints."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from program import winloss

HERE = Path(__file__).resolve().parents[2]
PAGE = (HERE / "docs" / "howto" / "segments.md").read_text("utf-8")
COMMAND = re.compile(r"^    winloss (.+)$", re.M)


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    place = tmp_path_factory.mktemp("segments")
    told = {}
    for command in COMMAND.findall(PAGE):
        words = [*shlex.split(command), *(["--no-report"] if command.startswith("demo") else [])]
        done = winloss(*words, cwd=place)
        assert (done.returncode, done.stderr) == (0, ""), command
        told[command] = {line.rstrip() for line in done.stdout.splitlines()}
    return told


def test_every_line_shown_is_printed(printed: dict[str, set[str]]) -> None:
    every = set().union(*printed.values())
    shown = [line[4:] for line in PAGE.splitlines() if line.startswith("    ") and not COMMAND.match(line)]
    assert len(shown) > 80
    assert [line for line in shown if line.rstrip() not in every] == []

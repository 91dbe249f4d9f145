"""What the page on acting shows is what the program prints."""

from __future__ import annotations

import io
import re
import shlex
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from winloss import cli

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "howto" / "act.md").read_text("utf-8")
COMMAND = re.compile(r"^    winloss ((?:.*\\\n)*.+)$", re.M)
COMMANDS = [command.replace("\\\n", " ") for command in COMMAND.findall(PAGE)]


def run(command: str) -> str:
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setattr("sys.argv", ["winloss", *shlex.split(command)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
    assert (ended.value.code, err.getvalue()) == (0, ""), command
    return out.getvalue()


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> str:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("act"))
        return "\n".join(run(command) for command in COMMANDS)


def test_every_line_shown_is_printed(printed: str) -> None:
    every = {line.rstrip() for line in printed.splitlines()}
    without = COMMAND.sub("", PAGE)
    shown = [line[4:] for line in without.splitlines() if line.startswith("    ")]
    assert len(shown) > 70
    assert [line for line in shown if line.rstrip() not in every] == []

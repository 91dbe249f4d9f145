from __future__ import annotations

import io
import sys
import time

import pytest

from winloss.cli.progress import busy


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_what_is_done_now_takes_the_place_of_what_was_said(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    with busy("studying the deals") as say:
        assert say is not None
        say("preparing the search")
        time.sleep(0.3)
    assert "preparing the search" in terminal.getvalue()


def test_nothing_is_said_where_nobody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.StringIO()
    monkeypatch.setattr(sys, "stderr", written)
    with busy("studying the deals") as say:
        assert say is None
    assert not written.getvalue()

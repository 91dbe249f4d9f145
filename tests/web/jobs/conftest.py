"""Kinds of jobs that only tests know, and processes that do them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import ledger
from winloss.web.jobs import registry
from winloss.web.jobs.registry import Handler


@pytest.fixture(autouse=True)
def kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test registers is forgotten after it; regular work is what the test says."""
    registry.kinds()  # discovered before the copy, so that what is put back knows them too
    monkeypatch.setattr(registry, "_HANDLERS", dict(registry._HANDLERS))
    monkeypatch.setattr(registry, "_LABELS", dict(registry._LABELS))
    monkeypatch.setattr(registry, "_REGULAR", {})


@pytest.fixture
def kind() -> Callable[..., str]:
    """Register a handler: `kind(lambda running, **args: …)` gives the name of its kind."""

    def register(does: Handler, *, name: str = "test", label: str = "") -> str:
        registry.handles(name, label=label)(does)
        return name

    return register


@pytest.fixture
def environment(home: Path) -> dict[str, str]:
    """Of a process of winloss in the test's home folder."""
    return ledger.environment(home, WINLOSS_WORKERS="1")


@pytest.fixture
def process(environment: dict[str, str]) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start a Python process: `process("-m", "winloss", …)`; what still runs at the end is killed."""
    begun: list[subprocess.Popen[str]] = []

    def start(*arguments: str, **further: str) -> subprocess.Popen[str]:
        command, of_it = [sys.executable, *arguments], environment | further
        begun.append(subprocess.Popen(command, env=of_it, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))
        return begun[-1]

    yield start
    for one in begun:
        one.kill()
        one.communicate()

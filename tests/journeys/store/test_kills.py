from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from landing_rows import MADE_AT, land, many, page, stored
from winloss.store import Book, delta

HERE = Path(__file__).resolve().parents[3]


def kill_loop() -> ModuleType:
    spec = importlib.util.spec_from_file_location("kill_loop", HERE / "tools" / "proofs" / "kill_loop.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_kill_at_a_random_moment_leaves_a_whole_book() -> None:
    assert kill_loop().main(4)


class Killed(BaseException):
    """Stands for the end of the process: nothing but `finally` runs after it."""


class Clockwork:
    """Lets `allowed` steps pass, and ends the process at the next."""

    def __init__(self, allowed: int) -> None:
        self.left = allowed

    def wrap(self, step: Any) -> Any:
        def stepped(*args: Any, **kwargs: Any) -> Any:
            if self.left == 0:
                raise Killed
            self.left -= 1
            return step(*args, **kwargs)

        return stepped


def step_through(monkeypatch: pytest.MonkeyPatch, clockwork: Clockwork) -> None:
    """Every rename, and every part of a Delta commit, is a step."""
    monkeypatch.setattr(Path, "replace", clockwork.wrap(Path.replace))
    monkeypatch.setattr(delta, "commit", clockwork.wrap(delta.commit))
    monkeypatch.setattr(delta, "_open_or_make", clockwork.wrap(delta._open_or_make))
    monkeypatch.setattr(delta, "_sync_log", clockwork.wrap(delta._sync_log))


def refresh(book: Book, number: int) -> None:
    with book.landing() as landing:
        landing.land("deals", [many(range(number * 10), amount_cents=number)])
        landing.land("accounts", [page([{"account_id": "one", "employees": number}], table="accounts")])
        landing.commit(source="crm", told={"number": number}, settings={}, made_at=MADE_AT)


def test_a_kill_between_any_two_steps_of_a_commit_leaves_the_version_before(tmp_path: Path) -> None:
    refresh(Book.create(tmp_path / "first"), 1)
    allowed = 0
    while True:
        book = Book.create(shutil.copytree(tmp_path / "first", tmp_path / f"{allowed}"))
        with pytest.MonkeyPatch.context() as monkeypatch:
            step_through(monkeypatch, Clockwork(allowed))
            try:
                refresh(book, 2)
            except Killed:
                survived = False
            else:
                survived = True
        if survived:
            break
        version = book.manifest().version
        assert stored(book, "amount_cents") == [(version,)] * version * 10
        assert stored(book, "employees", table="accounts") == [(version,)]
        refresh(book, 3)
        assert stored(book, "amount_cents") == [(3,)] * 30
        allowed += 1
    assert allowed >= 10


def test_a_kill_while_rows_come_in_leaves_the_version_before(tmp_path: Path) -> None:
    book = Book.create(tmp_path / "book")
    land(book, many(range(3), amount_cents=1))

    def pages() -> Any:
        yield many(range(10), amount_cents=2)
        raise Killed

    with pytest.raises(Killed), book.landing() as landing:
        landing.land("deals", pages())
    assert stored(book, "amount_cents") == [(1,)] * 3
    land(book, many(range(3), amount_cents=3))
    assert stored(book, "amount_cents") == [(3,)] * 3

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from landing_rows import MADE_AT, land, many, page, stored
from winloss.store import Book, delta
from winloss.store.book import READ_TIME

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


def test_a_kill_between_any_two_steps_of_a_prune_leaves_every_version_kept_whole(tmp_path: Path) -> None:
    """Renames and removals are the steps; a second prune ends what the first began."""
    first = Book.create(tmp_path / "first")
    for number in range(1, 5):
        refresh(first, number)
    allowed = 0
    while True:
        book = Book.create(shutil.copytree(tmp_path / "first", tmp_path / f"{allowed}"))
        with pytest.MonkeyPatch.context() as monkeypatch:
            clockwork = Clockwork(allowed)
            monkeypatch.setattr(Path, "replace", clockwork.wrap(Path.replace))
            monkeypatch.setattr(Path, "unlink", clockwork.wrap(Path.unlink))
            try:
                book.prune(keep=2, now=MADE_AT + READ_TIME)
            except Killed:
                survived = False
            else:
                survived = True
        for version in (3, 4):
            assert stored(book, "amount_cents", version=version) == [(version,)] * version * 10
            assert stored(book, "employees", table="accounts", version=version) == [(version,)]
        if survived:
            break
        book.prune(keep=2, now=MADE_AT + READ_TIME)
        assert {p.name for p in book.path.glob("**/*.parquet")} == _kept(first)
        refresh(book, 5)
        assert stored(book, "amount_cents") == [(5,)] * 50
        allowed += 1
    assert allowed >= 4


def _kept(book: Book) -> set[str]:
    """The files of the last two versions."""
    named = [(name, entry.delta_version) for m in book.log()[:2] for name, entry in m.tables.items()]
    return {part.path.name for name, version in named for part in delta.read(book.path / "tables" / name, version)[0]}


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

"""A small company that every address is asked for by, and what each of its people is answered."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from web.whole.routes import ASKERS, Row
from web.whole.subjects import Answer, World, ask, book, company


@pytest.fixture(scope="session")
def whole_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One home folder for all: what pages keep of its book is kept."""
    home = tmp_path_factory.mktemp("whole") / "home"
    home.mkdir()
    book(home / "book")
    return home


@pytest.fixture
def world(db: None, settings: Any, home: Path, whole_home: Path) -> World:
    """Somebody of every role, a teammate, a stranger, and deals of all of them."""
    settings.CONFIG = settings.CONFIG.model_copy(update={"home": whole_home})
    return company(whole_home)


_ANSWERS: dict[Row, dict[str, Answer]] = {}


@pytest.fixture
def answers(request: pytest.FixtureRequest) -> dict[str, Answer]:
    """What each person is answered who asks for the test's `row`: asked once, for all tests that look at it."""
    row = request.getfixturevalue("row")
    if row not in _ANSWERS:
        world = request.getfixturevalue("world")
        _ANSWERS[row] = {role: ask(world, row, role) for role in ASKERS}
    return _ANSWERS[row]

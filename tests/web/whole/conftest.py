"""A small company that every address is asked for by, and what each of its people is answered."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from web.whole.routes import ASKERS, Row
from web.whole.subjects import Answer, World, ask, book, company


@pytest.fixture(scope="session")
def company_book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The book of a small company, to be copied."""
    place = tmp_path_factory.mktemp("company") / "book"
    book(place)
    return place


@pytest.fixture
def world(db: None, home: Path, company_book: Path) -> World:
    """Somebody of every role, a teammate, a stranger, and deals of all of them."""
    shutil.copytree(company_book, home / "book")
    return company(home)


_ANSWERS: dict[Row, dict[str, Answer]] = {}


@pytest.fixture
def answers(request: pytest.FixtureRequest) -> dict[str, Answer]:
    """What each person is answered who asks for the test's `row`: asked once, for all tests that look at it."""
    row = request.getfixturevalue("row")
    if row not in _ANSWERS:
        world = request.getfixturevalue("world")
        _ANSWERS[row] = {role: ask(world, row, role) for role in ASKERS}
    return _ANSWERS[row]

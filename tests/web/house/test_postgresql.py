"""The same on a PostgreSQL server: one chain whoever writes, backups by `pg_dump` and row by row."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from houses import LOOK, POPULATE, WRITERS, run, winloss
from searched import holding
from winloss.web import keys
from winloss.web.house import archive

SERVER = os.environ.get("WINLOSS_DATABASE_URL", "")
pytestmark = pytest.mark.skipif(not SERVER, reason="the tests run on SQLite this time")


@pytest.fixture
def database() -> Iterator[Callable[[], str]]:
    """Makes an empty database and gives its address."""
    import psycopg

    made: list[str] = []

    def make() -> str:
        name = f"winloss_{uuid4().hex[:12]}"
        with psycopg.connect(SERVER, autocommit=True) as server:
            server.execute(f"CREATE DATABASE {name}".encode())
        made.append(name)
        return urlsplit(SERVER)._replace(path=f"/{name}").geturl()

    yield make
    with psycopg.connect(SERVER, autocommit=True) as server:
        for name in made:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.fixture
def home(tmp_path: Path, database: Callable[[], str]) -> Path:
    place = tmp_path / "home"
    place.mkdir()
    keys.add(place)
    url = database()
    run(place, "-c", POPULATE, WINLOSS_DATABASE_URL=url)
    _set(place, url)
    return place


def _set(home: Path, url: str) -> None:
    home.mkdir(exist_ok=True)
    (home / "winloss.toml").write_text(f'database_url = "{url}"\n')


@pytest.mark.parametrize("by_rows", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_what_was_restored_is_the_same(home: Path, tmp_path: Path, database: Callable[[], str], by_rows: bool) -> None:
    before = json.loads(run(home, "-c", LOOK))
    saved = tmp_path / "b.tar.zst"
    path = str(tmp_path / "nothing") if by_rows else os.environ["PATH"]
    run(home, "-m", "winloss", "backup", str(saved), "--with-keys", "--home", str(home), PATH=path)
    assert archive.unpack(saved, None).about["database"] == ("rows" if by_rows else "pg_dump")
    _set(tmp_path / "new", database())
    told = winloss(tmp_path / "new", "restore", str(saved))
    assert "winloss.toml stayed as it was put there." in told
    assert json.loads(run(tmp_path / "new", "-c", LOOK)) == before
    assert "The audit log is whole: 5 entries" in winloss(tmp_path / "new", "audit", "verify")
    run(tmp_path / "new", "-c", WRITERS)
    assert "The audit log is whole: 50 entries" in winloss(tmp_path / "new", "audit", "verify")
    assert not list((tmp_path / "new").glob("database.*"))


@pytest.mark.slow
def test_a_database_that_holds_something_is_not_written_over(home: Path, tmp_path: Path) -> None:
    saved = tmp_path / "b.tar.zst"
    winloss(home, "backup", str(saved))
    _set(tmp_path / "new", (home / "winloss.toml").read_text().split('"')[1])
    assert "name an empty one" in winloss(tmp_path / "new", "restore", str(saved), code=2)
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["winloss.toml"]
    assert "a database_url of an empty PostgreSQL" in winloss(_without(tmp_path), "restore", str(saved), code=2)


def _without(tmp_path: Path) -> Path:
    place = tmp_path / "sqlite"
    place.mkdir()
    (place / "winloss.toml").write_text("")
    return place


def test_threads_of_several_processes_write_one_chain(home: Path) -> None:
    env = {**os.environ, "WINLOSS_HOME": str(home), "DJANGO_SETTINGS_MODULE": "winloss.web.settings"}
    del env["WINLOSS_DATABASE_URL"]
    writers = [subprocess.Popen([sys.executable, "-c", WRITERS], env=env) for _ in range(3)]
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    assert "The audit log is whole: 138 entries" in winloss(home, "audit", "verify")


@pytest.mark.slow
def test_somebody_forgotten_is_in_no_table(home: Path, tmp_path: Path) -> None:
    run(
        home,
        "-c",
        "import django; django.setup()\n"
        "from winloss.web.people.models import User\n"
        "User.objects.create_user('boss@x.test', 'correct horse battery', role='revops')\n"
        "User.objects.filter(email='zoe@x.test').update(name='Zoë Quist')\n",
    )
    winloss(home, "forget", "zoe@x.test", "--yes")
    winloss(home, "backup", str(tmp_path / "b"))
    archive.unpack(tmp_path / "b", tmp_path / "inside")
    plain = subprocess.run(
        ["pg_restore", "-f", str(tmp_path / "inside" / "plain.sql"), str(tmp_path / "inside" / "database.pgdump")],
        check=True,
    )
    assert plain.returncode == 0
    assert holding(tmp_path / "inside", "zoe@x.test", "Zoë Quist") == []

"""The first of all: by `winloss init`, or once in the browser with the token on the terminal."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from filelock import FileLock

from program import Done, winloss
from winloss.web.config import Config
from winloss.web.people import services
from winloss.web.people.models import Invitation, User

GIVEN = {"email": "Ada@example.test", "name": "Ada", "password": "seven green boats", "again": "seven green boats"}


def test_every_page_leads_to_the_first(db: None, client: Client) -> None:
    for page in ("/", "/people/", "/people/me", "/accounts/login/"):
        assert client.get(page).headers["Location"] == "/people/first"
    assert client.get("/people/first").status_code == 200
    assert client.get("/healthz").status_code == 200


def test_the_token_of_the_terminal_makes_an_administrator(db: None, client: Client) -> None:
    token = services.first_token()
    assert token is not None
    assert token in client.get(f"/people/first?token={token}").content.decode()
    response = client.post("/people/first", GIVEN | {"token": token})
    assert (response.status_code, response.headers["Location"]) == (302, "/")
    ada = User.objects.get()
    assert (ada.email, ada.role) == ("ada@example.test", "revops")
    assert client.get("/people/").status_code == 200
    assert not Invitation.objects.exists()


@pytest.mark.parametrize("token", ["wrong", "\x00", "x" * 100])
def test_no_other_token_does(token: str, db: None, client: Client) -> None:
    services.first_token()
    response = client.post("/people/first", GIVEN | {"token": token})
    assert response.status_code == 400
    assert not User.objects.exists()


def test_the_token_is_gone_once_somebody_is_here(client: Client, db: None) -> None:
    token = services.first_token()
    services.make_administrator(email="ada@example.test", name="Ada", password="x")
    assert services.first_token() is None
    assert client.get("/people/first").headers["Location"] == "/accounts/login/"
    assert client.post("/people/first", GIVEN | {"token": token}).headers["Location"] == "/accounts/login/"
    assert User.objects.count() == 1


def test_only_the_last_token_counts_and_for_a_day(client: Client, db: None) -> None:
    old, new = services.first_token(), services.first_token()
    assert client.post("/people/first", GIVEN | {"token": old}).status_code == 400
    Invitation.objects.update(ends_at=timezone.now())
    assert client.post("/people/first", GIVEN | {"token": new}).status_code == 400
    assert not User.objects.exists()


def test_only_a_digest_of_the_token_is_kept(db: None) -> None:
    token = services.first_token()
    assert str(token) not in str(list(Invitation.objects.values()))


def test_the_first_token_opens_no_invitation(client: Client, db: None) -> None:
    token = services.first_token()
    page = f"/people/join/{token}"
    assert [client.get(page).status_code, client.post(page, GIVEN).status_code] == [404, 404]


def test_an_invitation_makes_no_administrator(client: Client, person: Callable[..., User]) -> None:
    boss = person("revops")
    _, link = services.invite(email="nina@example.test", role="rep", team=None, by=boss)
    User.objects.all().delete()
    given = GIVEN | {"token": link.rsplit("/", 1)[1]}
    assert client.post("/people/first", given).status_code == 400
    assert not User.objects.exists()


# --- winloss init -----------------------------------------------------------------------------------------------------


def here(home: Path, monkeypatch: pytest.MonkeyPatch, *given: str, **env: str) -> Done:
    """`winloss init` in this process, on the test's database."""
    with monkeypatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("WINLOSS_")]:
            patch.delenv(name)
        for name, value in (env | {"WINLOSS_HOME": str(home)}).items():
            patch.setenv(name, value)
        return winloss("init", "--home", home, *given)


def init(home: Path, *given: str, **env: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("WINLOSS_", "DJANGO_"))}
    command = [sys.executable, "-m", "winloss", "init", "--home", str(home), *given]
    return subprocess.run(
        command, env=clean | env, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False
    )


def rows(home: Path, question: str) -> list[Any]:
    with sqlite3.connect(home / "winloss.sqlite3") as database:
        return database.execute(question).fetchall()


def test_init_makes_all_there_must_be_and_can_be_run_again(tmp_path: Path) -> None:
    home = tmp_path / "deep" / "home"
    who = ("--email", "Ada@example.test", "--name", "Ada")
    first = init(home, *who, WINLOSS_ADMIN_PASSWORD="seven green boats")
    assert (first.returncode, first.stderr) == (0, "")
    assert f"Next: winloss serve --home {home}" in first.stdout
    assert home.stat().st_mode & 0o777 == 0o700
    assert {path.name: path.stat().st_mode & 0o077 for path in home.iterdir() if path.suffix != ".sqlite3"} == {
        "run": 0,
        "winloss.toml": 0,
        "secret.keys": 0,
    }
    key = (home / "secret.keys").read_text()
    again = init(home, *who, WINLOSS_ADMIN_PASSWORD="another password")
    assert (again.returncode, again.stderr) == (0, "")
    assert "There are people already (1 can sign in)" in again.stdout
    assert (home / "secret.keys").read_text() == key
    assert rows(home, "select email, name, role from people_user") == [("ada@example.test", "Ada", "revops")]
    assert rows(home, "select count(*) from house_cache") == [(0,)]
    assert "green boats" not in str(rows(home, "select * from people_user"))


def test_the_file_of_settings_names_every_setting_with_its_default(
    db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here(tmp_path, monkeypatch)
    text = (tmp_path / "winloss.toml").read_text()
    assert tomllib.loads(text) == {}
    written = tomllib.loads("\n".join(re.findall(r"^# (\w+ = .*)$", text, re.MULTILINE)))
    assert written.keys() == Config.model_fields.keys() - {"home"}
    monkeypatch.delenv("WINLOSS_DATABASE_URL", raising=False)  # the suite may run on a server
    known = Config.model_validate({"home": "x"}).model_dump(mode="json")
    assert {name: value for name, value in written.items() if name != "watch_folder"} == {
        name: known[name] for name in written if name != "watch_folder"
    }


def test_without_anybody_to_ask_the_browser_will(db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = here(tmp_path / "home", monkeypatch)
    assert done.returncode == 0
    assert "prints a token by which the browser makes the first person" in done.stdout
    assert not User.objects.exists()


@pytest.mark.parametrize(
    ("given", "env", "sentence"),
    [
        (["--email", "no address"], {"WINLOSS_ADMIN_PASSWORD": "seven green boats"}, "valid email"),
        (["--email", "a@example.test"], {"WINLOSS_ADMIN_PASSWORD": "short"}, "at least 12 characters"),
        (["--email", "a@example.test"], {}, "set WINLOSS_ADMIN_PASSWORD"),
        ([], {"WINLOSS_WORKERS": "many"}, "WINLOSS_WORKERS"),
    ],
)
def test_what_cannot_be_is_one_sentence(
    given: list[str],
    env: dict[str, str],
    sentence: str,
    db: None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    done = here(tmp_path / "home", monkeypatch, *given, **env)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert done.stderr.count("\n") == 1
    assert here(tmp_path / "home", monkeypatch).returncode == 0


@pytest.mark.slow
def test_a_database_that_is_away_is_one_sentence(tmp_path: Path) -> None:
    done = init(tmp_path / "home", WINLOSS_DATABASE_URL="postgresql://127.0.0.1:9/x")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "database_url" in done.stderr
    assert init(tmp_path / "home").returncode == 0


def test_init_waits_for_whoever_makes_the_home_folder_ready(
    db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("winloss.web.house.home._LONGEST_S", 0.1)
    (tmp_path / "home" / "run").mkdir(parents=True)
    with FileLock(tmp_path / "home" / "run" / "start.lock"):
        done = here(tmp_path / "home", monkeypatch)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "Another winloss has been making" in done.stderr


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    done = here(tmp_path / "file" / "home", monkeypatch)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "cannot be written to" in done.stderr

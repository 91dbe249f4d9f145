"""Limits on signing in hold over several processes; a session that is ended is ended in all of them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from winloss.web import keys

_START = """
import sys, django
django.setup()
from django.test import Client
browser = Client(SERVER_NAME="127.0.0.1")
def enter(password):
    page = browser.post("/accounts/login/", {"login": "ada@example.test", "password": password})
    text = page.content.decode() if page.status_code != 302 else ""
    return "in" if page.status_code == 302 else "limit" if "Too many" in text else "wrong"
"""


def environment(home: Path) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("WINLOSS_")}
    return clean | {"WINLOSS_HOME": str(home), "DJANGO_SETTINGS_MODULE": "winloss.web.settings"}


def run(home: Path, program: str) -> list[str]:
    """Run a program in a process of its own; what it printed."""
    told = [sys.executable, "-W", "ignore", "-c", _START + program]
    return subprocess.run(told, env=environment(home), capture_output=True, text=True, check=True).stdout.split()


_MADE = """
import django
django.setup()
from django.core.management import call_command
for command in (["migrate"], ["createcachetable"], ["collectstatic", "--no-input"]):
    call_command(*command, verbosity=0)
from winloss.web.people.services import make_administrator
make_administrator(email="ada@example.test", name="Ada", password="seven green boats")
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With one person in it."""
    place = tmp_path_factory.mktemp("limits") / "home"
    place.mkdir()
    keys.add(place)
    subprocess.run([sys.executable, "-c", _MADE], env=environment(place), capture_output=True, check=True)
    return place


@pytest.mark.slow
def test_a_session_that_is_ended_is_ended_in_every_process(home: Path) -> None:
    seen = "page = browser.get('/people/me'); print(page.status_code, flush=True)"
    serving = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", _START + f"enter('seven green boats'); {seen}; input(); {seen}"],
        env=environment(home),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert serving.stdout is not None
    assert serving.stdout.readline().strip() == "200"
    run(
        home,
        "from winloss.web.people.models import User; from winloss.web.people.services import sign_out\n"
        "ada = User.objects.get(); print(sign_out(ada, by=ada))",
    )
    assert serving.communicate("\n", timeout=60)[0].strip() == "302"


def test_attempts_of_all_processes_are_counted_together(home: Path) -> None:
    wrong = "print(*[enter('wrong') for _ in range(3)])"
    assert run(home, wrong) == ["wrong"] * 3
    assert run(home, f"{wrong}; print(enter('seven green boats'))") == ["wrong", "wrong", "limit", "limit"]

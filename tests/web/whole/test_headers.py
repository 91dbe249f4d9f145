"""What every answer carries, and what no page of ours holds: everything that the browser's own defences need."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from web.whole.routes import ASKERS, Row, rows
from web.whole.subjects import Answer, World

READ = [row for row in rows() if row.method == "GET" and {"200", "202", "302"} & set(row.answers)]


def policy(answer: Answer) -> dict[str, set[str]]:
    """Directive → sources."""
    parts = [part.split() for part in answer.headers["Content-Security-Policy"].split(";") if part.strip()]
    return {name: set(sources) for name, *sources in parts}


class Seen(HTMLParser):
    """What the policy would stop, or what somebody's text has made of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.wrong: list[str] = []
        self.headings: list[str] = []
        self._script = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self._script = tag == "script"
        if tag == "style":
            self.wrong.append("<style>")
        if tag == "h1":
            self.headings.append(tag)
        self.wrong += [f"<{tag} {name}>" for name in given if name == "style" or name.startswith(("on", "hx-on"))]
        self.wrong += [
            f"<{tag} {name}={given[name][:40]}>"
            for name in ("href", "src", "action")
            if given.get(name, "").strip().lower().startswith(("javascript:", "http:", "https:", "//"))
        ]
        if "hostile" in given.get("class", "").split():
            self.wrong.append("text of somebody is markup here")

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002  # any element ends a script's text
        self._script = False

    def handle_data(self, data: str) -> None:
        if self._script and data.strip():
            self.wrong.append(f"<script>{data[:40]}")


def seen(answer: Answer) -> Seen:
    found = Seen()
    found.feed(answer.text)
    return found


@pytest.mark.parametrize("row", READ, ids=str)
def test_every_answer_carries_the_policies(row: Row, answers: dict[str, Answer]) -> None:
    for role in ASKERS:
        answer = answers[role]
        csp = policy(answer)
        assert csp["default-src"] == {"'none'"}, role
        assert csp["script-src"] == csp["style-src"] == csp["form-action"] == {"'self'"}, role
        assert csp["frame-ancestors"] == csp["base-uri"] == {"'none'"}, role
        assert "unsafe" not in answer.headers["Content-Security-Policy"], role
        assert answer.headers["X-Frame-Options"] == "DENY", role
        assert answer.headers["X-Content-Type-Options"] == "nosniff", role
        assert answer.headers["Referrer-Policy"] == "same-origin", role
        assert "camera=()" in answer.headers["Permissions-Policy"], role
        assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin", role
        assert {"private", "no-store", "no-cache"} & set(answer.headers["Cache-Control"].split(", ")), role


@pytest.mark.parametrize("row", READ, ids=str)
def test_cookies_are_for_this_site_and_no_script(row: Row, answers: dict[str, Answer]) -> None:
    for role in ASKERS:
        for name, cookie in answers[role].cookies.items():
            assert cookie["samesite"] == "Lax", (role, name)
            assert cookie["httponly"], (role, name)


@pytest.mark.parametrize("row", READ, ids=str)
def test_no_page_holds_what_the_policy_stops_or_takes_text_for_markup(row: Row, answers: dict[str, Answer]) -> None:
    for role in ASKERS:
        if answers[role].is_page:
            assert seen(answers[role]).wrong == [], role


@pytest.mark.parametrize("row", READ, ids=str)
def test_every_page_has_one_heading(row: Row, answers: dict[str, Answer]) -> None:
    for role in ASKERS:
        if answers[role].is_page and "<html" in answers[role].text and answers[role].status in (200, 202):
            assert len(seen(answers[role]).headings) == 1, role


@pytest.mark.parametrize("path", ["/nowhere", "/deals/nothing", "/people/%00", "/accounts/nowhere/"])
def test_a_page_of_what_went_wrong_carries_them_too(path: str, world: World) -> None:
    client = Client()
    client.force_login(world.people["revops"])
    response = client.get(path)
    answer = Answer(path, response.status_code, dict(response.items()), {}, response.content)
    assert answer.status == 404
    assert policy(answer)["script-src"] == {"'self'"}
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert seen(answer).wrong == []


BEHIND_TLS = """
import json
import django
django.setup()
from django.core.management import call_command
from django.test import Client
from django.test.utils import setup_test_environment
from django.contrib.staticfiles.storage import StaticFilesStorage
from django.core.files.storage import storages
call_command("check", deploy=True, fail_level="INFO", verbosity=0)
call_command("migrate", verbosity=0)
call_command("createcachetable", verbosity=0)
call_command("collectstatic", interactive=False, verbosity=0)
setup_test_environment()
from winloss.web.people.models import User
client = Client()
client.force_login(User.objects.create_user("a@example.test", "correct horse battery", role="revops"))
page = client.get("/accounts/password/change/", secure=True)
theme = client.post("/theme", {"theme": "dark"}, secure=True)
plain = Client().get("/accounts/login/")
cookies = [*client.cookies.items(), *page.cookies.items(), *theme.cookies.items()]
print(json.dumps({
    "status": page.status_code,
    "hsts": page.headers["Strict-Transport-Security"],
    "cookies": {name: bool(cookie["secure"]) for name, cookie in cookies},
    "plain": [plain.status_code, plain.headers.get("Location", "")],
}))
"""


@pytest.fixture(scope="module")
def behind_tls(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A process of its own, since settings are read once: what it answers where its address is of https."""
    home = tmp_path_factory.mktemp("tls")
    env = {name: value for name, value in os.environ.items() if not name.startswith("WINLOSS_")}
    env |= {"WINLOSS_HOME": str(home), "WINLOSS_ADDRESS": "https://winloss.example"}
    env |= {"DJANGO_SETTINGS_MODULE": "winloss.web.settings", "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    done = subprocess.run(
        [sys.executable, "-W", "error::Warning:winloss", "-c", BEHIND_TLS],
        env=env, cwd=home, text=True, capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def test_djangos_own_check_for_deployment_finds_nothing_and_nothing_is_silenced(behind_tls: dict[str, Any]) -> None:
    from winloss.web import settings

    assert behind_tls["status"] == 200
    assert not hasattr(settings, "SILENCED_SYSTEM_CHECKS")


def test_behind_tls_everything_is_told_to_stay_there(behind_tls: dict[str, Any]) -> None:
    assert behind_tls["hsts"] == "max-age=31536000; includeSubDomains; preload"
    assert {"sessionid", "csrftoken", "theme"} <= behind_tls["cookies"].keys()
    assert all(behind_tls["cookies"].values())
    assert behind_tls["plain"] == [301, "https://testserver/accounts/login/"]


def test_requirements_name_no_index() -> None:
    here = Path(__file__).resolve().parents[3]
    for name in ("requirements.txt", "requirements-dev.txt"):
        lines = (here / name).read_text("utf-8").splitlines()
        assert [line for line in lines if line.lstrip().startswith(("-i", "--index", "--extra-index", "--find"))] == []
        assert [line for line in lines if "://" in line] == []

"""The installed program on a home folder of its own, and a real Chromium that asks it."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

WINLOSS = Path(sys.executable).parent / "winloss"
CHROMIUM = "/usr/bin/chromium"
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
)
PASSWORD = "correct horse battery staple"
ROLES = ("revops", "manager", "rep", "marketing", "viewer")
NEXT_STEP = ("/overview/", "/deals/", "/patterns/", "/sources/uploads/", "/sources/versions/")
"""Pages that say, in an empty house, to upload an export."""
START_S, COMPUTE_S = 120, 400
"""Seconds on a machine with other work."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.browser)


def address_of(role: str) -> str:
    return f"{role}@example.test"


@dataclass
class Served:
    """A running winloss."""

    url: str
    home: Path
    _signed_in: dict[str, Any] = field(default_factory=dict)
    """Role → cookies: signing in is limited, and once is enough."""

    def cookies(self, browser: Browser, role: str) -> Any:
        if role not in self._signed_in:
            context = browser.new_context(base_url=self.url)
            page = context.new_page()
            sign_in(page, role)
            self._signed_in[role] = context.storage_state()
            context.close()
        return self._signed_in[role]


def sign_in(page: Page, role: str, *, password: str = PASSWORD) -> None:
    """By the form, as a person does."""
    fill_sign_in(page, address_of(role), password=password)
    page.wait_for_url(lambda url: "/accounts/login" not in url)


def fill_sign_in(page: Page, email: str, *, password: str = PASSWORD) -> None:
    page.goto("/accounts/login/")
    page.locator('input[name="login"]').fill(email)
    page.locator('input[name="password"]').fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()


def environment(home: Path) -> dict[str, str]:
    """Nothing of this machine's own winloss."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("WINLOSS_")}
    return env | {"WINLOSS_HOME": str(home), "WINLOSS_ADMIN_PASSWORD": PASSWORD, "WINLOSS_WORKERS": "1"}


def run(home: Path, *words: str) -> str:
    done = subprocess.run(
        [WINLOSS, *words], env=environment(home), cwd=home.parent, text=True, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


OTHERS = """
import os
import django
django.setup()
from allauth.mfa.totp.internal.auth import TOTP
from winloss.web.people.models import Team, User
north = Team.objects.create(name="North", deal_team="Aarhus")
Team.objects.create(name="South", deal_team="South")
for role in ("manager", "rep", "marketing", "viewer"):
    given = {"name": f"A {role}", "role": role, "team": north}
    User.objects.create_user(f"{role}@example.test", os.environ["WINLOSS_ADMIN_PASSWORD"], **given)
guarded = User.objects.create_user("guarded@example.test", os.environ["WINLOSS_ADMIN_PASSWORD"], name="B", role="viewer")
TOTP.activate(guarded, "JBSWY3DPEHPK3PXP")
"""


def people(home: Path) -> None:
    """Somebody of every role beside the administrator."""
    env = environment(home) | {"DJANGO_SETTINGS_MODULE": "winloss.web.settings"}
    subprocess.run([sys.executable, "-c", OTHERS], env=env, check=True)


@contextmanager
def serving(home: Path) -> Iterator[str]:
    """`winloss serve` until the end of the block; the address it answers at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url, log = f"http://127.0.0.1:{port}", home.parent / "serve.log"
    with log.open("wb") as out:
        server = subprocess.Popen(
            [WINLOSS, "serve", "--home", str(home), "--port", str(port)],
            env=environment(home), cwd=home.parent, stdout=out, stderr=out, start_new_session=True,
        )  # fmt: skip
    try:
        _wait(server, f"{url}/healthz", log)
        yield url
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        try:
            server.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()


def _wait(server: subprocess.Popen[bytes], url: str, log: Path) -> None:
    ends = time.monotonic() + START_S
    while time.monotonic() < ends and server.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5) as response:
                if response.status == 200:
                    return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.2)
    raise AssertionError(f"winloss serve did not come up: {log.read_text(errors='replace')[-2000:]}")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """For the tests of one file: while it runs, this thread counts as asynchronous, and Django would refuse its database."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory, demo_book: Path) -> Iterator[Served]:
    """The demo company, and somebody of every role."""
    home = tmp_path_factory.mktemp("browser") / "home"
    run(home, "init", "--home", str(home), "--email", address_of("revops"), "--name", "An administrator")
    shutil.copytree(demo_book, home / "book", dirs_exist_ok=True)
    people(home)
    with serving(home) as url:
        yield Served(url, home)


Open = Callable[..., BrowserContext]


@pytest.fixture
def opened(chromium: Browser, served: Served) -> Iterator[Open]:
    """A browser of somebody: `opened("revops", viewport={"width": 390, "height": 844}, color_scheme="dark")`."""
    contexts = []

    def open_as(role: str = "revops", **options: Any) -> BrowserContext:
        state = served.cookies(chromium, role)
        contexts.append(chromium.new_context(base_url=served.url, storage_state=state, **options))
        return contexts[-1]

    yield open_as
    for context in contexts:
        context.close()

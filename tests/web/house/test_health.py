"""Health and figures: what they say, and to whom."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from winloss.store import Book
from winloss.web.jobs import queries, services
from winloss.web.jobs.models import Job, State

pytestmark = pytest.mark.django_db


def of(client: Client, query: str = "") -> tuple[int, dict[str, Any]]:
    response = client.get(f"/healthz{query}")
    told: dict[str, Any] = response.json()
    return response.status_code, told


def figures(client: Client) -> dict[str, float]:
    lines = [line for line in client.get("/metrics").content.decode().splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


def set_to(settings: Any, **fields: Any) -> None:
    settings.CONFIG = settings.CONFIG.model_copy(update=fields)


def test_health_tells_of_a_worker_that_lives_and_one_that_went_silent(client: Client) -> None:
    assert (of(client)[1]["worker"], of(client)[1]["worker_seen_s"]) == (False, None)
    services.seen("one")
    assert of(client)[1]["worker"] is True
    services.seen("one", now=timezone.now() - dt.timedelta(seconds=75))
    status, told = of(client)
    assert (status, told["worker"], round(told["worker_seen_s"])) == (200, False, 75)
    assert of(client, "?worker=1")[0] == 503


def test_health_says_whether_the_book_opens(client: Client, home: Path) -> None:
    assert of(client)[1]["book"] is None
    Book.create(home / "book")
    assert of(client)[1]["book"] is True
    (home / "book" / "CURRENT").write_text("nonsense")
    status, told = of(client)
    assert (status, told["ok"], told["book"]) == (503, False, False)


def test_health_says_when_the_database_is_away(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_now: dt.datetime) -> float:
        raise OperationalError

    monkeypatch.setattr(queries, "heartbeat_age_s", away)
    monkeypatch.setattr(queries, "by_kind_and_state", lambda: away(timezone.now()))
    status, told = of(client)
    assert (status, told["ok"], told["database"]) == (503, False, False)
    assert figures(client)["winloss_database_up"] == 0


def test_figures_count_jobs_workers_and_the_book(client: Client, home: Path) -> None:
    due = timezone.now() - dt.timedelta(seconds=90)
    for state in (State.DONE, State.DONE, State.QUEUED):
        Job.objects.create(kind="tidy", state=state, not_before=due)
    services.seen("one")
    Book.create(home / "book")
    told = figures(client)
    assert told['winloss_jobs{kind="tidy",state="done"}'] == 2
    assert told['winloss_jobs{kind="tidy",state="queued"}'] == 1
    assert 90 <= told["winloss_oldest_waiting_job_seconds"] < 100
    assert (told["winloss_workers"], told["winloss_database_up"], told["winloss_book_up"]) == (1, 1, 1)
    assert told["winloss_worker_heartbeat_age_seconds"] < 10
    assert (told["winloss_book_version"], told["winloss_book_deals"]) == (0, 0)


def test_requests_are_counted_by_route_and_status(client: Client) -> None:
    name = 'winloss_request_duration_seconds_count{route="%s",status="%s"}'
    before = figures(client)
    client.get("/healthz")
    client.get("/nowhere")
    after = figures(client)
    for route, status in (("house:healthz", 200), ("none", 404)):
        assert after[name % (route, status)] - before.get(name % (route, status), 0) == 1


def test_figures_are_for_this_machine_and_for_who_knows_the_token(client: Client, settings: Any) -> None:
    assert client.get("/metrics", REMOTE_ADDR="192.0.2.7").status_code == 404
    assert client.get("/metrics", REMOTE_ADDR="::1").status_code == 200
    assert client.get("/metrics", headers={"X-Forwarded-For": "127.0.0.1"}).status_code == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer "}, REMOTE_ADDR="192.0.2.7").status_code == 404
    set_to(settings, metrics_token="tök-en", behind_proxy=True)
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 404
    right = client.get("/metrics", headers={"Authorization": "Bearer tök-en"}, REMOTE_ADDR="192.0.2.7")
    assert right.status_code == 200
    assert right.headers["Content-Type"].startswith("text/plain; version=0.0.4")


@pytest.mark.slow
def test_a_server_has_loaded_every_page_before_it_answers(tmp_path: Path) -> None:
    asked = (
        "import sys; from winloss.cli import web; from pathlib import Path\n"
        "web.prepare(web.configured(Path(sys.argv[1])))\n"
        "import winloss.web.wsgi\n"
        "from django.test import Client\n"
        "before = set(sys.modules); Client().get('/healthz', HTTP_HOST='localhost')\n"
        "print(sorted(name for name in set(sys.modules) - before if name.startswith('winloss')))"
    )
    env = {name: value for name, value in os.environ.items() if not name.startswith(("WINLOSS_", "DJANGO_"))}
    done = subprocess.run(
        [sys.executable, "-c", asked, str(tmp_path / "home")], env=env, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "[]\n"), done.stderr

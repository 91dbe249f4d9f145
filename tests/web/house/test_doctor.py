"""What the doctor says of installations that are well, and of those that are not."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from typer.testing import CliRunner

from winloss import cli, refresh
from winloss.refresh import ImportOptions
from winloss.store import Book
from winloss.web import keys
from winloss.web.audit import triggers
from winloss.web.house import backups, doctor
from winloss.web.jobs.models import Job


@pytest.fixture
def well(home: Path, db: None) -> Path:
    home.chmod(0o750)
    keys.add(home)
    now = timezone.now().isoformat()
    backups.note(home, backups.Made(at=now, path="/mnt/b.tar.zst", bytes=1))
    return home


def told(asked: str) -> list[tuple[str, str]]:
    return [(str(one.state), one.found) for one in doctor.examine() if one.asked == asked]


def only(asked: str) -> tuple[str, str]:
    (found,) = told(asked)
    return found


def configure(settings: Any, **given: Any) -> None:
    settings.CONFIG = settings.CONFIG.model_copy(update=given)


def test_of_a_well_installation_nothing_is_bad(well: Path) -> None:
    assert [one for one in doctor.examine() if one.state == "bad"] == []


def test_every_answer_that_is_not_good_says_what_to_do(home: Path, db: None, settings: Any) -> None:
    configure(settings, address="http://winloss.company.test", email_url="x", oidc_server="x", home=home / "no")
    answers = doctor.examine()
    assert sum(one.state == "bad" for one in answers) >= 5
    assert [one for one in answers if one.state != "ok" and not one.do] == []


def test_keys_that_others_can_read_are_bad(well: Path) -> None:
    (well / "secret.keys").chmod(0o644)
    assert only("keys")[0] == "bad"
    (well / "secret.keys").unlink()
    assert only("keys")[0] == "bad"
    keys.add(well)
    keys.add(well)
    assert only("keys") == ("warn", "2 keys")
    (well / "secret.keys").write_text("\n")
    assert only("keys")[0] == "bad"


def test_a_book_that_lacks_a_file_is_bad(well: Path) -> None:
    assert only("book") == ("ok", "none yet: the first import makes it")
    file = well / "deals.csv"
    file.write_text("Opportunity ID,Stage,Close Date,Amount\n1,Closed Won,2026-02-02,5\n2,Closed Lost,2026-02-03,6\n")
    refresh.import_files(Book.create(well / "book"), [file], options=ImportOptions())
    assert only("book") == ("ok", "version 1, 2 rows, every file is there")
    next((well / "book").glob("tables/deals/*.parquet")).unlink()
    assert only("book")[0] == "bad"
    shutil.rmtree(well / "book" / "manifests")
    assert only("book")[0] == "bad"


def test_jobs_that_nobody_does_are_bad(well: Path) -> None:
    assert only("worker")[0] in {"ok", "warn"}
    Job.objects.create(kind="import", not_before=timezone.now() - dt.timedelta(hours=1))
    state, found = only("worker")
    assert (state, "1 job(s) wait for more than 5 minutes" in found) == ("bad", True)
    Job.objects.update(state="failed")
    assert only("jobs")[0] == "warn"


def test_a_log_that_could_be_changed_is_bad(well: Path) -> None:
    assert only("audit log")[0] == "ok"
    triggers.drop(connection)
    assert only("audit log")[0] == "bad"


@pytest.mark.parametrize(
    ("address", "proxy", "state"),
    [
        ("http://127.0.0.1:8700", False, "ok"),
        ("http://winloss.company.test", False, "bad"),
        ("https://winloss.company.test", False, "warn"),
        ("https://winloss.company.test", True, "ok"),
        ("winloss.company.test", False, "bad"),
    ],
)
def test_an_address_without_tls_is_for_this_machine_only(
    well: Path, settings: Any, address: str, proxy: bool, state: str
) -> None:
    configure(settings, address=address, behind_proxy=proxy)
    assert only("address")[0] == state


@pytest.mark.parametrize(
    ("url", "sender", "state"),
    [
        ("", "winloss@localhost", "ok"),
        ("smtp://u:p@mail.test:587", "w@x.test", "ok"),
        ("smtp://mail.test", "winloss@localhost", "warn"),
        ("smtp://u@mail.test", "w@x.test", "bad"),
        ("mail.test", "w@x.test", "bad"),
    ],
)
def test_settings_of_mail_are_complete_or_told(well: Path, settings: Any, url: str, sender: str, state: str) -> None:
    configure(settings, email_url=url, email_from=sender)
    assert only("mail")[0] == state


class _Provider(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        known = self.path == "/good/.well-known/openid-configuration"
        self.send_response(200 if known or "odd" in self.path else 404)
        self.end_headers()
        here = f"http://127.0.0.1:{self.server.server_port}"  # type: ignore[attr-defined]  # of the server below
        told = {"issuer": here, "authorization_endpoint": here, "token_endpoint": here} if known else {}
        self.wfile.write(json.dumps(told).encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def provider() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), _Provider) as server:
        hand = threading.Thread(target=server.serve_forever)
        hand.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        hand.join()


def test_the_companys_provider_is_asked_only_where_it_is_set(well: Path, settings: Any, provider: str) -> None:
    assert only("company sign-in") == ("ok", "not used")
    configure(settings, oidc_server=f"{provider}/good")
    assert only("company sign-in") == ("bad", "oidc_client_id and oidc_client_secret not set")
    configure(settings, oidc_client_id="a", oidc_client_secret="b")
    assert only("company sign-in") == ("ok", f"{provider} answers")
    configure(settings, oidc_server=f"{provider}/odd")
    assert only("company sign-in")[0] == "bad"
    configure(settings, oidc_server=f"{provider}/no")
    assert only("company sign-in")[0] == "bad"
    configure(settings, oidc_server="http://127.0.0.1:1")
    assert only("company sign-in")[0] == "bad"
    configure(settings, oidc_server="file:///etc/passwd")
    assert only("company sign-in")[0] == "bad"


def test_a_backup_of_last_month_is_old(well: Path) -> None:
    assert only("backup")[0] == "ok"
    then = (timezone.now() - dt.timedelta(days=30)).isoformat()
    backups.note(well, backups.Made(at=then, path="/mnt/old", bytes=1))
    assert only("backup") == ("warn", "/mnt/old, 30 day(s) old")


def test_a_home_that_is_gone_or_open_is_told(well: Path, settings: Any) -> None:
    well.chmod(0o777)
    assert only("home folder")[0] == "warn"
    configure(settings, home=well / "no")
    assert only("home folder")[0] == "bad"


def test_by_command_it_ends_with_1_where_something_is_bad(well: Path) -> None:
    run = CliRunner().invoke
    good = run(cli.app, ["doctor"])
    assert (good.exit_code, "ood to go" in good.output) == (0, True)
    triggers.drop(connection)
    bad = run(cli.app, ["doctor", "--json"])
    answers = json.loads(bad.output)
    assert (bad.exit_code, answers["good"]) == (1, False)
    assert {"asked", "state", "found", "do"} == set(answers["answers"][0])


def test_a_clock_that_is_behind_the_book_is_bad(well: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert only("clock")[0] == "ok"
    monkeypatch.setattr(timezone, "now", lambda: dt.datetime(1999, 1, 1, tzinfo=dt.UTC))
    assert [one.state for one in doctor.clock()] == ["bad"]

"""Somebody who is forgotten is in no file, table, version, session or job; what they did stays, under an id."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from houses import outside, run, winloss
from searched import holding
from winloss.web import keys

NAME, EMAIL = "Zoë O'Brien", "zoe.obrien@northwind.test"
MIGRATE = """
from django.core.management import call_command
call_command("migrate", verbosity=0)
call_command("createcachetable")
"""
POPULATE = """
import datetime as dt, os
from pathlib import Path
import django
django.setup()
from django.conf import settings
from django.test import Client
from django.utils import timezone
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from winloss import refresh
from winloss.refresh import ImportOptions
from winloss.store import Book
from winloss.web.audit.services import record
from winloss.web.jobs.models import Job
from winloss.web.people.models import Invitation, User

NAME, EMAIL = os.environ["NAME"], os.environ["EMAIL"]
home = settings.CONFIG.home
settings.ALLOWED_HOSTS = ["testserver"]
me = User.objects.create_user(EMAIL, "correct horse battery", name=NAME, role="revops")
boss = User.objects.create_user("boss@northwind.test", "correct horse battery", name="The Boss", role="revops")
EmailAddress.objects.create(user=me, email=EMAIL, verified=True, primary=True)
TOTP.activate(me, generate_totp_secret())
for user in (me, boss):
    browser = Client()
    browser.force_login(user)
    session = browser.session
    session["account_login"] = {"email": user.email}
    session.save()
Invitation.objects.create(email=EMAIL.upper(), role="rep", token_digest="ab", ends_at=timezone.now())
Job.objects.create(kind="import", args={"file": f"{NAME}.csv", "to": [EMAIL]}, last_error=f"told {EMAIL}", made_by=me, not_before=timezone.now())
record("sign in", actor=str(me.pk))
head = "Opportunity ID,Deal Name,Owner,Owner Email,Stage,Amount,Close Date,Created Date,Notes\\n"
for month in (2, 3):
    folder = home / "uploads" / f"00{month}" / "files"
    folder.mkdir(parents=True)
    file = folder / f"{NAME} {month}.csv"
    rows = "".join(f'{month}{n},"{NAME} and Co","{NAME if n % 2 else "Ann Other"}",{EMAIL if n % 2 else "ann@x.test"},Closed Won,{n}00,2026-0{month}-1{n},2026-01-02,ask {EMAIL}\\n' for n in range(6))
    file.write_text(head + rows + f"x{month},{NAME},,,Closed Won,bad,2026-02-02,2026-01-01,\\n")
    refresh.import_files(Book.create(settings.CONFIG.book), [file], options=ImportOptions(rejects_dir=home / "uploads" / f"00{month}" / "rejects"))
(home / "results").mkdir()
(home / "results" / "x.json").write_text(NAME)
(home / "results" / "kept.txt").write_text(EMAIL)
(home / "run").mkdir(exist_ok=True)
(home / "run" / "serve.log").write_text(f"12:00 told {EMAIL} of {NAME}\\n12:01 open\\n")
"""


@pytest.fixture(scope="module")
def populated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home folder in which a person is everywhere."""
    home = tmp_path_factory.mktemp("populated") / "winloss"
    home.mkdir()
    keys.add(home)
    run(home, "-c", "import django; django.setup()\n" + MIGRATE + POPULATE, NAME=NAME, EMAIL=EMAIL)
    return home


@pytest.fixture
def full(populated: Path, tmp_path: Path) -> Path:
    home = tmp_path / "winloss"
    shutil.copytree(populated, home)
    for path in home.glob("book/manifests/*.json"):
        path.write_text(path.read_text().replace(str(populated), str(home)))
    return home


def test_nothing_of_them_is_left_anywhere_and_the_log_is_whole(full: Path) -> None:
    before = holding(full, NAME, EMAIL)
    for place in ("winloss.sqlite3", "book/people", "book/tables", "book/manifests", "uploads", "rejects", "results"):
        assert any(place in name for name in before), place
    told = winloss(full, "forget", EMAIL, "--yes")
    assert f"remove {NAME} <{EMAIL}> with password, second factor and tokens" in told
    assert "end 1 session\n" in told
    assert "remove 1 invitation\n" in told
    assert "in 2 versions of the book" in told
    assert holding(full, NAME, EMAIL) == []
    assert (full / "run" / "serve.log").read_text().endswith("\n12:01 open\n")
    assert (full / "run" / "forgotten").is_file()
    assert "The audit log is whole: 2 entries" in winloss(full, "audit", "verify")
    again = winloss(full, "forget", EMAIL, "--yes")
    assert f"winloss knows nothing of {EMAIL}." in again


@pytest.mark.slow
def test_what_is_of_others_stays(full: Path) -> None:
    winloss(full, "forget", EMAIL, "--yes")
    told = run(
        full,
        "-c",
        "import django; django.setup()\n"
        "from winloss.web.people.models import User\n"
        "from winloss.web.jobs.models import Job\n"
        "from django.contrib.sessions.models import Session\n"
        "print(User.objects.get().name, Session.objects.count(), Job.objects.get().made_by, Job.objects.get().args)\n"
        "from winloss.store import Book; from django.conf import settings\n"
        "with Book.open(settings.CONFIG.book).read() as view:\n"
        "    print(view.ask(view.tables['deals'].count()).to_pydict(), view.ask(view.tables['people']).to_pydict())\n",
    )
    assert "The Boss 1 None {'file': 'p_" in told
    assert "[12]" in told
    assert "'name': ['Ann Other']" in told
    names = sorted(path.name for path in full.rglob("uploads/*/files/*"))
    assert all(name.startswith("p_") for name in names)
    assert len(names) == 2


@pytest.mark.slow
def test_who_is_asked_and_says_no_changes_nothing(full: Path) -> None:
    files = {path: path.stat().st_mtime_ns for path in full.rglob("*") if path.is_file() and "sqlite3" not in path.name}
    env = {**outside(), "WINLOSS_HOME": str(full)}
    done = subprocess.run(
        [sys.executable, "-m", "winloss", "forget", EMAIL],
        env=env,
        input="n\n",
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, "Nothing was changed." in done.stderr) == (2, True)
    assert {path: path.stat().st_mtime_ns for path in files} == files
    assert "in a database" not in done.stdout


@pytest.mark.slow
def test_without_an_answer_nothing_is_changed_and_one_sentence_says_so(full: Path) -> None:
    files = {path: path.stat().st_mtime_ns for path in full.rglob("*") if path.is_file() and "sqlite3" not in path.name}
    done = subprocess.run(
        [sys.executable, "-m", "winloss", "forget", EMAIL],
        env={**outside(), "WINLOSS_HOME": str(full)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (1, "winloss: Stopped: nothing was changed.\n")
    assert {path: path.stat().st_mtime_ns for path in files} == files


@pytest.mark.slow
def test_backups_and_watched_files_are_named_as_what_remains(full: Path, tmp_path: Path) -> None:
    watched = tmp_path / "watched"
    watched.mkdir()
    (watched / "export.csv").write_text(f"who\n{NAME}\n")
    (full / "winloss.toml").write_text(f'watch_folder = "{watched}"\nemail_from = "{EMAIL}"\n')
    (full / "backups.log").write_text(
        '{"at": "2026-05-01T00:00:00", "path": "/mnt/may.tar.zst", "bytes": 1}\nrubbish\n'
    )
    (full / "uploads" / "old.xls").write_bytes(b"\xd0\xcf\x11\xe0" + NAME.encode("utf-16-le"))
    told = winloss(full, "forget", EMAIL, "--yes")
    assert "/mnt/may.tar.zst: the backup of 2026-05-01 holds them" in told
    nobody = winloss(full, "forget", "nobody@nowhere.test")
    assert nobody == "winloss knows nothing of nobody@nowhere.test.\n"
    assert f"{watched / 'export.csv'}: names them, and would be imported again" in told
    assert "winloss.toml: names them: take them out by hand" in told
    assert "old.xls: a workbook of the old format cannot be rewritten: delete it" in told


@pytest.mark.slow
def test_the_last_one_who_can_let_people_in_is_not_forgotten(full: Path) -> None:
    winloss(full, "forget", EMAIL, "--yes")
    told = winloss(full, "forget", "boss@northwind.test", "--yes", code=2)
    assert "make somebody else RevOps first" in told


@pytest.mark.slow
def test_of_a_book_alone_no_home_is_asked(full: Path, tmp_path: Path) -> None:
    book = full / "book"
    told = run(tmp_path, "-m", "winloss", "forget", EMAIL, "--book", str(book), "--yes")
    assert "remove 1 row of the book's table of people" in told
    assert holding(book, NAME, EMAIL) == []
    assert "holds nothing of" in run(tmp_path, "-m", "winloss", "forget", EMAIL, "--book", str(book), "--yes")


def test_without_a_database_it_says_what_to_do(tmp_path: Path) -> None:
    assert "`winloss init` makes one" in winloss(tmp_path, "forget", EMAIL, "--yes", code=2)

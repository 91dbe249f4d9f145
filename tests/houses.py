"""Home folders of the web application in processes of their own: filled, and looked at."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

POPULATE = """
import os
import django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
call_command("createcachetable")
from django.conf import settings
from django.utils import timezone
from allauth.mfa.totp.internal.auth import TOTP
from winloss import refresh
from winloss.refresh import ImportOptions
from winloss.store import Book
from winloss.web.audit.services import record
from winloss.web.jobs.models import Job
from winloss.web.people.models import Team, User

home = settings.CONFIG.home
north = Team.objects.create(name="North")
user = User.objects.create_user("zoe@x.test", "correct horse battery", name="Zoë", role="revops", team=north)
TOTP.activate(user, "JBSWY3DPEHPK3PXP")
Job.objects.create(kind="import", args={"deep": [1, {"a": None}]}, made_by=user, not_before=timezone.now())
for n in range(3):
    record("import", actor=str(user.pk), told={"rows": n})
for month in (2, 3):
    folder = home / "uploads" / f"00{month}" / "files"
    folder.mkdir(parents=True)
    rows = "".join(f"{month}{n},Deal,Zoë,{'Closed Won' if n % 3 else 'Closed Lost'},{n}00,2026-0{month}-1{n},2026-01-02\\n" for n in range(8))
    (folder / f"deals{month}.csv").write_text("Opportunity ID,Deal Name,Owner,Stage,Amount,Close Date,Created Date\\n" + rows)
    refresh.import_files(Book.create(settings.CONFIG.book), [folder / f"deals{month}.csv"], options=ImportOptions())
(home / "uploads" / "incoming").mkdir()
(home / "uploads" / "incoming" / "half").write_text("x")
(home / "results").mkdir()
(home / "results" / "r.json").write_text("{}")
(home / "winloss.toml").write_text('log_format = "json"\\n')
"""
LOOK = """
import datetime as dt
import django, json
django.setup()
from django.conf import settings
from allauth.mfa.models import Authenticator
from winloss import refresh
from winloss.store import Book
from winloss.synthesize.assemble import StudyOptions
from winloss.web.audit.models import Event
from winloss.web import keys
from winloss.web.jobs.models import Job
from winloss.web.people.models import User
from winloss.report.document import document

book = Book.open(settings.CONFIG.book)
with book.read() as view:
    told = refresh.study_of(view, options=StudyOptions(today=dt.date(2026, 6, 1)), name="b").study
user = User.objects.get()
print(json.dumps({
    "figures": document(told),
    "versions": [str(one.made_at) for one in book.log()],
    "user": [str(user.pk), user.email, str(user.team), str(user.joined_at), user.check_password("correct horse battery")],
    "factor": keys.unseal_here(Authenticator.objects.get().data["secret"]),
    "job": [Job.objects.get().args, str(Job.objects.get().made_at)],
    "first": Event.objects.first().digest,
}, default=str, sort_keys=True))
"""

WRITERS = """
import threading, django
django.setup()
from winloss.web.audit.services import record
from django.db import connection

def write(name):
    for count in range(15):
        record("import", actor=name, told={"rows": count, "digest": "ab", "parts": [1, 2]})
    connection.close()

hands = [threading.Thread(target=write, args=(f"t{n}",)) for n in range(3)]
[hand.start() for hand in hands]
[hand.join() for hand in hands]
"""


def run(home: Path, *arguments: str, code: int = 0, **more: str) -> str:
    env = {**outside(), "WINLOSS_HOME": str(home), "DJANGO_SETTINGS_MODULE": "winloss.web.settings", **more}
    done = subprocess.run([sys.executable, *arguments], env=env, check=False, capture_output=True, text=True)
    assert done.returncode == code, done.stderr + done.stdout
    return done.stdout + done.stderr


def winloss(home: Path, *arguments: str, code: int = 0) -> str:
    return run(home, "-m", "winloss", *arguments, "--home", str(home), code=code)


def outside() -> dict[str, str]:
    """The environment without the database that the tests themselves run on."""
    return {name: value for name, value in os.environ.items() if name != "WINLOSS_DATABASE_URL"}

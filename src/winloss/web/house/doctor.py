"""Are we good to go? Every question with its answer, and what to do where it is not a good one."""

from __future__ import annotations

import datetime as dt
import json
import os
import platform
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from http.client import HTTPException
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import urlopen

from django.apps import apps
from django.conf import settings
from django.core import checks
from django.db import DatabaseError, connection
from django.utils import timezone

from winloss import __version__
from winloss.errors import UserError, WinlossError
from winloss.store import Book, Manifest, View
from winloss.web import config as configuration
from winloss.web import keys
from winloss.web.audit import triggers
from winloss.web.book import basis
from winloss.web.house import backups, database

_LEAST_FREE = 2 * 2**30
"""Bytes: an import of a large export and its version of the book."""
_LITTLE_FREE = 10 * 2**30
_LIBRARIES = ("django", "django-allauth", "duckdb", "deltalake", "pyarrow", "granian", "cryptography")
_NETWORK_S = 5
_BACKUP_DAYS = 7
_YEARS = (2026, 2100)


class State(StrEnum):
    OK = "ok"
    WARN = "warn"
    BAD = "bad"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What was asked, how it stands, what was found, and what to do; "" where nothing is."""

    asked: str
    state: State
    found: str
    do: str = ""


def ok(asked: str, found: str) -> Answer:
    return Answer(asked=asked, state=State.OK, found=found)


def warn(asked: str, found: str, do: str) -> Answer:
    return Answer(asked=asked, state=State.WARN, found=found, do=do)


def bad(asked: str, found: str, do: str) -> Answer:
    return Answer(asked=asked, state=State.BAD, found=found, do=do)


def examine() -> list[Answer]:
    """Ask everything. A question that cannot be asked is a bad answer, never an exception."""
    found: list[Answer] = []
    for question in QUESTIONS:
        name = question.__name__.replace("_", " ").strip()
        try:
            found += question()
        except (WinlossError, DatabaseError, OSError) as error:
            said = (str(error).splitlines() or [type(error).__name__])[0][:200]
            found.append(bad(name, said, "Mend this first, then ask again."))
    return found


def program() -> Iterator[Answer]:
    python = f"winloss {__version__}, Python {platform.python_version()}"
    yield (
        ok("program", python)
        if sys.version_info >= (3, 11)
        else bad("program", python, "Install Python 3.11 or later.")
    )
    lacking = [name for name in _LIBRARIES if not _version(name)]
    told = ", ".join(f"{name} {_version(name)}" for name in _LIBRARIES if _version(name))
    if lacking:
        yield bad("libraries", f"{', '.join(lacking)} not installed", "`pip install 'winloss[web]'` adds them.")
    else:
        yield ok("libraries", told)


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def home_folder() -> Iterator[Answer]:
    home: Path = settings.CONFIG.home
    if not home.is_dir():
        yield bad("home folder", f"{home} is not there", "`winloss init` makes it; --home names another.")
        return
    if not os.access(home, os.W_OK | os.X_OK):
        yield bad("home folder", f"{home} cannot be written", "Give it to the user who runs winloss.")
        return
    mode = home.stat().st_mode & 0o777
    if mode & 0o007:
        yield warn("home folder", f"{home} is open to every user of this machine ({mode:o})", f"chmod 750 {home}")
    else:
        yield ok("home folder", f"{home} ({mode:o})")
    free = shutil.disk_usage(home).free
    told = f"{free / 1e9:,.1f} GB free"
    if free < _LEAST_FREE:
        yield bad("disk space", told, "Free some: imports need room for a version of the book.")
    elif free < _LITTLE_FREE:
        yield warn("disk space", told, "Free some soon; `winloss book prune` lets old versions go.")
    else:
        yield ok("disk space", told)


def keys_() -> Iterator[Answer]:
    config = settings.CONFIG
    if config.secret_keys:
        count = len(config.secret_keys)
        yield ok("keys", f"{count} from WINLOSS_SECRET_KEYS or {configuration.FILE}")
        return
    path = config.home / keys.FILE
    if not path.exists():
        yield bad(
            "keys",
            f"{path} is not there",
            "Put its copy back, or `winloss init` makes one; second factors need the old one.",
        )
        return
    mode, count = path.stat().st_mode & 0o777, len(keys.read(config))
    if mode & 0o077:
        yield bad("keys", f"others can read {path} ({mode:o})", f"chmod 600 {path}, then `winloss keys rotate`.")
    elif count > 1:
        yield warn("keys", f"{count} keys", "When everybody has signed in again: `winloss keys rotate --drop-old`.")
    else:
        yield ok("keys", "1 key, private")


def database_() -> Iterator[Answer]:
    asked = "database"
    if missing := database.missing_file():
        yield bad(asked, f"{missing} is not there", "`winloss init` makes it, `winloss restore` puts a backup back.")
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    if waiting := database.waiting():
        yield bad(
            asked, f"{len(waiting)} steps behind this program", "Start `winloss serve` once: it brings it up to date."
        )
        return
    yield ok(asked, f"{connection.display_name} answers, up to date")
    if database.is_file():
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA journal_mode")
            (mode,) = cursor.fetchone()
            cursor.execute("PRAGMA quick_check(1)")
            (sound,) = cursor.fetchone()
        yield (
            ok("database mode", "write-ahead log")
            if mode == "wal"
            else bad(
                "database mode",
                f"{mode} instead of wal",
                "Put the home folder on a local disk, not on a network share.",
            )
        )
        if sound != "ok":
            yield bad("database file", str(sound)[:150], "Restore the last backup.")
    if triggers.are_there(connection):
        yield ok("audit log", "the database refuses to change it; `winloss audit verify` proves it whole")
    else:
        yield bad(
            "audit log",
            "the database would let it be changed",
            "Find out who took the triggers away; `winloss audit verify`.",
        )


def book() -> Iterator[Answer]:
    path = settings.CONFIG.book
    if not (path / "CURRENT").exists() and not path.exists():
        yield ok("book", "none yet: the first import makes it")
        return
    opened = Book.open(path)
    manifest = opened.manifest()
    rows = sum(entry.rows for entry in manifest.tables.values())
    with opened.read() as view:  # opens every file of the version
        view.tables["deals"]
        yield ok("book", f"version {manifest.version}, {rows:,} rows, every file is there")
        if settings.CONFIG.exclude:
            yield _left_out(view)


def _left_out(view: View) -> Answer:
    try:
        basis.options(view)
    except UserError as error:
        return bad(
            "left out", str(error), f"Correct exclude in {configuration.FILE} or WINLOSS_EXCLUDE, then start anew."
        )
    return ok("left out", f"the deals of {'; of '.join(settings.CONFIG.exclude)}, of every page and result")


def worker() -> Iterator[Answer]:
    models = apps.all_models["jobs"]
    job, living = models["job"], models.get("worker")
    if database.missing_file() or database.waiting():
        return
    now, lease = timezone.now(), dt.timedelta(seconds=settings.CONFIG.job_lease_s)
    late = job._default_manager.filter(state="queued", not_before__lt=now - 5 * lease).count()
    alive = living._default_manager.filter(seen_at__gte=now - lease).count() if living else 0
    waiting = f"{late} job(s) wait for more than {5 * settings.CONFIG.job_lease_s // 60} minutes"
    if late:
        yield bad(
            "worker", f"{alive} alive, {waiting}", "Start `winloss serve`, or `winloss worker` beside it; see its log."
        )
    elif not alive:
        yield warn("worker", "none is running, nothing waits", "Start `winloss serve`, which runs one.")
    else:
        yield ok("worker", f"{alive} alive")
    if failed := job._default_manager.filter(state="failed").count():
        yield warn("jobs", f"{failed} failed and wait(s) for a person", "Open the page Jobs: each says what to do.")


def clock() -> Iterator[Answer]:
    now = timezone.now()
    newest = max((entry.made_at for entry in _versions() if entry.made_at), default=now)
    told = now.strftime("%Y-%m-%d %H:%M UTC")
    if not _YEARS[0] <= now.year < _YEARS[1] or newest > now + dt.timedelta(minutes=5):
        yield bad(
            "clock",
            f"{told}, and the book is of {newest:%Y-%m-%d %H:%M}",
            "Set the clock; use NTP. Second factors need it.",
        )
    else:
        yield ok("clock", told)


def _versions() -> list[Manifest]:
    path = settings.CONFIG.book
    return [Book.open(path).manifest()] if (path / "CURRENT").exists() else []


def address() -> Iterator[Answer]:
    config = settings.CONFIG
    url = urlsplit(config.address)
    local = url.hostname in {"127.0.0.1", "localhost", "::1"}
    if url.scheme not in {"http", "https"} or not url.hostname:
        yield bad("address", f"{config.address!r} is none", "Set `address`, as https://winloss.company.com.")
    elif url.scheme == "https":
        do = "Where a proxy ends TLS, set behind_proxy = true; without it every page would redirect for ever."
        yield (
            ok("address", f"{config.address}, cookies over TLS only")
            if config.behind_proxy
            else warn("address", f"{config.address}, and behind_proxy is off", do)
        )
    elif local:
        yield ok("address", f"{config.address}, this machine only")
    else:
        yield bad(
            "address",
            f"{config.address} is not encrypted: passwords can be read on the way",
            "Put TLS before it, and set address to https://.",
        )


def mail() -> Iterator[Answer]:
    url = urlsplit(settings.CONFIG.email_url)
    if not settings.CONFIG.email_url:
        yield ok("mail", "none: links are shown instead of sent")
    elif url.scheme not in {"smtp", "smtps"} or not url.hostname:
        yield bad("mail", "email_url is no address of a mail server", "Set it as smtp://user:password@host:587.")
    elif bool(url.username) != bool(url.password):
        yield bad("mail", "email_url has a user or a password, not both", "Set it as smtp://user:password@host:587.")
    elif settings.CONFIG.email_from.endswith("@localhost"):
        yield warn(
            "mail",
            f"{url.hostname}, mails come from {settings.CONFIG.email_from}",
            "Set email_from to an address of yours.",
        )
    else:
        yield ok("mail", f"by {url.hostname}, from {settings.CONFIG.email_from}")


def company_sign_in() -> Iterator[Answer]:
    config = settings.CONFIG
    given = {
        "oidc_server": config.oidc_server,
        "oidc_client_id": config.oidc_client_id,
        "oidc_client_secret": config.oidc_client_secret,
    }
    lacking = [name for name, value in given.items() if not value]
    if len(lacking) == len(given):
        yield ok("company sign-in", "not used")
    elif lacking:
        yield bad("company sign-in", f"{' and '.join(lacking)} not set", "Set all three, or none.")
    else:
        yield _discovery(config.oidc_server)


def _discovery(server: str) -> Answer:
    place = server.rstrip("/")
    if not place.endswith("/.well-known/openid-configuration"):
        place += "/.well-known/openid-configuration"
    if urlsplit(place).scheme not in {"http", "https"}:
        return bad("company sign-in", f"{server} is no address", "Set oidc_server, as https://login.company.com.")
    try:
        with urlopen(place, timeout=_NETWORK_S) as answer:  # noqa: S310  # the scheme was looked at
            told = json.load(answer)
        lacking = [name for name in ("authorization_endpoint", "token_endpoint", "issuer") if name not in told]
    except (OSError, HTTPException, ValueError, TypeError) as error:
        said = f"{place} does not answer as it should ({type(error).__name__})"
        return bad("company sign-in", said, "Check oidc_server, and the way to it.")
    if lacking:
        do = "Check oidc_server: it is no OpenID Connect provider."
        return bad("company sign-in", f"{place} tells no {lacking[0]}", do)
    return ok("company sign-in", f"{told['issuer']} answers")


def backup() -> Iterator[Answer]:
    made = backups.made(settings.CONFIG.home)
    do = "`winloss backup FILE`, every night; keep it on another machine."
    if not made:
        yield warn("backup", "none was made", do)
        return
    days = (timezone.now() - dt.datetime.fromisoformat(made[-1].at)).days
    told = f"{made[-1].path}, {days} day(s) old"
    yield ok("backup", told) if days <= _BACKUP_DAYS else warn("backup", told, do)


_LOCAL_ONLY = frozenset(
    {"security.W004", "security.W008", "security.W012", "security.W016", "security.W021", "security.W005"}
)
"""What Django asks for behind TLS: answered by `address`."""


def deployment() -> Iterator[Answer]:
    plain = urlsplit(settings.CONFIG.address).scheme != "https"
    found = checks.run_checks(include_deployment_checks=True)
    serious = [one for one in found if one.id not in _LOCAL_ONLY or not plain]
    if not serious:
        yield ok("settings", "Django's check for deployment is clean")
    for one in serious:
        state = State.BAD if one.is_serious() else State.WARN
        yield Answer(
            asked="settings", state=state, found=f"{one.id}: {one.msg.splitlines()[0][:150]}", do=one.hint or ""
        )


QUESTIONS: tuple[Callable[[], Iterator[Answer]], ...] = (
    program,
    home_folder,
    keys_,
    database_,
    book,
    worker,
    clock,
    address,
    mail,
    company_sign_in,
    backup,
    deployment,
)
"""One line a question; they are asked in this order."""

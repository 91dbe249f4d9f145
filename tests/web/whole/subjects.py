"""A small company that asks for every address, and the objects that addresses name.

To let an address with `<deal_id>` in it be asked for, write here how one comes to be::

    @subject("deal_id")
    def deal(world: World, whose: str) -> str:
        return DEAL_OF[world.owner(whose).person_id]

The function is given the world and whose it is to be ("own": of the person who asks; "team": of a teammate; "other": of
somebody of another team; "-": nobody's), makes the object, and returns what stands in the address. Where one name
means two things in two apps, say below which address: `@subject("id", below="/jobs/")`.

What is sent by POST where an empty form would say nothing of rights is given by `@sent("/people/invite")`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.apps import apps
from django.core.cache import cache
from django.db import transaction
from django.http import HttpResponseBase
from django.test import Client
from django.utils import timezone

from landing_rows import land, page
from web.whole.routes import ANYBODY, NONE, Row
from winloss.store import Book
from winloss.web.people.models import Team, User
from winloss.web.people.rights import Role

HOSTILE = '<b class="hostile">'
"""Stands in names and values; a page that shows it as markup has an element of this class."""
PERSON = {role.value: f"p_{role.value}" for role in Role} | {"mate": "p_mate", "stranger": "p_stranger"}
"""Ids in the book of those who ask, of a teammate of theirs, and of somebody else."""
TEAM = {"p_stranger": "South"}
"""The CRM's team of an owner's deals; North for all others."""


@dataclass(frozen=True, slots=True)
class World:
    """Everybody, and who asks."""

    home: Path
    people: dict[str, User]
    """Of each role one, and "mate" and "stranger", who are reps."""
    asker: User | None

    def owner(self, whose: str) -> User:
        """Of whom something is to be."""
        mine = self.asker or self.people["stranger"]
        return {"own": mine, "team": self.people["mate"]}.get(whose, self.people["stranger"])


Make = Callable[[World, str], object]
_SUBJECTS: dict[tuple[str, str], Make] = {}
_SENT: dict[str, Callable[[World, str], dict[str, Any]]] = {}


def subject(name: str, *, below: str = "/") -> Callable[[Make], Make]:
    """Register how what an address calls `<name>` is made."""

    def register(make: Make) -> Make:
        assert (name, below) not in _SUBJECTS, f"<{name}> below {below} is made twice"
        _SUBJECTS[name, below] = make
        return make

    return register


def sent(
    address: str,
) -> Callable[[Callable[[World, str], dict[str, Any]]], Callable[[World, str], dict[str, Any]]]:
    """Register what is sent to an address by POST, PUT or PATCH."""

    def register(make: Callable[[World, str], dict[str, Any]]) -> Callable[[World, str], dict[str, Any]]:
        _SENT[address] = make
        return make

    return register


def path_of(address: str, world: World, whose: str) -> str:
    """The address with an object in it."""
    for name in dict.fromkeys(part.split(">")[0] for part in address.split("<")[1:]):
        below = max((b for n, b in _SUBJECTS if n == name and address.startswith(b)), key=len, default=None)
        assert below is not None, f"tests/web/whole/subjects.py does not say how <{name}> of {address} is made"
        address = address.replace(f"<{name}>", str(_SUBJECTS[name, below](world, whose)))
    return address


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody was told."""

    path: str
    status: int
    headers: dict[str, str]
    cookies: dict[str, dict[str, Any]]
    content: bytes

    @property
    def is_page(self) -> bool:
        return self.headers.get("Content-Type", "").startswith("text/html")

    @property
    def text(self) -> str:
        return self.content.decode()

    @property
    def told(self) -> str:
        """As the table has it: the status, or "in" for who is asked to sign in."""
        sign_in = self.status == 302 and self.headers["Location"].startswith("/accounts/login/")
        return "in" if sign_in else str(self.status)


def company(home: Path) -> World:
    """Two teams, somebody of every role, and a book with deals of everybody."""
    north = Team.objects.create(name=f"North {HOSTILE}", deal_team="North")
    south = Team.objects.create(name="South", deal_team="South")
    people = {
        name: User.objects.create_user(
            f"{name}@example.test",
            "correct horse battery",
            name=f"{name.title()} {HOSTILE}",
            role=name if name in set(Role) else Role.REP.value,
            team=south if name == "stranger" else north,
            person_id=person_id,
        )
        for name, person_id in PERSON.items()
    }
    return World(home, people, None)


def ask(world: World, row: Row, role: str) -> Answer:
    """Somebody asks for a row's address; whatever that changes in the database is taken back."""
    asker = None if role == ANYBODY else world.people[role]
    world = World(world.home, world.people, asker)
    cache.clear()
    client = Client()
    with transaction.atomic():
        if asker is not None:
            client.force_login(asker)
        path = path_of(row.address, world, row.whose)
        form = _SENT[row.address](world, row.whose) if row.method != "GET" and row.address in _SENT else {}
        response = getattr(client, row.method.lower())(path, form)
        found = answer_of(path, response)
        transaction.set_rollback(True)
    return found


def answer_of(path: str, response: HttpResponseBase) -> Answer:
    """A response read to its end; the client closed it, and once more would close the test's connection to PostgreSQL."""
    content = b"".join(response.streaming_content) if response.streaming else response.content  # type: ignore[attr-defined]
    cookies = {name: dict(morsel) for name, morsel in response.cookies.items()}
    return Answer(path, response.status_code, dict(response.items()), cookies, content)


DEALS_EACH = 12


def book(path: Path) -> None:
    """A book in which everybody owns deals, won and lost, with values that would be markup if a page let them."""
    rows = [_deal(person_id, number) for person_id in PERSON.values() for number in range(DEALS_EACH)]
    people = [{"person_id": one, "name": f"{one} {HOSTILE}"} for one in PERSON.values()]
    made = Book.create(path)
    land(made, page(people, table="people"), table="people", source="people.csv")
    land(made, page(rows), source="deals.csv")


def deal_id(person_id: str, number: int = 0) -> str:
    return f"{person_id}-{number:02}"


def _deal(person_id: str, number: int) -> dict[str, Any]:
    kind = ("won", "lost", "lost", "open")[number % 4]
    closed = None if kind == "open" else dt.date(2026, 1 + number % 3, 3 + number)
    return {
        "deal_id": deal_id(person_id, number),
        "deal_name": f"Deal {number} {HOSTILE}",
        "account_id": f"account {number % 7}",
        "account_name": f"Account {number % 7} {HOSTILE}",
        "owner_id": person_id,
        "team": TEAM.get(person_id, "North"),
        "created_on": dt.date(2025, 11, 1 + number),
        "closed_on": closed,
        "deal_stage": {"won": "Closed Won", "lost": "Closed Lost", "open": "Proposal"}[kind],
        "deal_stage_kind": kind,
        "stage_kind": kind,
        "amount_cents": 100_000 + 10_000 * number,
        "currency": "EUR",
        "loss_reason_raw": "Price" if kind == "lost" else None,
        "competitor_raw": f"Rival {HOSTILE}" if kind == "lost" else None,
        "industry": ("Retail", "Energy", f"Media {HOSTILE}")[number % 3],
        "notes": f"They said: {HOSTILE}",
    }


@subject("deal_id")
def _deal_of(world: World, whose: str) -> str:
    return deal_id(world.owner(whose).person_id)


@subject("id_", below="/people/")
def _person_of(world: World, whose: str) -> object:
    return world.owner(whose).pk


@subject("id_", below="/people/teams/")
@subject("name", below="/teams/")
def _team_of(world: World, whose: str) -> object:
    team = world.owner(whose).team
    assert team is not None
    return team.pk


@subject("id_", below="/people/invitations/")
def _invitation(world: World, _whose: str) -> object:
    return _invited(world).pk


@subject("token", below="/people/join/")
def _token(world: World, _whose: str) -> str:
    _invited(world)
    return TOKEN


TOKEN = "a-token-of-the-tests"


def _invited(world: World) -> Any:
    return _model("people", "Invitation").objects.create(
        email=f"new{world.home.name}@example.test",
        role="viewer",
        token_digest=sha256(TOKEN.encode()).hexdigest(),
        invited_by=world.people["revops"],
        ends_at=timezone.now() + dt.timedelta(days=1),
    )


@subject("id_", below="/people/me/tokens/")
@subject("id_", below="/people/tokens/")
def _api_token_of(world: World, whose: str) -> object:
    made = _model("people", "ApiToken").objects.create(
        user=world.owner(whose), name=HOSTILE, digest="0" * 64, ends_at=timezone.now() + dt.timedelta(days=1)
    )
    return made.pk


@subject("id_", below="/people/me/sessions/")
def _session_of(world: World, whose: str) -> object:
    user = world.owner(whose)
    browser = Client()
    browser.force_login(user)
    key = browser.session.session_key
    model = _model("usersessions", "UserSession")
    made, _ = model.objects.get_or_create(
        session_key=key, defaults={"user": user, "ip": "127.0.0.1", "user_agent": HOSTILE}
    )
    return made.pk


@subject("name", below="/segments/")
def _segment_of(world: World, whose: str) -> object:
    """One that is shared, so that others know of it."""
    model = _model("book", "SavedSegment")
    return model.objects.create(
        name=f"Mine {HOSTILE}", written="industry = Retail", owner=world.owner(whose), shared=True
    ).pk


@subject("job_id")
def _job_of(world: World, whose: str) -> object:
    made_by = None if whose == NONE else world.owner(whose)
    failed = f"It failed: {HOSTILE}"
    return (
        _model("jobs", "Job")
        .objects.create(kind="tests", not_before=timezone.now(), made_by=made_by, state="failed", last_error=failed)
        .pk
    )


@subject("upload_id")
def _upload(world: World, _whose: str) -> object:
    made = _model("sources", "Upload").objects.create(
        state="failed", digest="0" * 64, made_by=world.people["revops"], problem=f"It holds {HOSTILE}."
    )
    made.files.create(name=f"deals {HOSTILE}.csv", size=1, sha256="0" * 64, media="delimited")
    return made.pk


@subject("map_id")
def _map(world: World, _whose: str) -> object:
    saved_by = world.people["revops"]
    return (
        _model("sources", "SavedMapping")
        .objects.create(name=HOSTILE, fingerprint="0" * 64, saved_by=saved_by, text="")
        .pk
    )


@subject("number", below="/sources/versions/")
@subject("version", below="/report/")
def _version(world: World, _whose: str) -> int:
    from winloss.web.report import results

    folder = results.folder(1)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "winloss-report.md").write_text("# Nothing\n", encoding="utf-8")
    return 1


@subject("name", below="/report/")
def _document(_world: World, _whose: str) -> str:
    return "winloss-report.md"


@subject("provider_id")
def _provider(_world: World, _whose: str) -> str:
    return "company"


@subject("uidb36")
@subject("key")
def _link_never_sent(_world: World, _whose: str) -> str:
    return "abc"


def _model(app: str, name: str) -> Any:
    return apps.get_model(app, name)

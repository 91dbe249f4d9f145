"""What is asked of people, teams, invitations, sessions and tokens."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from hashlib import sha256

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db.models import Count, Exists, OuterRef, QuerySet
from django.utils import timezone

from winloss.web.people.models import ApiToken, Invitation, Team, User
from winloss.web.people.rights import Role

_BROWSERS = (("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
_SYSTEMS = (("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Mac OS", "macOS"))


def digest(token: str) -> str:
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def nobody_yet() -> bool:
    """Whether nobody has ever been let in."""
    return not User.objects.exists()


def everybody() -> QuerySet[User]:
    """All people with their team, those who are let go last; `with_factor` says who has a second factor."""
    factors = Authenticator.objects.filter(user_id=OuterRef("pk"), type=Authenticator.Type.TOTP)
    people = User.objects.select_related("team").annotate(with_factor=Exists(factors))
    return people.order_by("-is_active", "name", "email")


def person(id_: uuid.UUID) -> User | None:
    return everybody().filter(pk=id_).first()


def by_address(email: str) -> User | None:
    return User.objects.filter(email=email.strip().lower()).first()


def with_person_id(person_id: str) -> QuerySet[User]:
    return User.objects.filter(person_id=person_id)


def other_admins(user: User) -> bool:
    """Whether somebody else of RevOps can sign in."""
    return User.objects.filter(role=Role.REVOPS, is_active=True).exclude(pk=user.pk).exists()


def teams() -> QuerySet[Team]:
    return Team.objects.annotate(size=Count("members")).order_by("name")


def team(id_: uuid.UUID) -> Team | None:
    return Team.objects.filter(pk=id_).first()


def invitations() -> QuerySet[Invitation]:
    """Those not taken up yet, ended ones too; without the very first one."""
    open_ = Invitation.objects.filter(taken_at=None).exclude(email="")
    return open_.select_related("team", "invited_by").order_by("-made_at")


def invitation(id_: uuid.UUID) -> Invitation | None:
    return invitations().filter(pk=id_).first()


def invitation_of(token: str) -> Invitation | None:
    """The one that the token opens now."""
    return Invitation.objects.filter(token_digest=digest(token), taken_at=None, ends_at__gt=timezone.now()).first()


def invitation_for(email: str) -> Invitation | None:
    """One that is open for an address now."""
    found = Invitation.objects.filter(email=email.strip().lower(), taken_at=None, ends_at__gt=timezone.now())
    return found.order_by("-made_at").first() if email else None


def factor_of(user: User) -> Authenticator | None:
    return Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).first()


def tokens_of(user: User) -> QuerySet[ApiToken]:
    return ApiToken.objects.filter(user=user, ends_at__gt=timezone.now())


def token_of(user: User, id_: uuid.UUID) -> ApiToken | None:
    return ApiToken.objects.filter(user=user, pk=id_).first()


def any_token(id_: uuid.UUID) -> ApiToken | None:
    """A token with whom it is of, whoever that is."""
    return ApiToken.objects.select_related("user").filter(pk=id_).first()


@dataclass(frozen=True, slots=True)
class Session:
    """One browser that somebody is signed in with."""

    row: UserSession
    browser: str
    current: bool


def sessions_of(user: User, *, current: str | None = None) -> list[Session]:
    """The sessions that are live, newest first; those that ended by themselves are swept on the way."""
    rows = sorted(UserSession.objects.purge_and_list(user), key=lambda row: row.created_at, reverse=True)
    return [Session(row, browser_of(row.user_agent), row.session_key == current) for row in rows]


def session_of(user: User, id_: int) -> UserSession | None:
    found: UserSession | None = UserSession.objects.filter(user=user, pk=id_).first()
    return found


def browser_of(user_agent: str) -> str:
    """What a person would call it: "Firefox on Windows"; its own first word where it is none that is known."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "Linux" if "Linux" in user_agent else "")
    if browser:
        return f"{browser} on {system}" if system else browser
    return re.split(r"[\s/]", user_agent.strip(), maxsplit=1)[0][:40] or "Unknown browser"

"""Let people in, change what they may, let them go; each with its entry in the audit log."""

from __future__ import annotations

import datetime as dt
import logging
import secrets
from collections.abc import Iterable
from smtplib import SMTPException

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac

from winloss.errors import UserError
from winloss.web.audit.services import record
from winloss.web.people import owners, queries
from winloss.web.people.models import ApiToken, Invitation, Team, User
from winloss.web.people.rights import Role

FIRST_HOURS = 24
TOKEN_MARK = "wl_"  # noqa: S105  # what tokens begin with, so that a leaked one is recognised
NO_LINK = "This link was used, was withdrawn or has ended: ask whoever runs winloss in your company for a new one."
LAST_ADMIN = "This is the last person of RevOps who can sign in: give somebody else the role first."
_log = logging.getLogger("winloss.web.people")


def address_digest(email: str) -> str:
    """Of an address, for the audit log: the same for the same address, told to nobody without the key."""
    return salted_hmac("winloss address", email.strip().lower(), algorithm="sha256").hexdigest()


# --- invitations ------------------------------------------------------------------------------------------------------


def invite(*, email: str, role: str, team: Team | None, deal_name: str = "", by: User) -> tuple[Invitation, str]:
    """An invitation, and its link, which is nowhere else.

    Raises
    ------
    UserError
        Where the address is somebody's here already, or is invited.
    """
    email = email.strip().lower()
    here = queries.by_address(email)
    if here is not None:
        how = "change their role on their page" if here.is_active else "let them back in on their page"
        raise UserError(f"{email} is here already: {how}.")
    if queries.invitation_for(email):
        raise UserError(f"{email} is invited already: make that invitation's link anew where it was lost.")
    token = secrets.token_urlsafe(32)
    with transaction.atomic():
        Invitation.objects.filter(email=email, taken_at=None).delete()
        made = Invitation.objects.create(
            email=email,
            deal_name=deal_name,
            role=role,
            team=team,
            token_digest=queries.digest(token),
            invited_by=by,
            ends_at=_invitation_end(),
        )
        record("invite person", actor=str(by.pk), of=str(made.pk), told={"role": role, "to": address_digest(email)})
    return made, link_of(token)


def renew(invitation: Invitation, *, by: User) -> str:
    """A new link of an invitation; the old one opens nothing any more."""
    token = secrets.token_urlsafe(32)
    with transaction.atomic():
        changed = Invitation.objects.filter(pk=invitation.pk, taken_at=None).update(
            token_digest=queries.digest(token), ends_at=_invitation_end(), invited_by=by
        )
        if not changed:
            raise UserError("Somebody has just taken this invitation up: it needs no new link.")
        record("renew invitation", actor=str(by.pk), of=str(invitation.pk))
    return link_of(token)


def withdraw(invitation: Invitation, *, by: User) -> None:
    with transaction.atomic():
        if Invitation.objects.filter(pk=invitation.pk, taken_at=None).delete()[0]:
            record("withdraw invitation", actor=str(by.pk), of=str(invitation.pk))


def link_for(user: User, *, by: User) -> tuple[Invitation, str]:
    """A link by which somebody who is here chooses a new password, once."""
    if not user.is_active:
        raise UserError(f"{user} cannot sign in: let them back in first.")
    token = secrets.token_urlsafe(32)
    with transaction.atomic():
        Invitation.objects.filter(email=user.email, taken_at=None).delete()
        made = Invitation.objects.create(
            email=user.email,
            role=user.role,
            token_digest=queries.digest(token),
            invited_by=by,
            ends_at=_invitation_end(),
        )
        record("make sign-in link", actor=str(by.pk), of=str(user.pk))
    return made, link_of(token)


def take_up(token: str, *, password: str, name: str = "") -> User:
    """Whoever the link is for, with the password they chose: newly made, or here already.

    Raises
    ------
    UserError
        Where the link opens nothing, or whom it is for was let go.
    """
    found = queries.invitation_of(token)
    if found is None or not found.email:
        raise UserError(NO_LINK)
    person_id = owners.of_address(found.email, found.deal_name)
    with transaction.atomic():
        invitation = _taken(token)
        user = User.objects.select_for_update().filter(email=invitation.email).first()
        if user is None:
            user = _made(invitation, name=name, password=password, person_id=person_id)
        else:
            _new_password(user, password)
        record("take invitation", actor=str(user.pk), of=str(invitation.pk), told={"role": user.role})
    return user


def let_in(email: str, *, name: str) -> User | None:
    """Who signs in by the company's provider with an address that it has verified: here already, or invited.

    Returns
    -------
    User | None
        None for a stranger; may be somebody who was let go (`is_active` false).
    """
    here, invitation = queries.by_address(email), queries.invitation_for(email)
    if here is not None or invitation is None:
        return here
    person_id = owners.of_address(invitation.email, invitation.deal_name)
    with transaction.atomic():
        if not Invitation.objects.filter(pk=invitation.pk, taken_at=None).update(taken_at=timezone.now()):
            return queries.by_address(email)
        user = _made(invitation, name=name, password=None, person_id=person_id)
        record("take invitation", actor=str(user.pk), of=str(invitation.pk), told={"role": user.role, "by": "company"})
    return user


def mail_link(invitation: Invitation, link: str) -> bool | None:
    """Send somebody their link: whether the server took it; None where none is configured."""
    if not settings.CONFIG.email_url:
        return None
    told = {"link": link, "invitation": invitation, "address": settings.CONFIG.address}
    text = render_to_string("people/mail/invitation.txt", told)
    try:
        return send_mail("Your way into winloss", text, settings.CONFIG.email_from, [invitation.email]) == 1
    except (SMTPException, OSError) as error:
        _log.warning("An invitation could not be mailed: %s", error)
        return False


def link_of(token: str) -> str:
    return settings.CONFIG.address.rstrip("/") + reverse("people:join", kwargs={"token": token})


def _invitation_end() -> dt.datetime:
    return timezone.now() + dt.timedelta(days=settings.CONFIG.invitation_days)


def _taken(token: str) -> Invitation:
    """The invitation of a token, marked as taken; of two who come at once the second finds nothing."""
    open_ = Invitation.objects.filter(token_digest=queries.digest(token), taken_at=None, ends_at__gt=timezone.now())
    if not open_.update(taken_at=timezone.now()):
        raise UserError(NO_LINK)
    return Invitation.objects.get(token_digest=queries.digest(token))


def _made(invitation: Invitation, *, name: str, password: str | None, person_id: str) -> User:
    if person_id and queries.with_person_id(person_id).exists():
        person_id = ""  # two of one address or name in the CRM: RevOps says which is which
    return User.objects.create_user(
        invitation.email,
        password,
        name=" ".join(name.split())[:120],
        role=invitation.role,
        team=invitation.team,
        person_id=person_id,
    )


def _new_password(user: User, password: str) -> None:
    if not user.is_active:
        raise UserError(NO_LINK)
    user.set_password(password)
    user.save(update_fields=["password"])
    ApiToken.objects.filter(user=user).delete()
    end_sessions(UserSession.objects.filter(user=user))


# --- the first one ----------------------------------------------------------------------------------------------------


def first_token() -> str | None:
    """What the very first person proves in the browser that they run this server; None once somebody is here.

    Made anew at each call, one use, ends after a day; only its digest is kept.
    """
    if not queries.nobody_yet():
        return None
    token = secrets.token_urlsafe(24)
    with transaction.atomic():
        Invitation.objects.filter(email="").delete()
        Invitation.objects.create(
            email="",
            role=Role.REVOPS.value,
            token_digest=queries.digest(token),
            ends_at=timezone.now() + dt.timedelta(hours=FIRST_HOURS),
        )
    return token


def take_first(token: str, *, email: str, name: str, password: str) -> User:
    """The first administrator, made in the browser.

    Raises
    ------
    UserError
        Where the token is not the one on the terminal, or somebody is here already.
    """
    found = queries.invitation_of(token)
    if found is None or found.email:
        raise UserError("This is not the token that `winloss serve` printed last: copy it from the terminal.")
    with transaction.atomic():
        _taken(token)
        return make_administrator(email=email, name=name, password=password)


def make_administrator(*, email: str, name: str, password: str) -> User:
    """The first person of all: RevOps, who invites the others.

    Raises
    ------
    UserError
        Where somebody is here already.
    """
    with transaction.atomic():
        if not queries.nobody_yet():
            raise UserError("Somebody is here already: sign in, or ask them for an invitation.")
        user = User.objects.create_user(email, password, name=" ".join(name.split()), role=Role.REVOPS.value)
        Invitation.objects.filter(email="").delete()
        record("make first administrator", actor=str(user.pk), of=str(user.pk))
    return user


# --- what people may --------------------------------------------------------------------------------------------------


def change(user: User, *, role: str, team: Team | None, person_id: str, by: User) -> User:
    """Role, team and who somebody is in the deals; acts on their next request.

    Raises
    ------
    UserError
        Where nobody would be left to run winloss, or somebody else is that person already.
    """
    with transaction.atomic():
        held = _locked(user)
        if held.role == Role.REVOPS and role != Role.REVOPS.value and held.is_active:
            _not_the_last(held)
        if person_id and queries.with_person_id(person_id).exclude(pk=held.pk).exists():
            raise UserError("Somebody else here is that person in the deals: change it on their page first.")
        told = _changes(held, role=role, team=team, person_id=person_id)
        held.role, held.team, held.person_id = role, team, person_id
        held.save(update_fields=["role", "team", "person_id"])
        if told:
            record("change person", actor=str(by.pk), of=str(held.pk), told=told)
    return held


def deactivate(user: User, *, by: User) -> None:
    """Let somebody go: their sessions, tokens and links end now.

    Raises
    ------
    UserError
        Where nobody would be left to run winloss.
    """
    with transaction.atomic():
        held = _locked(user)
        if not held.is_active:
            return
        if held.role == Role.REVOPS:
            _not_the_last(held)
        held.is_active = False
        held.save(update_fields=["is_active"])
        ended = end_sessions(UserSession.objects.filter(user=held))
        tokens, _ = ApiToken.objects.filter(user=held).delete()
        Invitation.objects.filter(email=held.email, taken_at=None).delete()
        record("deactivate person", actor=str(by.pk), of=str(held.pk), told={"sessions": ended, "tokens": tokens})


def reactivate(user: User, *, by: User) -> None:
    with transaction.atomic():
        if User.objects.filter(pk=user.pk, is_active=False).update(is_active=True):
            record("reactivate person", actor=str(by.pk), of=str(user.pk))


def turn_factor_off(user: User, *, by: User) -> None:
    """Of somebody who lost their second factor and their recovery codes; their sessions end as well."""
    with transaction.atomic():
        if Authenticator.objects.filter(user=user).delete()[0]:
            ended = end_sessions(UserSession.objects.filter(user=user))
            record("turn second factor off", actor=str(by.pk), of=str(user.pk), told={"sessions": ended})


def sign_out(user: User, *, by: User, sessions: Iterable[UserSession] | None = None) -> int:
    """End sessions of somebody, by default all of them and their tokens for programs too; how many sessions."""
    chosen = UserSession.objects.filter(user=user) if sessions is None else sessions
    with transaction.atomic():
        told = {"sessions": end_sessions(chosen)}
        if sessions is None:
            told["tokens"] = ApiToken.objects.filter(user=user).delete()[0]
        if any(told.values()):
            record("revoke sessions", actor=str(by.pk), of=str(user.pk), told=told)
    return told["sessions"]


def end_sessions(sessions: Iterable[UserSession]) -> int:
    ended = 0
    for session in list(sessions):
        session.end()
        ended += 1
    return ended


def update_me(user: User, *, name: str, zone: str) -> None:
    user.name, user.zone = " ".join(name.split()), zone
    user.save(update_fields=["name", "zone"])


def _locked(user: User) -> User:
    """The person as they stand, with all of RevOps held, so that two who let each other go do not both succeed."""
    list(User.objects.select_for_update().filter(role=Role.REVOPS).order_by("pk").values_list("pk", flat=True))
    return User.objects.select_for_update().get(pk=user.pk)


def _not_the_last(user: User) -> None:
    if not queries.other_admins(user):
        raise UserError(LAST_ADMIN)


def _changes(user: User, *, role: str, team: Team | None, person_id: str) -> dict[str, str]:
    told: dict[str, str] = {}
    if user.role != role:
        told |= {"role": role, "role_before": user.role}
    if user.team_id != (team.pk if team else None):
        told |= {"team": str(team.pk) if team else ""}
    if user.person_id != person_id:
        told |= {"person": person_id}
    return told


# --- teams ------------------------------------------------------------------------------------------------------------


def save_team(team: Team, *, name: str, deal_team: str, by: User) -> Team:
    """Make or change a team.

    Raises
    ------
    UserError
        Where another team is called so.
    """
    name = " ".join(name.split())
    with transaction.atomic():
        others = Team.objects.exclude(pk=team.pk).values_list("name", flat=True)
        if name.casefold() in {other.casefold() for other in others}:
            raise UserError(f"A team is called {name} already.")
        new = team._state.adding
        team.name, team.deal_team = name, deal_team.strip()
        team.save()
        record("make team" if new else "change team", actor=str(by.pk), of=str(team.pk))
    return team


def remove_team(team: Team, *, by: User) -> None:
    """Its members stay, without a team."""
    with transaction.atomic():
        size = team.members.count()
        record("remove team", actor=str(by.pk), of=str(team.pk), told={"members": size})
        team.delete()


# --- tokens of programs -----------------------------------------------------------------------------------------------


def make_token(user: User, *, name: str, days: int) -> tuple[ApiToken, str]:
    """A token for a program of this person, and its text, which is nowhere else."""
    token = TOKEN_MARK + secrets.token_urlsafe(32)
    with transaction.atomic():
        made = ApiToken.objects.create(
            user=user, name=name, digest=queries.digest(token), ends_at=timezone.now() + dt.timedelta(days=days)
        )
        record("make token", actor=str(user.pk), of=str(made.pk), told={"days": days})
    return made, token


def revoke_token(token: ApiToken, *, by: User) -> None:
    with transaction.atomic():
        record("revoke token", actor=str(by.pk), of=str(token.pk))
        token.delete()

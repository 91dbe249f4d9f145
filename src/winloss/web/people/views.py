"""Pages of people: who is here, invitations, teams, oneself, and the first of all."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any, TypeVar

from allauth.account import views as account
from allauth.account.utils import perform_login
from allauth.mfa.base import views as mfa
from django.conf import settings
from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from winloss.errors import UserError
from winloss.web.people import owners, queries, services
from winloss.web.people.company import app_of_the_company
from winloss.web.people.forms import FirstForm, InviteForm, JoinForm, MeForm, PersonForm, TeamForm, TokenForm
from winloss.web.people.models import ROLES, Invitation, Team, User, role_name
from winloss.web.people.rights import GIVEN, PUBLIC, SIGNED_IN, Right, Role, needs

T = TypeVar("T")
_FORMS = require_http_methods(["GET", "HEAD", "POST"])
_RIGHTS = (
    (Right.PAGES, "Pages of figures"),
    (Right.RESULTS, "Findings and the report of the whole company"),
    (Right.DEALS, "Deals one by one, and their download"),
    (Right.OWNERS, "Whose deal it is, by name"),
    (Right.IMPORT, "Imports and versions"),
    (Right.PEOPLE, "People, settings, jobs, audit log"),
)
_REACH = {Role.REP: "own deals", Role.MANAGER: "the team's deals"}


# --- the door ---------------------------------------------------------------------------------------------------------


@needs(PUBLIC)
@sensitive_post_parameters("password")
def sign_in(request: HttpRequest) -> HttpResponse:
    if not request.user.is_authenticated and queries.nobody_yet():
        return redirect("people:first")
    response: HttpResponse = account.login(request)
    if hasattr(response, "context_data") and response.context_data is not None:
        response.context_data |= {"company": app_of_the_company()}
    return response


@needs(PUBLIC)
def forgotten(request: HttpRequest) -> HttpResponse:
    """A link by mail; without a mail server a sentence says whom to ask."""
    if not settings.CONFIG.email_url:
        return render(request, "people/forgotten.html")
    response: HttpResponse = account.password_reset(request)
    return response


@needs(SIGNED_IN)
def by_the_company(request: HttpRequest) -> HttpResponse:
    """Instead of a password for whoever has none: one that outlives the company's account is RevOps' to give."""
    messages.info(request, "You sign in by your company, which looks after your password.")
    return redirect("people:me")


@needs(PUBLIC)
def second_factor(request: HttpRequest) -> HttpResponse:
    if request.method == "POST" and "code" not in request.POST:
        return redirect("mfa_authenticate")
    response: HttpResponse = mfa.authenticate(request)
    return response


@needs(PUBLIC)
@never_cache
@sensitive_post_parameters("token", "password", "again")
@_FORMS
def first(request: HttpRequest) -> HttpResponse:
    """The first administrator, with the token that stands on the terminal; gone once somebody is here."""
    if not queries.nobody_yet():
        return redirect("account_login")
    form = FirstForm(request.POST or None, initial={"token": request.GET.get("token", "")[:100]})
    if request.method == "POST" and form.is_valid():
        told = {name: form.cleaned_data[name] for name in ("token", "email", "name", "password")}
        user = _tried(form, lambda: services.take_first(**told))
        if user is not None:
            services.update_me(user, name=user.name, zone=form.cleaned_data["zone"])
            return _let_in(request, user)
    return render(request, "people/first.html", {"form": form}, status=_status(form))


@needs(PUBLIC)
@never_cache
@sensitive_post_parameters("password", "again")
@_FORMS
def join(request: HttpRequest, token: str) -> HttpResponse:
    """Taking an invitation up, or choosing a new password by a link of RevOps."""
    invitation = queries.invitation_of(token)
    if invitation is None or not invitation.email:
        return render(request, "people/no_link.html", {"sentence": services.NO_LINK}, status=404)
    told: dict[str, Any] = {"invitation": invitation, "company": app_of_the_company()}
    if request.user.is_authenticated:
        return render(request, "people/join_other.html", told)
    here = queries.by_address(invitation.email)
    form = JoinForm(request.POST or None, email=invitation.email, here=here is not None)
    if request.method == "POST" and form.is_valid():
        given = {"name": form.cleaned_data.get("name", ""), "password": form.cleaned_data["password"]}
        user = _tried(form, lambda: services.take_up(token, **given))
        if user is not None:
            if here is None:
                services.update_me(user, name=user.name, zone=form.cleaned_data["zone"])
            return _let_in(request, user)
    return render(request, "people/join.html", told | {"form": form, "here": here}, status=_status(form))


def _let_in(request: HttpRequest, user: User) -> HttpResponse:
    """Signed in as by the sign-in page: a second factor is asked for where there is one."""
    response: HttpResponse = perform_login(request, user, redirect_url=settings.LOGIN_REDIRECT_URL)
    return response


# --- everybody --------------------------------------------------------------------------------------------------------


@needs(Right.PEOPLE)
@require_GET
def people(request: HttpRequest) -> HttpResponse:
    everybody = list(queries.everybody())
    told = {
        "everybody": everybody,
        "active": sum(person.is_active for person in everybody),
        "invitations": list(queries.invitations()),
        **_roles(),
        "factors": sum(person.with_factor for person in everybody if person.is_active),  # type: ignore[attr-defined]
    }
    return render(request, "people/list.html", told)


@needs(Right.PEOPLE)
@never_cache
@_FORMS
def invite(request: HttpRequest) -> HttpResponse:
    form = InviteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = _tried(form, lambda: services.invite(**form.cleaned_data, by=_me(request)))
        if made is not None:
            return _shown(request, *made)
    return render(request, "people/invite.html", {"form": form, **_roles()}, status=_status(form))


@needs(Right.PEOPLE)
@never_cache
@require_POST
def renew(request: HttpRequest, id_: uuid.UUID) -> HttpResponse:
    invitation = _there(queries.invitation(id_))
    return _shown(request, invitation, services.renew(invitation, by=_me(request)))


@needs(Right.PEOPLE)
@require_POST
def withdraw(request: HttpRequest, id_: uuid.UUID) -> HttpResponse:
    invitation = _there(queries.invitation(id_))
    services.withdraw(invitation, by=_me(request))
    messages.success(request, f"The invitation of {invitation.email} is withdrawn.")
    return redirect("people:list")


@needs(Right.PEOPLE)
@_FORMS
def person(request: HttpRequest, id_: uuid.UUID) -> HttpResponse:
    """One person: what they may, how they sign in, and the way out."""
    who = _there(queries.person(id_))
    known = owners.everybody()
    name = next((owner.name for owner in known if owner.person_id == who.person_id), who.person_id)
    initial = {"role": who.role, "team": who.team_id, "owner": name or who.person_id, "person_id": who.person_id}
    form = PersonForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        given = {"role": form.cleaned_data["role"], "team": form.cleaned_data["team"]}
        changed = _tried(
            form,
            lambda: services.change(who, **given, person_id=form.cleaned_data["owner"], by=_me(request)),
        )
        if changed is not None:
            messages.success(request, f"{who} is changed; it holds from their next click.")
            return redirect("people:person", id_=id_)
    told = {
        "who": who,
        "form": form,
        "owners": [owner for owner in known if owner.name][:2000],
        "sessions": queries.sessions_of(who),
        "tokens": list(queries.tokens_of(who)),
        "last_admin": who.is_active and who.role == Role.REVOPS and not queries.other_admins(who),
    }
    return render(request, "people/person.html", told, status=_status(form))


@needs(Right.PEOPLE)
@require_POST
def deactivate(request: HttpRequest, id_: uuid.UUID) -> HttpResponse:
    who = _there(queries.person(id_))
    services.deactivate(who, by=_me(request))
    messages.success(request, f"{who} cannot sign in any more; their sessions have ended.")
    return redirect("people:list")


@needs(Right.PEOPLE)
@require_POST
def reactivate(request: HttpRequest, id_: uuid.UUID) -> HttpResponse:
    who = _there(queries.person(id_))
    services.reactivate(who, by=_me(request))
    messages.success(request, f"{who} can sign in again, as before.")
    return redirect("people:person", id_=id_)


@needs(Right.PEOPLE)
@never_cache
@require_POST
def link(request: HttpRequest, id_: uuid.UUID) -> HttpResponse:
    """A new link for somebody who forgot their password."""
    return _shown(request, *services.link_for(_there(queries.person(id_)), by=_me(request)), here=True)


@needs(Right.PEOPLE)
@require_POST
def factor_off(request: HttpRequest, id_: uuid.UUID) -> HttpResponse:
    who = _there(queries.person(id_))
    services.turn_factor_off(who, by=_me(request))
    messages.success(request, f"{who} signs in without a second factor now.")
    return redirect("people:person", id_=id_)


@needs(Right.PEOPLE)
@require_POST
def sign_out(request: HttpRequest, id_: uuid.UUID) -> HttpResponse:
    who = _there(queries.person(id_))
    services.sign_out(who, by=_me(request))
    messages.success(request, f"{who} is signed out everywhere; their tokens open nothing any more.")
    return redirect("people:person", id_=id_)


@needs(Right.PEOPLE)
@require_POST
def revoke_theirs(request: HttpRequest, id_: uuid.UUID) -> HttpResponse:
    """A token of somebody else."""
    token = _there(queries.any_token(id_))
    services.revoke_token(token, by=_me(request))
    messages.success(request, f"The token {token} opens nothing any more.")
    return redirect("people:person", id_=token.user_id)


def _shown(request: HttpRequest, invitation: Invitation, address: str, *, here: bool = False) -> HttpResponse:
    """A link, this once."""
    told = {
        "invitation": invitation,
        "link": address,
        "here": here or queries.by_address(invitation.email) is not None,
        "mailed": services.mail_link(invitation, address),
    }
    return render(request, "people/link.html", told)


def _roles() -> dict[str, Any]:
    """The table of roles: what `rights` gives."""
    return {
        "roles": [{"name": role_name(role), "reach": _REACH.get(Role(role), "all deals")} for role, _ in ROLES],
        "rights": [
            {"told": told, "given": [Role(role) in GIVEN[right] for role, _ in ROLES]} for right, told in _RIGHTS
        ],
    }


# --- teams ------------------------------------------------------------------------------------------------------------


@needs(Right.PEOPLE)
@_FORMS
def teams(request: HttpRequest) -> HttpResponse:
    form = TeamForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        team = _tried(form, lambda: services.save_team(Team(), **form.cleaned_data, by=_me(request)))
        if team is not None:
            messages.success(request, f"The team {team} is made: put its people into it on their pages.")
            return redirect("people:teams")
    return render(request, "people/teams.html", {"teams": list(queries.teams()), "form": form}, status=_status(form))


@needs(Right.PEOPLE)
@_FORMS
def team(request: HttpRequest, id_: uuid.UUID) -> HttpResponse:
    held = _there(queries.team(id_))
    form = TeamForm(request.POST or None, initial={"name": held.name, "deal_team": held.deal_team})
    if request.method == "POST" and form.is_valid():
        changed = _tried(form, lambda: services.save_team(held, **form.cleaned_data, by=_me(request)))
        if changed is not None:
            messages.success(request, f"The team {changed} is changed.")
            return redirect("people:teams")
    told = {"team": _there(queries.team(id_)), "form": form, "members": list(held.members.all())}
    return render(request, "people/team.html", told, status=_status(form))


@needs(Right.PEOPLE)
@require_POST
def remove_team(request: HttpRequest, id_: uuid.UUID) -> HttpResponse:
    held = _there(queries.team(id_))
    services.remove_team(held, by=_me(request))
    messages.success(request, f"The team {held} is removed; its people stay, without a team.")
    return redirect("people:teams")


# --- oneself ----------------------------------------------------------------------------------------------------------


@needs(SIGNED_IN)
@_FORMS
def me(request: HttpRequest) -> HttpResponse:
    user = _me(request)
    form = MeForm(request.POST or None, initial={"name": user.name, "zone": user.zone})
    if request.method == "POST" and form.is_valid():
        services.update_me(user, **form.cleaned_data)
        messages.success(request, "Saved.")
        return redirect("people:me")
    return _myself(request, form=form)


@needs(SIGNED_IN)
@require_POST
def end_session(request: HttpRequest, id_: int) -> HttpResponse:
    user = _me(request)
    services.sign_out(user, by=user, sessions=[_there(queries.session_of(user, id_))])
    messages.success(request, "That browser is signed out.")
    return redirect("people:me")


@needs(SIGNED_IN)
@require_POST
def end_other_sessions(request: HttpRequest) -> HttpResponse:
    user = _me(request)
    others = [one.row for one in queries.sessions_of(user, current=request.session.session_key) if not one.current]
    services.sign_out(user, by=user, sessions=others)
    messages.success(request, "All other browsers are signed out.")
    return redirect("people:me")


@needs(SIGNED_IN)
@never_cache
@require_POST
def make_token(request: HttpRequest) -> HttpResponse:
    form = TokenForm(request.POST)
    if not form.is_valid():
        return _myself(request, token_form=form)
    given = {"name": form.cleaned_data["token_name"], "days": form.cleaned_data["days"]}
    token, text = services.make_token(_me(request), **given)
    return render(request, "people/token.html", {"token": token, "text": text})


@needs(SIGNED_IN)
@require_POST
def revoke_token(request: HttpRequest, id_: uuid.UUID) -> HttpResponse:
    user = _me(request)
    token = _there(queries.token_of(user, id_))
    services.revoke_token(token, by=user)
    messages.success(request, f"The token {token} opens nothing any more.")
    return redirect("people:me")


def _myself(request: HttpRequest, *, form: Form | None = None, token_form: Form | None = None) -> HttpResponse:
    user = _me(request)
    told = {
        "form": form or MeForm(initial={"name": user.name, "zone": user.zone}),
        "token_form": token_form or TokenForm(),
        "factor": queries.factor_of(user),
        "sessions": queries.sessions_of(user, current=request.session.session_key),
        "tokens": list(queries.tokens_of(user)),
        "role": user.get_role_display(),
    }
    return render(request, "people/me.html", told, status=_status(form, token_form))


# --- common to them ---------------------------------------------------------------------------------------------------


def _me(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # the guard let nobody else through
    return request.user


def _there(found: T | None) -> T:
    if found is None:
        raise Http404
    return found


def _tried(form: Form, do: Callable[[], T]) -> T | None:
    """What `do` returns; None where it says what the reader must mend, which stands above the form then."""
    try:
        return do()
    except UserError as error:
        form.add_error(None, str(error))
        return None


def _status(*forms: Form | None) -> int:
    return 400 if any(form is not None and form.is_bound and form.errors for form in forms) else 200

"""What the sign-in library tells of, written to the audit log."""

from __future__ import annotations

from typing import Any

from allauth.account.signals import password_changed, password_reset, password_set, user_logged_in
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authentication_failed, authenticator_added, authenticator_removed, authenticator_reset
from django.contrib.auth.signals import user_logged_out

from winloss.web.audit.services import record
from winloss.web.people.services import address_digest

_FACTORS = {Authenticator.Type.TOTP: "second factor", Authenticator.Type.RECOVERY_CODES: "recovery codes"}


def connect() -> None:
    """Listen; once, when the app is ready."""
    for signal, hear in (
        (user_logged_in, _signed_in),
        (user_logged_out, _signed_out),
        (password_changed, _new_password),
        (password_set, _new_password),
        (password_reset, _new_password),
        (authenticator_added, _factor_on),
        (authenticator_removed, _factor_off),
        (authenticator_reset, _factor_on),
        (authentication_failed, _wrong_code),
    ):
        signal.connect(hear, dispatch_uid=f"winloss.{hear.__name__}")


def failed(email: str, **told: str) -> None:
    """Somebody who was not let in; the address as a digest, known or not."""
    record("failed sign in", of=address_digest(email) if email else "", told=told)


def _signed_in(user: Any, **told: Any) -> None:
    record("sign in", actor=str(user.pk), of=str(user.pk), told={"by": "company"} if "sociallogin" in told else {})


def _signed_out(user: Any, **_told: Any) -> None:
    if user is not None:
        record("sign out", actor=str(user.pk), of=str(user.pk))


def _new_password(user: Any, **_told: Any) -> None:
    record("new password", actor=str(user.pk), of=str(user.pk))


def _factor_on(user: Any, authenticator: Any, **_told: Any) -> None:
    record(f"{_FACTORS[authenticator.type]} on", actor=str(user.pk), of=str(user.pk))


def _factor_off(user: Any, authenticator: Any, **_told: Any) -> None:
    record(f"{_FACTORS[authenticator.type]} off", actor=str(user.pk), of=str(user.pk))


def _wrong_code(user: Any, **_told: Any) -> None:
    record("failed sign in", of=str(user.pk), told={"step": "second factor"})

"""What the sign-in library asks of the house: nobody signs up who was not invited."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.core.internal import ratelimit
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.usersessions.adapter import DefaultUserSessionsAdapter
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from winloss.web import keys
from winloss.web.people.company import Company, app_of_the_company, meet


class Accounts(DefaultAccountAdapter):  # type: ignore[misc]  # the library is not typed
    """Accounts are made by an invitation only."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": "This address and password do not belong together.",
        "incorrect_password": "This is not your password.",
        "enter_current_password": "This is not your password.",
        "too_many_login_attempts": "Too many attempts: wait five minutes, and try again.",
        "rate_limited": "Too many attempts: wait a minute, and try again.",
    }

    def is_open_for_signup(self, _request: HttpRequest) -> bool:
        return False

    def is_ajax(self, _request: HttpRequest) -> bool:
        """Pages are pages: none is answered with JSON."""
        return False

    def authentication_failed(self, _request: HttpRequest, **credentials: Any) -> None:
        from winloss.web.people.recorded import failed

        failed(str(credentials.get("email", "")))

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Counted by address and network: who knows an address cannot lock out whom it belongs to."""
        return f"{super()._get_login_attempts_cache_key(request, **credentials)}:{ratelimit.get_ip(request)}"

    def get_logout_redirect_url(self, _request: HttpRequest) -> str:
        return reverse("account_login")

    def get_password_change_redirect_url(self, _request: HttpRequest) -> str:
        return reverse("people:me")

    def get_reset_password_from_key_url(self, key: str) -> str:
        uid, _, rest = key.partition("-")
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": rest})
        return str(settings.CONFIG.address).rstrip("/") + path


class Providers(DefaultSocialAccountAdapter):  # type: ignore[misc]  # the library is not typed
    """The company's provider signs in who is here or was invited; there is no other provider."""

    def is_open_for_signup(self, _request: HttpRequest, _sociallogin: Any) -> bool:
        return False

    def can_authenticate_by_email(self, _login: Any, _email: str) -> bool:
        return False

    def list_apps(self, _request: HttpRequest, provider: Any = None, client_id: Any = None) -> list[Any]:  # noqa: ARG002
        """The one of the settings; none in the database counts."""
        app = app_of_the_company()
        return [app] if app is not None and provider in (None, app.provider, app.provider_id) else []

    def get_provider(self, request: HttpRequest, provider: str, client_id: str | None = None) -> Any:
        return Company(request, app=self.get_app(request, provider=provider, client_id=client_id))

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        sociallogin.user = meet(request, sociallogin)


class Factors(DefaultMFAAdapter):  # type: ignore[misc]  # the library is not typed
    """Secrets of second factors are sealed with the key outside the database."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": "This code is not right, or was used already: wait for the next one.",
    }

    def encrypt(self, text: str) -> str:
        return keys.seal(text, (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))

    def decrypt(self, encrypted_text: str) -> str:
        return keys.unseal_here(encrypted_text)


class Sessions(DefaultUserSessionsAdapter):  # type: ignore[misc]  # the library is not typed
    """Sessions that a person ends are told in the audit log."""

    def end_sessions(self, sessions: Iterable[Any]) -> None:
        from winloss.web.people.services import sign_out

        chosen = list(sessions)
        if chosen:
            sign_out(chosen[0].user, by=context.request.user, sessions=chosen)

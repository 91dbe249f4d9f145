"""What the sign-in library asks of the house: nobody signs up who was not invited."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.conf import settings
from django.http import HttpRequest

from winloss.web import keys


class Accounts(DefaultAccountAdapter):  # type: ignore[misc]  # the library is not typed
    """Accounts are made by an invitation only."""

    def is_open_for_signup(self, _request: HttpRequest) -> bool:
        return False


class Providers(DefaultSocialAccountAdapter):  # type: ignore[misc]  # the library is not typed
    """The company's provider signs in who was invited."""

    def is_open_for_signup(self, _request: HttpRequest, _sociallogin: Any) -> bool:
        return False


class Factors(DefaultMFAAdapter):  # type: ignore[misc]  # the library is not typed
    """Secrets of second factors are sealed with the key outside the database."""

    def encrypt(self, text: str) -> str:
        return keys.seal(text, (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))

    def decrypt(self, encrypted_text: str) -> str:
        return keys.unseal_here(encrypted_text)

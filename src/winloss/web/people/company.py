"""Sign-in by the company's OpenID Connect provider: who is here or was invited, by an address that it has verified.

Everything that the provider says is checked: state and nonce are of this browser, the id token is signed by a key of the
provider and is ours, the user info is of the same subject. Accounts are matched by address at each sign-in, and none is
made for an address that nobody invited.
"""

from __future__ import annotations

import logging
import secrets
from typing import Any
from urllib.parse import urlsplit

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.internal import jwtkit
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.base.constants import AuthProcess
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET
from requests import RequestException

from winloss.web.people.models import User
from winloss.web.people.rights import PUBLIC, needs

PROVIDER = "company"
_log = logging.getLogger("winloss.web.people")
_UNREADABLE = (OAuth2Error, RequestException, KeyError, TypeError, ValueError, AttributeError)
"""What a provider that is away, or answers what no provider should, ends in."""
_SIGNED_BY = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")


def app_of_the_company() -> SocialApp | None:
    """The provider of the settings; None without one."""
    config = settings.CONFIG
    if not config.oidc_server:
        return None
    return SocialApp(
        provider=OpenIDConnectProvider.id,
        provider_id=PROVIDER,
        name=(config.oidc_name or "Company sign-in")[:40],
        client_id=config.oidc_client_id,
        secret=config.oidc_client_secret,
        settings={"server_url": config.oidc_server.rstrip("/"), "oauth_pkce_enabled": True},
    )


class Exchange(OpenIDConnectOAuth2Adapter):  # type: ignore[misc]  # the library is not typed
    """The way to the provider and back."""

    def get_callback_url(self, _request: HttpRequest, _app: Any) -> str:
        path = reverse("openid_connect_callback", kwargs={"provider_id": PROVIDER})
        return str(settings.CONFIG.address).rstrip("/") + path

    def complete_login(self, request: HttpRequest, app: Any, token: Any, **kwargs: Any) -> Any:
        response = kwargs["response"]
        told = self._decode_id_token(app, response["id_token"])
        data = {"id_token": told}
        if self.openid_config.get("userinfo_endpoint"):
            data["userinfo"] = self._fetch_user_info(token.token)
            if data["userinfo"]["sub"] != told["sub"]:
                raise OAuth2Error("The user info is of somebody else.")
        return self.get_provider().sociallogin_from_response(request, data)

    def _decode_id_token(self, app: Any, id_token: str) -> dict[str, Any]:
        import jwt

        header = jwt.get_unverified_header(id_token)
        if header.get("alg") not in _SIGNED_BY or "kid" not in header:
            raise OAuth2Error("The id token is not signed as it should be.")
        told: dict[str, Any] = jwtkit.verify_and_decode(
            credential=id_token,
            keys_url=self.openid_config["jwks_uri"],
            issuer=self.openid_config["issuer"],
            audience=app.client_id,
            lookup_kid=jwtkit.lookup_kid_jwk,
        )
        return told


class Company(OpenIDConnectProvider):  # type: ignore[misc]  # the library is not typed
    """The provider of the settings: signs in and does nothing else, each time with a nonce of its own."""

    oauth2_adapter_class = Exchange

    def redirect(
        self, request: HttpRequest, process: Any, next_url: Any = None, data: Any = None, **_kwargs: Any
    ) -> HttpResponse:
        del process  # accounts are not connected: whom an address belongs to is asked at each sign-in
        nonce = secrets.token_urlsafe(24)
        to: HttpResponse = super().redirect(
            request, AuthProcess.LOGIN, next_url, data, auth_params={"nonce": nonce}, nonce=nonce
        )
        return to


def verified_address(data: dict[str, Any]) -> str:
    """The address that the provider vouches for: the same entry says both, none says otherwise; "" where none does."""
    entries = (data.get("userinfo") or {}, data.get("id_token") or {})
    said = [told.get("email_verified") for told in entries]
    if any(one is not None and not _yes(one) for one in said):
        return ""
    for told in entries:
        email, verified = told.get("email"), told.get("email_verified")
        vouched = _yes(verified) or (verified is None and settings.CONFIG.oidc_trust_email)
        if isinstance(email, str) and email.strip() and vouched:
            return email.strip().lower()
    return ""


def _yes(said: Any) -> bool:
    return said is True or said == "true"  # some providers write it as text


def meet(request: HttpRequest, sociallogin: Any) -> User:
    """Whoever came back from the provider.

    Raises
    ------
    ImmediateHttpResponse
        A page that says why they are not let in.
    """
    from winloss.web.people.services import let_in

    data = sociallogin.account.extra_data
    nonce = sociallogin.state.get("nonce")
    if not nonce or not secrets.compare_digest(str(data["id_token"].get("nonce", "")).encode(), nonce.encode()):
        raise ImmediateHttpResponse(_refused(request, "stale"))
    email = verified_address(data)
    if not email:
        raise ImmediateHttpResponse(_refused(request, "unverified"))
    user = let_in(email, name=_name(data))
    if user is None:
        raise ImmediateHttpResponse(_refused(request, "unknown", email=email))
    if not user.is_active:
        raise ImmediateHttpResponse(_refused(request, "let go"))
    return user


def _name(data: dict[str, Any]) -> str:
    told = (data.get("userinfo") or {}).get("name") or data["id_token"].get("name") or ""
    return str(told).replace("\0", "")


def _refused(request: HttpRequest, why: str, **told: str) -> HttpResponse:
    from winloss.web.people.recorded import failed

    failed(told.get("email", ""), by="company", why=why)
    return render(request, "people/refused.html", {"why": why, **told}, status=403)


def _unreachable(request: HttpRequest, error: Exception) -> HttpResponse:
    _log.warning("Sign-in by the company's provider failed: %s: %s", type(error).__name__, error)
    return render(request, "people/refused.html", {"why": "unreachable"}, status=502)


def _checked(provider_id: str) -> None:
    if provider_id != PROVIDER or app_of_the_company() is None:
        raise Http404


@needs(PUBLIC)
@never_cache
@require_GET
def begin(request: HttpRequest, provider_id: str) -> HttpResponse:
    """To the provider. By a link: a form would be stopped by our own content policy at its redirect."""
    _checked(provider_id)
    try:
        response: HttpResponse = OAuth2LoginView.adapter_view(Exchange(request, PROVIDER))(request)
    except (*_UNREADABLE, SuspiciousOperation) as error:
        return _unreachable(request, error)
    to = urlsplit(response.headers.get("Location", ""))
    return response if to.scheme in ("http", "https") else _unreachable(request, ValueError("no address to go to"))


@needs(PUBLIC)
@never_cache
@require_GET
def back(request: HttpRequest, provider_id: str) -> HttpResponse:
    """From the provider."""
    _checked(provider_id)
    try:
        response: HttpResponse = OAuth2CallbackView.adapter_view(Exchange(request, PROVIDER))(request)
    except _UNREADABLE as error:
        return _unreachable(request, error)
    return response

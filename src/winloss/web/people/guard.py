"""Before any view runs: who is asking, and does the view's declared right belong to their role?"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect

from winloss.errors import InternalError
from winloss.web.people.rights import PUBLIC, SIGNED_IN, Needed, Right, may

OWN_GUARD = "own_guard"
"""Of views that ask the same question themselves: the API, whose callers may come with a token."""
_LIBRARIES = ("allauth.", "django.views.static", "django.contrib.staticfiles")


def needed(view: Any) -> Needed | None:
    """What a view declares; those of the sign-in library and the operations of the API guard themselves."""
    found: Needed | None = getattr(view, "needs", None)
    if found is not None:
        return found
    if isinstance(view, partial):  # the description of the API, and its root
        return SIGNED_IN
    module = getattr(view, "__module__", "")
    if module.startswith("ninja."):
        return OWN_GUARD
    return PUBLIC if module.startswith(_LIBRARIES) else None


class Guard:
    """Middleware that runs no view without its right."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, _args: tuple[Any, ...], _kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        asked = needed(view)
        if asked is None:
            raise InternalError(f"The view {view.__module__}.{view.__qualname__} declares no right.")
        if asked in (PUBLIC, OWN_GUARD):
            return None
        if not request.user.is_authenticated:
            return _to_the_door(request)
        if asked != SIGNED_IN and not may(request.user, Right(asked)):
            raise PermissionDenied
        return None


def _to_the_door(request: HttpRequest) -> HttpResponse:
    """Where people sign in; before there is anybody, where the first one is made."""
    from winloss.web.people.queries import nobody_yet

    return redirect("people:first") if nobody_yet() else redirect_to_login(request.get_full_path())

"""Errors that a reader can mend become a sentence on a page: told apart once, here."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from winloss.errors import DataError, InternalError, SettingError, SourceError, UserError, WinlossError

_STATUS: dict[type[WinlossError], int] = {SettingError: 503, UserError: 400, SourceError: 502, DataError: 422}
_log = logging.getLogger("winloss.web")


def told(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: see the module."""
    return _Told(get_response)


class _Told:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, WinlossError) or isinstance(error, InternalError):
            return None
        status = next(status for kind, status in _STATUS.items() if isinstance(error, kind))
        _log.info(
            "%s %s: %s", request.method, request.path, type(error).__name__
        )  # its sentence may say what was typed
        return render(request, "house/fault.html", {"sentence": str(error)}, status=status)

"""The application as a server runs it."""

from __future__ import annotations

import os
from contextlib import suppress

from django.core.wsgi import get_wsgi_application


def begin() -> None:
    """Load every page, and begin to read the book, before anybody asks; one that cannot be read is told of on its pages."""
    from django.urls import get_resolver

    from winloss.errors import WinlossError
    from winloss.web.book.shelves import open_soon

    _ = get_resolver().url_patterns  # else the first request, of whoever asks for health, waits for what pages import
    with suppress(WinlossError, OSError):
        open_soon()


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "winloss.web.settings")
application = get_wsgi_application()
begin()

"""The application as a server runs it."""

from __future__ import annotations

import os
from contextlib import suppress

from django.core.wsgi import get_wsgi_application


def begin() -> None:
    """Read the book before anybody asks; a book that cannot be read is told of on its pages."""
    from winloss.errors import WinlossError
    from winloss.web.book.shelves import open_soon

    with suppress(WinlossError, OSError):
        open_soon()


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "winloss.web.settings")
application = get_wsgi_application()
begin()

"""The part of a page that is the same for everybody who may see the same deals: made once, then handed out.

What differs from reader to reader stands around it: the menu, and the token of its forms, for which a mark stands in it.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Hashable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe

from winloss.web.book.looking import Looking
from winloss.web.book.shelves import Remembered, let_go_too

MOST = 512
"""Fragments that a process holds; of some tens of kilobytes each."""
_MARK = secrets.token_hex(16)
_made = Remembered(MOST)


def forget_all() -> None:
    """Let go of all of them."""
    _made.clear()


let_go_too(forget_all)


def page(
    request: HttpRequest,
    looking: Looking,
    template: str,
    context: Callable[[], dict[str, Any]],
    *,
    title: str,
    key: tuple[Hashable, ...] = (),
) -> HttpResponse:
    """A page whose content follows from what is looked at, and from `key`.

    Parameters
    ----------
    template
        The content alone; it knows no request, and its forms say `{% csrf_token %}` as any other.
    context
        What the template is given; asked for where the fragment is not there yet.
    key
        What the content depends on beside the version, the segment, and which deals the reader may see.
    """

    def made() -> bytes:  # a text with one character beyond Latin-1 takes twice the room or more
        return render_to_string(template, {**context(), "csrf_token": _MARK}).encode()

    held: bytes = _made.get((template, *looking.key, *key), made)
    body = held.decode()
    # Escaped when it was made; the token is of letters and digits.
    shown = mark_safe(body.replace(_MARK, get_token(request)))  # noqa: S308
    return render(request, "book/page.html", {"body": shown, "title": title})

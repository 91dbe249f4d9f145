"""What every page shows around its content: the way to the other pages, and who is signed in."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse

from winloss import __version__
from winloss.web.people.rights import Right, may

THEMES = ("auto", "light", "dark")


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the menu, shown to whom its right belongs."""

    label: str
    to: str
    icon: str
    right: Right
    keeps_segment: bool = False
    """Whether it takes the segment of the page one comes from along, and the team."""


MENU: tuple[tuple[str, tuple[Entry, ...]], ...] = (
    (
        "Results",
        (
            Entry("Overview", "report:overview", "layout-dashboard", Right.PAGES, keeps_segment=True),
            Entry("Reasons", "report:reasons", "message-2", Right.PAGES, keeps_segment=True),
            Entry("Competitors", "report:competitors", "swords", Right.PAGES, keeps_segment=True),
            Entry("Segments", "report:attributes", "chart-bar", Right.PAGES, keeps_segment=True),
            Entry("Patterns", "report:patterns", "bulb", Right.RESULTS),
            Entry("Deals", "book:deals", "table", Right.DEALS, keeps_segment=True),
            Entry("Teams", "report:teams", "target-arrow", Right.PAGES),
            Entry("Report", "report:documents", "file-text", Right.DOCUMENTS),
        ),
    ),
    (
        "Data",
        (
            Entry("Data quality", "report:quality", "circle-check", Right.RESULTS),
            Entry("Sources", "sources:list", "upload", Right.IMPORT),
            Entry("Versions", "sources:versions", "history", Right.IMPORT),
            Entry("Jobs", "jobs:list", "list-check", Right.JOBS),
        ),
    ),
    (
        "House",
        (
            Entry("People", "people:list", "users", Right.PEOPLE),
            Entry("Audit log", "audit:list", "shield-lock", Right.AUDIT),
        ),
    ),
)


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context processor: the menu, the look, the version."""
    theme = request.COOKIES.get("theme", "auto")
    return {
        "menu": _menu(request),
        "theme": theme if theme in THEMES else "auto",
        "version": __version__,
    }


def _menu(request: HttpRequest) -> list[dict[str, Any]]:
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return []
    segment = urlencode({name: request.GET.getlist(name)[:1] for name in ("segment", "team")}, doseq=True)
    here = request.path
    found = []
    for title, entries in MENU:
        shown = [_shown(entry, here, segment) for entry in entries if may(user, entry.right)]
        if shown:
            found.append({"title": title, "entries": shown})
    return found


def _shown(entry: Entry, here: str, segment: str) -> dict[str, Any]:
    to = _address(entry.to)
    active = here.startswith(to) and here != _address("people:me")  # one's own page lies below the list of people
    if entry.keeps_segment and segment:
        to = f"{to}?{segment}"
    return {"label": entry.label, "to": to, "icon": entry.icon, "active": active}


@cache
def _address(name: str) -> str:
    return reverse(name)

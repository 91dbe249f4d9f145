"""Times are shown in the reader's zone."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

_NO_PLACES = frozenset({"Factory", "localtime", "build/etc/localtime"})


def in_the_readers_zone(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: of who is signed in and has set one; UTC otherwise."""

    def respond(request: HttpRequest) -> HttpResponse:
        zone = request.user.zone if request.user.is_authenticated else ""
        with timezone.override(_known(zone)):
            return get_response(request)

    return respond


@lru_cache(maxsize=1)
def names() -> tuple[str, ...]:
    """All IANA zones that this machine knows, sorted."""
    return tuple(sorted(available_timezones() - _NO_PLACES))


def by_region() -> list[tuple[str, list[tuple[str, str]]]]:
    """The same as choices: places under their continent, without underscores; those without one last."""
    found: dict[str, list[tuple[str, str]]] = {}
    for name in names():
        region, _, place = name.partition("/")
        found.setdefault(region if place else "Others", []).append((name, (place or name).replace("_", " ")))
    return sorted(found.items(), key=lambda entry: (entry[0] in {"Others", "Etc"}, entry[0]))


def _known(zone: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(zone) if zone else None
    except (ZoneInfoNotFoundError, ValueError):  # a zone that this machine has no longer
        return None

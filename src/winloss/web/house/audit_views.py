"""The audit log as a page, and as a file. Names of people are put in when it is shown: the log itself holds ids."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from winloss.errors import UserError
from winloss.web.audit import queries
from winloss.web.audit.services import record
from winloss.web.exports import csv_response
from winloss.web.house.audit_forms import Wanted, persons
from winloss.web.people.rights import Right, needs

_SIZE = 50
_DIGEST = re.compile(r"[0-9a-f]{40,}")
_COLUMNS = ("entry", "at", "person", "person_id", "action", "of", "told", "digest")
FORGOTTEN = "somebody who was forgotten"


@needs(Right.AUDIT)
@require_GET
def entries(request: HttpRequest) -> HttpResponse:
    form = Wanted(request.GET)
    asked = form.asked() if form.is_valid() else queries.Asked()
    page = queries.page(asked, before=_id(request, "before"), after=_id(request, "after"), size=_SIZE)
    actors = queries.actors()
    told = {
        "form": form,
        "persons": persons(actors, names_of(actors)),
        "actions": queries.actions(),
        "rows": [*_rows(page.entries)],
        "older": _link(request, before=page.older),
        "newer": _link(request, after=page.newer),
        "count": queries.entries(asked).count(),
        "filtered": asked != queries.Asked(),
    }
    return render(request, "house/audit.html", told, status=200 if form.is_valid() else 400)


@needs(Right.AUDIT)
@require_POST
def export(request: HttpRequest) -> StreamingHttpResponse:
    """The entries looked at, as a file; that it was taken is an entry itself."""
    form = Wanted(request.POST)
    if not form.is_valid():
        raise UserError("The audit log cannot be filtered by that: go back to it, and choose again.")
    asked = form.asked()
    found = queries.entries(asked)
    last = found.first()
    record(
        "export audit log",
        actor=str(request.user.pk),
        told={"entries": found.count(), "filtered": asked != queries.Asked()},
    )
    chosen = found.filter(id__lte=last.id) if last else found.none()
    return csv_response("audit-log", _COLUMNS, _lines(chosen.iterator(chunk_size=1000)))


def names_of(ids: Iterable[str]) -> dict[str, str]:
    """Names of people by their ids, those who are still there."""
    wanted = {one for one in ids if _is_uuid(one)}
    users = get_user_model()._default_manager.filter(pk__in=wanted) if wanted else ()
    return {str(user.pk): str(user) for user in users}


def _lines(found: Iterable[Any]) -> Iterator[tuple[Any, ...]]:
    waiting: list[Any] = []
    for event in found:
        waiting.append(event)
        if len(waiting) == 1000:
            yield from map(_line, _rows(waiting))
            waiting = []
    yield from map(_line, _rows(waiting))


def _line(row: dict[str, Any]) -> tuple[Any, ...]:
    event = row["event"]
    told = json.dumps(event.told, sort_keys=True, ensure_ascii=False) if event.told else ""
    return (event.id, event.at, row["person"], event.actor, event.action, event.of, told, event.digest)


def _rows(events: list[Any]) -> Iterator[dict[str, Any]]:
    names = names_of({one for event in events for one in (event.actor, event.of)})
    for event in events:
        yield {
            "event": event,
            "person": names.get(event.actor, FORGOTTEN) if event.actor else "winloss itself",
            "of": names.get(event.of, event.of),
            "told": [(name.replace("_", " "), _shown(value)) for name, value in event.told.items()],
        }


def _shown(value: Any) -> str:
    """A value as a person reads it: digests by their beginning."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, list):
        return ", ".join(map(_shown, value)) or "none"
    if isinstance(value, dict):
        told = {name.replace("_", " "): one for name, one in value.items() if one or not isinstance(one, int)}
        nested = any(isinstance(one, dict) for one in told.values())
        return ("; " if nested else ", ").join(
            f"{name} {_shown(one)}" if isinstance(one, dict) else f"{_shown(one)} {name}" for name, one in told.items()
        )
    return f"{value[:12]}…" if isinstance(value, str) and _DIGEST.fullmatch(value) else str(value)


def _is_uuid(written: str) -> bool:
    try:
        return bool(uuid.UUID(written))
    except ValueError:
        return False


def _id(request: HttpRequest, name: str) -> int | None:
    written = request.GET.get(name, "")
    return int(written) if written.isascii() and written.isdecimal() and len(written) < 19 else None


def _link(request: HttpRequest, **to: int | None) -> str:
    """This page's address at another place of the log; "" where there is none."""
    if not any(to.values()):
        return ""
    kept = {name: value for name, value in request.GET.items() if name in Wanted.base_fields and value}
    return "?" + urlencode({**kept, **to})

"""Whose program is calling: `Authorization: Bearer wl_…`."""

from __future__ import annotations

import datetime as dt

from django.http import HttpRequest
from django.utils import timezone

from winloss.web.people.models import ApiToken, User
from winloss.web.people.queries import digest

_NOTED_EVERY = dt.timedelta(minutes=1)


def person_of(request: HttpRequest) -> User | None:
    """The person whose token the request bears; None without one, or where it has ended or its person was let go."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        return None
    now = timezone.now()
    known = ApiToken.objects.select_related("user", "user__team")
    found = known.filter(digest=digest(token.strip()), ends_at__gt=now, user__is_active=True).first()
    if found is None:
        return None
    if found.used_at is None or found.used_at < now - _NOTED_EVERY:
        ApiToken.objects.filter(pk=found.pk).update(used_at=now)
    return found.user

"""What one looks for in the audit log."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.utils import timezone

from winloss.web.audit.queries import PROGRAM, Asked


class Wanted(forms.Form):
    """Whose entries, of which action, between which days of the reader's calendar (both included)."""

    person = forms.CharField(required=False, max_length=36)
    action = forms.CharField(required=False, max_length=40)
    since = forms.DateField(
        required=False, label="From", error_messages={"invalid": "Write the first day as 2026-05-31."}
    )
    until = forms.DateField(required=False, label="To", error_messages={"invalid": "Write the last day as 2026-05-31."})

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        since, until = found.get("since"), found.get("until")
        if since and until and since > until:
            raise forms.ValidationError("The first day is after the last one: swap them.")
        return found

    def asked(self) -> Asked:
        found = self.cleaned_data
        return Asked(
            actor=found["person"],
            action=found["action"],
            since=_midnight(found["since"]),
            until=_midnight(found["until"], days=1),
        )


def _midnight(day: dt.date | None, days: int = 0) -> dt.datetime | None:
    """The day's first instant where the reader is, `days` later."""
    if day is None or not dt.date(1970, 1, 1) <= day <= dt.date(9000, 1, 1):
        return None
    return timezone.make_aware(dt.datetime.combine(day + dt.timedelta(days=days), dt.time.min))


def persons(actors: list[str], names: dict[str, str]) -> list[tuple[str, str]]:
    """Whom one can choose: everybody who did something, by name; then the program."""
    known = sorted(((actor, names[actor]) for actor in actors if actor in names), key=lambda one: one[1].casefold())
    gone = [(actor, f"somebody who was forgotten ({actor[:8]})") for actor in actors if actor not in names]
    return [*known, *gone, (PROGRAM, "winloss itself")]

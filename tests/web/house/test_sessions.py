"""Sessions that have ended do not stay in the database."""

from __future__ import annotations

import datetime as dt

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from winloss.web.house.tasks import clear_sessions


class Said:
    job_id = ""

    def progress(self, told: str, done: int, of: int | None = None) -> None:
        """Nobody listens."""


@pytest.mark.django_db
def test_what_has_ended_goes_and_what_has_not_stays() -> None:
    now = timezone.now()
    for name, days in (("over", -1), ("alive", 1)):
        Session.objects.create(session_key=name, session_data="", expire_date=now + dt.timedelta(days=days))
    assert clear_sessions(Said()) == {"sessions removed": 1}
    assert [one.session_key for one in Session.objects.all()] == ["alive"]

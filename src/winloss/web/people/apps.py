from __future__ import annotations

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "winloss.web.people"
    label = "people"

    def ready(self) -> None:
        from winloss.web.people import limits, recorded

        limits.share()
        recorded.connect()

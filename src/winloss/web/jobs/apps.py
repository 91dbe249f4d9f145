from __future__ import annotations

from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "winloss.web.jobs"
    label = "jobs"

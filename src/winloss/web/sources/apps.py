from __future__ import annotations

from django.apps import AppConfig


class SourcesConfig(AppConfig):
    name = "winloss.web.sources"
    label = "sources"

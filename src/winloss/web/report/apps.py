from __future__ import annotations

from django.apps import AppConfig


class ReportConfig(AppConfig):
    name = "winloss.web.report"
    label = "report"

from __future__ import annotations

from django.urls import path

from winloss.web.house import audit_views

app_name = "audit"
urlpatterns = [
    path("", audit_views.entries, name="list"),
    path("export", audit_views.export, name="export"),
]

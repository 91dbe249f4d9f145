"""Every address of the application, app by app."""

from __future__ import annotations

from django.urls import include, path

from winloss.web.report.api import api

urlpatterns = [
    path("", include("winloss.web.house.urls")),
    path("", include("winloss.web.report.urls")),
    path("api/v1/", api.urls),
    path("", include("winloss.web.book.urls")),
    path("sources/", include("winloss.web.sources.urls")),
    path("jobs/", include("winloss.web.jobs.urls")),
    path("people/", include("winloss.web.people.urls")),
    path("audit/", include("winloss.web.house.audit_urls")),
    path("accounts/", include("winloss.web.people.accounts")),
]

handler400 = "winloss.web.house.views.bad_request"
handler403 = "winloss.web.house.views.forbidden"
handler404 = "winloss.web.house.views.not_found"
handler500 = "winloss.web.house.views.defect"

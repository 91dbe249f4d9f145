from __future__ import annotations

from django.urls import path

from winloss.web.report import views

app_name = "report"
urlpatterns = [
    path("overview/", views.overview, name="overview"),
    path("reasons/", views.reasons, name="reasons"),
    path("competitors/", views.competitors, name="competitors"),
    path("attributes/", views.attributes, name="attributes"),
    path("patterns/", views.patterns, name="patterns"),
    path("quality/", views.quality, name="quality"),
    path("report/", views.documents, name="documents"),
    path("report/<int:version>/<str:name>", views.document, name="document"),
    path("teams/", views.all_teams, name="teams"),
    path("teams/<uuid:name>/", views.team, name="team"),
]

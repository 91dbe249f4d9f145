from __future__ import annotations

from django.urls import path

from winloss.web.jobs import views

app_name = "jobs"
urlpatterns = [
    path("", views.all_jobs, name="list"),
    path("<uuid:job_id>/", views.one, name="one"),
    path("<uuid:job_id>/progress", views.progress, name="progress"),
    path("<uuid:job_id>/cancel", views.cancel, name="cancel"),
    path("<uuid:job_id>/retry", views.retry, name="retry"),
]

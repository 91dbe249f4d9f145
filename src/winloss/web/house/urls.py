from __future__ import annotations

from django.urls import path

from winloss.web.house import views

app_name = "house"
urlpatterns = [
    path("", views.home, name="home"),
    path("healthz", views.healthz, name="healthz"),
    path("metrics", views.figures, name="metrics"),
    path("theme", views.theme, name="theme"),
]
